// A Performance Monitor Counter Group: counters, filters, overflow, capture, registers (chapter 10). One
// group counts for every StreamID; eight counters of 64 bits, a filter each.
#pragma once

#include <array>
#include <functional>

#include "tlm/core/smmu_config.h"
#include "tlm/spec/pmcg.h"

namespace smmu_vp::core {

class Pmcg {
 public:
  static constexpr unsigned kCounters = 8;
  static constexpr u64 kClockPs = 1000;  // between two events 0: a continuous time base of 1 GHz

  // `now_ps` tells where clock counters stand; `interrupt` is called at each overflow that asks for one.
  Pmcg(const SmmuConfig& config, std::function<u64()> now_ps, std::function<void()> interrupt);

  // Of `times` occurrences for a StreamID. While no enabled counter wants the event this is one test.
  void count(spec::pmcg::Event event, u32 sid, u64 times = 1) {
    if ((wanted_ >> static_cast<unsigned>(event) & 1) != 0) counted(event, sid, times);
  }

  // Software's accesses: 4 or 8 bytes, aligned, at an offset from page 0.
  u64 read(u32 offset, unsigned bytes);
  void write(u32 offset, unsigned bytes, u64 value);

  // Brings clock counters to `now_ps`. Call it at next_overflow_ps() at the latest, so that the overflow
  // happens when it does; ~0 when none is in sight.
  void advance(u64 now_ps);
  u64 next_overflow_ps() const;

  // The MSI as configured; an address of 0 sends none. The owner reports what became of it.
  struct Msi {
    u64 address = 0;
    u32 data = 0, mem_attr = 0, shareability = 0;
  };
  Msi msi() const;
  void msi_aborted() { status_ |= 1; }
  bool irq_enabled() const { return irq_enable_; }
  // IRQ_CTRL's Update: complete once nothing raised under the old value is on its way.
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
  u32 wanted_ = 0;  // a bit for each event that some enabled counter counts
  bool global_enable_ = false;
  u32 counter_enable_ = 0, interrupt_enable_ = 0, overflow_ = 0;
  bool irq_enable_ = false, irq_acknowledged_ = false;
  u64 irq_cfg0_ = 0;
  u32 irq_cfg1_ = 0, irq_cfg2_ = 0, status_ = 0;
  u64 cycles_ = 0;  // events 0 seen so far
};

}  // namespace smmu_vp::core
