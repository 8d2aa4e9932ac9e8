// Memory is unmapped while the device writes it. What is mapped there or elsewhere next stays untouched.
#include <string.h>
#include <sys/mman.h>

#include "../accelerator.h"

enum { kPages = 8, kRounds = 24 };

void unmap(const char* kind) {
  const Device device = device_bind(kind);
  static volatile Completion record;
  for (int round = 0; round < kRounds; ++round) {
    const size_t bytes = (size_t)(1 + round % kPages) * kPage;
    char* victim = pages(kPages);
    memset(victim, 1, kPages * kPage);
    char* next = pages(kPages);
    CHECK(submit(device, fill(victim, kPages * kPage, 7), &record), "submit");
    if (round % 3 == 0) {
      CHECK(madvise(victim, bytes, MADV_DONTNEED) == 0, "madvise");
    } else {
      CHECK(munmap(victim, bytes) == 0, "munmap");
    }
    memset(next, 0x5a, kPages * kPage);  // often in the pages that were just freed
    CHECK(wait_for(device, &record) != 0, "the job does not end");
    for (size_t i = 0; i < kPages * kPage; ++i)
      CHECK(next[i] == 0x5a, "the device wrote memory that is not its");
    munmap(next, kPages * kPage);
    munmap(victim, kPages * kPage);
  }
}
