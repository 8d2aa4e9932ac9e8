// Performs driver_steps.def for each kind of device: `steps`. Its processes are this program again, which the first one
// tells by a pipe what to do: `steps KIND`.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steps.h"

static const Step kSteps[] = {
#define STEP(process, action, first, pages) {#process, #action, action##_step, first, pages},
#include "../../../runs/scenarios/driver_steps.def"
};
enum { kCount = sizeof kSteps / sizeof kSteps[0], kLetters = 26, kTimeoutSeconds = 60 };
enum { kOrders = 100, kDone = 101 };  // descriptors of a process of the steps, above all others

typedef struct {
  pid_t pid;
  int orders, done;  // pipes: the number of a step, and a byte when it is over
} Child;

// In a process of the steps.
static int serve(const char* kind) {
  Process process = process_prepared(kind);
  unsigned char number;
  while (read(kOrders, &number, 1) == 1) {
    alarm(kTimeoutSeconds);
    kSteps[number].action(&process, &kSteps[number]);
    if (write(kDone, &number, 1) != 1) return 1;
  }
  return 0;
}

static Child started(const char* kind) {
  int orders[2], done[2];
  CHECK(pipe2(orders, O_CLOEXEC) == 0 && pipe2(done, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(orders[0], kOrders);
    dup2(done[1], kDone);
    execl("/proc/self/exe", "steps", kind, NULL);
    _exit(1);
  }
  close(orders[0]);
  close(done[1]);
  return (Child){pid, orders[1], done[0]};
}

// A process that ends has done its step by then, if that was to exit.
static void perform(Child* child, int number) {
  const unsigned char order = (unsigned char)number;
  unsigned char answer;
  int status = 0;
  CHECK(write(child->orders, &order, 1) == 1, "step %d: %s", number, strerror(errno));
  if (read(child->done, &answer, 1) == 1) return;
  CHECK(waitpid(child->pid, &status, 0) == child->pid && status == 0, "step %d, %s, failed", number,
        kSteps[number].name);
  close(child->orders);
  close(child->done);
  child->pid = 0;
  const Process self = {.log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC)};
  step_ends(&self);
  close(self.log);
}

static void perform_all(const char* kind) {
  Child children[kLetters] = {0};
  for (int number = 0; number < kCount; ++number) {
    Child* child = &children[kSteps[number].process[0] - 'a'];
    if (child->pid == 0) *child = started(kind);
    perform(child, number);
  }
  for (int i = 0; i < kLetters; ++i) {
    if (children[i].pid == 0) continue;
    kill(children[i].pid, SIGKILL);
    waitpid(children[i].pid, NULL, 0);
  }
}

int main(int argc, char** argv) {
  if (argc == 2) return serve(argv[1]);
  signal(SIGPIPE, SIG_IGN);
  perform_all("pci");
  perform_all("platform");
  return 0;
}
