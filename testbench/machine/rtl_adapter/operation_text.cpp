// One wording for all checkers.
#include "testbench/machine/rtl_adapter/operation_text.h"

#include <fmt/format.h>

namespace smmu_vp::tb {

std::string text_of(core::Granule granule) {
  return fmt::format("{}K", 1u << (core::log2_bytes(granule) - 10));
}

std::string text_of(const core::LookupKey& key) {
  return fmt::format("world {}, VMID {}, context {}, granule {}", to_string(key.world), key.vmid, key.context,
                     text_of(key.granule));
}

std::string text_of(const core::Translation& entry) {
  return fmt::format("{:#x} to {:#x} (2^{} bytes of a leaf of 2^{}{})", entry.va, entry.pa, entry.log2_size,
                     entry.leaf_log2_size, entry.global ? ", global" : "");
}

std::string text_of(const FillRequest& fill) {
  return fill.present
             ? fmt::format("fill of MSHR {} ({:#x} to {:#x})", fill.mshr, fill.entry.va, fill.entry.pa)
             : fmt::format("fill of MSHR {} after a faulted walk", fill.mshr);
}

std::string text_of(const core::Invalidation& what) {
  constexpr std::string_view kScope[] = {"everything", "a VMID", "a context", "addresses"};
  return fmt::format("invalidation of {} (world {}, VMID {}, context {}, {:#x} to {:#x})",
                     kScope[static_cast<u8>(what.scope)],
                     what.any_world ? "any" : std::string(to_string(what.world)), what.vmid,
                     what.any_context ? "any" : fmt::format("{}", what.context), what.first, what.last);
}

}  // namespace smmu_vp::tb
