// Each requirement, with the key that has to meet it.
#include "testbench/runs/scenarios/needs.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "sw_driver/poll.h"
#include "sw_driver/smmu_v3/cd_table.h"
#include "sw_driver/smmu_v3/features.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/machine/config/keys.h"
#include "tlm/core/id_registers.h"
#include "tlm/pcie/pri_retry.h"
#include "tlm/spec/accelerator.h"
#include "tlm/spec/pcie.h"
#include "tlm/spec/queue.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

class Checker {
 public:
  Checker(const Config& config, std::string_view scenario, const Needs& needs, const Pace& pace)
      : c_(config), scenario_(scenario), needs_(needs), pace_(pace) {}

  void all() const {
    boot();
    devices();
    window();
    sharing();
    memory();
    invalidations();
    page_requests();
  }

 private:
  [[noreturn]] void refuse(const std::string& key, std::size_t index, const std::string& need) const {
    const auto& keys = platform_keys();
    const auto at = std::ranges::find(keys, key, &Key::name);
    std::string name = key;
    if (const auto n = name.find(".N."); n != std::string::npos)
      name.replace(n + 1, 1, std::to_string(index));
    throw ConfigError(fmt::format("{} = {}: {} needs {}", name, value_text(*at, c_, index), scenario_, need));
  }

  sw::IdRegisters ids() const {
    const auto id = [&](u32 offset) { return core::id_register(offset, c_.smmu); };
    return {id(spec::offset::IDR0), id(spec::offset::IDR1), id(spec::offset::IDR3), id(spec::offset::IDR5)};
  }

  // Requirements of the driver itself, in its own words. No configuration can cause
  // its other reasons to refuse.
  void boot() const {
    if (sw::boot_obstacle(ids()) == sw::Obstacle::kCommandQueue)
      refuse("smmu.features.cmdq_log2_max", 0,
             fmt::format("{} or more: a batch of commands and its CMD_SYNC must fit",
                         sw::kLeastCommandQueueLog2));
    switch (sw::sva_obstacle(ids(), c_.driver)) {
      case sw::Obstacle::kNoStage1:
        refuse("smmu.features.s1", 0, "true: a process's page tables are stage 1 tables");
      case sw::Obstacle::kNoSubstreams:
        refuse("smmu.features.ssid_bits", 0, "1 or more: processes are identified by their PASIDs");
      case sw::Obstacle::kPageSize:
        refuse("smmu.features.granules", 0, "driver.page_size among them");
      case sw::Obstacle::kOutputSize:
        refuse("smmu.features.oas_bits", 0,
               fmt::format("{} or more: the CPUs' page tables hold such addresses (cpu.pa_bits)",
                           c_.driver.cpu_pa_bits));
      default:
        break;
    }
  }

  static std::string_view name_of(Attachment attachment) {
    return attachment == Attachment::kPcieFunction ? "PCIe function" : "platform device";
  }
  static bool is_accelerator(const EndpointConfig& e, Attachment attachment) {
    const DeviceKind& kind = device_kind(e.kind);
    return kind.driven && kind.attachment == attachment;
  }

  // Whether the scenario binds processes to endpoint `i`: one that it lists, otherwise an accelerator
  // attached in a way that it names, otherwise any accelerator.
  bool used(std::size_t i) const {
    if (!needs_.endpoints.empty())
      return std::ranges::find(needs_.endpoints, i, &Needs::Endpoint::index) != needs_.endpoints.end();
    const DeviceKind& kind = device_kind(c_.endpoints[i].kind);
    return kind.driven &&
           (needs_.attachments.empty() ||
            std::ranges::find(needs_.attachments, kind.attachment) != needs_.attachments.end());
  }

