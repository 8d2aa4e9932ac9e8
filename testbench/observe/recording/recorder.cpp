// Opens and closes the sinks, and writes the account of the whole.
#include "testbench/observe/recording/recorder.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "testbench/observe/output/output_file.h"
#include "testbench/observe/report/account.h"
#include "testbench/observe/report/run_page.h"
#include "testbench/observe/report/summary.h"

namespace smmu_vp::tb {

namespace {

// A path need not be UTF-8, which JSON has to be.
std::string text_of(const nlohmann::json& json) {
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

Recorder::Recorder(trace::Bus& bus, RunRecord& record, const RecordedParts& parts)
    : record_(record),
      most_bytes_(parts.most_bytes),
      folder_(record.directory),
      listeners_(bus),
      authors_(std::make_shared<Authors>(bus)),
      csv_(parts.csv) {
  if (parts.latency) latency_.emplace(bus);
  using Events = RecordedParts::Events;
  const bool compressed = parts.events == Events::kCompressed;
  if (parts.events != Events::kNone) {
    log_name_ = compressed ? "events.jsonl.zst" : "events.jsonl";
    log_.emplace(bus, folder_.file(log_name_),
                 EventLog::Options{.compressed = compressed,
                                   .filter = parts.filter,
                                   .most_bytes = parts.most_bytes,
                                   .on_full = [this](u64 t_ps) { full(log_name_, t_ps); }});
  }
  if (parts.timeline)
    timeline_.emplace(bus, folder_.file("timeline.json"),
                      TraceWriter::Limit{.most_bytes = parts.most_bytes,
                                         .on_full = [this](u64 t_ps) { full("timeline.json", t_ps); }});
  if (parts.waves) layout_.emplace(bus);
  if (parts.report) tracks_.emplace(bus);
  bus.on<trace::Note>([this](const trace::Note& n, u64 t) { record_.notes.push_back({t, {}, n.text}); });
  bus.on<trace::DriverPhase>([this](const trace::DriverPhase& p, u64 t) {
    record_.notes.push_back({t, {}, p.name.empty() ? "end of the phase" : "phase: " + p.name});
  });
  bus.on<trace::KernelLog>([this](const trace::KernelLog& l, u64 t) {
    record_.kernel_log.push_back({t, l.level, l.text});
  });
  listeners_.complete();
}

void Recorder::open_waves(MachineWaves& waves, WaveFormat format) {
  // VCD is converted from FST at the end.
  waves_path_ = folder_.file(format == WaveFormat::kVcd ? ".waves.fst" : "waves.fst");
  waves.open(waves_path_,
             {.most_bytes = most_bytes_, .on_full = [this](u64 t_ps) { full("the waves", t_ps); }});
  waves_ = &waves;
  format_ = format;
}

void Recorder::full(const std::string& name, u64 t_ps) {
  record_.incomplete.push_back(
      {t_ps, {}, fmt::format("{} reached the limit of {} bytes: it ends here", name, most_bytes_)});
}

void Recorder::add(const TextFile& file) {
  const std::string path = folder_.file(file.name);
  write_whole(path, file.text);
  record_.outputs.push_back(path);
}

void Recorder::add(const CpuStore& store, u64 t_ps) {
  authors_->stored(store, t_ps);
  if (log_) log_->add(store, t_ps);
}

std::string Recorder::close(const Platform& platform, u64 t_ps) {
  record_.sim_time_ps = t_ps;
  platform.visit_counters([this](const std::string& name, u64 value) { record_.counters[name] = value; });
  if (latency_) record_.latency.merge(latency_->summaries());
  if (authors_->told()) record_.authors = authors_;
  written_ = {folder_.path("summary.json"), folder_.path("account.txt")};
  if (log_) {
    attempt([this] { log_->close(); });
    written_.push_back(folder_.path(log_name_));
  }
  if (timeline_) {
    attempt([this, t_ps] { timeline_->close(t_ps); });
    written_.push_back(folder_.path("timeline.json"));
  }
  if (waves_ != nullptr) attempt([this, t_ps] { close_waves(t_ps); });
  if (tracks_) written_.push_back(folder_.path("report.html"));
  if (csv_) attempt([this] { write_tables(); });
  if (!explanations_.empty()) attempt([this] { add({.name = "explain.txt", .text = explanations_}); });
  record_.outputs.insert(record_.outputs.begin(), written_.begin(), written_.end());

  if (record_.error.empty()) record_.error = unwritten_;
  record_.status = !record_.signal.empty()  ? RunStatus::kInterrupted
                   : !record_.error.empty() ? RunStatus::kError
                   : record_.clean()        ? RunStatus::kOk
                                            : RunStatus::kViolation;
  record_.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  attempt([this] { write_whole(folder_.file("summary.json"), text_of(summary(record_))); });
  if (tracks_) attempt([this] { write_whole(folder_.file("report.html"), run_page(record_, *tracks_)); });
  attempt([this] { write_whole(folder_.file("account.txt"), account(record_, {})); });
  return unwritten_;
}

void Recorder::close_waves(u64 t_ps) {
  waves_->close(t_ps);
  if (format_ == WaveFormat::kVcd) {
    const std::string fst = std::exchange(waves_path_, folder_.file("waves.vcd"));
    convert_to_vcd({.fst = fst, .vcd = waves_path_});
    std::remove(fst.c_str());
  }
  const std::string layout = folder_.file("waves.gtkw");
  layout_->write(layout, waves_path_, format_ == WaveFormat::kFst, waves_->file(), waves_->sites(), t_ps);
  written_.push_back(waves_path_);
  written_.push_back(layout);
}

void Recorder::write_tables() {
  std::map<std::string, std::vector<const MeasuredTable*>> by_name;
  for (const MeasuredTable& table : record_.tables) by_name[std::string(table.kind->name)].push_back(&table);
  for (const auto& [name, tables] : by_name) add({.name = "table_" + name + ".csv", .text = as_csv(tables)});
}

void Recorder::attempt(const std::function<void()>& write) {
  try {
    write();
  } catch (const OutputError& e) {
    if (unwritten_.empty()) unwritten_ = e.what();
  }
}

}  // namespace smmu_vp::tb
