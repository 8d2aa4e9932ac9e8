// The device is the first to touch memory: its faults bring the pages in, where the kernel serves them.
#include "../accelerator.h"

enum { kPages = 48 };

void demand_paging(const char* kind) {
  const Device device = device_bind(kind);
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    void* untouched = pages(kPages);
    const uint32_t status = run(device, fill(untouched, (size_t)kPages * kPage, seed));
    if (device_faults_are_served(device)) {
      CHECK(status == ACCELERATOR_OK, "a job that faults ended with status %u", status);
      CHECK(is_filled(untouched, (size_t)kPages * kPage, seed),
            "the pages that the device brought in are wrong");
    } else {
      CHECK(status != 0, "the job does not end");
    }
  }
  CHECK(run(device, fill((void*)kPage, kPage, 1)) != ACCELERATOR_OK, "an address outside every mapping");
}