  void devices() const {
    for (const auto& [index, attachment] : needs_.endpoints) {
      if (index >= c_.endpoints.size())
        throw ConfigError(fmt::format("endpoint: {} needs endpoint.{}, but there are only {}", scenario_,
                                      index, c_.endpoints.size()));
      if (!is_accelerator(c_.endpoints[index], attachment))
        refuse("endpoint.N.kind", index, fmt::format("a {}", name_of(attachment)));
    }
    for (const Attachment attachment : needs_.attachments) {
      const auto fits = [&](const EndpointConfig& e) { return is_accelerator(e, attachment); };
      if (std::ranges::none_of(c_.endpoints, fits))
        refuse("endpoint.N.kind", 0, fmt::format("at least one {}", name_of(attachment)));
    }
    for (std::size_t i = 0; i < c_.endpoints.size(); ++i) {
      const EndpointConfig& e = c_.endpoints[i];
      if (!used(i)) continue;
      if (!e.is_function()) {
        if (c_.smmu.features.stall_model == spec::kStallModelNone)
          refuse("smmu.features.stall_model", 0,
                 fmt::format("stalls: the platform device endpoint.{} needs them for paging", i));
        continue;
      }
      if (!c_.smmu.features.pri)
        refuse("smmu.features.pri", 0,
               fmt::format("true: the PCIe function endpoint.{} needs it for paging", i));
      // The kernel only looks for further functions of a device that has function 0 (PCIe 7.5.1.1.9).
      const auto is_function_0 = [&](const EndpointConfig& other) {
        return other.is_function() && other.stream_id == (e.stream_id & ~u32{7});
      };
      if (std::ranges::none_of(c_.endpoints, is_function_0))
        refuse(
            "endpoint.N.stream_id", i,
            fmt::format("function 0 of that device, {:#x}, as well: enumeration finds no device without it",
                        e.stream_id & ~u32{7}));
    }
  }

  // The driver's enumeration gives each bus behind a root port whole megabytes. The integrated functions are among
  // the root ports, so that each port may leave a part of a megabyte behind it.
  void window() const {
    constexpr u64 kUnit = spec::pcie::bridge::kWindowUnit;
    std::map<u8, u64> functions;  // by bus
    for (const EndpointConfig& e : c_.endpoints)
      if (e.is_function()) ++functions[e.bus()];
    const bool integrated = functions.contains(0);
    u64 units = 0;
    for (const auto& [bus, count] : functions)
      units += (count * spec::accel::kBarSize + kUnit - 1) / kUnit + (integrated && bus != 0 ? 1 : 0);
    if (c_.pcie.window_size < units * kUnit)
      refuse("pcie.window_size", 0,
             fmt::format("{:#x} or more: the BARs of its PCIe functions are there", units * kUnit));
  }

  void sharing() const {
    sw::Features features{};
    features.ssid_bits = c_.smmu.features.ssid_bits;
    features.two_level_cd_table = c_.smmu.features.cd_table_levels == 2;
    // PASID 0 is never allocated.
    const u64 pasids = (u64{1} << sw::CdTable::usable_bits(features, features.ssid_bits)) - 1;
    if (pasids < needs_.processes)
      refuse("smmu.features.ssid_bits", 0, fmt::format("PASIDs for {} processes at once", needs_.processes));
    const u64 end = c_.memory.base + c_.memory.size;
    if (const auto bits = static_cast<unsigned>(std::bit_width(end - 1)); bits > c_.driver.cpu_pa_bits)
      refuse("cpu.pa_bits", 0, fmt::format("{} or more: RAM ends at {:#x}", bits, end));
  }

  void memory() const {
    const u64 needed = needs_.process_bytes + driver_bytes();
    if (c_.memory.size < needed)
      refuse("memory.size", 0, fmt::format("{} or more for its processes and the driver's tables", needed));
  }

