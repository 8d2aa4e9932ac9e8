// Implements the calls that observe the machine.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "testbench/api/capi/line_text.h"
#include "testbench/api/capi/refusal.h"
#include "testbench/api/capi/session.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/observe/inspect/dump.h"
#include "testbench/observe/inspect/explain.h"
#include "testbench/observe/inspect/record_table.h"
#include "testbench/observe/output/output_file.h"
#include "testbench/observe/output/output_place.h"
#include "testbench/observe/recording/period.h"

namespace smmu_vp::tb {

namespace {

// Levels of printk.
constexpr u32 kWarning = 4, kDebug = 7;

// Truncated to the array, which the caller has filled with zeros.
template <std::size_t N>
void copy_text(char (&to)[N], std::string_view text) {
  std::memcpy(to, text.data(), std::min(N - 1, text.size()));
}

std::string checked_line(const std::string& text) {
  if (!is_line(text)) throw invalid("expected one line of UTF-8 without control characters");
  return text;
}

}  // namespace

RecordedParts parts_named(const std::string& list) try {
  return recorded_parts(list);
} catch (const ConfigError& e) {
  throw invalid(e.what());
}

u64 Session::counter(const std::string& name) const {
  std::optional<u64> found;
  platform_.visit_counters([&](const std::string& counter, u64 value) {
    if (counter == name) found = value;
  });
  if (!found) throw invalid(fmt::format("counter '{}' does not exist", name));
  return *found;
}

std::string Session::counters() const {
  std::string names;
  platform_.visit_counters([&names](const std::string& counter, u64) { names += counter + '\n'; });
  return names;
}

std::vector<Session::Found> Session::found() const {
  std::vector<Found> all;
  for (const auto& monitor : monitors_)
    for (const Violation& v : monitor->violations()) all.push_back({monitor->name(), &v});
  std::ranges::stable_sort(all, {}, [](const Found& f) { return f.violation->t_ps; });
  return all;
}

u64 Session::violation_count() const {
  u64 count = 0;
  for (const auto& monitor : monitors_) count += monitor->violation_count();
  return count;
}

std::string Session::violations() const {
  std::string text;
  for (const Found& f : found())
    text += fmt::format("{} ps: {}: {}\n", f.violation->t_ps, f.monitor, f.violation->what);
  return text;
}

smmu_vp_finding Session::violation(u64 index) const {
  const std::vector<Found> all = found();
  if (index >= all.size()) throw invalid(fmt::format("violation {}: there are {}", index, all.size()));
  const auto& [monitor, v] = all[index];
  const Subject& s = v->subject;
  smmu_vp_finding f{.monitor = {},
                    .t_ps = v->t_ps,
                    .has_stream = s.sid.has_value(),
                    .has_pasid = s.pasid.has_value(),
                    .has_address = s.address.has_value(),
                    .has_physical = s.physical.has_value(),
                    .has_descriptor = s.descriptor.has_value(),
                    .has_old_value = s.old_value.has_value(),
                    .has_new_value = s.new_value.has_value(),
                    .stream_id = s.sid.value_or(0),
                    .pasid = s.pasid.value_or(0),
                    .address = s.address.value_or(0),
                    .physical = s.physical.value_or(0),
                    .descriptor = s.descriptor.value_or(0),
                    .old_value = s.old_value.value_or(0),
                    .new_value = s.new_value.value_or(0),
                    .text = {}};
  copy_text(f.monitor, monitor);
  copy_text(f.text, v->what);
  return f;
}

std::string Session::verdicts() const {
  std::string text;
  for (const auto& m : monitors_)
    text += fmt::format("{} {} {}\n", m->name(), m->checked(), name_of(m->verdict()));
  return text;
}

void Session::finish() {
  if (reach([this] { return idle(); }, deadline(kCallLimitPs)) == RunEnd::kTime)
    throw Refusal(SMMU_VP_ETIMEDOUT, "operations are still in flight after 100 ms");
  if (std::exchange(finished_, true)) return;
  for (const auto& monitor : monitors_) monitor->finish(now_ps());
}

std::string Session::explain(const std::string& access) {
  std::string text;
  try {
    if (access.find('@') != std::string::npos) {
      looks_.add(explain_request(access));
      return {};
    }
    text = tb::explain(platform_, access_request(access));
  } catch (const ConfigError& e) {
    throw invalid(e.what());
  }
  explained(text);
  return text;
}

void Session::explained(const std::string& text) {
  for (auto& [owner, recording] : recordings_) recording->recorder().add_explanation(text);
}

void Session::dump(const std::string& directory) const {
  make_folder(directory);
  for (const DumpedFile& file : tb::dump(platform_)) write_whole(directory + '/' + file.name, file.text);
}

std::string Session::records(const std::string& what) const {
  const auto table = record_table(what);
  if (!table) throw invalid("'" + what + "': expected commands, events or page_requests");
  return table->dump();
}

void Session::note(const std::string& text) {
  bus_.announce(trace::Note{checked_line(text)});
}

void Session::kernel_log(u32 level, const std::string& text) {
  if (level > kDebug) throw invalid(fmt::format("level {}: printk has 0 to {}", level, kDebug));
  const auto kind = level < kWarning    ? trace::LogLevel::kErr
                    : level == kWarning ? trace::LogLevel::kWarn
                                        : trace::LogLevel::kInfo;
  bus_.announce(trace::KernelLog{kind, checked_line(text)});
}

void Session::store(u32 cpu, u64 pa, std::span<const u64> code) {
  if (recordings_.empty()) return;
  const CpuStore store{cpu, pa, functions_.path(code)};
  for (auto& [owner, recording] : recordings_) recording->recorder().add(store, now_ps());
}

void Session::expect(bool holds, const std::string& text, u64 owner) {
  const auto recording = recordings_.find(owner);
  if (recording == recordings_.end()) throw invalid("expect: no run folder is open");
  recording->second->expect({now_ps(), holds, checked_line(text)});
}

void Session::repeated_by(std::vector<std::string> command, u64 owner) {
  const auto recording = recordings_.find(owner);
  if (recording == recordings_.end()) throw invalid("repeat: no run folder is open");
  recording->second->repeated_by(std::move(command));
}

void Session::phase(const std::string& name) {
  bus_.announce(trace::DriverPhase{checked_line(name)});
}

void Session::end_phase() {
  bus_.announce(trace::DriverPhase{});
}

void Session::record(const std::string& directory, const RecordedParts& parts, u64 owner) {
  if (directory.empty()) throw invalid("the directory's name is empty");
  if (recordings_.contains(owner)) throw Refusal(SMMU_VP_EBUSY, "a run folder is already open");
  if (parts.waves && waves_.is_open()) throw Refusal(SMMU_VP_EBUSY, "waves: a file is already open");
  try {
    auto recording = std::make_unique<Recording>(bus_, config_, monitors_, directory, parts);
    if (parts.waves) {
      recording->recorder().open_waves(waves_, WaveFormat::kFst);
      waves_of_ = owner;
    }
    recordings_.emplace(owner, std::move(recording));
  } catch (const FolderInUse& e) {
    throw Refusal(SMMU_VP_EBUSY, e.what());
  }
}

std::string Session::end_record(u64 owner, const std::string& signal) {
  const auto node = recordings_.extract(owner);
  if (node.empty()) return "";
  if (waves_of_ == owner) waves_of_.reset();
  node.mapped()->recorder().add_explanation(looks_.unserved(now_ps()));
  return node.mapped()->close(platform_, now_ps(), {.judged = finished_, .signal = signal});
}

void Session::open_waves(const std::string& path) {
  if (waves_.is_open()) throw Refusal(SMMU_VP_EBUSY, "waves: a file is already open");
  waves_.open(path);
}

void Session::close_waves() {
  if (waves_of_) throw Refusal(SMMU_VP_EBUSY, "waves: they are a run folder's and end with it");
  waves_.close(now_ps());
}

void Session::set_wave_window(const std::string& window) {
  if (waves_.is_open()) throw Refusal(SMMU_VP_EBUSY, "waves: a file is already open");
  try {
    const Period shown = period(window, "--wave-window");
    waves_.set_window({.start_ps = shown.start_ps, .end_ps = shown.end_ps});
  } catch (const ConfigError& e) {
    throw invalid(e.what());
  }
}

void Session::close_outputs() {
  std::exception_ptr unwritten;
  const auto attempt = [&unwritten](auto close) {
    try {
      close();
    } catch (const OutputError&) {
      unwritten = std::current_exception();
    }
  };
  while (!recordings_.empty()) attempt([this] { end_record(recordings_.begin()->first); });
  attempt([this] { waves_.close(now_ps()); });
  if (unwritten) std::rethrow_exception(unwritten);
}

}  // namespace smmu_vp::tb
