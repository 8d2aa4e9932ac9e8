// Configuration keys of the run, the CPUs and the driver.
#include <algorithm>

#include "testbench/config/keys_internal.h"

namespace smmu_vp::tb {

namespace {

Key cost(std::string name, std::string help, Where where) {
  return number_key("cpu.costs." + name, "ns", 0, 1e9, std::move(help), std::move(where));
}

// "none" first, then the bugs in the driver's own order.
std::vector<std::string> bug_names() {
  std::vector<std::string> names = {"none"};
  for (const sw::BugInfo& bug : sw::kBugs) names.emplace_back(bug.name);
  return names;
}

Choice bug_choice(sw::Bug& bug) {
  const auto name_of = [](sw::Bug b) -> std::string_view {
    for (const sw::BugInfo& info : sw::kBugs) {
      if (info.bug == b) return info.name;
    }
    return "none";
  };
  return {[&bug, name_of] {
            const std::vector<std::string> names = bug_names();
            return static_cast<unsigned>(std::find(names.begin(), names.end(), name_of(bug)) - names.begin());
          },
          [&bug](unsigned i) { bug = i == 0 ? sw::Bug::kNone : sw::kBugs[i - 1].bug; }};
}

}  // namespace

std::vector<Key> driver_keys() {
  return {
      word_key("driver.kernel", {"6.12"}, "Kernel version whose sequences the driver follows.",
               SMMU_VP_AT((Choice{[] { return 0u; }, [](unsigned) {}}))),
      word_key("driver.bug", bug_names(), "Turns on one historical bug; see `smmu-vp list bugs`.",
               SMMU_VP_AT(bug_choice(c.driver.bug))),
      flag_key("driver.ril",
               "Use range commands where the SMMU has them, and range broadcasts with driver.btm.",
               SMMU_VP_AT(&c.driver.ril)),
      number_key("driver.cmdq_log2", "log2 entries", 7, 19, "Size of the command queue.",
                 SMMU_VP_AT(&c.driver.cmdq_log2)),
      number_key("driver.evtq_log2", "log2 entries", 1, 19, "Size of the event queue.",
                 SMMU_VP_AT(&c.driver.evtq_log2)),
      number_key("driver.priq_log2", "log2 entries", 1, 19, "Size of the page-request queue.",
                 SMMU_VP_AT(&c.driver.priq_log2)),
      number_key("driver.cmdq_batch", "commands", 1, 64, "Commands published together.",
                 SMMU_VP_AT(&c.driver.cmdq_batch)),
      number_key("driver.max_tlbi_ops", "pages", 0, 1 << 20,
                 "Pages from which an unmap becomes one TLBI by ASID; 0 means one table's worth.",
                 SMMU_VP_AT(&c.driver.max_tlbi_ops)),
      flag_key("driver.msi_sync", "CMD_SYNC completes by MSI where the SMMU has it.",
               SMMU_VP_AT(&c.driver.msi_sync)),
      flag_key(
          "driver.btm",
          "Where the SMMU has IDR0.BTM: unmap and process death invalidate its TLBs by the CPU's broadcast "
          "TLBI and DSB, not by commands. A TLBI costs the CPU the SMMU's time for it, a DSB a barrier and "
          "the wait.",
          SMMU_VP_AT(&c.driver.btm)),
      number_key("driver.pri_allocation", "requests", 1, 4096, "Outstanding Page Request Allocation.",
                 SMMU_VP_AT(&c.driver.pri_allocation)),
      word_key("driver.page_size", {"4k", "16k", "64k"}, "The kernel's page size.",
               SMMU_VP_AT(choice(c.driver.granule))),
  };
}

std::vector<Key> cpu_keys() {
  return {
      number_key("seed", "", 0, 9e18, "Seed of every random choice; same seed, same history.",
                 SMMU_VP_AT(&c.seed)),
      number_key("time_limit_ns", "ns", 1, 1e15, "A run that is not over by then has failed.",
                 SMMU_VP_AT(Nanoseconds{&c.time_limit_ps})),
      word_key("timing.mode", {"untimed", "loose", "timed"},
               "Whether models charge no time, time in quanta, or every duration.",
               SMMU_VP_AT(choice(c.timing.mode))),
      number_key("timing.quantum_ns", "ns", 1, 1e9, "How far a thread may run ahead in loose mode.",
                 SMMU_VP_AT(Nanoseconds{&c.timing.quantum_ps})),

      number_key("cpu.count", "CPUs", 1, 256, "CPUs; more runnable threads than these wait.",
                 SMMU_VP_AT(&c.cpu.count)),
      word_key("cpu.memory_model", {"strong", "weak"},
               "weak: stores become visible late and out of order until a barrier.",
               SMMU_VP_AT(choice(c.cpu.memory_model))),
      number_key("cpu.store_delay_ns", "ns", 1, 1e6, "weak: longest time a store stays invisible.",
                 SMMU_VP_AT(Nanoseconds{&c.cpu.store_delay_ps})),
      number_key("cpu.timeslice_ns", "ns", 1000, 1e12, "Longest turn on a CPU while others wait for one.",
                 SMMU_VP_AT(Nanoseconds{&c.cpu.timeslice_ps})),
      cost("syscall_ns", "Entry into and return from the kernel.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.syscall_ps})),
      cost("context_switch_ns", "Waking a sleeping thread.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.context_switch_ps})),
      cost("irq_entry_ns", "Interrupt to the first instruction of its handler.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.irq_entry_ps})),
      cost("fault_handler_ns", "The mm's part in one page fault, without zeroing and page tables.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.fault_handler_ps})),
      cost("command_build_ns", "Building one SMMU command.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.command_build_ps})),
      cost("page_zero_ns", "Zeroing one 4 KB page.", SMMU_VP_AT(Nanoseconds{&c.cpu.costs.page_zero_ps})),
      cost("pte_update_ns", "Changing one page-table entry.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.pte_update_ps})),
      cost("load_ns", "A load, or 64 bytes of a bulk read.", SMMU_VP_AT(Nanoseconds{&c.cpu.costs.load_ps})),
      cost("store_ns", "A store, or 64 bytes of a bulk write.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.store_ps})),
      cost("barrier_ns", "A memory barrier.", SMMU_VP_AT(Nanoseconds{&c.cpu.costs.barrier_ps})),
      cost("mmio_read_ns", "CPU's side of a device register read, beside the device's own time.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.mmio_read_ps})),
      cost("mmio_write_ns", "CPU's side of a device register write.",
           SMMU_VP_AT(Nanoseconds{&c.cpu.costs.mmio_write_ps})),
  };
}

}  // namespace smmu_vp::tb
