// The guest's first process: mounts what programs need, loads the driver, has the shell run what was asked for, and switches
// off. A program and not a script, as each program that the guest starts takes a part of a second.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
  const char *type, *at;
} kMounts[] = {{"proc", "/proc"},
               {"sysfs", "/sys"},
               {"devtmpfs", "/dev"},
               {"tmpfs", "/tmp"},
               {"debugfs", "/sys/kernel/debug"}};

// Without it there are no scenarios: each says so.
static void load(const char* module) {
  const int file = open(module, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  if (syscall(SYS_finit_module, file, "", 0) != 0)
    printf("guest: %s cannot be loaded: %s\n", module, strerror(errno));
  close(file);
}

static int run(const char* script) {
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/busybox", "sh", script, NULL);
    _exit(127);
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void) {
  for (size_t i = 0; i < sizeof kMounts / sizeof *kMounts; ++i)
    mount(kMounts[i].type, kMounts[i].at, kMounts[i].type, 0, NULL);  // not every kernel has all
  setenv("PATH", "/bin", 1);
  load("/driver.ko");
  printf("guest: up\n");
  fflush(stdout);
  printf("guest: exit status %d\n", run("/run"));
  fflush(stdout);
  sync();
  reboot(RB_POWER_OFF);
}
