// SPDX-License-Identifier: GPL-2.0-or-later
// A window over the PL011 that passes every access on and collects what is printed into lines. The platform thus
// gets each line at the time of its last character.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "symbols.h"
#include "windows.h"

enum { kBase = 0x09000000, kSize = 0x1000, kDataRegister = 0, kPriority = 1000, kRegionBytes = 4096 };
enum { kInfo = 6, kLongest = 1024 };  // a line without a level is from a program

static MemoryRegion* uart;
static char line[kLongest];
static size_t length;

// The kernel prints "<level>text" with console_msg_format=syslog.
static void line_ended(void) {
  const char* text = line;
  uint32_t level = kInfo;
  char* end = memchr(line, '>', length);
  if (length > 2 && line[0] == '<' && end != NULL) {
    level = (uint32_t)atoi(line + 1) & 7;
    text = end + 1;
  }
  const size_t left = length - (size_t)(text - line);
  if (left > 0) platform_log(guest_ns(), level, text, left);
  length = 0;
}

static void printed(char c) {
  if (c == '\n' || length == kLongest) line_ended();
  if (c == '\n' || c == '\r') return;
  line[length++] = c >= ' ' && c <= '~' ? c : ' ';  // a line of the log has no control characters
}

static unsigned log2_of(unsigned size) {  // QEMU's MemOp of a little-endian access
  return (unsigned)__builtin_ctz(size);
}

static MemTxResult read_uart(void* opaque, uint64_t offset, uint64_t* value, unsigned size,
                             MemTxAttrs attributes) {
  (void)opaque;
  return qemu.memory_region_dispatch_read(uart, offset, value, log2_of(size), attributes);
}

static MemTxResult write_uart(void* opaque, uint64_t offset, uint64_t value, unsigned size,
                              MemTxAttrs attributes) {
  (void)opaque;
  if (offset == kDataRegister) printed((char)value);
  return qemu.memory_region_dispatch_write(uart, offset, value, log2_of(size), attributes);
}

static const MemoryRegionOps kOps = {.read_with_attrs = read_uart,
                                     .write_with_attrs = write_uart,
                                     .endianness = kLittleEndian,
                                     .valid = {.min = 1, .max = 8},
                                     .impl = {.min = 1, .max = 8}};

bool console_start(void) {
  Object* device = qemu.object_resolve_path_type("", "pl011", NULL);
  if (device == NULL) {
    fprintf(stderr, "smmu-vp plugin: this machine has no single PL011\n");
    return false;
  }
  uart = qemu.sysbus_mmio_get_region(device, 0);
  MemoryRegion* region = calloc(1, kRegionBytes);
  qemu.memory_region_init_io(region, NULL, &kOps, NULL, "smmu-vp console", kSize);
  qemu.memory_region_add_subregion_overlap(qemu.get_system_memory(), kBase, region, kPriority);
  return true;
}
