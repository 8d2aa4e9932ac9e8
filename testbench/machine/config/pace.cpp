// The bounds: each duration, times how often it can occur in sequence.
#include "testbench/machine/config/pace.h"

#include <algorithm>
#include <numeric>

#include "tlm/pcie/tlp.h"
#include "tlm/spec/pcie.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPsPerNs = 1'000;
// Reads for one cold translation: STE and CD with their first-level descriptors, and four levels of tables.
constexpr u64 kReads = 8;
// The most threads that want a CPU at once in any scenario: programs, interrupt and fault handlers.
constexpr u64 kThreads = 32;

u64 wire_ps(const pcie::LinkConfig& link, u64 bytes) {
  const double gbps = pcie::lane_gbps(link.generation) * link.lanes * pcie::kDataLinkShare;
  return static_cast<u64>(static_cast<double>(bytes) * 8'000 / gbps);
}

u64 round_up(u64 a, u64 b) {
  return (a + b - 1) / b;
}

// TLBI commands of the longest list. From max_tlbi_ops pages on, an unmap takes one command by ASID; a range
// takes at most one per SCALE (4.4.1.1).
u64 longest_list(const Config& c) {
  if (c.driver.ril && c.smmu.features.ranges()) return 8;
  const u64 a_tables_worth = u64{512} << (2 * static_cast<unsigned>(c.driver.granule));
  return c.driver.max_tlbi_ops != 0 ? c.driver.max_tlbi_ops : a_tables_worth;
}

}  // namespace

Pace::Pace(const Config& config, u64 page_in_ps) {
  if (config.timing.mode != TimingMode::kUntimed) hardware(config);
  software(config, page_in_ps);
}

void Pace::hardware(const Config& c) {
  u64 at_once = 0, slowest_invalidate_ps = 0, slowest_atc_ps = 0;
  for (const EndpointConfig& e : c.endpoints) {
    at_once += u64{e.accelerator.channels} * e.accelerator.outstanding + 1;
    slowest_invalidate_ps = std::max(slowest_invalidate_ps, e.ats.invalidate_ps);
    slowest_atc_ps = std::max(slowest_atc_ps, e.atc.hit_ps);
  }
  const auto& t = c.smmu.timing;
  const u64 walks = round_up(at_once, c.smmu.walkers);
  const u64 memory_ps = c.memory.latency_ns * kPsPerNs;
  const auto transfer_ps = static_cast<u64>(pcie::kPage * 8'000 / c.memory.bandwidth_gbps);
  const u64 crossing_ps = c.link.latency_ns * kPsPerNs;
  const u64 lookup_ps = std::max(c.tlb.hit_ps, 4 * c.tlb.clock_ps);
  drain_ = {{"memory.latency_ns", (walks * kReads + 1) * memory_ps},
            {"memory.bandwidth_gbps", (at_once + walks * kReads) * transfer_ps},
            {"link.latency_ns", 4 * crossing_ps},
            {"link.lanes", 2 * at_once * wire_ps(c.link, pcie::kPage + 64 * pcie::kCompletionHeader)},
            {"smmu.tbu.tcu_hop_ns", 2 * walks * t.tbu_tcu_hop_ps},
            {"smmu.tcu.config_hit_ns", at_once * t.config_hit_ps},
            {"smmu.tbu.tlb.hit_ns", at_once * lookup_ps},
            {"endpoint.N.atc.hit_ns", at_once * slowest_atc_ps},
            {"timing.quantum_ns", c.timing.mode == TimingMode::kLoose ? 4 * c.timing.quantum_ps : 0}};
  atc_ = {{"endpoint.N.invalidate_ns", u64{spec::pcie::invalidate::kTags} * slowest_invalidate_ps},
          {"link.latency_ns", 2 * crossing_ps}};
}

void Pace::software(const Config& c, u64 page_in_ps) {
  const CpuCosts& costs = c.cpu.costs;
  const u64 turns = 1 + round_up(kThreads, c.cpu.count);
  const u64 page_4k = u64{1} << (2 * static_cast<unsigned>(c.driver.granule));
  const u64 register_ps = c.smmu.timing.register_access_ps;
  const auto add = [&](const char* key, u64 times, u64 ps) {
    cpu_.push_back({std::string("cpu.costs.") + key, turns * times * ps});
  };
  add("syscall_ns", 2, costs.syscall_ps);
  add("context_switch_ns", 8, costs.context_switch_ps);
  add("irq_entry_ns", 2, costs.irq_entry_ps);
  add("fault_handler_ns", 1, costs.fault_handler_ps);
  add("command_build_ns", 4, costs.command_build_ps);
  add("page_zero_ns", 5 * page_4k, costs.page_zero_ps);
  add("pte_update_ns", 8, costs.pte_update_ps);
  add("load_ns", 128 * page_4k, costs.load_ps);
  add("store_ns", 128 * page_4k, costs.store_ps);
  add("barrier_ns", 16, costs.barrier_ps);
  add("mmio_read_ns", 16, costs.mmio_read_ps + register_ps);
  add("mmio_write_ns", 16, costs.mmio_write_ps + register_ps);
  cpu_.push_back({"cpu.store_delay_ns", 4 * c.cpu.store_delay_ps});
  cpu_.push_back({"scenario.page_in_us", turns * page_in_ps});
  const u64 list = longest_list(c);
  commands_ = time_of(c, list);
  queued_ = time_of(c, std::min(list, u64{1} << std::min(c.driver.cmdq_log2, c.smmu.features.cmdq_log2_max)));
}

Pace::Shares Pace::time_of(const Config& c, u64 commands) {
  const auto& t = c.smmu.timing;
  const CpuCosts& costs = c.cpu.costs;
  Shares shares = {{"cpu.costs.command_build_ns", commands * costs.command_build_ps},
                   {"cpu.costs.store_ns", commands * costs.store_ps},
                   {"cpu.costs.mmio_write_ns", 16 * (costs.mmio_write_ps + t.register_access_ps)}};
  if (c.timing.mode == TimingMode::kUntimed) return shares;
  // The RTL visits a set each clock; the reference takes the time of a lookup.
  const u64 clocks = c.tlb.impl == CacheImpl::kReference ? 0 : c.smmu.tlb.sets;
  shares.insert(shares.end(), {{"smmu.cmdq.command_ns", commands * t.command_ps},
                               {"smmu.cmdq.tlbi_broadcast_ns", commands * c.smmu.commands.latency_ps},
                               {"smmu.tbu.tlb.clock_ns", commands * clocks * c.tlb.clock_ps},
                               {"smmu.tbu.tlb.hit_ns", commands * c.tlb.hit_ps},
                               {"memory.latency_ns", commands * c.memory.latency_ns * kPsPerNs}});
  return shares;
}

std::vector<PaceShare> Pace::sync_shares() const {
  Shares all = drain_;
  for (const Shares* more : {&atc_, &queued_}) all.insert(all.end(), more->begin(), more->end());
  return all;
}

u64 Pace::total(const Shares& shares) {
  return std::accumulate(shares.begin(), shares.end(), u64{0},
                         [](u64 sum, const PaceShare& s) { return sum + s.ps; });
}

}  // namespace smmu_vp::tb
