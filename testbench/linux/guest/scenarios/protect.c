// Memory becomes read-only while the device writes it: from the return of mprotect() on it does not change.
#include <string.h>
#include <sys/mman.h>

#include "../accelerator.h"

enum { kPages = 4, kRounds = 12 };

void protect(const char* kind) {
  const Device device = device_bind(kind);
  static volatile Completion record;
  static char before[kPages * kPage];
  char* buffer = pages(kPages);
  memset(buffer, 1, sizeof before);
  for (uint64_t round = 1; round <= kRounds; ++round) {
    CHECK(submit(device, fill(buffer, sizeof before, round), &record), "submit");
    CHECK(mprotect(buffer, sizeof before, PROT_READ) == 0, "mprotect");
    memcpy(before, buffer, sizeof before);
    CHECK(wait_for(device, &record) != 0, "the job does not end");
    CHECK(memcmp(before, buffer, sizeof before) == 0, "the device wrote read-only memory");
    CHECK(run(device, fill(buffer, kPage, round)) != ACCELERATOR_OK, "a write of read-only memory");
    CHECK(mprotect(buffer, sizeof before, PROT_READ | PROT_WRITE) == 0, "mprotect");
    memset(buffer, 1, sizeof before);
    must_run(device, fill(buffer, sizeof before, round));
  }
}
