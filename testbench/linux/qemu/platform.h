// SPDX-License-Identifier: GPL-2.0-or-later
// The platform in its own process, over the socket of `smmu-vp serve` (docs/serve.md).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Called for what the platform sends on its own: the edge of an interrupt line, an MSI, and a page that the SMMU begins to
// read.
typedef struct {
  void (*edge)(uint32_t line);
  void (*msi)(uint64_t address, uint32_t data, uint32_t device_id);
  void (*page_read)(uint64_t page);
  void (*page_forgotten)(uint64_t page);
} PlatformListener;

// Greets the server on a connected socket and subscribes to interrupts. Prints one line and returns false if it does not answer as expected.
bool platform_open(int fd, PlatformListener listener, const uint32_t* lines, size_t line_count);

// Each first tells of the stores since the last one (code.h), and brings the platform's time forward to the guest's. An access is refused where the platform has no device.
bool platform_read(uint64_t guest_ns, uint64_t address, unsigned size, uint64_t* value);
bool platform_write(uint64_t guest_ns, uint64_t address, unsigned size, uint64_t value);
// Returns when the platform does something next if nothing is asked of it, in ps.
uint64_t platform_follow(uint64_t guest_ns);
void platform_log(uint64_t guest_ns, uint32_t level, const char* text, size_t length);
