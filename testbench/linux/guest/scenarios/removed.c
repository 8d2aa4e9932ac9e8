// The endpoint is taken off its bus under load, and is found again. One that has removed itself meanwhile
// (endpoint.0.misbehave.surprise_removal) is gone for good: its process ends all the same, and others can go on.
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../accelerator.h"

enum { kJobs = 48, kPages = 8 };

static void write_to(const char* path) {
  const int fd = open(path, O_WRONLY);
  CHECK(fd >= 0 && write(fd, "1", 1) == 1, "%s", path);
  close(fd);
}

// The folder of the device in /sys.
static void find_folder(char* folder) {
  glob_t found;
  CHECK(glob("/sys/class/misc/accelerator-pci*/device", 0, NULL, &found) == 0, "no device in /sys");
  CHECK(realpath(found.gl_pathv[0], folder) != NULL, "%s", found.gl_pathv[0]);
  globfree(&found);
}

// Whether it answers to configuration requests.
static bool answers(const char* folder) {
  char path[512];
  uint16_t vendor = 0xffff;
  snprintf(path, sizeof path, "%s/config", folder);
  const int fd = open(path, O_RDONLY);
  if (fd < 0) return false;
  if (read(fd, &vendor, sizeof vendor) != sizeof vendor) vendor = 0xffff;
  close(fd);
  return vendor != 0xffff;
}

void removed(const char* kind) {
  static volatile Completion records[kJobs];
  char folder[4096], path[4200];
  if (strcmp(kind, "pci") != 0) skip("nothing can be removed from the system bus");
  const Device device = device_bind(kind);
  find_folder(folder);
  char* buffer = pages(kPages);
  memset(buffer, 1, kPages * kPage);
  for (int i = 0; i < kJobs && answers(folder); ++i) {
    CHECK(submit(device, fill(buffer, kPages * kPage, 1), &records[i]), "submit");
    if (i % 8 == 7) wait_for(device, &records[i]);
  }
  const bool was_there = answers(folder);
  CHECK(munmap(buffer, kPage) == 0, "munmap");
  snprintf(path, sizeof path, "%s/remove", folder);
  write_to(path);
  CHECK(!submit(device, fill(buffer + kPage, kPage, 2), &records[0]), "a device that was removed takes jobs");
  munmap(buffer + kPage, (kPages - 1) * kPage);
  close(device.fd);
  write_to("/sys/bus/pci/rescan");
  if (was_there) {
    buffer = pages(1);
    buffer[0] = 1;
    must_run(device_bind(kind), fill(buffer, kPage, 3));
    CHECK(is_filled(buffer, kPage, 3), "the data after the device was found again");
  } else {
    CHECK(access(folder, F_OK) != 0, "a device that is gone was found");
  }
}
