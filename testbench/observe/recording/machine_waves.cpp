// Connects the file to the machine's Verilated models.
#include "testbench/observe/recording/machine_waves.h"

namespace smmu_vp::tb {

MachineWaves::MachineWaves(trace::Bus& bus, Platform& platform, WaveFile::Window window)
    : file_(window), signals_(bus, file_, platform.smmu().config().tbus, platform.stream_ids()) {
  for (WaveSource* source : platform.wave_sources()) {
    source->attach(file_.models());
    source->before_eval = [this](u64 t_ps) { file_.before_change(t_ps); };
    source->later = [this](u64 t_ps, std::function<void()> change) { file_.later(t_ps, std::move(change)); };
    if (const auto* module = dynamic_cast<const sc_core::sc_object*>(source))
      sites_.emplace_back(module->basename());
  }
}

}  // namespace smmu_vp::tb
