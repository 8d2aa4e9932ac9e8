// Access rules, derived from the table of registers.
#include "tlm/core/register_file.h"

#include <algorithm>
#include <string_view>

#include "tlm/core/id_registers.h"

namespace smmu_vp::core {

namespace reg = spec::offset;

namespace {

bool begins(const spec::Register& r, std::string_view prefix) {
  return std::string_view(r.name).starts_with(prefix);
}

// Registers of features that the ID registers never report here: RES0 (6.2).
bool absent(const spec::Register& r) {
  for (std::string_view prefix : {"GATOS_", "VATOS_", "GMPAM", "GBPMPAM", "MPAMIDR", "DPT_", "S2PII", "AGBPA",
                                  "CMDQ_CONTROL_PAGE", "IDR6", "STATUSR"}) {
    if (begins(r, prefix)) return true;
  }
  return false;
}

u64 bits(std::initializer_list<spec::Field> fields) {
  u64 mask = 0;
  for (const spec::Field& f : fields) mask |= f.mask();
  return mask;
}

}  // namespace

RegisterFile::RegisterFile(const SmmuConfig& config) : config_(config) {
  for (const spec::Register& r : spec::kRegisters) {
    if (absent(r)) continue;
    for (unsigned half = 0; half < r.width / 32; ++half) {
      const u32 offset = r.offset + 4 * half;
      layout_[index(offset)] = {&r, r.access == spec::Access::kRW ? implemented(r, half) : 0};
      words_[index(offset)] = id_register(offset, config);
    }
  }
}

u32 RegisterFile::implemented(const spec::Register& r, unsigned half) const {
  const SmmuFeatures& f = config_.features;
  u64 mask = r.defined();
  if (begins(r, "PRIQ_") && !f.pri) return 0;  // 6.3.1 PRI
  switch (r.offset) {
    case reg::CR0:
      mask = bits({spec::CR0::SMMUEN, spec::CR0::CMDQEN, spec::CR0::EVENTQEN});
      if (f.pri) mask |= spec::CR0::PRIQEN.mask();
      if (f.ats) mask |= spec::CR0::ATSCHK.mask();
      if (f.s2) mask |= spec::CR0::VMW.mask();  // IDR0.VMW
      break;
    case reg::CR2:
      mask = spec::CR2::RECINVSID.mask();
      if (f.records_ats_errors()) mask |= spec::CR2::REC_CFG_ATS.mask();
      if (f.btm) mask |= spec::CR2::PTM.mask();
      if (f.hyp) mask |= spec::CR2::E2H.mask();
      break;
    case reg::GBPA:  // IDR1.ATTR_TYPES_OVR is 0 (6.3.14)
      mask = bits({spec::GBPA::ABORT, spec::GBPA::INSTCFG, spec::GBPA::PRIVCFG});
      break;
    case reg::IRQ_CTRL:
      if (!f.pri) mask &= ~spec::IRQ_CTRL::PRIQ_IRQEN.mask();
      break;
    case reg::GERRORN:
      mask &= ~bits({spec::GERROR::DPT_ERR, spec::GERROR::CMDQP_ERR});
      if (!f.pri) mask &= ~bits({spec::GERROR::PRIQ_ABT_ERR, spec::GERROR::MSI_PRIQ_ABT_ERR});
      if (!f.msi)
        mask &= ~bits({spec::GERROR::MSI_CMDQ_ABT_ERR, spec::GERROR::MSI_EVENTQ_ABT_ERR,
                       spec::GERROR::MSI_PRIQ_ABT_ERR, spec::GERROR::MSI_GERROR_ABT_ERR});
      break;
    case reg::STRTAB_BASE_CFG:
      if (f.stream_table_levels == 1) mask = spec::STRTAB_BASE_CFG::LOG2SIZE.mask();
      break;
    case reg::PRIQ_IRQ_CFG2:  // LO does not depend on MSIs (6.3.1 MSI)
      if (!f.msi) mask = spec::PRIQ_IRQ_CFG2::LO.mask();
      break;
    case reg::GERROR_IRQ_CFG0:
    case reg::GERROR_IRQ_CFG1:
    case reg::GERROR_IRQ_CFG2:
    case reg::EVENTQ_IRQ_CFG0:
    case reg::EVENTQ_IRQ_CFG1:
    case reg::EVENTQ_IRQ_CFG2:
    case reg::PRIQ_IRQ_CFG0:
    case reg::PRIQ_IRQ_CFG1:
      if (!f.msi) return 0;
      break;
    default:
      break;
  }
  // Address bits above the output size are RES0 (6.3.24, 6.3.26); hint bits above them are not addresses.
  if (r.width == 64) mask &= ~(((u64{1} << 56) - 1) & ~((u64{1} << f.oas_bits) - 1));
  return static_cast<u32>(mask >> (32 * half));
}

const RegisterFile::Word* RegisterFile::find(u32 offset) const {
  if ((offset & 0xFFFF) >= kWindow || offset >= spec::kPage1 + spec::kPageSize) return nullptr;
  const Word& w = layout_[index(offset)];
  // The other page's alias of a register reads as zero and ignores writes (6.2).
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

u64 RegisterFile::read(u32 offset, unsigned bytes) const {
  if (bytes == 8) return read(offset, 4) | read(offset + 4, 4) << 32;
  if (offset >= spec::kCIDR0 && offset < spec::kIdRegsEnd) return spec::kCIDR[(offset - spec::kCIDR0) / 4];
  return find(offset) != nullptr ? word(offset) & readable(offset) : 0;
}

void RegisterFile::write(u32 offset, unsigned bytes, u64 value) {
  write_word(offset, static_cast<u32>(value));
  if (bytes == 8) write_word(offset + 4, static_cast<u32>(value >> 32));
}

bool RegisterFile::guarded(const spec::Register& r) const {
  const spec::Guard* g = r.guard();
  if (g == nullptr || r.offset == reg::GBPA) return false;  // GBPA updates at once, below
  return ((word(g->offset) | word(g->ack_offset)) & g->field.mask()) != 0;
}

// What of the register may change now.
u32 RegisterFile::writable_now(const Word& w) const {
  if (guarded(*w.owner)) return 0;
  u32 writable = w.writable;
  const u32 cr0 = word(reg::CR0) | word(reg::CR0ACK);
  switch (w.owner->offset) {
    case reg::CR0:
    case reg::IRQ_CTRL:
      // Until its Update completes a field keeps the first value written (6.3.9).
      return writable & ~pending(w.owner->offset);
    case reg::CR1: {  // guarded by field (6.3.11)
      using namespace spec::CR1;
      if ((cr0 & spec::CR0::SMMUEN.mask()) != 0)
        writable &= ~static_cast<u32>(bits({TABLE_SH, TABLE_OC, TABLE_IC}));
      if ((cr0 & bits({spec::CR0::CMDQEN, spec::CR0::EVENTQEN, spec::CR0::PRIQEN})) != 0)
        writable &= ~static_cast<u32>(bits({QUEUE_SH, QUEUE_OC, QUEUE_IC}));
      return writable;
    }
    default:
      return writable;
  }
}

// Bits above the wrap flag of an index the SMMU owns are RAZ, at the queue size of now; LOG2SIZE above the
// maximum counts as it (6.3.26, 6.3.28, 6.3.95, 6.3.97).
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
  // A write of GBPA without Update is ignored (6.3.14.1); with it, the update completes immediately.
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
