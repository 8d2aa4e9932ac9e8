// What STEs and CDs say of translation, read by the monitors themselves: they share the manual's fields with the
// model and no code.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "tlm/spec/cd.h"
#include "tlm/spec/ste.h"
#include "tlm/spec/vmsa.h"
#include "tlm/spec/world.h"

namespace smmu_vp::tb {

using spec::World;
using spec::vmsa::Granule;

// One stage's tables, from the first on (5.2, 5.4).
struct StageTables {
  Granule granule = Granule::k4K;
  u8 input_bits = 0, output_bits = 0;
  int start_level = 0;
  u64 base = 0;
  bool wide = false;  // 52-bit addresses in 64KB descriptors
};

struct Regime {
  World world = World::kNsEl1;
  u16 vmid = 0, asid = 0;
  bool aset = false;  // not subject to broadcasts that name an ASID (3.17)
  bool stage1 = false, stage2 = false;
  std::array<std::optional<StageTables>, 2>
      stage1_tables;                        // TTB0's and TTB1's; nothing where EPDx disables the walk
  std::array<bool, 2> hierarchy_ignored{};  // HADx
  StageTables stage2_tables;
  bool wxn = false;
  bool dirty_updated[2] = {false, false};  // by hardware, at stage 1 and at stage 2 (HD, S2HD)
  u64 mair = 0;
  bool ats_answers_ipa = false;  // split-stage ATS

  // Of the half of the address space that the canonical address `va` is in (5.4 TTB1).
  static unsigned half_of(u64 va) { return va >> 55 & 1; }
};

// What the ID registers and CR2 add to the structures.
struct RegimeSetting {
  unsigned output_bits = 48;  // IDR5.OAS
  bool has_stage2 = false;    // IDR0.S2P
  bool has_el2 = false;       // IDR0.Hyp
  bool e2h = false;           // CR2.E2H
};

// Nothing when the STE lets nothing be translated through it. With `cd` null, stage 2 alone.
std::optional<Regime> regime_of(const spec::Ste& ste, const spec::Cd* cd, const RegimeSetting& setting);
bool uses_stage1(const spec::Ste& ste);

}  // namespace smmu_vp::tb
