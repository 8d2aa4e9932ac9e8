// The validity function of 5.4.2, for VMSAv8-64 in the Non-secure StreamWorlds.
#include "tlm/core/context_descriptor.h"

#include "tlm/core/own_attributes.h"
#include "tlm/core/permissions.h"
#include "tlm/core/table_limits.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::core {

namespace cd = spec::cd;
namespace vmsa = spec::vmsa;

namespace {

std::optional<Granule> granule1(u64 tg) {
  switch (tg) {
    case cd::kTg1_16K:
      return Granule::k16K;
    case cd::kTg1_4K:
      return Granule::k4K;
    case cd::kTg1_64K:
      return Granule::k64K;
    default:
      return std::nullopt;
  }
}

// A CD's fields of one table.
struct TableFields {
  std::optional<Granule> granule;
  u64 txsz, ttb;
};

// Fills in what a walk through this table needs; false when the fields are ILLEGAL.
bool parse_walk(TranslationTable& table, const TableFields& fields, u8 output_bits, const SmmuFeatures& f) {
  if (!fields.granule || !supported(*fields.granule, f)) return false;
  const unsigned smallest = wide_addresses(*fields.granule, f) ? vmsa::kTxszMin52 : vmsa::kTxszMin;
  if (fields.txsz < smallest || fields.txsz > largest_txsz(*fields.granule, f)) return false;
  if (!base_in_range(fields.ttb, *fields.granule, output_bits)) return false;
  table.granule = *fields.granule;
  table.input_bits = static_cast<u8>(64 - fields.txsz);
  table.base = fields.ttb;
  return true;
}

bool illegal(const spec::Cd& c, const StreamConfig& stream, const SmmuFeatures& f) {
  if (cd::V.get(c.w) == 0) return true;
  const bool stall = cd::S.get(c.w) != 0;
  if (stream.s1stalld && stall) return true;
  if (f.term_model == spec::kTermModelAbortOnly && cd::A.get(c.w) == 0) return true;
  if (f.stall_model == spec::kStallModelNone && stall) return true;
  if (f.stall_model == spec::kStallModelForced && !stall) return true;
  // NS-EL2 has one table, which EPD0 cannot disable (5.4 EPD0).
  const bool one_table = stream.world == World::kNsEl2;
  const bool walks = one_table || cd::EPD0.get(c.w) == 0 || cd::EPD1.get(c.w) == 0;
  if (walks && cd::ENDI.get(c.w) != 0) return true;  // IDR0.TTENDIAN: little-endian only
  if (cd::AA64.get(c.w) == 0) return true;           // IDR0.TTF: VMSAv8-64 only
  const bool dirty = cd::HD.get(c.w) != 0;
  if ((dirty || cd::HA.get(c.w) != 0) && f.httu == 0) return true;
  if (dirty && f.httu == 1) return true;
  return has_asids(stream.world) && f.asid_bits == 8 && cd::ASID.get(c.w) > 0xFF;
}

}  // namespace

std::optional<Context> parse_cd(const spec::Cd& c, const StreamConfig& stream, const SmmuFeatures& f) {
  if (illegal(c, stream, f)) return std::nullopt;
  Context out;
  const bool one_table = stream.world == World::kNsEl2;
  out.world = stream.world;
  out.vmid = stream.vmid;
  out.asid = has_asids(stream.world) ? static_cast<u16>(cd::ASID.get(c.w)) : u16{0};
  out.output_bits = effective_output_bits(cd::IPS.get(c.w), f);
  out.access_flag_ignored = cd::AFFD.get(c.w) != 0;
  out.updates_access_flag = cd::HA.get(c.w) != 0;
  out.updates_dirty_state = out.updates_access_flag && cd::HD.get(c.w) != 0;  // HD without HA has no effect
  out.wxn = cd::WXN.get(c.w) != 0;
  out.pan = !one_table && cd::PAN.get(c.w) != 0;
  out.fault_model = {cd::A.get(c.w) != 0, cd::R.get(c.w) != 0, cd::S.get(c.w) != 0};
  out.mair = cd::MAIR.get(c.w);

  TranslationTable& t0 = out.tables[0];
  TranslationTable& t1 = out.tables[1];
  t0.walk_disabled = !one_table && cd::EPD0.get(c.w) != 0;
  t1.walk_disabled = one_table || cd::EPD1.get(c.w) != 0;  // no second table in NS-EL2 (3.17.5)
  t0.top_byte_ignored = cd::TBI0.get(c.w) != 0;
  t1.top_byte_ignored = cd::TBI1.get(c.w) != 0;
  t0.hierarchy_ignored = f.version >= 1 && cd::HAD0.get(c.w) != 0;
  t1.hierarchy_ignored = f.version >= 1 && cd::HAD1.get(c.w) != 0;
  t0.unprivileged_denied = !one_table && f.version >= 3 && cd::E0PD0.get(c.w) != 0;
  t1.unprivileged_denied = !one_table && f.version >= 3 && cd::E0PD1.get(c.w) != 0;
  t0.type = table_walk_type({.inner = cd::IR0.get(c.w), .outer = cd::OR0.get(c.w), .sh = cd::SH0.get(c.w)});
  t1.type = table_walk_type({.inner = cd::IR1.get(c.w), .outer = cd::OR1.get(c.w), .sh = cd::SH1.get(c.w)});
  const u64 address = low_bits(f.version == 0 ? 48 : 52);  // bits above the field count as zero (5.4)
  // EPDx disables the checks of its table's fields (5.4.1.1). The granule is still needed for TLB lookups,
  // since a TLB entry may still match (5.4).
  const TableFields of0{.granule = granule_of(cd::TG0.get(c.w)),
                        .txsz = cd::T0SZ.get(c.w),
                        .ttb = cd::TTB0.in_place(c.w) & address};
  const TableFields of1{.granule = granule1(cd::TG1.get(c.w)),
                        .txsz = cd::T1SZ.get(c.w),
                        .ttb = cd::TTB1.in_place(c.w) & address};
  if (!t0.walk_disabled && !parse_walk(t0, of0, out.output_bits, f)) return std::nullopt;
  if (!t1.walk_disabled && !parse_walk(t1, of1, out.output_bits, f)) return std::nullopt;
  if (t0.walk_disabled) t0.granule = of0.granule.value_or(Granule::k4K);
  if (t1.walk_disabled) t1.granule = of1.granule.value_or(Granule::k4K);
  return out;
}

}  // namespace smmu_vp::core
