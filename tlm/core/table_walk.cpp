// The output of a leaf descriptor of VMSAv8-64.
#include "tlm/core/table_walk.h"

#include <algorithm>

namespace smmu_vp::core {

TableWalk::Output TableWalk::output(u64 input) const {
  unsigned leaf = shift_;
  const u64 address = output_of(input);
  // A hint that does not extend the output size (D8.7.1.2). It is used when the whole group lies within the
  // input size and the output size.
  if (spec::vmsa::Contiguous.get(descriptor_) != 0) {
    const unsigned group = leaf + spec::vmsa::contiguous_log2(granule_, level_);
    const bool aligned = ((address ^ input) & low_bits(group)) == 0;
    if (aligned && group <= input_bits_ && group <= output_bits_) leaf = group;
  }
  return {address, static_cast<u8>(std::min<unsigned>(leaf, output_bits_)), static_cast<u8>(leaf)};
}

}  // namespace smmu_vp::core
