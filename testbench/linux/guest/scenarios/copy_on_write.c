// fork() makes the parent's pages copy-on-write. The device keeps writing for the parent; the child's memory stays
// as it was at the fork.
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../accelerator.h"

enum { kPages = 4, kRounds = 8 };

static char at_fork[kPages * kPage];

static void child(const char* buffer) {
  memcpy(at_fork, buffer, sizeof at_fork);
  for (int i = 0; i < 20; ++i) {
    usleep(200);
    CHECK(memcmp(at_fork, buffer, sizeof at_fork) == 0, "the device wrote the child's memory");
  }
  _exit(0);
}

void copy_on_write(const char* kind) {
  const Device device = device_bind(kind);
  volatile Completion* record = shared_pages(1);
  char* buffer = pages(kPages);
  for (uint64_t round = 1; round <= kRounds; ++round) {
    memset(buffer, (int)round, sizeof at_fork);
    CHECK(submit(device, fill(buffer, sizeof at_fork, round), record), "submit");
    const pid_t pid = fork();
    if (pid == 0) child(buffer);
    CHECK(wait_for(device, record) != 0, "the job does not end");
    for (int page = 0; page < kPages; ++page) buffer[page * kPage] = 1;  // the parent gets pages of its own
    for (uint64_t again = 1; again <= 4; ++again) {
      must_run(device, fill(buffer, sizeof at_fork, 100 + again));
      CHECK(is_filled(buffer, sizeof at_fork, 100 + again), "the parent does not see what the device wrote");
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0, "the child failed");
  }
}
