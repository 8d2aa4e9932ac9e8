/* The machine as a bare-metal program has it: registers, RAM, and what firmware tells. It knows smmu_vp.h and the
 * architecture manual (Arm IHI 0070) only. A call of the platform that fails ends the program with its reason. */
#ifndef TESTS_CLIENTS_MACHINE_H
#define TESTS_CLIENTS_MACHINE_H

#include <stdint.h>

#include "smmu_vp.h"

/* Registers (6.3) */
enum {
  IDR0 = 0x0,
  IDR5 = 0x14,
  CR0 = 0x20,
  CR0ACK = 0x24,
  CR1 = 0x28,
  CR2 = 0x2C,
  IRQ_CTRL = 0x50,
  IRQ_CTRLACK = 0x54,
  GERROR = 0x60,
  GERRORN = 0x64,
  STRTAB_BASE = 0x80,
  STRTAB_BASE_CFG = 0x88,
  CMDQ_BASE = 0x90,
  CMDQ_PROD = 0x98,
  CMDQ_CONS = 0x9C,
  EVENTQ_BASE = 0xA0,
  PRIQ_BASE = 0xC0,
  EVENTQ_PROD = 0x100A8,
  EVENTQ_CONS = 0x100AC,
  PRIQ_PROD = 0x100C8,
  PRIQ_CONS = 0x100CC
};
enum { CR0_SMMUEN = 1, CR0_PRIQEN = 2, CR0_EVENTQEN = 4, CR0_CMDQEN = 8 };

extern smmu_vp* vp;
extern smmu_vp_info machine;

void must(smmu_vp_status status);
void open_machine(const char* const* settings); /* "key=value", terminated by NULL */

uint32_t get(uint32_t reg);
void set(uint32_t reg, uint32_t value);
void set64(uint32_t reg, uint64_t value);
void set_and_wait(uint32_t reg, uint32_t ack, uint32_t value); /* until the SMMU acknowledges it */

uint64_t* ram(uint64_t pa);        /* eight bytes */
uint64_t allocate(uint64_t bytes); /* zero, aligned to `bytes`, a power of two and at least a page */
/* A page goes back; the next allocate(4096) returns it. */
void release(uint64_t page);

/* Enables a PCIe function with PASID, ATS and PRI. */
void enable_function(uint32_t requester_id);

#endif
