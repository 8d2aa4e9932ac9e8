// SPDX-License-Identifier: GPL-2.0-or-later
// Which code of the guest's kernel writes registers of the platform, and memory that the SMMU reads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where a CPU is in the kernel: the instruction, the link register, and the return addresses of its frame records,
// innermost first.
enum { kMostCode = 20 };
typedef struct {
  uint32_t cpu, count;
  uint64_t address;  // of what is stored to
  uint64_t code[kMostCode];
} CodeOfStore;

// Has QEMU tell of the kernel's stores; `plugin` is the number that QEMU gave this plugin.
void code_start(uint64_t plugin);
// The SMMU reads this page of RAM: stores to it are collected from now on.
void code_watch(uint64_t page);
void code_forget(uint64_t page);
// The stores since the last call, in order. Valid until the next call.
const CodeOfStore* code_stores(size_t* count);
// The code that is making the present access of a register; false if no CPU does.
bool code_of_access(uint64_t address, CodeOfStore* store);
