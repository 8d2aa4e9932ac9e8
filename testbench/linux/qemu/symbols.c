// SPDX-License-Identifier: GPL-2.0-or-later
// Finds QEMU's functions in the program that has loaded this plugin.
#define _GNU_SOURCE
#include "symbols.h"

#include <dlfcn.h>
#include <stdio.h>

QemuSymbols qemu;

// The series whose layouts symbols.h has.
enum { kMajor = 7, kMinor = 2 };

static void* find(const char* name, bool* all) {
  void* symbol = dlsym(RTLD_DEFAULT, name);
  if (symbol == NULL && *all) {
    fprintf(stderr, "smmu-vp plugin: this QEMU does not export %s; Debian's qemu-system-arm %d.%d does\n",
            name, kMajor, kMinor);
    *all = false;
  }
  return symbol;
}

Cpu* qemu_current_cpu(void) {
  static __thread Cpu** current;  // each thread has its own
  if (current == NULL) current = dlsym(RTLD_DEFAULT, "current_cpu");
  return *current;
}

bool find_symbols(void) {
  bool all = true;
#define FIND(name, result, arguments) *(void**)&qemu.name = find(#name, &all);
  QEMU_SYMBOLS(FIND)
#undef FIND
  qemu.address_space_memory = find("address_space_memory", &all);
  find("current_cpu", &all);
  if (!all) return false;
  const VersionInfo* version = qemu.qmp_query_version(NULL);
  if (version->qemu->major == kMajor && version->qemu->minor == kMinor) return true;
  fprintf(stderr, "smmu-vp plugin: QEMU %d.%d is not the tested %d.%d; its internal layouts may differ\n",
          (int)version->qemu->major, (int)version->qemu->minor, kMajor, kMinor);
  return false;
}
