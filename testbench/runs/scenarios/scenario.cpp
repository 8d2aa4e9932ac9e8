// The list of scenarios, and what they share.
#include "testbench/runs/scenarios/scenario.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace smmu_vp::tb {

ScenarioContext::ScenarioContext(const Config& c, const Pace& pace_of_config, Platform& p, sw::Kernel& k,
                                 trace::Bus& b, const Interleavings& i, RunRecord& r)
    : config(c),
      pace(pace_of_config),
      platform(p),
      os(p.os()),
      kernel(k),
      bus(b),
      interleavings(i),
      random(c.seed, 2),
      record_(r) {
  bus.on<trace::DeviceJob>([this](const trace::DeviceJob& f, u64) {
    if (f.state != trace::JobState::kBegin) progressed();
  });
  bus.on<trace::InvalidateEnd>([this](const auto&, u64) { progressed(); });
  bus.on<trace::PageMapped>([this](const auto&, u64) { progressed(); });
  bus.on<trace::Note>([this](const auto&, u64) { progressed(); });
}

void ScenarioContext::progressed() {
  last_progress_ps_ = sc_core::sc_time_stamp().value();
}

void ScenarioContext::provoke(std::string_view monitor, std::size_t device) {
  for (const auto& m : record_.monitors)
    if (m->name() == monitor) m->expect(platform.stream_id(device));
}

std::vector<std::size_t> ScenarioContext::accelerators() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < config.endpoints.size(); ++i)
    if (device_kind(config.endpoints[i].kind).driven) found.push_back(i);
  return found;
}

std::vector<std::size_t> ScenarioContext::accelerators_with_ats() const {
  std::vector<std::size_t> found = accelerators();
  std::erase_if(found, [this](std::size_t i) { return !platform.device(i).has_ats(); });
  return found;
}

// The kernel numbers devices in the order it finds them; both sides know them by StreamID.
sw::Accelerator& ScenarioContext::accelerator(std::size_t device) {
  for (std::size_t i = 0; i < kernel.accelerators(); ++i)
    if (kernel.accelerator(i).device().info.stream_id == platform.stream_id(device))
      return kernel.accelerator(i);
  throw std::logic_error("a kernel that booted has no driver for endpoint." + std::to_string(device));
}

device::InjectResult ScenarioContext::inject(std::size_t device, const device::Injection& what) {
  device::InjectResult result;
  platform.os().off_cpu([&] { result = platform.device(device).inject(what); });
  progressed();
  return result;
}

bool ScenarioContext::poll(const std::function<bool()>& holds, const Polling& polling) {
  const u64 begin = os.now_ps();
  while (!holds()) {
    const u64 waited = os.now_ps() - begin;
    if (waited >= polling.timeout_ps) return false;
    os.sleep_ps(std::max(polling.look_ps, waited / 1024));
  }
  return true;
}

bool ScenarioContext::settle() {
  return poll([this] { return platform.idle(); },
              {.timeout_ps = pace.longest_without_progress_ps() + 2 * config.smmu.timing.atc_inv_timeout_ps});
}

void ScenarioContext::abandon() {
  static auto* const abandoned = new std::vector<std::shared_ptr<void>>;  // never destroyed
  abandoned->swap(kept_);
}

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
#define SCENARIO(name) name(),
#include "testbench/runs/scenarios/all.def"
  };
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& s : scenarios()) {
    if (s.name == name) return &s;
  }
  return nullptr;
}

}  // namespace smmu_vp::tb
