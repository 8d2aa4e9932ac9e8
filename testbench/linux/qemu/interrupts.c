// SPDX-License-Identifier: GPL-2.0-or-later
// The platform's lines are inputs of the GIC; its MSIs are writes to GITS_TRANSLATER that carry the DeviceID.
#include "interrupts.h"

#include <stdio.h>

#include "symbols.h"

enum { kMost = 64 };
static uint32_t lines[kMost], spis[kMost];
static Irq* inputs[kMost];
static size_t connected;

bool interrupts_connect(uint32_t line, uint32_t spi) {
  if (connected == kMost) return false;
  lines[connected] = line;
  spis[connected++] = spi;
  return true;
}

const uint32_t* interrupts_lines(size_t* count) {
  *count = connected;
  return lines;
}

bool interrupts_start(void) {
  Object* gic = qemu.object_resolve_path_type("", "arm-gicv3", NULL);
  if (gic == NULL) {
    fprintf(stderr, "smmu-vp plugin: this machine has no GICv3\n");
    return false;
  }
  for (size_t i = 0; i < connected; ++i) inputs[i] = qemu.qdev_get_gpio_in(gic, (int)spis[i]);
  return true;
}

void interrupts_edge(uint32_t line) {
  for (size_t i = 0; i < connected; ++i) {
    if (lines[i] != line || inputs[i] == NULL) continue;
    qemu.qemu_set_irq(inputs[i], 1);
    qemu.qemu_set_irq(inputs[i], 0);
  }
}

void interrupts_msi(uint64_t address, uint32_t data, uint32_t device_id) {
  const MemTxAttrs attributes = {.requester_id = device_id & 0xffff};
  qemu.address_space_stl_le(qemu.address_space_memory, address, data, attributes, NULL);
}
