// Counting of events, and the registers of the two pages.
#include "tlm/core/pmcg.h"

#include <algorithm>

namespace smmu_vp::core {

namespace pmcg = spec::pmcg;
namespace reg = spec::pmcg::offset;

namespace {

constexpr u32 kAll = (1u << Pmcg::kCounters) - 1;
constexpr u32 kTypeMask = static_cast<u32>(
    pmcg::EVTYPER::OVFCAP.mask() | pmcg::EVTYPER::FILTER_SID_SPAN.mask() | pmcg::EVTYPER::EVENT.mask());

// The index of the counter that a word belongs to in an array of registers; kCounters when there is none.
unsigned element(u32 offset, u32 base, unsigned stride) {
  return offset >= base && offset < base + Pmcg::kCounters * stride ? (offset - base) / stride
                                                                    : Pmcg::kCounters;
}

u32 half(u64 value, u32 offset) {
  return static_cast<u32>((offset & 4) != 0 ? value >> 32 : value);
}
u64 with_half(u64 old, u32 offset, u32 value) {
  return (offset & 4) != 0 ? (old & 0xFFFF'FFFF) | u64{value} << 32 : (old & ~u64{0xFFFF'FFFF}) | value;
}

// Exact match, or a match on the StreamID's high bits where trailing ones of the
// filter mask the low bits (10.4).
bool matches(u32 filter, bool span, u32 sid) {
  const u32 ignored = span ? filter ^ (filter + 1) : 0;
  return ((filter ^ sid) & ~ignored) == 0;
}

}  // namespace

Pmcg::Pmcg(const SmmuConfig& config, std::function<u64()> now_ps, std::function<void()> interrupt)
    : config_(config),
      now_ps_(std::move(now_ps)),
      interrupt_(std::move(interrupt)),
      sid_mask_(static_cast<u32>((u64{1} << config.features.sid_bits) - 1)) {}

bool Pmcg::counts(unsigned n, pmcg::Event event, u32 sid) const {
  const Counter& c = counters_[n];
  if (!enabled(n) || pmcg::EVTYPER::EVENT.get(c.type) != static_cast<u64>(event)) return false;
  if (event == pmcg::Event::kClockCycle) return true;  // belongs to no stream (10.3)
  return matches(c.filter, pmcg::EVTYPER::FILTER_SID_SPAN.get(c.type) != 0, sid & sid_mask_);
}

// An overflow takes effect whether or not OVS was set already. A capture takes all counters at the same
// moment (10.2.1), so all of them count first, and the interrupt comes last.
void Pmcg::counted(pmcg::Event event, u32 sid, u64 times) {
  u32 carried = 0;
  bool captures = false;
  for (unsigned n = 0; n < kCounters; ++n) {
    if (!counts(n, event, sid)) continue;
    Counter& c = counters_[n];
    c.value += times;
    if (c.value >= times) continue;
    carried |= 1u << n;
    captures |= pmcg::EVTYPER::OVFCAP.get(c.type) != 0;
  }
  if (carried == 0) return;
  overflow_ |= carried;
  if (captures) {
    advance(now_ps_());
    capture();
  }
  if (irq_enable_ && irq_acknowledged_ && (interrupt_enable_ & carried) != 0) interrupt_();
}

void Pmcg::capture() {
  for (Counter& c : counters_) c.shadow = c.value;
}

void Pmcg::advance(u64 now_ps) {
  const u64 cycles = now_ps / kClockPs;
  const u64 passed = cycles - cycles_;
  cycles_ = cycles;
  if (passed != 0) count(pmcg::Event::kClockCycle, 0, passed);
}

u64 Pmcg::next_overflow_ps() const {
  u64 fewest = ~u64{0};
  for (unsigned n = 0; n < kCounters; ++n) {
    if (counts(n, pmcg::Event::kClockCycle, 0)) fewest = std::min(fewest, u64{0} - counters_[n].value - 1);
  }
  // After `fewest` cycles the counter is all ones; one more makes it overflow.
  constexpr u64 kHorizon = ~u64{0} / kClockPs;
  if (fewest >= kHorizon - cycles_ - 1) return ~u64{0};
  return (cycles_ + fewest + 1) * kClockPs;
}

void Pmcg::configuration_changed() {
  wanted_ = 0;
  for (unsigned n = 0; n < kCounters; ++n) {
    const u64 event = pmcg::EVTYPER::EVENT.get(counters_[n].type);
    if (enabled(n) && event < pmcg::kEvents) wanted_ |= 1u << event;
  }
}

Pmcg::Msi Pmcg::msi() const {
  return {pmcg::IRQ_CFG0::ADDR.in_place(irq_cfg0_), irq_cfg1_,
          static_cast<u32>(pmcg::IRQ_CFG2::MEMATTR.get(irq_cfg2_)),
          static_cast<u32>(pmcg::IRQ_CFG2::SH.get(irq_cfg2_))};
}

void Pmcg::acknowledge() {
  if (irq_enable_ && !irq_acknowledged_) status_ = 0;  // 10.5.2.24
  irq_acknowledged_ = irq_enable_;
}

