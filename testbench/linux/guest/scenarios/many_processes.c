// Processes come and go, some at once, so that PASIDs and ASIDs are used again.
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../accelerator.h"

enum { kAtOnce = 6, kRounds = 3, kBytes = 2 * kPage };

static void one_process(const char* kind, uint64_t seed) {
  const Device device = device_bind(kind);
  char* buffer = pages(2);
  memset(buffer, 0, kBytes);
  for (int i = 0; i < 3; ++i) {
    must_run(device, fill(buffer, kBytes, seed + i));
    CHECK(is_filled(buffer, kBytes, seed + i), "another process' data");
  }
  _exit(0);
}

void many_processes(const char* kind) {
  close(device_bind(kind).fd);  // skips where processes cannot be bound
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kAtOnce; ++i)
      if (fork() == 0) one_process(kind, (uint64_t)(1 + round * 100 + i * 10));
    for (int i = 0; i < kAtOnce; ++i) {
      int status;
      CHECK(wait(&status) > 0 && status == 0, "a process failed");
    }
  }
}
