// Configuration keys of the run, the CPUs and the driver.
#include <algorithm>

#include "testbench/machine/config/keys_internal.h"
#include "tlm/spec/cd.h"

namespace smmu_vp::tb {

namespace {

// Upper limits for steps that occur a few times in an operation and for those that occur hundreds of times.
// The kernel gives up on hardware after one second, so an operation has to take much less.
constexpr double kLongestStep = 1e5, kLongestAccess = 1e3;

Key cost(const std::string& name, double longest, std::string help, Where where) {
  return number_key("cpu.costs." + name, "ns", 0, longest, std::move(help), std::move(where));
}

// An address size that IDR5.OAS and PARange can encode.
Choice bits_choice(unsigned& bits) {
  return {[&bits] {
            return static_cast<unsigned>(std::ranges::find(spec::kAddressSizeBits, bits) -
                                         spec::kAddressSizeBits.begin());
          },
          [&bits](unsigned i) { bits = spec::kAddressSizeBits[i]; }};
}

}  // namespace

std::vector<Key> driver_keys() {
  return {
      word_key("driver.kernel", {"6.12"}, "Kernel version whose sequences the driver follows.",
               SMMU_VP_AT((Choice{[] { return 0u; }, [](unsigned) {}}))),
      word_key("driver.bug", bug_names(sw::kBugs), "Turns on one historical bug; see `smmu-vp list bugs`.",
               SMMU_VP_AT(choice(c.driver.bug))),
      flag_key(
          "driver.ril",
          "Use range invalidation commands if the SMMU supports them, and range broadcasts with driver.btm.",
          SMMU_VP_AT(&c.driver.ril)),
      number_key("driver.cmdq_log2", "log2 entries", 7, 19, "Size of the command queue.",
                 SMMU_VP_AT(&c.driver.cmdq_log2)),
      number_key("driver.evtq_log2", "log2 entries", 1, 19, "Size of the event queue.",
                 SMMU_VP_AT(&c.driver.evtq_log2)),
      number_key("driver.priq_log2", "log2 entries", 1, 19, "Size of the page-request queue.",
                 SMMU_VP_AT(&c.driver.priq_log2)),
      number_key("driver.cmdq_batch", "commands", 1, 64, "Commands published with one PROD write.",
                 SMMU_VP_AT(&c.driver.cmdq_batch)),
      number_key("driver.max_tlbi_ops", "pages", 0, 1 << 24,
                 "From this many pages an unmap issues one TLBI by ASID; 0 means one table's worth.",
                 SMMU_VP_AT(&c.driver.max_tlbi_ops)),
      flag_key("driver.msi_sync", "CMD_SYNC signals completion by MSI if the SMMU supports it.",
               SMMU_VP_AT(&c.driver.msi_sync)),
      flag_key(
          "driver.btm",
          "With IDR0.BTM, unmap and process exit invalidate the SMMU's TLBs by the CPU's broadcast TLBI and "
          "DSB instead of commands. The CPU waits while the SMMU processes a TLBI; a DSB costs a barrier and "
          "the wait for completion.",
          SMMU_VP_AT(&c.driver.btm)),
      flag_key("driver.el2",
               "With smmu.features.hyp, the kernel runs at EL2, and so do its streams; false: at EL1, where "
               "stage 2 can be "
               "below them.",
               SMMU_VP_AT(&c.driver.el2)),
      number_key("driver.pri_allocation", "requests", 1, 4096, "Outstanding Page Request Allocation.",
                 SMMU_VP_AT(&c.driver.pri_allocation)),
      word_key("driver.page_size", {"4k", "16k", "64k"}, "The kernel's page size.",
               SMMU_VP_AT(choice(c.driver.granule))),
  };
}

std::vector<Key> cpu_keys() {
  return {
      number_key("seed", "", 0, 9e18, "Seed of every random choice; the same seed gives the same run.",
                 SMMU_VP_AT(&c.seed)),
      chosen_key("time_limit_ns", "ns", 0, 1e15,
                 "A run that takes longer in simulated time fails; 0 means no limit. A run that makes no "
                 "progress ends by itself.",
                 SMMU_VP_AT(Nanoseconds{&c.time_limit_ps})),
      word_key("timing.mode", {"untimed", "loose", "timed"},
               "untimed: no durations; loose: durations added up in quanta; timed: every duration.",
               SMMU_VP_AT(choice(c.timing.mode))),
      chosen_key("timing.quantum_ns", "ns", 1, 1e5, "How far a thread may run ahead in loose mode.",
                 SMMU_VP_AT(Nanoseconds{&c.timing.quantum_ps})),

      number_key("cpu.count", "CPUs", 1, 256, "Number of CPUs; further runnable threads wait.",
                 SMMU_VP_AT(&c.cpu.count)),
      word_key("cpu.pa_bits", {"32", "36", "40", "42", "44", "48", "52"},
               "Physical address size of the CPUs (ID_AA64MMFR0_EL1.PARange); sharing page tables needs at "
               "least as many bits in smmu.features.oas_bits.",
               SMMU_VP_AT(bits_choice(c.driver.cpu_pa_bits))),
      word_key("cpu.memory_model", {"strong", "weak"},
               "weak: stores become visible late and out of order until a barrier.",
               SMMU_VP_AT(choice(c.cpu.memory_model))),
      number_key("cpu.store_delay_ns", "ns", 1, 1e5, "weak: longest time until a store becomes visible.",
                 SMMU_VP_AT(Nanoseconds{&c.cpu.store_delay_ps})),
      chosen_key("cpu.timeslice_ns", "ns", 1e4, 1e8,
                 "Longest time slice of a thread while others wait for a CPU.",
                 SMMU_VP_AT(Nanoseconds{&c.cpu.timeslice_ps})),
      cost("syscall_ns", kLongestStep, "Entry into and return from the kernel.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.syscall_ps})),
      cost("context_switch_ns", kLongestStep, "Waking a sleeping thread.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.context_switch_ps})),
      cost("irq_entry_ns", kLongestStep, "From the interrupt to the first instruction of its handler.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.irq_entry_ps})),
      cost("fault_handler_ns", kLongestStep,
           "The mm's work for one page fault, without zeroing and page table updates.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.fault_handler_ps})),
      cost("command_build_ns", kLongestAccess, "Building one SMMU command.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.command_build_ps})),
      cost("page_zero_ns", kLongestStep, "Zeroing one 4 KB page.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.page_zero_ps})),
      cost("pte_update_ns", kLongestAccess, "Changing one page-table entry.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.pte_update_ps})),
      cost("load_ns", kLongestAccess, "A load, or 64 bytes of a bulk read.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.load_ps})),
      cost("store_ns", kLongestAccess, "A store, or 64 bytes of a bulk write.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.store_ps})),
      cost("barrier_ns", kLongestAccess, "A memory barrier.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.barrier_ps})),
      cost("mmio_read_ns", kLongestAccess,
           "The CPU's part of a device register read, in addition to the device's time.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.mmio_read_ps})),
      cost("mmio_write_ns", kLongestAccess, "The CPU's part of a device register write.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.mmio_write_ps})),
  };
}

}  // namespace smmu_vp::tb
