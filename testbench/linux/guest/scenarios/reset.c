// The device is reset while it works; the bond stays, and the next job works.
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../accelerator.h"

enum { kRounds = 4, kJobs = 8, kPages = 16 };

void reset(const char* kind) {
  static volatile Completion records[kJobs];
  const Device device = device_bind(kind);
  char* buffer = pages(kPages);
  memset(buffer, 1, kPages * kPage);
  for (uint64_t round = 1; round <= kRounds; ++round) {
    for (int i = 0; i < kJobs; ++i)
      CHECK(submit(device, fill(buffer, kPages * kPage, round), &records[i]), "submit: %s", strerror(errno));
    CHECK(ioctl(device.fd, ACCELERATOR_RESET) == 0, "reset: %s", strerror(errno));
    must_run(device, fill(buffer, kPage, 10 + round));
    CHECK(is_filled(buffer, kPage, 10 + round), "the data after the reset");
  }
}
