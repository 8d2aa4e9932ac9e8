// The driver is unbound from the device and bound again while a process uses it.
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../accelerator.h"

enum { kRounds = 3, kPages = 8 };

static void write_to(const char* kind, const char* file, const char* text) {
  char path[128];
  snprintf(path, sizeof path, "/sys/bus/%s/drivers/smmu-vp-accelerator/%s", kind, file);
  const int fd = open(path, O_WRONLY);
  CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s %s", path, text);
  close(fd);
}

// The name of the device that the node belongs to.
static void device_name(const char* kind, char* name, size_t size) {
  char pattern[128], target[256] = "";
  glob_t found;
  snprintf(pattern, sizeof pattern, "/sys/class/misc/accelerator-%s*/device", kind);
  CHECK(glob(pattern, 0, NULL, &found) == 0, "%s", pattern);
  CHECK(readlink(found.gl_pathv[0], target, sizeof target - 1) > 0, "%s", found.gl_pathv[0]);
  snprintf(name, size, "%s", basename(target));
  globfree(&found);
}

void rebind(const char* kind) {
  static volatile Completion record;
  char name[64];
  for (uint64_t round = 1; round <= kRounds; ++round) {
    const Device device = device_bind(kind);
    char* buffer = pages(kPages);
    memset(buffer, 1, kPages * kPage);
    CHECK(submit(device, fill(buffer, kPages * kPage, round), &record), "submit");
    device_name(kind, name, sizeof name);
    write_to(kind, "unbind", name);
    CHECK(!submit(device, fill(buffer, kPage, round), &record), "a device without a driver takes jobs");
    close(device.fd);
    write_to(kind, "bind", name);
    const Device again = device_bind(kind);
    must_run(again, fill(buffer, kPages * kPage, 10 + round));
    CHECK(is_filled(buffer, kPages * kPage, 10 + round), "the data after binding again");
    close(again.fd);
  }
}
