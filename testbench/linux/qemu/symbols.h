// SPDX-License-Identifier: GPL-2.0-or-later
// QEMU's own functions that this plugin calls. They are no stable interface, so each is looked up by name in
// the running program, and only versions of QEMU that this was tested with are accepted.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct MemoryRegion MemoryRegion;
typedef struct AddressSpace AddressSpace;
typedef struct Object Object;
typedef struct Irq Irq;  // QEMU: struct IRQState
typedef struct Cpu Cpu;  // QEMU: struct CPUState
typedef struct {
  uint8_t* data;
  unsigned length;
} ByteArray;  // GLib: struct GByteArray

// QEMU passes it by value. Fields as in 7.2.
typedef struct {
  unsigned unspecified : 1, secure : 1, user : 1, memory : 1, requester_id : 16, rest : 12;
} MemTxAttrs;
typedef uint32_t MemTxResult;
enum { kMemTxOk = 0, kMemTxDecodeError = 2 };

typedef struct {
  uint64_t (*read)(void* opaque, uint64_t offset, unsigned size);
  void (*write)(void* opaque, uint64_t offset, uint64_t value, unsigned size);
  MemTxResult (*read_with_attrs)(void* opaque, uint64_t offset, uint64_t* value, unsigned size, MemTxAttrs);
  MemTxResult (*write_with_attrs)(void* opaque, uint64_t offset, uint64_t value, unsigned size, MemTxAttrs);
  int endianness;
  struct {
    unsigned min, max;
    bool unaligned;
    void* accepts;
  } valid;
  struct {
    unsigned min, max;
    bool unaligned;
  } impl;
} MemoryRegionOps;
enum { kLittleEndian = 2 };

typedef struct Notifier {
  void (*notify)(struct Notifier*, void*);
  void* link[2];
} Notifier;

typedef struct {
  struct {
    int64_t major, minor, micro;
  } * qemu;
  char* package;
} VersionInfo;

enum { kVirtualClock = 1, kNanoseconds = 1, kHostError = 1 /* a cause of shutdown */ };

// SYMBOL(name, result, arguments)
#define QEMU_SYMBOLS(SYMBOL)                                                                        \
  SYMBOL(memory_region_init_io, void,                                                               \
         (MemoryRegion*, Object*, const MemoryRegionOps*, void*, const char*, uint64_t))            \
  SYMBOL(memory_region_add_subregion_overlap, void, (MemoryRegion*, uint64_t, MemoryRegion*, int))  \
  SYMBOL(memory_region_dispatch_read, MemTxResult,                                                  \
         (MemoryRegion*, uint64_t, uint64_t*, unsigned, MemTxAttrs))                                \
  SYMBOL(memory_region_dispatch_write, MemTxResult,                                                 \
         (MemoryRegion*, uint64_t, uint64_t, unsigned, MemTxAttrs))                                 \
  SYMBOL(get_system_memory, MemoryRegion*, (void))                                                  \
  SYMBOL(address_space_stl_le, void, (AddressSpace*, uint64_t, uint32_t, MemTxAttrs, MemTxResult*)) \
  SYMBOL(object_resolve_path_type, Object*, (const char*, const char*, bool*))                      \
  SYMBOL(sysbus_mmio_get_region, MemoryRegion*, (Object*, int))                                     \
  SYMBOL(qdev_get_gpio_in, Irq*, (Object*, int))                                                    \
  SYMBOL(qemu_set_irq, void, (Irq*, int))                                                           \
  SYMBOL(qemu_clock_get_ns, int64_t, (int))                                                         \
  SYMBOL(timer_init_full, void, (void*, void*, int, int, int, void (*)(void*), void*))              \
  SYMBOL(timer_mod, void, (void*, int64_t))                                                         \
  SYMBOL(qemu_add_machine_init_done_notifier, void, (Notifier*))                                    \
  SYMBOL(qemu_system_shutdown_request, void, (int))                                                 \
  SYMBOL(qmp_query_version, VersionInfo*, (void*))                                                  \
  SYMBOL(qemu_get_cpu, Cpu*, (int))                                                                 \
  SYMBOL(cpu_memory_rw_debug, int, (Cpu*, uint64_t, void*, size_t, bool))                           \
  SYMBOL(aarch64_cpu_gdb_read_register, int, (Cpu*, ByteArray*, int))                               \
  SYMBOL(g_byte_array_new, ByteArray*, (void))                                                      \
  SYMBOL(g_byte_array_set_size, ByteArray*, (ByteArray*, unsigned))                                 \
  SYMBOL(qemu_plugin_register_vcpu_tb_trans_cb, void, (uint64_t, void (*)(uint64_t, void*)))        \
  SYMBOL(qemu_plugin_tb_vaddr, uint64_t, (const void*))                                             \
  SYMBOL(qemu_plugin_tb_n_insns, size_t, (const void*))                                             \
  SYMBOL(qemu_plugin_tb_get_insn, void*, (const void*, size_t))                                     \
  SYMBOL(qemu_plugin_insn_data, const void*, (const void*))                                         \
  SYMBOL(qemu_plugin_insn_vaddr, uint64_t, (const void*))                                           \
  SYMBOL(qemu_plugin_register_vcpu_mem_cb, void,                                                    \
         (void*, void (*)(unsigned, uint32_t, uint64_t, void*), int, int, void*))                   \
  SYMBOL(qemu_plugin_mem_is_store, bool, (uint32_t))                                                \
  SYMBOL(qemu_plugin_get_hwaddr, void*, (uint32_t, uint64_t))                                       \
  SYMBOL(qemu_plugin_hwaddr_is_io, bool, (const void*))                                             \
  SYMBOL(qemu_plugin_hwaddr_phys_addr, uint64_t, (const void*))

typedef struct {
#define MEMBER(name, result, arguments) result(*name) arguments;
  QEMU_SYMBOLS(MEMBER)
#undef MEMBER
  AddressSpace* address_space_memory;
} QemuSymbols;

extern QemuSymbols qemu;

// The CPU that this thread runs; NULL outside the guest's code.
Cpu* qemu_current_cpu(void);

// Prints one line and returns false if this is not a QEMU that the plugin knows.
bool find_symbols(void);
