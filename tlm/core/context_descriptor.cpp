// The validity function of 5.4.2, for VMSAv8-64 in the NS-EL1 StreamWorld.
#include "tlm/core/context_descriptor.h"

#include <algorithm>

#include "tlm/spec/registers.h"
#include "tlm/spec/vmsa.h"

namespace smmu_vp::core {

namespace cd = spec::cd;
namespace vmsa = spec::vmsa;

namespace {

std::optional<Granule> granule0(u64 tg) {
  switch (tg) {
    case cd::kTg0_4K:
      return Granule::k4K;
    case cd::kTg0_64K:
      return Granule::k64K;
    case cd::kTg0_16K:
      return Granule::k16K;
    default:
      return std::nullopt;
  }
}

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

bool supported(Granule g, const SmmuFeatures& f) {
  return g == Granule::k4K ? f.granule_4k : g == Granule::k16K ? f.granule_16k : f.granule_64k;
}

// Fills in what a walk through this table needs; false when the fields are ILLEGAL.
bool parse_walk(TranslationTable& table, std::optional<Granule> granule, u64 txsz, u64 ttb, u8 output_bits,
                const SmmuFeatures& f) {
  if (!granule || !supported(*granule, f)) return false;
  const auto g = static_cast<vmsa::Granule>(*granule);
  if (txsz < vmsa::kTxszMin || txsz > vmsa::txsz_max_stt(g)) return false;
  // Addresses wider than 48 bits need the 64KB granule (CD.DS is RES0 here).
  const unsigned ttb_bits = *granule == Granule::k64K ? output_bits : std::min<unsigned>(output_bits, 48);
  if (ttb >> ttb_bits != 0) return false;
  table.granule = *granule;
  table.input_bits = static_cast<u8>(64 - txsz);
  table.base = ttb;
  return true;
}

bool illegal(const spec::Cd& c, const StreamConfig& stream, const SmmuFeatures& f) {
  if (cd::V.get(c.w) == 0) return true;
  const bool stall = cd::S.get(c.w) != 0;
  if (stream.s1stalld && stall) return true;
  if (f.term_model == spec::kTermModelAbortOnly && cd::A.get(c.w) == 0) return true;
  if (f.stall_model == spec::kStallModelNone && stall) return true;
  if (f.stall_model == spec::kStallModelForced && !stall) return true;
  const bool walks = cd::EPD0.get(c.w) == 0 || cd::EPD1.get(c.w) == 0;
  if (walks && cd::ENDI.get(c.w) != 0) return true;               // IDR0.TTENDIAN: little-endian only
  if (cd::AA64.get(c.w) == 0) return true;                        // IDR0.TTF: VMSAv8-64 only
  if (cd::HA.get(c.w) != 0 || cd::HD.get(c.w) != 0) return true;  // IDR0.HTTU is 0
  return f.asid_bits == 8 && cd::ASID.get(c.w) > 0xFF;
}

u8 effective_ips(u64 ips, const SmmuFeatures& f) {
  const unsigned bits =
      f.version == 0 ? std::min<unsigned>(spec::kAddressSizeBits[ips], 48) : spec::kAddressSizeBits[ips];
  return static_cast<u8>(std::min(bits, f.oas_bits));
}

}  // namespace

std::optional<Context> parse_cd(const spec::Cd& c, const StreamConfig& stream, const SmmuFeatures& f) {
  if (illegal(c, stream, f)) return std::nullopt;
  Context out;
  out.asid = static_cast<u16>(cd::ASID.get(c.w));
  out.output_bits = effective_ips(cd::IPS.get(c.w), f);
  out.access_flag_ignored = cd::AFFD.get(c.w) != 0;
  out.wxn = cd::WXN.get(c.w) != 0;
  out.pan = cd::PAN.get(c.w) != 0;
  out.fault_model = {cd::A.get(c.w) != 0, cd::R.get(c.w) != 0, cd::S.get(c.w) != 0};
  out.mair = cd::MAIR.get(c.w);

  TranslationTable& t0 = out.tables[0];
  TranslationTable& t1 = out.tables[1];
  t0.walk_disabled = cd::EPD0.get(c.w) != 0;
  t1.walk_disabled = cd::EPD1.get(c.w) != 0;
  t0.top_byte_ignored = cd::TBI0.get(c.w) != 0;
  t1.top_byte_ignored = cd::TBI1.get(c.w) != 0;
  t0.hierarchy_ignored = f.version >= 1 && cd::HAD0.get(c.w) != 0;
  t1.hierarchy_ignored = f.version >= 1 && cd::HAD1.get(c.w) != 0;
  t0.unprivileged_denied = f.version >= 3 && cd::E0PD0.get(c.w) != 0;
  t1.unprivileged_denied = f.version >= 3 && cd::E0PD1.get(c.w) != 0;
  // EPDx disables the checks of its table's fields (5.4.1.1). A TLB entry may still match (5.4), and the
  // granule is what it is looked up with.
  const auto g0 = granule0(cd::TG0.get(c.w)), g1 = granule1(cd::TG1.get(c.w));
  if (!t0.walk_disabled && !parse_walk(t0, g0, cd::T0SZ.get(c.w), cd::TTB0.in_place(c.w), out.output_bits, f))
    return std::nullopt;
  if (!t1.walk_disabled && !parse_walk(t1, g1, cd::T1SZ.get(c.w), cd::TTB1.in_place(c.w), out.output_bits, f))
    return std::nullopt;
  if (t0.walk_disabled) t0.granule = g0.value_or(Granule::k4K);
  if (t1.walk_disabled) t1.granule = g1.value_or(Granule::k4K);
  return out;
}

}  // namespace smmu_vp::core
