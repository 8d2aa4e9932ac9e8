// Configuration fields that both stages share: granules, input and output sizes, and which of them the SMMU
// supports (5.2, 5.4, 6.3.6).
#pragma once

#include <algorithm>
#include <optional>

#include "tlm/core/smmu_config.h"
#include "tlm/spec/cd.h"
#include "tlm/spec/vmsa.h"

namespace smmu_vp::core {

inline u64 low_bits(unsigned n) {
  return n >= 64 ? ~u64{0} : (u64{1} << n) - 1;
}

// CD.TG0 and STE.S2TG; nothing when Reserved.
inline std::optional<Granule> granule_of(u64 tg) {
  switch (tg) {
    case spec::cd::kTg0_4K:
      return Granule::k4K;
    case spec::cd::kTg0_64K:
      return Granule::k64K;
    case spec::cd::kTg0_16K:
      return Granule::k16K;
    default:
      return std::nullopt;
  }
}

inline bool supported(Granule g, const SmmuFeatures& f) {
  return g == Granule::k4K ? f.granule_4k : g == Granule::k16K ? f.granule_16k : f.granule_64k;
}

// CD.IPS and STE.S2PS, capped at the OAS.
inline u8 effective_output_bits(u64 ps, const SmmuFeatures& f) {
  const unsigned bits =
      f.version == 0 ? std::min<unsigned>(spec::kAddressSizeBits[ps], 48) : spec::kAddressSizeBits[ps];
  return static_cast<u8>(std::min(bits, f.oas_bits));
}

// IDR5.VAX: this SMMU has 52-bit input addresses together with 52-bit output addresses,
// and only with the 64KB granule.
inline bool wide_addresses(const SmmuFeatures& f) {
  return f.oas_bits == 52;
}
// IDR5.DS is 0: only the 64KB granule goes beyond 48 bits.
inline bool wide_addresses(Granule g, const SmmuFeatures& f) {
  return g == Granule::k64K && wide_addresses(f);
}

// The largest legal TxSZ and S2T0SZ (5.4 T0SZ).
inline u64 largest_txsz(Granule g, const SmmuFeatures& f) {
  return f.small_tables() ? spec::vmsa::txsz_max_stt(g) : spec::vmsa::kTxszMax;
}

// Whether a table at `base` lies within a stage's output size (5.4 TTB0, 5.2 S2TTB).
inline bool base_in_range(u64 base, Granule g, u8 output_bits) {
  return base >> (g == Granule::k64K ? output_bits : std::min<unsigned>(output_bits, 48)) == 0;
}

}  // namespace smmu_vp::core
