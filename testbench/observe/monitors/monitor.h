// A monitor checks only what the platform announces. It includes facts and architecture data but no model or
// driver code, so that it is an independent witness. See docs/monitors.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/observe/monitors/memory_view.h"
#include "tlm/spec/types.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

// Identifies the access that a violation is about; unknown parts are empty.
struct Subject {
  std::optional<u32> sid = {}, pasid = {};
  std::optional<u64> address = {};  // virtual, as the process knows it
  std::optional<u64> physical = {};
  // The descriptor or structure that decides: its physical address, and its word when it was taken up and now.
  std::optional<u64> descriptor = {}, old_value = {}, new_value = {};
  std::optional<u64> changed_ps = {};  // when the change was first seen
  bool write = false;                  // of an access
};

// For how long caches could still use what memory no longer granted, until the invalidation was complete.
struct ExposureWindows {
  std::string holder;       // which caches
  u64 count = 0, used = 0;  // windows, and those in which an access used the old translation
  u64 p50_ps = 0, p99_ps = 0, max_ps = 0;
};

struct Violation {
  u64 t_ps;
  std::string what;  // one line naming the rule broken, with PASID and address
  Subject subject;
};

// A monitor that had nothing to check has no verdict: no violation does not mean "clean".
enum class Verdict { kClean, kViolation, kNotJudged };
// As written in summary.json and in everything printed.
std::string_view name_of(Verdict verdict);

// The evidence a monitor uses. A machine's own accesses, queues and memory show what any
// software does. Some rules need what the bundled kernel and its driver announce about
// themselves, and can only be checked for these.
enum class Witness : u8 { kMachine, kKernel };
std::string_view name_of(Witness witness);

struct MonitorInfo {
  std::string_view name;         // stale_translation, ...
  std::string_view description;  // one line
  std::string_view rule;         // what exactly must hold, and from when on
  std::string_view section;      // of the manual, or the page of docs/, that states the rule
  Witness witness = Witness::kKernel;
  std::string_view facts = {};  // the facts it uses
  std::string_view finds = {};  // typical causes
};

class Monitor {
 public:
  // A run that breaks a rule tends to keep breaking it: only this many violations
  // are kept, the rest are counted.
  static constexpr std::size_t kKept = 100;

  Monitor(trace::Bus& bus, const MonitorInfo& info) : bus_(bus), info_(info) {}
  virtual ~Monitor() = default;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  const MonitorInfo& info() const { return info_; }
  std::string_view name() const { return info_.name; }
  // How often the rule was checked.
  u64 checked() const { return checked_; }
  u64 violation_count() const { return violation_count_; }
  Verdict verdict() const {
    return violation_count_ != 0 ? Verdict::kViolation
           : checked_ != 0       ? Verdict::kClean
                                 : Verdict::kNotJudged;
  }
  // Ordered by time. A violation held back until the end may be earlier than one reported before it.
  const std::vector<Violation>& violations() const { return violations_; }

  // Violations about stream `sid` are provoked on purpose from now on: counted, and not held against the run.
  void expect(u32 sid) { expected_.try_emplace(sid, 0); }
  // How many came, by StreamID.
  const std::map<u32, u64>& expected() const { return expected_; }

  // Checks what only the end of a run can show. Call it once, at `t_ps`, when nothing is in flight any more;
  // never for an interrupted run, where something still may be.
  virtual void finish(u64 /*t_ps*/) {}
  // What a reader of the verdict must also know, one line each.
  virtual std::vector<std::string> remarks() const { return {}; }
  // What it measured of windows that broke no rule.
  virtual std::vector<ExposureWindows> exposures() const { return {}; }

 protected:
  void judge() { ++checked_; }
  // Keeps the violation and announces trace::Violation, unless it is expected.
  void report(u64 t_ps, std::string what, const Subject& subject = {});

 private:
  trace::Bus& bus_;
  const MonitorInfo& info_;
  u64 checked_ = 0, violation_count_ = 0;
  std::vector<Violation> violations_;
  std::map<u32, u64> expected_;
};

// Properties of the machine that decide what is correct.
struct MachineTraits {
  bool stalls_forced = false;             // IDR0.STALL_MODEL is 0b10 (6.3.1)
  u64 software_delay_ps = 1'000'000'000;  // how long software may take to react
  // How long a translation or structure may differ from memory before its invalidation counts as missing.
  u64 grace_ps = 1'000'000'000;
  bool strict = false;  // also check software choices that are legal but deserve a look (monitors.strict)
  // The ID registers as software reads them, by offset (6.3.1 to 6.3.8, 6.3.14).
  std::function<u32(u32 offset)> id_register = [](u32) { return 0u; };
};

// All monitors, in the order in which they are made.
const std::vector<MonitorInfo>& monitor_list();

// All monitors, listening to `bus` from now on. Make them before anything announces facts. `bus` and `memory`
// must outlive them, and announce nothing once they are destroyed.
std::vector<std::unique_ptr<Monitor>> make_monitors(trace::Bus& bus, const MachineTraits& machine,
                                                    const MemoryView& memory);

}  // namespace smmu_vp::tb
