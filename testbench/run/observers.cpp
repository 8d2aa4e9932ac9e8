// Opens and closes what listens.
#include "testbench/run/observers.h"

namespace smmu_vp::tb {

Observers::Observers(trace::Bus& bus, RunRecord& record, const std::string& dir)
    : record_(record),
      dir_(dir),
      latency_(bus),
      log_(bus, dir + "/events.jsonl"),
      timeline_(bus, dir + "/timeline.json") {
  record.monitors = make_monitors(bus);
  bus.on<trace::Note>([&record](const trace::Note& n, u64 t) { record.notes.push_back({t, "", n.text}); });
  bus.on<trace::KernelLog>([&record](const trace::KernelLog& l, u64 t) {
    record.kernel_log.push_back({t, std::string(l.level), l.text});
  });
}

void Observers::open_waves(trace::Bus& bus, Platform& platform, const RunOptions& options) {
  format_ = options.waves;
  if (format_ == WaveFormat::kOff) return;
  waves_.emplace(WaveFile::Window{options.wave_start_ps, options.wave_end_ps});
  signals_.emplace(bus, *waves_, platform.smmu().config().tbus, platform.stream_ids());
  for (WaveSource* source : platform.wave_sources()) {
    source->attach(waves_->models());
    source->before_eval = [this](u64 t_ps) { waves_->before_change(t_ps); };
    source->later = [this](u64 t_ps, std::function<void()> change) {
      waves_->later(t_ps, std::move(change));
    };
  }
  waves_->open(dir_ + "/waves.fst");
}

void Observers::close(u64 t_ps) {
  log_.close();
  timeline_.close(t_ps);
  record_.latency = latency_.summaries();
  record_.outputs.insert(record_.outputs.begin(), {dir_ + "/events.jsonl", dir_ + "/timeline.json"});
  if (!waves_) return;
  waves_->close(t_ps);
  if (format_ == WaveFormat::kVcd) {
    convert_to_vcd(dir_ + "/waves.fst", dir_ + "/waves.vcd");
    std::remove((dir_ + "/waves.fst").c_str());
  }
  record_.outputs.push_back(dir_ + (format_ == WaveFormat::kVcd ? "/waves.vcd" : "/waves.fst"));
}

}  // namespace smmu_vp::tb
