// SPDX-License-Identifier: GPL-2.0-or-later
// Interrupts of the platform at the guest's GICv3 and its ITS.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// An edge of `line` of the platform is one of `spi` of the guest. False if there are too many.
bool interrupts_connect(uint32_t line, uint32_t spi);
// Finds the GIC; called once the machine is complete. Prints one line and returns false if there is none.
bool interrupts_start(void);

// The lines that are connected.
const uint32_t* interrupts_lines(size_t* count);

void interrupts_edge(uint32_t line);
void interrupts_msi(uint64_t address, uint32_t data, uint32_t device_id);