u64 Pmcg::read(u32 offset, spec::RegisterSize size) {
  advance(now_ps_());
  return size == spec::RegisterSize::k64 ? read_word(offset) | u64{read_word(offset + 4)} << 32
                                         : read_word(offset);
}

u32 Pmcg::read_word(u32 offset) const {
  const SmmuFeatures& f = config_.features;
  if (const unsigned n = element(offset, reg::EVCNTR0, 8); n < kCounters)
    return half(counters_[n].value, offset);
  if (const unsigned n = element(offset, reg::SVR0, 8); n < kCounters)
    return half(counters_[n].shadow, offset);
  if (const unsigned n = element(offset, reg::EVTYPER0, 4); n < kCounters) return counters_[n].type;
  if (const unsigned n = element(offset, reg::SMR0, 4); n < kCounters) return counters_[n].filter;
  switch (offset) {
    case reg::CNTENSET0:
    case reg::CNTENCLR0:
      return counter_enable_;
    case reg::INTENSET0:
    case reg::INTENCLR0:
      return interrupt_enable_;
    case reg::OVSSET0:
    case reg::OVSCLR0:
      return overflow_;
    case reg::CFGR: {
      u64 r = pmcg::CFGR::NCTR.set(0, kCounters - 1);
      r = pmcg::CFGR::SIZE.set(r, 63);
      r = pmcg::CFGR::RELOC_CTRS.set(r, 1);
      r = pmcg::CFGR::CAPTURE.set(r, 1);
      return static_cast<u32>(pmcg::CFGR::MSI.set(r, f.msi));
    }
    case reg::CR:
      return global_enable_;
    case reg::CEID0:
      return f.ats ? 0xFF : 0x3F;
    case reg::IRQ_CTRL:
      return irq_enable_;
    case reg::IRQ_CTRLACK:
      return irq_acknowledged_;
    case reg::IRQ_CFG0:
    case reg::IRQ_CFG0 + 4:
      return half(irq_cfg0_, offset);
    case reg::IRQ_CFG1:
      return irq_cfg1_;
    case reg::IRQ_CFG2:
      return irq_cfg2_;
    case reg::IRQ_STATUS:
      return f.version == 0 ? 0 : status_;  // 10.5.2.24
    case reg::AIDR:
      return f.version;
    default:
      return 0;
  }
}

void Pmcg::write(u32 offset, spec::RegisterSize size, u64 value) {
  advance(now_ps_());
  write_word(offset, static_cast<u32>(value));
  if (size == spec::RegisterSize::k64) write_word(offset + 4, static_cast<u32>(value >> 32));
  configuration_changed();
}

void Pmcg::write_counter_word(u32 offset, u32 value) {
  if (const unsigned n = element(offset, reg::EVCNTR0, 8); n < kCounters)
    counters_[n].value = with_half(counters_[n].value, offset, value);
  if (const unsigned n = element(offset, reg::EVTYPER0, 4); n < kCounters)
    counters_[n].type = value & kTypeMask;
  if (const unsigned n = element(offset, reg::SMR0, 4); n < kCounters)
    counters_[n].filter = value & sid_mask_;
}

void Pmcg::write_word(u32 offset, u32 value) {
  const bool msi_open = config_.features.msi && !irq_locked();  // guarded by IRQEN (10.5.2.21)
  switch (offset) {
    case reg::CNTENSET0:
      counter_enable_ |= value & kAll;
      break;
    case reg::CNTENCLR0:
      counter_enable_ &= ~value;
      break;
    case reg::INTENSET0:
      interrupt_enable_ |= value & kAll;
      break;
    case reg::INTENCLR0:
      interrupt_enable_ &= ~value;
      break;
    case reg::OVSSET0:  // without an overflow's side effects (10.5.2.10)
      overflow_ |= value & kAll;
      break;
    case reg::OVSCLR0:
      overflow_ &= ~value;
      break;
    case reg::CAPR:
      if (pmcg::CAPR::CAPTURE.get(value) != 0) capture();
      break;
    case reg::CR:
      global_enable_ = pmcg::CR::E.get(value) != 0;
      break;
    case reg::IRQ_CTRL:  // the first value written stands until its Update completes (6.3.9)
      if (!update_pending()) irq_enable_ = pmcg::IRQ_CTRL::IRQEN.get(value) != 0;
      break;
    case reg::IRQ_CFG0:
    case reg::IRQ_CFG0 + 4: {
      const u64 beyond = ~((u64{1} << config_.features.oas_bits) - 1);
      if (msi_open) irq_cfg0_ = pmcg::IRQ_CFG0::ADDR.in_place(with_half(irq_cfg0_, offset, value)) & ~beyond;
      break;
    }
    case reg::IRQ_CFG1:
      if (msi_open) irq_cfg1_ = value;
      break;
    case reg::IRQ_CFG2:
      if (msi_open)
        irq_cfg2_ = value & static_cast<u32>(pmcg::IRQ_CFG2::SH.mask() | pmcg::IRQ_CFG2::MEMATTR.mask());
      break;
    default:
      write_counter_word(offset, value);
      break;
  }
}

}  // namespace smmu_vp::core
