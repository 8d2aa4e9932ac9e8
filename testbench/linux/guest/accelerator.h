// The accelerator for a program in the guest: open, bind, run jobs; and checks that end a scenario.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/accelerator_ioctl.h"

enum { kPage = 4096 };

// Prints where and why, and ends the process as failed.
#define CHECK(condition, ...)                                \
  do {                                                       \
    if (!(condition)) fail(__FILE__, __LINE__, __VA_ARGS__); \
  } while (0)
__attribute__((noreturn, format(printf, 3, 4))) void fail(const char* file, int line, const char* format,
                                                          ...);

// Ends the process as skipped: the machine cannot do this.
__attribute__((noreturn, format(printf, 1, 2))) void skip(const char* format, ...);
enum { kSkipped = 77 };

// The first device of a kind, "pci" or "platform".
typedef struct {
  int fd;
  uint32_t pasid;
} Device;
Device device_open(const char* kind);
// Opens the device and binds this process.
Device device_bind(const char* kind);
// Whether the device waits for a missing page: it stalls, or the kernel answers page requests.
bool device_faults_are_served(Device device);

void* pages(size_t count);  // anonymous memory that is not touched yet
// The same, but shared with children: fork() does not make it copy-on-write, so that a device which cannot wait for
// pages may write it at any time.
void* shared_pages(size_t count);

typedef struct accelerator_job Job;
typedef struct accelerator_completion Completion;
Job fill(void* destination, size_t bytes, uint64_t seed);
Job copy(const void* source, void* destination, size_t bytes);
Job compare(const void* a, const void* b, size_t bytes);

// Returns false with errno if the driver refuses.
bool submit(Device device, Job job, volatile Completion* record);
// Waits for the status of the record, at most some seconds; 0 if there is none by then.
uint32_t wait_for(Device device, volatile Completion* record);
// Submits and waits; the status.
uint32_t run(Device device, Job job);
// As run(); anything but success ends the scenario.
void must_run(Device device, Job job);

// Whether memory holds what a fill with this seed leaves there.
bool is_filled(const void* at, size_t bytes, uint64_t seed);
