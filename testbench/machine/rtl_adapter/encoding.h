// Converts between the packed structs of rtl/translation_cache_pkg.sv and the C++ types. `Package` is what
// Verilator generated from that package: positions and widths of fields come from its constants, and
// static_asserts check that the C++ types and enumerations fit them. So the encoding is defined only once.
#pragma once

#include <bit>
#include <limits>

#include "tlm/core/translation_cache.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

// A field is identified by its mask.
template <auto kMask>
constexpr u64 put(u64 value) {
  return value << std::countr_zero(u64{kMask}) & u64{kMask};
}
template <auto kMask>
constexpr u64 get(u64 word) {
  return (word & u64{kMask}) >> std::countr_zero(u64{kMask});
}
template <auto kMask>
constexpr int width = std::popcount(u64{kMask});

template <typename Package>
struct Encoding {
  using P = Package;

  static_assert(width<P::KeyVmid> == std::numeric_limits<u16>::digits &&
                width<P::InvVmid> == width<P::KeyVmid>);
  static_assert(core::kNoPasid == u64{1} << (width<P::KeyCtx> - 1),
                "the top bit of a context means: no PASID");
  static_assert(width<P::InvCtx> == width<P::KeyCtx>);
  static_assert(width<P::AttrRights> == sizeof(core::Rights), "one bit for each right");
  static_assert(width<P::AttrMemory> == std::numeric_limits<u8>::digits && width<P::AttrShareability> == 2);
  static_assert(width<P::AttrSize> == 6 && width<P::AttrLeafSize> == 6, "log2 of up to 64 bits");
  static_assert(width<P::LookupMshr> == P::MshrW && width<P::FillSet> == P::SetW &&
                width<P::FillWay> == P::WayW);

  template <typename E>
  static constexpr bool same(E ours, unsigned theirs) {
    return static_cast<unsigned>(ours) == theirs;
  }
  static_assert(same(core::World::kNsEl1, P::WorldNsEl1) && same(core::World::kNsEl2, P::WorldNsEl2) &&
                same(core::World::kNsEl2E2h, P::WorldNsEl2E2h) && same(core::World::kAtc, P::WorldAtc));
  static_assert(same(core::Granule::k4K, P::Granule4K) && same(core::Granule::k16K, P::Granule16K) &&
                same(core::Granule::k64K, P::Granule64K));
  static_assert(same(core::LookupStatus::kHit, P::StatusHit) &&
                same(core::LookupStatus::kMiss, P::StatusMiss) &&
                same(core::LookupStatus::kMerged, P::StatusMerged) &&
                same(core::LookupStatus::kFull, P::StatusFull));
  using Scope = core::Invalidation::Scope;
  static_assert(same(Scope::kAll, P::ScopeAll) && same(Scope::kVmid, P::ScopeVmid) &&
                same(Scope::kContext, P::ScopeContext) && same(Scope::kVa, P::ScopeVa));
  static_assert(same(core::Replacement::kTreePlru, P::ReplaceTreePlru) &&
                same(core::Replacement::kNru, P::ReplaceNru));

  static u64 key(const core::LookupKey& k) {
    return put<P::KeyWorld>(static_cast<u8>(k.world)) | put<P::KeyGranule>(static_cast<u8>(k.granule)) |
           put<P::KeyVmid>(k.vmid) | put<P::KeyCtx>(k.context);
  }
  static core::LookupKey decode_key(u64 word, u64 va) {
    return {.world = static_cast<core::World>(get<P::KeyWorld>(word)),
            .vmid = static_cast<u16>(get<P::KeyVmid>(word)),
            .context = static_cast<u32>(get<P::KeyCtx>(word)),
            .granule = static_cast<core::Granule>(get<P::KeyGranule>(word)),
            .va = va};
  }

  static u32 attributes(const core::Translation& t) {
    const core::Rights& r = t.rights;
    const u32 rights = u32{r.user_read} | u32{r.user_write} << 1 | u32{r.user_exec} << 2 |
                       u32{r.priv_read} << 3 | u32{r.priv_write} << 4 | u32{r.priv_exec} << 5;
    return static_cast<u32>(put<P::AttrGlobal>(t.global) | put<P::AttrRights>(rights) |
                            put<P::AttrMemory>(t.memory_attributes) |
                            put<P::AttrShareability>(t.shareability) | put<P::AttrSize>(t.log2_size) |
                            put<P::AttrLeafSize>(t.leaf_log2_size));
  }
  static core::Translation decode_translation(u64 va, u64 pa, u32 attr) {
    const u64 rights = get<P::AttrRights>(attr);
    const auto right = [&](unsigned i) { return (rights >> i & 1) != 0; };
    return {.va = va,
            .pa = pa,
            .log2_size = static_cast<u8>(get<P::AttrSize>(attr)),
            .leaf_log2_size = static_cast<u8>(get<P::AttrLeafSize>(attr)),
            .global = get<P::AttrGlobal>(attr) != 0,
            .rights = {right(0), right(1), right(2), right(3), right(4), right(5)},
            .memory_attributes = static_cast<u8>(get<P::AttrMemory>(attr)),
            .shareability = static_cast<u8>(get<P::AttrShareability>(attr))};
  }

  static u64 invalidation(const core::Invalidation& i) {
    return put<P::InvScope>(static_cast<u8>(i.scope)) | put<P::InvWorld>(static_cast<u8>(i.world)) |
           put<P::InvAnyWorld>(i.any_world) | put<P::InvVmid>(i.vmid) | put<P::InvCtx>(i.context) |
           put<P::InvAnyCtx>(i.any_context);
  }

  static core::LookupStatus lookup_status(u32 word) {
    return static_cast<core::LookupStatus>(get<P::LookupStatus>(word));
  }
  static u8 lookup_mshr(u32 word) { return static_cast<u8>(get<P::LookupMshr>(word)); }

  static core::FillResult decode_fill(u32 word) {
    return {.dropped = get<P::FillDropped>(word) != 0,
            .overtaken = get<P::FillOvertaken>(word) != 0,
            .block_bank = get<P::FillBlockBank>(word) != 0,
            .set = static_cast<u16>(get<P::FillSet>(word)),
            .way = static_cast<u8>(get<P::FillWay>(word))};
  }
};

}  // namespace smmu_vp::tb
