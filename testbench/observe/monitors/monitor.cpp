// Makes the monitors of all.def; and what all monitors share: keeping and announcing violations.
#include "testbench/observe/monitors/monitor.h"

#include <algorithm>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

std::vector<MonitorEntry> entries() {
  return {
#define MONITOR(name) monitors::name(),
#include "testbench/observe/monitors/all.def"
  };
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kClean:
      return "clean";
    case Verdict::kViolation:
      return "violation";
    case Verdict::kNotJudged:
      return "not judged";
  }
  return "?";
}

std::string_view name_of(Witness witness) {
  return witness == Witness::kMachine ? "machine" : "kernel";
}

void Monitor::report(u64 t_ps, std::string what, const Subject& subject) {
  if (const auto expected = expected_.find(subject.sid.value_or(0));
      subject.sid && expected != expected_.end()) {
    ++expected->second;
    return;
  }
  ++violation_count_;
  if (violations_.size() == kKept) {
    if (t_ps >= violations_.back().t_ps) return;
    violations_.pop_back();
  }
  bus_.announce(trace::Violation{info_.name, what});
  const auto later = std::upper_bound(violations_.begin(), violations_.end(), t_ps,
                                      [](u64 t, const Violation& v) { return t < v.t_ps; });
  violations_.insert(later, {t_ps, std::move(what), subject});
}

const std::vector<MonitorInfo>& monitor_list() {
  static const std::vector<MonitorInfo> all = [] {
    std::vector<MonitorInfo> infos;
    for (const MonitorEntry& entry : entries()) infos.push_back(entry.info);
    return infos;
  }();
  return all;
}

std::vector<std::unique_ptr<Monitor>> make_monitors(trace::Bus& bus, const MachineTraits& machine,
                                                    const MemoryView& memory) {
  const auto shadows = std::make_shared<Shadows>(bus, machine, memory);
  std::vector<std::unique_ptr<Monitor>> monitors;
  for (const MonitorEntry& entry : entries()) monitors.push_back(entry.make(bus, shadows));
  return monitors;
}

}  // namespace smmu_vp::tb
