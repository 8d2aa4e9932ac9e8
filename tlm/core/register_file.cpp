// Register accesses by the rules that the register table gives.
#include "tlm/core/register_file.h"

#include <algorithm>

#include "tlm/core/id_registers.h"
#include "tlm/spec/register_rules.h"

namespace smmu_vp::core {

namespace reg = spec::offset;

RegisterFile::RegisterFile(const SmmuConfig& config) : config_(config) {
  for (const spec::Register& r : spec::kRegisters) {
    if ((r.offset & (spec::kPageSize - 1)) >= kWindow)
      continue;  // of ECMDQs, which IDR1.ECMDQ says are not there
    for (unsigned half = 0; half < r.width / 32; ++half) {
      const u32 offset = r.offset + 4 * half;
      layout_[index(offset)] = {&r, r.access == spec::RegisterAccess::kRW ? implemented(r, half) : 0};
      words_[index(offset)] = id_register(offset, config);
    }
  }
}

u32 RegisterFile::implemented(const spec::Register& r, unsigned half) const {
  u64 mask = spec::present(r, [this](u32 offset) { return id_register(offset, config_); });
  if (r.offset == reg::AGBPA) mask = 0;  // IMPLEMENTATION DEFINED, nothing here (6.3.15)
  if (r.offset == reg::GBPA) mask &= ~spec::GBPA::Update.mask();  // never seen set: updates complete at once
  // Address bits above the output size are RES0 (6.3.24, 6.3.26); hint bits above the address field are kept.
  if (r.width == 64) mask &= ~(((u64{1} << 56) - 1) & ~((u64{1} << config_.features.oas_bits) - 1));
  return static_cast<u32>(mask >> (32 * half));
}

const RegisterFile::Word* RegisterFile::find(u32 offset) const {
  if ((offset & 0xFFFF) >= kWindow || offset >= spec::kPage1 + spec::kPageSize) return nullptr;
  const Word& w = layout_[index(offset)];
  // Reading the alias of a register in the other page returns zero, writing it has no effect (6.2).
  if (w.owner == nullptr || (w.owner->offset ^ offset) >= spec::kPageSize) return nullptr;
  return &w;
}

u64 RegisterFile::writable(const spec::Register& r) const {
  u64 mask = 0;
  for (unsigned half = 0; half < r.width / 32; ++half) {
    if (const Word* w = find(r.offset + 4 * half)) mask |= u64{w->writable} << (32 * half);
  }
  return mask;
}

u64 RegisterFile::read(u32 offset, spec::RegisterSize size) const {
  if (size == spec::RegisterSize::k64)
    return read(offset, spec::RegisterSize::k32) | read(offset + 4, spec::RegisterSize::k32) << 32;
  if (offset >= spec::kCIDR0 && offset < spec::kIdRegsEnd) return spec::kCIDR[(offset - spec::kCIDR0) / 4];
  return find(offset) != nullptr ? word(offset) & readable(offset) : 0;
}

void RegisterFile::write(u32 offset, spec::RegisterSize size, u64 value) {
  write_word(offset, static_cast<u32>(value));
  if (size == spec::RegisterSize::k64) write_word(offset + 4, static_cast<u32>(value >> 32));
}

bool RegisterFile::guarded(const spec::Register& r) const {
  const spec::Guard* g = r.guard();
  if (g == nullptr || r.offset == reg::GBPA) return false;  // GBPA updates at once, below
  return ((word(g->offset) | word(g->ack_offset)) & g->field.mask()) != 0;
}

// The bits of the register that may change now.
u32 RegisterFile::writable_now(const Word& w) const {
  if (guarded(*w.owner)) return 0;
  u32 writable = w.writable;
  const u32 cr0 = word(reg::CR0) | word(reg::CR0ACK);
  switch (w.owner->offset) {
    case reg::CR0:
    case reg::IRQ_CTRL:
      // A field keeps the first value written until its Update completes (6.3.9).
      return writable & ~pending(w.owner->offset);
    case reg::CR1:
      for (const spec::FieldGuard& guard : spec::kCr1Guards) {
        if ((cr0 & guard.enables) != 0) writable &= ~static_cast<u32>(guard.fields);
      }
      return writable;
    default:
      return writable;
  }
}

// For an index that the SMMU writes, bits above the wrap flag of the current queue size are RAZ. A LOG2SIZE
// above the maximum counts as the maximum (6.3.26, 6.3.28, 6.3.95, 6.3.97).
u32 RegisterFile::readable(u32 offset) const {
  const SmmuFeatures& f = config_.features;
  const auto index_and_flags = [&](u32 base, unsigned log2_max) {
    const auto log2size = static_cast<unsigned>(spec::CMDQ_BASE::LOG2SIZE.get(word(base)));
    const u32 index = (u32{2} << std::min(log2size, log2_max)) - 1;
    return index | ~static_cast<u32>(spec::CMDQ_CONS::RD.mask());
  };
  switch (offset) {
    case reg::CMDQ_CONS:
      return index_and_flags(reg::CMDQ_BASE, f.cmdq_log2_max);
    case reg::EVENTQ_PROD:
      return index_and_flags(reg::EVENTQ_BASE, f.eventq_log2_max);
    case reg::PRIQ_PROD:
      return index_and_flags(reg::PRIQ_BASE, f.priq_log2_max);
    default:
      return ~u32{0};
  }
}

void RegisterFile::write_word(u32 offset, u32 value) {
  const Word* w = find(offset);
  if (w == nullptr) return;
  // A write to GBPA without Update is ignored (6.3.14.1); one with Update completes immediately.
  if (offset == reg::GBPA && spec::GBPA::Update.get(value) == 0) return;
  const u32 writable = writable_now(*w);
  u32& stored = words_[index(offset)];
  stored = (stored & ~writable) | (value & writable);
}

bool RegisterFile::interrupt_enabled(spec::Field source) const {
  return (word(reg::IRQ_CTRL) & word(reg::IRQ_CTRLACK) & source.mask()) != 0;
}

void RegisterFile::acknowledge(u32 offset, u32 acknowledged) {
  const u32 ack = offset + 4;
  set_word(ack, (word(ack) & ~acknowledged) | (word(offset) & acknowledged));
}

bool RegisterFile::error_active(spec::Field error) const {
  return ((word(reg::GERROR) ^ word(reg::GERRORN)) & error.mask()) != 0;
}

bool RegisterFile::activate_error(spec::Field error) {
  if (error_active(error)) return false;
  set_word(reg::GERROR, word(reg::GERROR) ^ static_cast<u32>(error.mask()));
  return true;
}

}  // namespace smmu_vp::core
