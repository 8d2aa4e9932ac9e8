// A process hands the device pointers into its own memory, and both see the same data.
#include <string.h>

#include "../accelerator.h"

enum { kPages = 16 };

void bind_and_dma(const char* kind) {
  const size_t bytes = (size_t)kPages * kPage;
  const Device device = device_bind(kind);
  char *a = pages(kPages), *b = pages(kPages);
  memset(a, 1, bytes);
  memset(b, 2, bytes);
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    must_run(device, fill(a, bytes, seed));
    CHECK(is_filled(a, bytes, seed), "the process does not see what the device wrote");
    must_run(device, copy(a, b, bytes));
    CHECK(memcmp(a, b, bytes) == 0, "the copy differs");
    must_run(device, compare(a, b, bytes));
  }
}
