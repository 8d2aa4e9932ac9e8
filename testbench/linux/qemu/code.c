// SPDX-License-Identifier: GPL-2.0-or-later
// Stores are seen by a callback after each of the kernel's store instructions. Arm64 kernels are always built with frame
// records: x29 points to the caller's x29 and the return address.
#include "code.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

enum { kPageShift = 12, kFramePointer = 29, kLinkRegister = 30, kProgramCounter = 32, kStackPointer = 31 };
enum {
  kNoRegisters = 0,
  kWrites = 2
};  // of the plugin interface: what a callback needs, and what it hears of
enum { kMostCpus = 8 };

// Pages of RAM, from its first one. The guest's RAM begins at 1 GiB on QEMU's virt machine.
static const uint64_t kRam = UINT64_C(1) << 30;
enum { kMostPages = 1 << 20 };
static bool watched[kMostPages];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // CPUs may run in threads of their own
typedef struct {
  CodeOfStore* all;
  size_t count, room;
} Stores;
static Stores collected, taken;
static atomic_uint times_taken;

static bool is_kernel(uint64_t address) {
  return address >> 63;
}

static uint64_t register_of(Cpu* cpu, int number) {
  static __thread ByteArray* bytes;
  if (bytes == NULL) bytes = qemu.g_byte_array_new();
  qemu.g_byte_array_set_size(bytes, 0);
  uint64_t value = 0;
  if (qemu.aarch64_cpu_gdb_read_register(cpu, bytes, number) == sizeof value)
    memcpy(&value, bytes->data, sizeof value);
  return value;
}

typedef struct {
  uint64_t next, code;
} FrameRecord;

static bool read_record(Cpu* cpu, uint64_t frame, FrameRecord* record) {
  return is_kernel(frame) && frame % 8 == 0 &&
         qemu.cpu_memory_rw_debug(cpu, frame, record, sizeof *record, false) == 0 && is_kernel(record->code);
}

// The CPU's present place; TCG has written its registers back before any access to memory. Stores in a loop come from the
// same callers: the records behind the first one are read once. When the
// stores are taken, that ends: another system call may have the same frame.
static void look_at(Cpu* cpu, uint64_t pc, CodeOfStore* store) {
  static __thread struct {
    unsigned when;
    uint64_t frame;
    FrameRecord record;
    uint32_t count;
    uint64_t code[kMostCode];
  } last;
  store->code[0] = pc;
  store->code[1] = register_of(cpu, kLinkRegister);
  store->count = 2;
  const uint64_t frame = register_of(cpu, kFramePointer);
  FrameRecord record;
  if (!read_record(cpu, frame, &record)) return;
  const unsigned now = atomic_load(&times_taken);
  if (now != last.when || frame != last.frame || record.next != last.record.next ||
      record.code != last.record.code) {
    last.when = now;
    last.frame = frame;
    last.record = record;
    last.count = 2;
    do {
      last.code[last.count++] = record.code;
    } while (last.count < kMostCode && read_record(cpu, record.next, &record));
  }
  memcpy(store->code + 2, last.code + 2, (last.count - 2) * sizeof *last.code);
  store->count = last.count;
}

static void stored(unsigned cpu, uint32_t info, uint64_t address, void* pc) {
  if (!qemu.qemu_plugin_mem_is_store(info)) return;
  const void* place = qemu.qemu_plugin_get_hwaddr(info, address);
  if (place == NULL || qemu.qemu_plugin_hwaddr_is_io(place)) return;
  const uint64_t physical = qemu.qemu_plugin_hwaddr_phys_addr(place);
  const uint64_t page = (physical - kRam) >> kPageShift;
  if (page >= kMostPages || !watched[page]) return;
  CodeOfStore store = {.cpu = cpu, .address = physical};
  look_at(qemu.qemu_get_cpu((int)cpu), (uintptr_t)pc, &store);
  pthread_mutex_lock(&lock);
  if (collected.count == collected.room) {
    collected.room = 2 * collected.room + 64;
    collected.all = realloc(collected.all, collected.room * sizeof store);
  }
  collected.all[collected.count++] = store;
  pthread_mutex_unlock(&lock);
}

// Whether a single register may be stored, and not to the stack: loads, pairs (which fill and copy whole pages) and vector
// registers are left out, since each callback takes time. See "Loads and Stores" in the A64 encoding of the Arm ARM.
static bool may_store(const void* instruction) {
  uint32_t word;
  memcpy(&word, instruction, sizeof word);
  if ((word >> 5 & 31) == kStackPointer) return false;
  const bool exclusive = (word & 0x3f000000) == 0x08000000;  // with compare and swap, and release
  const bool one = (word & 0x3e000000) == 0x38000000;
  const bool atomic = one && (word & 0x01200c00) == 0x00200000;
  const bool load = (word & 0x00c00000) != 0;
  return exclusive || atomic || (one && !load);
}

static void translated(uint64_t plugin, void* block) {
  (void)plugin;
  if (!is_kernel(qemu.qemu_plugin_tb_vaddr(block))) return;
  const size_t count = qemu.qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; ++i) {
    void* instruction = qemu.qemu_plugin_tb_get_insn(block, i);
    if (!may_store(qemu.qemu_plugin_insn_data(instruction))) continue;
    void* const pc = (void*)(uintptr_t)qemu.qemu_plugin_insn_vaddr(instruction);
    qemu.qemu_plugin_register_vcpu_mem_cb(instruction, stored, kNoRegisters, kWrites, pc);
  }
}

void code_start(uint64_t plugin) {
  qemu.qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
}

static void watch(uint64_t page, bool on) {
  const uint64_t number = (page - kRam) >> kPageShift;
  if (number < kMostPages) watched[number] = on;
}

void code_watch(uint64_t page) {
  watch(page, true);
}

void code_forget(uint64_t page) {
  watch(page, false);
}

const CodeOfStore* code_stores(size_t* count) {
  atomic_fetch_add(&times_taken, 1);
  pthread_mutex_lock(&lock);
  const Stores free_again = taken;
  taken = collected;
  collected = free_again;
  collected.count = 0;
  pthread_mutex_unlock(&lock);
  *count = taken.count;
  return taken.all;
}

bool code_of_access(uint64_t address, CodeOfStore* store) {
  Cpu* const cpu = qemu_current_cpu();
  if (cpu == NULL) return false;
  const uint64_t pc = register_of(cpu, kProgramCounter);
  if (!is_kernel(pc)) return false;
  store->cpu = 0;
  while (store->cpu < kMostCpus && qemu.qemu_get_cpu((int)store->cpu) != cpu) ++store->cpu;
  store->address = address;
  look_at(cpu, pc, store);
  return true;
}
