// Descriptors of VMSAv8-64.
#include "tlm/core/table_walk.h"

#include <algorithm>

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;

namespace {

// Of a table, block or page descriptor, before its low bits are dropped (D8.3).
u64 output_address(u64 descriptor, Granule granule, bool wide) {
  switch (granule) {
    case Granule::k4K:
      return vmsa::Address4K.in_place(descriptor);
    case Granule::k16K:
      return vmsa::Address16K.in_place(descriptor);
    case Granule::k64K:
      break;
  }
  const u64 high = wide ? vmsa::Address64K51_48.get(descriptor) << 48 : 0;
  return vmsa::Address64K.in_place(descriptor) | high;
}

}  // namespace

TableWalk::TableWalk(Granule g, u8 in, u8 out, unsigned oas_bits, int start, u64 base)
    : granule(g),
      input_bits(in),
      output_bits(out),
      wide(g == Granule::k64K && oas_bits > 48),
      start_level(start),
      level(start) {
  // The first table is aligned to its own size, concatenated ones together (5.4 TTB0, 5.2 S2TTB, D8.2.2); 64
  // bytes at least for 52-bit addresses.
  const unsigned alignment = input_bits - shift() + vmsa::kDescriptorLog2Bytes;
  pointer.address = base & ~low_bits(output_bits > 48 && alignment < 6 ? 6 : alignment);
}

u64 TableWalk::descriptor_address(u64 input) const {
  u64 index = (input & low_bits(input_bits)) >> shift();
  // Only the first level's index may be wider than a table: tables are concatenated there at stage 2.
  if (level != start_level) index &= low_bits(vmsa::bits_per_level(geometry(granule)));
  return pointer.address + (index << vmsa::kDescriptorLog2Bytes);
}

Met TableWalk::take(u64 read) {
  descriptor = read;
  const bool last = level == static_cast<int>(vmsa::kLastLevel);
  const bool table_or_page = vmsa::Type.get(read) != 0;
  if (vmsa::Valid.get(read) == 0 || (last && !table_or_page)) return Met::kInvalid;
  if (!last && !table_or_page && !vmsa::block_permitted(geometry(granule), level, wide)) return Met::kInvalid;
  const u64 out = output_address(read, granule, wide);
  if ((out & ~low_bits(output_bits)) != 0) return Met::kAddressSize;
  if (last || !table_or_page) return Met::kLeaf;
  pointer.address = out;
  ++level;
  return Met::kTable;
}

TableWalk::Output TableWalk::output(u64 input) const {
  unsigned leaf = shift();
  const u64 address =
      (output_address(descriptor, granule, wide) & ~low_bits(leaf)) | (input & low_bits(leaf));
  // A hint, which does not lift the output size (D8.7.1.2): taken when the group fits that, its table and its
  // output.
  if (vmsa::Contiguous.get(descriptor) != 0) {
    const unsigned group = leaf + vmsa::contiguous_log2(geometry(granule), level);
    const bool aligned = ((address ^ input) & low_bits(group)) == 0;
    if (aligned && group <= input_bits && group <= output_bits) leaf = group;
  }
  return {address, static_cast<u8>(std::min<unsigned>(leaf, output_bits)), static_cast<u8>(leaf)};
}

}  // namespace smmu_vp::core
