// The accelerator's driver as seen from a program.
#define _GNU_SOURCE
#include "accelerator.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kWaitMs = 10, kWaits = 500 };

void fail(const char* file, int line, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("# %s:%d: ", file, line);
  vprintf(format, arguments);
  printf("\n");
  fflush(stdout);
  _exit(1);
}

void skip(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("# ");
  vprintf(format, arguments);
  printf("\n");
  fflush(stdout);
  _exit(kSkipped);
}

Device device_open(const char* kind) {
  char pattern[64];
  glob_t found;
  snprintf(pattern, sizeof pattern, "/dev/accelerator-%s*", kind);
  if (glob(pattern, 0, NULL, &found) != 0) skip("there is no accelerator-%s", kind);
  const Device device = {.fd = open(found.gl_pathv[0], O_RDWR | O_CLOEXEC)};
  CHECK(device.fd >= 0, "%s: %s", found.gl_pathv[0], strerror(errno));
  globfree(&found);
  return device;
}

Device device_bind(const char* kind) {
  Device device = device_open(kind);
  const int failed = ioctl(device.fd, ACCELERATOR_BIND, &device.pasid);
  if (failed && errno == EOPNOTSUPP) skip("the kernel does not bind processes to accelerator-%s", kind);
  CHECK(!failed, "bind: %s", strerror(errno));
  return device;
}

bool device_faults_are_served(Device device) {
  return ioctl(device.fd, ACCELERATOR_SERVES_FAULTS) == 1;
}

static void* mapped(size_t count, int kind) {
  void* at = mmap(NULL, count * kPage, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
  CHECK(at != MAP_FAILED, "mmap: %s", strerror(errno));
  return at;
}

void* pages(size_t count) {
  return mapped(count, MAP_PRIVATE);
}

void* shared_pages(size_t count) {
  return mapped(count, MAP_SHARED);
}

Job fill(void* destination, size_t bytes, uint64_t seed) {
  return (Job){
      .control = ACCELERATOR_FILL, .destination = (uintptr_t)destination, .length = bytes, .seed = seed};
}

Job copy(const void* source, void* destination, size_t bytes) {
  return (Job){.control = ACCELERATOR_COPY,
               .source = (uintptr_t)source,
               .destination = (uintptr_t)destination,
               .length = bytes};
}

Job compare(const void* a, const void* b, size_t bytes) {
  return (Job){
      .control = ACCELERATOR_COMPARE, .source = (uintptr_t)a, .destination = (uintptr_t)b, .length = bytes};
}

bool submit(Device device, Job job, volatile Completion* record) {
  record->status = 0;
  job.control |= ACCELERATOR_INTERRUPT;
  job.completion = (uintptr_t)record;
  return ioctl(device.fd, ACCELERATOR_SUBMIT, &job) == 0;
}

uint32_t wait_for(Device device, volatile Completion* record) {
  struct accelerator_wait wait = {.timeout_ms = kWaitMs};
  for (int i = 0; i < kWaits && record->status == 0; ++i) ioctl(device.fd, ACCELERATOR_WAIT, &wait);
  return record->status;
}

uint32_t run(Device device, Job job) {
  volatile Completion* record = shared_pages(1);
  CHECK(submit(device, job, record), "submit: %s", strerror(errno));
  const uint32_t status = wait_for(device, record);
  munmap((void*)record, kPage);
  return status;
}

void must_run(Device device, Job job) {
  const uint32_t status = run(device, job);
  CHECK(status == ACCELERATOR_OK, "a job at %#llx ended with status %u", (unsigned long long)job.destination,
        status);
}

// The pattern of tlm/spec/accelerator.h: it depends on the address.
static uint8_t pattern_byte(uint64_t seed, uint64_t address) {
  uint64_t x = (address ^ (seed * 0x9E3779B97F4A7C15u)) + seed;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9u;
  return (uint8_t)(x >> 56);
}

bool is_filled(const void* at, size_t bytes, uint64_t seed) {
  const uint8_t* data = at;
  for (size_t i = 0; i < bytes; ++i)
    if (data[i] != pattern_byte(seed, (uintptr_t)at + i)) return false;
  return true;
}
