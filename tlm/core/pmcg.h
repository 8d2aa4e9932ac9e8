// A Performance Monitor Counter Group: counters, filters, overflow, capture and registers (chapter 10). One
// group counts for all StreamIDs; it has eight 64-bit counters, each with a filter.
#pragma once

#include <array>
#include <functional>

#include "tlm/core/smmu_config.h"
#include "tlm/spec/pmcg.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::core {

class Pmcg {
 public:
  static constexpr unsigned kCounters = 8;
  static constexpr u64 kClockPs = 1000;  // period of event 0: a continuous 1 GHz time base

  // `now_ps` returns the time that clock counters count; `interrupt` is called at
  // each overflow that raises one.
  Pmcg(const SmmuConfig& config, std::function<u64()> now_ps, std::function<void()> interrupt);

  // Counts `times` occurrences for a StreamID. Costs one test while no enabled counter counts the event.
  void count(spec::pmcg::Event event, u32 sid, u64 times = 1) {
    if ((wanted_ >> static_cast<unsigned>(event) & 1) != 0) counted(event, sid, times);
  }

  // Software's accesses, aligned, at an offset from page 0.
  u64 read(u32 offset, spec::RegisterSize size);
  void write(u32 offset, spec::RegisterSize size, u64 value);

  // Brings clock counters up to `now_ps`. Call it at next_overflow_ps() at the latest, so that an overflow
  // happens on time; ~0 means that no overflow is due.
  void advance(u64 now_ps);
  u64 next_overflow_ps() const;

  // The MSI as configured; no MSI is sent to address 0. The caller reports whether the write was aborted.
  struct Msi {
    u64 address = 0;
    u32 data = 0, mem_attr = 0, shareability = 0;
  };
  Msi msi() const;
  void msi_aborted() { status_ |= 1; }
  bool irq_enabled() const { return irq_enable_; }
  // IRQ_CTRL's Update completes once no interrupt raised under the old value is outstanding.
  bool update_pending() const { return irq_enable_ != irq_acknowledged_; }
  void acknowledge();

 private:
  struct Counter {
    u64 value = 0, shadow = 0;
    u32 type = 0, filter = 0;
  };

  bool enabled(unsigned n) const { return global_enable_ && (counter_enable_ >> n & 1) != 0; }
  bool counts(unsigned n, spec::pmcg::Event event, u32 sid) const;
  void counted(spec::pmcg::Event event, u32 sid, u64 times);
  void capture();
  void configuration_changed();
  u32 read_word(u32 offset) const;
  void write_word(u32 offset, u32 value);
  void write_counter_word(u32 offset, u32 value);
  bool irq_locked() const { return irq_enable_ || irq_acknowledged_; }

  SmmuConfig config_;
  std::function<u64()> now_ps_;
  std::function<void()> interrupt_;
  u32 sid_mask_;
  std::array<Counter, kCounters> counters_;
  u32 wanted_ = 0;  // a bit per event that an enabled counter counts
  bool global_enable_ = false;
  u32 counter_enable_ = 0, interrupt_enable_ = 0, overflow_ = 0;
  bool irq_enable_ = false, irq_acknowledged_ = false;
  u64 irq_cfg0_ = 0;
  u32 irq_cfg1_ = 0, irq_cfg2_ = 0, status_ = 0;
  u64 cycles_ = 0;  // occurrences of event 0 so far
};

}  // namespace smmu_vp::core
