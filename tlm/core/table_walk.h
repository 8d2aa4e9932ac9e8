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

// Inline, as every descriptor of every walk comes through here.
class TableWalk {
 public:
  explicit TableWalk(const TableGeometry& table)
      : granule_(table.granule),
        output_bits_(table.output_bits),
        wide_(table.granule == Granule::k64K && table.oas_bits > 48),
        stride_(static_cast<u8>(spec::vmsa::bits_per_level(table.granule))),
        input_bits_(table.input_bits),
        start_level_(table.start_level),
        level_(table.start_level),
        shift_(spec::vmsa::level_shift(table.granule, table.start_level)),
        // Only the start level's index may be wider than one table: stage 2 concatenates tables there.
        index_mask_(low_bits(table.input_bits - shift_)) {
    // The first table is aligned to its size, or to that of all concatenated tables (5.4 TTB0, 5.2 S2TTB,
    // D8.2.2), and at least to 64 bytes with 52-bit addresses.
    const unsigned alignment = input_bits_ - shift_ + spec::vmsa::kDescriptorLog2Bytes;
    pointer_.address = table.base & ~low_bits(output_bits_ > 48 && alignment < 6 ? 6 : alignment);
  }

  int start_level() const { return start_level_; }
  int level() const { return level_; }
  // log2 of the range that one descriptor of this level covers.
  unsigned shift() const { return shift_; }
  // The table to index next.
  const TablePointer& pointer() const { return pointer_; }
  // The last one taken.
  u64 descriptor() const { return descriptor_; }

  // Continues at a table or leaf that is known already.
  void enter(int level, const TablePointer& table) {
    descend_to(level);
    pointer_ = table;
  }
  void enter_leaf(int level, u64 descriptor) {
    descend_to(level);
    descriptor_ = descriptor;
  }
  void replace(u64 descriptor) { descriptor_ = descriptor; }
  // By the table descriptor that was taken last.
  void restrict_hierarchy() {
    namespace vmsa = spec::vmsa;
    constexpr u64 kRestricts = vmsa::APTable.mask() | vmsa::UXNTable.mask() | vmsa::PXNTable.mask();
    if ((descriptor_ & kRestricts) != 0) pointer_.hierarchy = restricted_by(pointer_.hierarchy, descriptor_);
  }

  // The address of the descriptor for `input` in the current table.
  u64 descriptor_address(u64 input) const {
    return pointer_.address + ((input >> shift_ & index_mask_) << spec::vmsa::kDescriptorLog2Bytes);
  }
  // Classifies `read`; if it is a table, that becomes the current one, one level down.
  Met take(u64 read) {
    namespace vmsa = spec::vmsa;
    descriptor_ = read;
    const bool last = level_ == static_cast<int>(vmsa::kLastLevel);
    const bool table_or_page = vmsa::Type.get(read) != 0;
    if (vmsa::Valid.get(read) == 0) return Met::kInvalid;
    if (!table_or_page && (last || !vmsa::block_permitted(granule_, level_, wide_))) return Met::kInvalid;
    const u64 out = output_address();
    if (out >> output_bits_ != 0) return Met::kAddressSize;
    if (last || !table_or_page) return Met::kLeaf;
    pointer_.address = out;
    descend_to(level_ + 1);
    return Met::kTable;
  }

  // For a leaf: the output address of `input`; the leaf's size, with the Contiguous bit (D8.7); and how much
  // of it one translation may cover, since a leaf can reach beyond the output size.
  struct Output {
    u64 address;
    u8 log2_size, leaf_log2_size;
  };
  Output output(u64 input) const;
  // Whether the output address is within the output size; if not: F_ADDR_SIZE (5.4 IPS, 5.2 S2PS).
  bool in_range(u64 input) const { return output_of(input) >> output_bits_ == 0; }

 private:
  void descend_to(int level) {
    if (level == level_) return;
    shift_ -= static_cast<unsigned>(level - level_) * stride_;
    level_ = level;
    index_mask_ = low_bits(stride_);
  }
  // The address in a table, block or page descriptor, whose low bits are not masked yet (D8.3).
  u64 output_address() const {
    namespace vmsa = spec::vmsa;
    if (granule_ == Granule::k4K) return vmsa::Address4K.in_place(descriptor_);
    if (granule_ == Granule::k16K) return vmsa::Address16K.in_place(descriptor_);
    const u64 high = wide_ ? vmsa::Address64K51_48.get(descriptor_) << 48 : 0;
    return vmsa::Address64K.in_place(descriptor_) | high;
  }
  u64 output_of(u64 input) const {
    return (output_address() & ~low_bits(shift_)) | (input & low_bits(shift_));
  }

  Granule granule_;
  u8 output_bits_;
  bool wide_;  // 52-bit addresses in 64KB descriptors
  u8 stride_;  // address bits that a level resolves
  u8 input_bits_;
  int start_level_, level_;
  unsigned shift_;
  u64 index_mask_;
  TablePointer pointer_;
  u64 descriptor_ = 0;
};

}  // namespace smmu_vp::core
