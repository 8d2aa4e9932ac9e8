// One stage after the other; under stage 2 each stage 1 descriptor is found through it (3.3.2).
#include "testbench/observe/monitors/hardware/descriptor_walk.h"

#include <algorithm>

namespace smmu_vp::tb {

namespace {

namespace vmsa = spec::vmsa;

constexpr u64 low_bits(unsigned n) {
  return n >= 64 ? ~u64{0} : (u64{1} << n) - 1;
}

u64 address_in(u64 descriptor, const StageTables& tables) {
  switch (tables.granule) {
    case Granule::k4K:
      return vmsa::Address4K.in_place(descriptor);
    case Granule::k16K:
      return vmsa::Address16K.in_place(descriptor);
    case Granule::k64K:
      break;
  }
  return vmsa::Address64K.in_place(descriptor) |
         (tables.wide ? vmsa::Address64K51_48.get(descriptor) << 48 : 0);
}

// What the table descriptors above a leaf take away (D8.4.3).
struct Hierarchy {
  bool no_unprivileged = false, read_only = false, uxn = false, pxn = false;
  void restrict_by(u64 table) {
    const u64 ap = vmsa::APTable.get(table);
    no_unprivileged |= (ap & vmsa::kApTableNoUnprivileged) != 0;
    read_only |= (ap & vmsa::kApTableReadOnly) != 0;
    uxn |= vmsa::UXNTable.get(table) != 0;
    pxn |= vmsa::PXNTable.get(table) != 0;
  }
};

bool is_clean(u64 leaf, const Regime& regime, unsigned stage) {
  const bool writable = stage == 1 ? (vmsa::AP.get(leaf) & vmsa::kApReadOnly) == 0
                                   : (vmsa::s2::S2AP.get(leaf) & vmsa::s2::kS2apWrite) != 0;
  return regime.dirty_updated[stage - 1] && vmsa::DBM.get(leaf) != 0 && !writable;
}

// A page that is writable-clean counts as writable.
u8 stage1_rights(u64 leaf, const Hierarchy& above, const Regime& regime) {
  const u64 ap = vmsa::AP.get(leaf);
  const bool write = ((ap & vmsa::kApReadOnly) == 0 || is_clean(leaf, regime, 1)) && !above.read_only;
  const bool one_level = regime.world == World::kNsEl2;
  const bool user = one_level || ((ap & vmsa::kApUnprivileged) != 0 && !above.no_unprivileged);
  u8 out = rights::kPrivRead;
  if (write) out |= rights::kPrivWrite;
  if (user) out |= rights::kUserRead;
  if (user && write) out |= rights::kUserWrite;
  const bool xn = vmsa::UXN.get(leaf) != 0 || above.uxn || (regime.wxn && write);
  const bool pxn = one_level ? xn : vmsa::PXN.get(leaf) != 0 || above.pxn || (regime.wxn && write);
  if (!xn) out |= rights::kUserExecute;
  if (!pxn) out |= rights::kPrivExecute;
  return out;
}

u8 stage2_rights(u64 leaf, const Regime& regime) {
  const u64 ap = vmsa::s2::S2AP.get(leaf);
  u8 out = 0;
  if ((ap & vmsa::s2::kS2apRead) != 0) out |= rights::kReads;
  if ((ap & vmsa::s2::kS2apWrite) != 0 || is_clean(leaf, regime, 2)) out |= rights::kWrites;
  if ((vmsa::s2::XN.get(leaf) & 0b10) == 0) out |= rights::kExecutes;
  return out;
}

// Where a walk of one stage ended.
struct Descent {
  bool valid = false;
  u64 leaf = 0;
  u64 output = 0;
  int level = 0;
  u8 leaf_log2_size = 0;
  bool contiguous = false;
  Hierarchy above;
};

class Walk {
 public:
  Walk(const Regime& regime, const MemoryView& memory, Outcome& out)
      : regime_(regime), memory_(memory), links_(out.links), ipas_(out.ipas) {}