  // Queues and tables as the driver allocates them, plus half for alignment.
  u64 driver_bytes() const {
    const auto& f = c_.smmu.features;
    const auto queue = [](unsigned entry_bytes, unsigned log2, unsigned max) {
      return u64{entry_bytes} << std::min(log2, max);
    };
    u64 bytes = queue(spec::queue::kCommandBytes, c_.driver.cmdq_log2, f.cmdq_log2_max) +
                queue(spec::queue::kEventBytes, c_.driver.evtq_log2, f.eventq_log2_max) +
                queue(spec::queue::kPageRequestBytes, c_.driver.priq_log2, f.priq_log2_max);
    constexpr u64 kLeaf = 64 * 1024;  // 1024 CDs, or more than 256 STEs
    const bool linear_streams = f.stream_table_levels == 1 || f.sid_bits <= 8;
    bytes += linear_streams ? u64{64} << f.sid_bits : u64{8} << (f.sid_bits - 8);
    const bool linear_contexts = f.cd_table_levels == 1 || f.ssid_bits <= 10;
    const u64 contexts = linear_contexts ? u64{64} << std::min(f.ssid_bits, 10u) : 8 * kLeaf + kLeaf;
    bytes += c_.endpoints.size() * (contexts + kLeaf);
    return bytes + bytes / 2;
  }

  // The kernel waits a second for a CMD_SYNC and then continues without it; the SMMU waits for an Invalidate
  // Completion as long as it is configured to.
  void invalidations() const {
    if (const u64 worst = pace_.sync_ps(); worst >= sw::kSecond) refuse_slowest(worst);
    if (!needs_.honest) {
      if (c_.smmu.timing.atc_inv_timeout_ps >= sw::kSecond)
        refuse("smmu.cmdq.atc_inv_timeout_ns", 0,
               "less than the second that the driver waits for a CMD_SYNC");
    }
    if (const u64 worst = pace_.atc_invalidation_ps(); worst >= c_.smmu.timing.atc_inv_timeout_ps)
      refuse("smmu.cmdq.atc_inv_timeout_ns", 0,
             fmt::format("more than {} ns, which ATC invalidations can take with this configuration",
                         worst / 1000));
  }

  [[noreturn]] void refuse_slowest(u64 worst) const {
    const auto shares = pace_.sync_shares();
    const auto slowest = std::ranges::max_element(shares, {}, &PaceShare::ps);
    refuse(
        slowest->key, slowest_endpoint(),
        fmt::format(
            "less: a CMD_SYNC could take {} ms with this configuration, and the driver waits only one second",
            worst / sw::kMillisecond));
  }
  std::size_t slowest_endpoint() const {
    const auto cost = [](const EndpointConfig& e) { return e.ats.invalidate_ps + e.atc.hit_ps; };
    return static_cast<std::size_t>(std::ranges::max_element(c_.endpoints, {}, cost) - c_.endpoints.begin());
  }

  // The SMMU answers Success to a request that finds the PRI queue full (8.1), and the device has to ask
  // again until one gets through.
  void page_requests() const {
    const u64 queue = u64{1} << std::min(c_.driver.priq_log2, c_.smmu.features.priq_log2_max);
    u64 outstanding = 0;
    for (const EndpointConfig& e : c_.endpoints) {
      if (e.is_function()) outstanding += std::min(e.pri.capacity, c_.driver.pri_allocation);
    }
    if (needs_.honest && outstanding < queue) return;  // one that breaks the rules may send any number
    for (std::size_t i = 0; i < c_.endpoints.size(); ++i) {
      const EndpointConfig& e = c_.endpoints[i];
      const unsigned enough =
          pcie::RetryPauses{e.pri.retry_ps}.attempts_within(pace_.longest_without_progress_ps());
      if (e.is_function() && e.pri.retries < enough)
        refuse("endpoint.N.pri.retries", i,
               fmt::format("{} or more: the PRI queue of {} may overflow again and again", enough, queue));
    }
  }

  const Config& c_;
  std::string_view scenario_;
  const Needs& needs_;
  const Pace& pace_;
};

}  // namespace

void check_needs(const Config& config, std::string_view scenario, const Needs& needs, const Pace& pace) {
  Checker(config, scenario, needs, pace).all();
}

}  // namespace smmu_vp::tb
