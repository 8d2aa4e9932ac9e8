// Memory moves to other addresses by mremap(), and to other pages by compaction, while the device writes it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../accelerator.h"

enum { kPages = 4, kRounds = 10 };

static void compact(void) {
  const int fd = open("/proc/sys/vm/compact_memory", O_WRONLY);
  if (fd < 0) return;
  CHECK(write(fd, "1", 1) == 1, "compact_memory");
  close(fd);
}

void move(const char* kind) {
  const Device device = device_bind(kind);
  const size_t bytes = kPages * kPage;
  static volatile Completion record;
  char* buffer = pages(kPages);
  for (uint64_t round = 1; round <= kRounds; ++round) {
    char* target = pages(kPages);
    memset(buffer, 1, bytes);
    CHECK(submit(device, fill(buffer, bytes, round), &record), "submit");
    CHECK(mremap(buffer, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target, "mremap");
    CHECK(wait_for(device, &record) != 0, "the job does not end");
    buffer = target;
    CHECK(submit(device, fill(buffer, bytes, 50 + round), &record), "submit");
    compact();
    CHECK(wait_for(device, &record) == ACCELERATOR_OK, "compaction disturbs the device");
    CHECK(is_filled(buffer, bytes, 50 + round), "pages that moved lost data");
  }
}
