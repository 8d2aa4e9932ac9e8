// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of the guest's address space that are the platform's: SMMU, PCIe, devices; and the guest's console.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// The guest's addresses are the platform's. False if there are too many.
bool windows_add(uint64_t base, uint64_t size);
// Puts the windows over what the machine has there; called once it is complete.
void windows_start(void);

// Copies each line that the guest prints on its PL011 into the platform's kernel log. Prints one line and returns
// false if there is no PL011.
bool console_start(void);

// The guest's time, in which accesses are made.
uint64_t guest_ns(void);
// Something may happen on the platform now.
void follow_closely(void);
