// A transparent huge page is made, written by the device, given holes, and collapsed again.
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "../accelerator.h"

enum { kHuge = 2 << 20, kRounds = 3 };
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

void huge_pages(const char* kind) {
  const Device device = device_bind(kind);
  for (uint64_t round = 1; round <= kRounds; ++round) {
    char* area = pages(2 * kHuge / kPage);
    char* huge = (char*)(((uintptr_t)area + kHuge - 1) & ~(uintptr_t)(kHuge - 1));
    madvise(huge, kHuge, MADV_HUGEPAGE);
    memset(huge, 1, kHuge);
    must_run(device, fill(huge + kHuge / 2 - kPage, 2 * kPage, round));
    CHECK(is_filled(huge + kHuge / 2 - kPage, 2 * kPage, round), "a huge page has other data");
    CHECK(madvise(huge + kPage, kPage, MADV_DONTNEED) == 0, "madvise");
    must_run(device, fill(huge + 2 * kPage, 4 * kPage, round));
    CHECK(is_filled(huge + 2 * kPage, 4 * kPage, round), "a split page has other data");
    CHECK(huge[kPage] == 0, "the hole has data");
    madvise(huge, kHuge, MADV_COLLAPSE);
    must_run(device, fill(huge + kPage, 2 * kPage, round));
    CHECK(is_filled(huge + kPage, 2 * kPage, round), "a collapsed page has other data");
    munmap(area, 2 * kHuge);
  }
}
