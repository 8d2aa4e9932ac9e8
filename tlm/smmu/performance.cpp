// A thread wakes only for overflows of clock counters; other events are counted where they happen.
#include "tlm/smmu/performance.h"

#include "tlm/core/own_attributes.h"

namespace smmu_vp::smmu {

using transport::Timing;

Performance::Performance(State& state, Wire& wire) : state_(state), wire_(wire) {
  state_.pmcg.emplace(state.config, Timing::now_ps, [this] {
    due_ = true;
    raised_.notify();
  });
  sc_core::sc_spawn([this] { deliver(); }, "pmcg_interrupt");
  sc_core::sc_spawn_options method;
  method.spawn_method();
  method.set_sensitivity(&overflow_near_);
  method.dont_initialize();
  sc_core::sc_spawn([this] { clock(); }, "pmcg_clock", &method);
}

u64 Performance::read(u32 offset, spec::RegisterSize size) {
  return state_.pmcg->read(offset, size);
}

void Performance::write(u32 offset, spec::RegisterSize size, u64 value) {
  state_.pmcg->write(offset, size, value);
  complete_update();
  clock();
}

void Performance::clock() {
  const u64 now = Timing::now_ps();
  state_.pmcg->advance(now);
  overflow_near_.cancel();
  const u64 next = state_.pmcg->next_overflow_ps();
  if (next != ~u64{0}) overflow_near_.notify(sc_core::sc_time::from_value(next - now));
}

void Performance::deliver() {
  for (;;) {
    while (!due_) sc_core::wait(raised_);
    due_ = false;
    sending_ = true;
    state_.facts.announce(trace::Interrupt{spec::InterruptSource::kPmcg});
    wire_.raise();
    send_msi();
    sending_ = false;
    complete_update();
  }
}

void Performance::send_msi() {
  const core::Pmcg::Msi msi = state_.pmcg->msi();
  if (msi.address == 0) return;  // 10.5.2.21
  ++state_.counters.msis;
  const spec::MemoryType type = core::msi_type({.mem_attr = msi.mem_attr, .sh = msi.shareability});
  const bool ok = state_.memory.write(msi.address, &msi.data, sizeof msi.data, type);
  state_.facts.announce(trace::Msi{spec::InterruptSource::kPmcg, msi.address, msi.data, type, !ok});
  if (!ok) state_.pmcg->msi_aborted();
}

// IRQEN's Update completes once its MSIs are delivered, and then the wire is silent (10.5.2.19).
void Performance::complete_update() {
  if (due_ || sending_) return;
  state_.pmcg->acknowledge();
  if (!state_.pmcg->irq_enabled()) wire_.silence();
}

}  // namespace smmu_vp::smmu
