/* Accesses, a page allocator that reuses what was freed last, and the PCIe function's controls. */
#include "machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

smmu_vp* vp;
smmu_vp_info machine;

static uint64_t next_page;
static uint64_t released[64];
static unsigned released_count;

void must(smmu_vp_status status) {
  if (status == SMMU_VP_OK) return;
  fprintf(stderr, "client: %s\n", smmu_vp_last_error(vp));
  exit(2);
}

void open_machine(const char* const* settings) {
  must(smmu_vp_open(NULL, settings, &vp));
  must(smmu_vp_get_info(vp, &machine));
  next_page = machine.ram_base + (1 << 20);
}

static uint32_t read32(uint64_t pa) {
  uint64_t value;
  must(smmu_vp_mmio_read(vp, pa, 4, &value));
  return (uint32_t)value;
}

uint32_t get(uint32_t reg) { return read32(machine.smmu_base + reg); }
void set(uint32_t reg, uint32_t value) { must(smmu_vp_mmio_write(vp, machine.smmu_base + reg, 4, value)); }
void set64(uint32_t reg, uint64_t value) { must(smmu_vp_mmio_write(vp, machine.smmu_base + reg, 8, value)); }

void set_and_wait(uint32_t reg, uint32_t ack, uint32_t value) {
  set(reg, value);
  while (get(ack) != value) continue;
}

uint64_t* ram(uint64_t pa) { return smmu_vp_mem_ptr(vp, pa, 8); }

uint64_t allocate(uint64_t bytes) {
  uint64_t pa;
  if (bytes == 4096 && released_count != 0) {
    pa = released[--released_count];
  } else {
    pa = (next_page + bytes - 1) & ~(bytes - 1);
    next_page = pa + bytes;
  }
  memset(smmu_vp_mem_ptr(vp, pa, bytes), 0, bytes);
  return pa;
}

void release(uint64_t page) {
  if (released_count < sizeof released / sizeof *released) released[released_count++] = page;
}

/* Extended capabilities (PCIe 7.8.9, 10.5) */
enum { PCI_COMMAND = 0x04, EXT_FIRST = 0x100, EXT_ATS = 0x0F, EXT_PRI = 0x13, EXT_PASID = 0x1B };

static uint64_t capability(uint64_t function, uint32_t id) {
  for (uint32_t at = EXT_FIRST; at != 0;) {
    const uint32_t header = read32(function + at);
    if ((header & 0xFFFF) == id) return function + at;
    at = header >> 20;
  }
  fprintf(stderr, "client: the function lacks the extended capability %#x\n", id);
  exit(2);
}

void enable_function(uint32_t requester_id) {
  const uint64_t function = machine.ecam_base + ((uint64_t)requester_id << 12);
  must(smmu_vp_mmio_write(vp, function + PCI_COMMAND, 2, 0x6)); /* Memory Space, Bus Master */
  must(smmu_vp_mmio_write(vp, capability(function, EXT_PASID) + 6, 2, 0x1));
  must(smmu_vp_mmio_write(vp, capability(function, EXT_PRI) + 12, 4, 8)); /* outstanding page requests */
  must(smmu_vp_mmio_write(vp, capability(function, EXT_PRI) + 4, 2, 0x1));
  must(smmu_vp_mmio_write(vp, capability(function, EXT_ATS) + 6, 2, 0x8000)); /* STU 0: 4 KB */
}
