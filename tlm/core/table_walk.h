// Going down one translation table, of either stage: where the next descriptor is, and what it says (D8.2,
// D8.3).
#pragma once

#include "tlm/core/table_limits.h"
#include "tlm/core/walk_cache.h"

namespace smmu_vp::core {

enum class Met : u8 { kTable, kLeaf, kInvalid, kAddressSize };

struct TableWalk {
  Granule granule;
  u8 input_bits, output_bits;
  bool wide;  // 52-bit addresses in 64KB descriptors
  int start_level, level;
  TablePointer pointer;  // the table to index next
  u64 descriptor = 0;    // of `level`

  // From the table that a TTB points to.
  TableWalk(Granule granule, u8 input_bits, u8 output_bits, unsigned oas_bits, int start_level, u64 base);

  unsigned shift() const { return spec::vmsa::level_shift(geometry(granule), level); }
  // Of the descriptor for `input` in the table at hand.
  u64 descriptor_address(u64 input) const;
  // Says what `descriptor` is, and of a table makes it the one at hand, one level down.
  Met take(u64 descriptor_read);
  // Of a leaf: where `input` goes; how large the leaf is, the Contiguous bit taken (D8.7); and how much of it
  // one translation may say, since a leaf can reach beyond the output size.
  struct Output {
    u64 address;
    u8 log2_size, leaf_log2_size;
  };
  Output output(u64 input) const;
  // Whether it goes to an address within the output size: F_ADDR_SIZE where not (5.4 IPS, 5.2 S2PS).
  bool in_range(u64 input) const { return output(input).address >> output_bits == 0; }
};

}  // namespace smmu_vp::core