  Descent go_down(const StageTables& tables, u8 stage, u64 input) {
    Descent out;
    if (stage == 2 && input >> tables.input_bits != 0) return out;
    const u64 in = input & low_bits(tables.input_bits);
    int level = tables.start_level;
    unsigned shift = vmsa::level_shift(tables.granule, level);
    // Aligned to its own size, or to 64 bytes where addresses have 52 bits (5.4 TTB0).
    const unsigned alignment = tables.input_bits - shift + vmsa::kDescriptorLog2Bytes;
    u64 table = tables.base & ~low_bits(tables.output_bits > 48 && alignment < 6 ? 6 : alignment);
    for (u64 index = in >> shift;; index = in >> shift & low_bits(vmsa::bits_per_level(tables.granule))) {
      u64 pa = table + (index << vmsa::kDescriptorLog2Bytes);
      if (stage == 1 && regime_.stage2) {
        ipas_.push_back(pa);
        const Descent under = go_down(regime_.stage2_tables, 2, pa);
        if (!under.valid) return out;
        pa = under.output;
      }
      const std::optional<u64> read = memory_.word(pa);
      if (!read) return out;
      const u64 descriptor = *read;
      const bool last = level == static_cast<int>(vmsa::kLastLevel);
      const bool table_or_page = vmsa::Type.get(descriptor) != 0;
      links_.push_back({pa, descriptor, stage, last || !table_or_page, level});
      if (vmsa::Valid.get(descriptor) == 0 || (last && !table_or_page)) return out;
      const u64 address = address_in(descriptor, tables);
      if (last || !table_or_page) {
        if (!last && !vmsa::block_permitted(tables.granule, level, tables.wide)) return out;
        return arrive(tables, {descriptor, address, level, shift}, in, out);
      }
      if (stage == 1 && !regime_.hierarchy_ignored[half_]) out.above.restrict_by(descriptor);
      table = address;
      shift = vmsa::level_shift(tables.granule, ++level);
    }
  }
  void of_half(unsigned half) { half_ = half; }

 private:
  struct Leaf {
    u64 descriptor, address;
    int level;
    unsigned shift;
  };

  static Descent arrive(const StageTables& tables, const Leaf& leaf, u64 in, Descent out) {
    out.valid = true;
    out.leaf = leaf.descriptor;
    out.level = leaf.level;
    out.output = (leaf.address & ~low_bits(leaf.shift)) | (in & low_bits(leaf.shift));
    unsigned size = leaf.shift;
    if (vmsa::Contiguous.get(leaf.descriptor) != 0) {
      const unsigned group = size + vmsa::contiguous_log2(tables.granule, leaf.level);
      out.contiguous =
          group != size && ((out.output ^ in) & low_bits(group)) == 0 && group <= tables.input_bits;
      if (out.contiguous) size = group;
    }
    out.leaf_log2_size = static_cast<u8>(size);
    return out;
  }

  const Regime& regime_;
  const MemoryView& memory_;
  std::vector<Link>& links_;
  std::vector<u64>& ipas_;
  unsigned half_ = 0;
};

}  // namespace

u64 next_table(u64 descriptor, Granule granule) {
  return address_in(descriptor, {.granule = granule, .wide = true});
}

u64 table_restrictions(u64 descriptor) {
  return descriptor & (vmsa::APTable.mask() | vmsa::UXNTable.mask() | vmsa::PXNTable.mask());
}

void walk(const Regime& regime, const WalkAsked& asked, const MemoryView& memory, Outcome& out) {
  out.links.clear();
  out.ipas.clear();
  out.valid = out.global = out.clean = false;
  Walk walk(regime, memory, out);
  const auto take_leaf = [&](const StageTables& tables, const Descent& met) {
    out.output = met.output;
    out.log2_size = out.leaf_log2_size = met.leaf_log2_size;
    out.leaf_level = met.level;
    out.granule = tables.granule;
    out.contiguous = met.contiguous;
    out.no_conflict = met.level != static_cast<int>(vmsa::kLastLevel) && vmsa::nT.get(met.leaf) != 0;
  };
  if (regime.stage1) {
    const unsigned half = Regime::half_of(asked.address);
    const std::optional<StageTables>& tables = regime.stage1_tables[half];
    if (!tables) return;
    walk.of_half(half);
    const Descent met = walk.go_down(*tables, 1, asked.address);
    if (!met.valid) return;
    take_leaf(*tables, met);
    out.rights = stage1_rights(met.leaf, met.above, regime);
    out.clean = is_clean(met.leaf, regime, 1);
    out.global = regime.world != World::kNsEl2 && vmsa::nG.get(met.leaf) == 0;
    out.memory_type = static_cast<u8>(regime.mair >> (8 * vmsa::AttrIndx.get(met.leaf)));
  }
  if (regime.stage2 && !(regime.stage1 && asked.to_ipa)) {
    if (regime.stage1) out.ipas.push_back(out.output);
    const Descent met = walk.go_down(regime.stage2_tables, 2, regime.stage1 ? out.output : asked.address);
    if (!met.valid) return;
    const u8 rights = stage2_rights(met.leaf, regime);
    out.clean |= is_clean(met.leaf, regime, 2);
    if (regime.stage1) {
      out.output = met.output;
      out.log2_size = std::min(out.log2_size, met.leaf_log2_size);
      out.rights &= rights;
    } else {
      take_leaf(regime.stage2_tables, met);
      out.rights = rights;
      out.memory_type = static_cast<u8>(vmsa::s2::MemAttr.get(met.leaf));
    }
  }
  out.valid = true;
}

}  // namespace smmu_vp::tb
