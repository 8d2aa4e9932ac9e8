// Descriptors of VMSAv8-64.
#include "tlm/core/table_walk.h"

#include <algorithm>

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;

namespace {

// The address in a table, block or page descriptor, whose low bits are not masked yet (D8.3).
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

TableWalk::TableWalk(const TableGeometry& table)
    : granule(table.granule),
      input_bits(table.input_bits),
      output_bits(table.output_bits),
      wide(table.granule == Granule::k64K && table.oas_bits > 48),
      start_level(table.start_level),
      level(table.start_level) {
  // The first table is aligned to its size, or to that of all concatenated tables (5.4 TTB0, 5.2 S2TTB,
  // D8.2.2), and at least to 64 bytes with 52-bit addresses.
  const unsigned alignment = input_bits - shift() + vmsa::kDescriptorLog2Bytes;
  pointer.address = table.base & ~low_bits(output_bits > 48 && alignment < 6 ? 6 : alignment);
}

u64 TableWalk::descriptor_address(u64 input) const {
  u64 index = (input & low_bits(input_bits)) >> shift();
  // Only the start level's index may be wider than one table: stage 2 concatenates tables there.
  if (level != start_level) index &= low_bits(vmsa::bits_per_level(granule));
  return pointer.address + (index << vmsa::kDescriptorLog2Bytes);
}

Met TableWalk::take(u64 read) {
  descriptor = read;
  const bool last = level == static_cast<int>(vmsa::kLastLevel);
  const bool table_or_page = vmsa::Type.get(read) != 0;
  if (vmsa::Valid.get(read) == 0 || (last && !table_or_page)) return Met::kInvalid;
  if (!last && !table_or_page && !vmsa::block_permitted(granule, level, wide)) return Met::kInvalid;
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
  // A hint that does not extend the output size (D8.7.1.2). It is used when the whole group lies within the
  // input size and the output size.
  if (vmsa::Contiguous.get(descriptor) != 0) {
    const unsigned group = leaf + vmsa::contiguous_log2(granule, level);
    const bool aligned = ((address ^ input) & low_bits(group)) == 0;
    if (aligned && group <= input_bits && group <= output_bits) leaf = group;
  }
  return {address, static_cast<u8>(std::min<unsigned>(leaf, output_bits)), static_cast<u8>(leaf)};
}

}  // namespace smmu_vp::core
