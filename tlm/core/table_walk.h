// One walk down a translation table of either stage: where the next descriptor is,
// and what it says (D8.2, D8.3).
#pragma once

#include "tlm/core/table_limits.h"
#include "tlm/core/walk_cache.h"

namespace smmu_vp::core {

enum class Met : u8 { kTable, kLeaf, kInvalid, kAddressSize };

// A table as a TTB and the fields beside it give it.
struct TableGeometry {
  Granule granule;
  u8 input_bits, output_bits;
  unsigned oas_bits;
  int start_level;
  u64 base;
};

struct TableWalk {
  Granule granule;
  u8 input_bits, output_bits;
  bool wide;  // 52-bit addresses in 64KB descriptors
  int start_level, level;
  TablePointer pointer;  // the table to index next
  u64 descriptor = 0;    // of `level`

  explicit TableWalk(const TableGeometry& table);

  unsigned shift() const { return spec::vmsa::level_shift(granule, level); }
  // The address of the descriptor for `input` in the current table.
  u64 descriptor_address(u64 input) const;
  // Classifies `descriptor`; if it is a table, that becomes the current one, one level down.
  Met take(u64 descriptor_read);
  // For a leaf: the output address of `input`; the leaf's size, with the Contiguous bit (D8.7); and how much
  // of it one translation may cover, since a leaf can reach beyond the output size.
  struct Output {
    u64 address;
    u8 log2_size, leaf_log2_size;
  };
  Output output(u64 input) const;
  // Whether the output address is within the output size; if not: F_ADDR_SIZE (5.4 IPS, 5.2 S2PS).
  bool in_range(u64 input) const { return output(input).address >> output_bits == 0; }
};

}  // namespace smmu_vp::core
