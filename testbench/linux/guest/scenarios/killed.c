// A process is killed, or exits, while its DMA and its page faults are in flight. A neighbour that is bound to the
// same device does not notice.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../accelerator.h"

enum { kRounds = 12, kJobs = 12, kPages = 32 };

static void victim(const char* kind, bool exits) {
  static volatile Completion records[kJobs];
  const Device device = device_bind(kind);
  char* touched = pages(kPages);
  memset(touched, 1, kPages * kPage);
  for (int i = 0; i < kJobs; ++i)
    submit(device, fill(i % 2 == 0 ? touched : pages(kPages), kPages * kPage, (uint64_t)i), &records[i]);
  if (exits) _exit(0);
  for (;;) pause();
}

void killed(const char* kind) {
  const Device device = device_bind(kind);
  char* buffer = pages(1);
  for (uint64_t round = 1; round <= kRounds; ++round) {
    const pid_t pid = fork();
    if (pid == 0) victim(kind, round % 2 == 0);
    usleep((unsigned)(200 * round));
    kill(pid, SIGKILL);
    buffer[0] = 1;  // fork() has made it copy-on-write
    must_run(device, fill(buffer, kPage, round));
    CHECK(is_filled(buffer, kPage, round), "the neighbour's data");
    CHECK(waitpid(pid, NULL, 0) == pid, "the victim does not die");
  }
}
