// SPDX-License-Identifier: GPL-2.0-or-later
// Regions of I/O memory above everything else that the machine has at these addresses.
#include "windows.h"

#include <stdlib.h>

#include "platform.h"
#include "symbols.h"

enum { kMost = 32, kPriority = 1000, kRegionBytes = 4096 /* more than QEMU's MemoryRegion has */ };
static struct { uint64_t base, size; } windows[kMost];
static unsigned count;

static MemTxResult read_window(void* base, uint64_t offset, uint64_t* value, unsigned size,
                               MemTxAttrs attributes) {
  (void)attributes;
  return platform_read(guest_ns(), *(uint64_t*)base + offset, size, value) ? kMemTxOk : kMemTxDecodeError;
}

static MemTxResult write_window(void* base, uint64_t offset, uint64_t value, unsigned size,
                                MemTxAttrs attributes) {
  (void)attributes;
  const bool accepted = platform_write(guest_ns(), *(uint64_t*)base + offset, size, value);
  follow_closely();
  return accepted ? kMemTxOk : kMemTxDecodeError;
}

static const MemoryRegionOps kOps = {.read_with_attrs = read_window,
                                     .write_with_attrs = write_window,
                                     .endianness = kLittleEndian,
                                     .valid = {.min = 1, .max = 8},
                                     .impl = {.min = 1, .max = 8}};

bool windows_add(uint64_t base, uint64_t size) {
  if (count == kMost) return false;
  windows[count].base = base;
  windows[count++].size = size;
  return true;
}

void windows_start(void) {
  for (unsigned i = 0; i < count; ++i) {
    MemoryRegion* region = calloc(1, kRegionBytes);
    qemu.memory_region_init_io(region, NULL, &kOps, &windows[i].base, "smmu-vp", windows[i].size);
    qemu.memory_region_add_subregion_overlap(qemu.get_system_memory(), windows[i].base, region, kPriority);
  }
}
