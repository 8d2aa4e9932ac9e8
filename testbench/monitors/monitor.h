// A monitor judges what the platform announces, and nothing else: it includes facts and architecture data,
// never model or driver code, so that it is a witness of its own. See docs/monitors.md.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tlm/spec/types.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

struct Violation {
  u64 t_ps;
  std::string what;  // one line naming the rule broken, with PASID and address
  std::optional<u32> pasid;
  std::optional<u64> address;
};

struct MonitorInfo {
  std::string_view name;         // stale_translation, ...
  std::string_view description;  // one line
  std::string_view rule;         // what exactly must hold, and from when on
  std::string_view section;      // where the manual (or the design) says so
};

class Monitor {
 public:
  // A run that breaks a rule tends to break it for ever: this many violations are kept, the rest counted.
  static constexpr std::size_t kKept = 100;

  Monitor(trace::Bus& bus, const MonitorInfo& info) : bus_(bus), info_(info) {}
  virtual ~Monitor() = default;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  const MonitorInfo& info() const { return info_; }
  std::string_view name() const { return info_.name; }
  // How often the rule was judged.
  u64 checked() const { return checked_; }
  u64 violation_count() const { return violation_count_; }
  const std::vector<Violation>& violations() const { return violations_; }

  // Judges what only the end can show; call it once, at `t_ps`, when nothing is in flight any more. A run
  // that was interrupted has no such moment: leave it out.
  virtual void finish(u64 /*t_ps*/) {}
  // What a reader of the verdict must know beside it: one line each.
  virtual std::vector<std::string> remarks() const { return {}; }

 protected:
  void judge() { ++checked_; }
  // Keeps the violation and announces trace::Violation.
  void report(u64 t_ps, std::string what, std::optional<u32> pasid = {}, std::optional<u64> address = {});

 private:
  trace::Bus& bus_;
  const MonitorInfo& info_;
  u64 checked_ = 0, violation_count_ = 0;
  std::vector<Violation> violations_;
};

// Every monitor there is, in the order they are made in.
std::span<const MonitorInfo> monitor_list();

// All monitors, listening to `bus` from now on. Make them before anything announces facts; `bus` must outlive
// them and fall silent before they go.
std::vector<std::unique_ptr<Monitor>> make_monitors(trace::Bus& bus);

}  // namespace smmu_vp::tb
