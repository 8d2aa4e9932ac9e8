// The packed structs of rtl/translation_cache_pkg.sv, to and from the contract's types. Bit numbers are the
// package's.
#pragma once

#include "tlm/core/translation_cache.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb::encoding {

inline u64 bits(u64 word, unsigned low, unsigned width) {
  return (word >> low) & ((u64{1} << width) - 1);
}

// key_t: world 40:39, granule 38:37, vmid 36:21, ctx 20:0.
inline u64 key(const core::LookupKey& k) {
  return u64{static_cast<u8>(k.world)} << 39 | u64{static_cast<u8>(k.granule)} << 37 | u64{k.vmid} << 21 |
         bits(k.context, 0, 21);
}

inline core::LookupKey decode_key(u64 word, u64 va) {
  return {.world = static_cast<core::World>(bits(word, 39, 2)),
          .vmid = static_cast<u16>(bits(word, 21, 16)),
          .context = static_cast<u32>(bits(word, 0, 21)),
          .granule = static_cast<core::Granule>(bits(word, 37, 2)),
          .va = va};
}

// attr_t: is_global 28, rights 27:22, memory_attributes 21:14, shareability 13:12, log2_size 11:6, leaf 5:0.
inline u32 attributes(const core::Translation& t) {
  const core::Rights& r = t.rights;
  const u32 rights = u32{r.user_read} | u32{r.user_write} << 1 | u32{r.user_exec} << 2 |
                     u32{r.priv_read} << 3 | u32{r.priv_write} << 4 | u32{r.priv_exec} << 5;
  return u32{t.global} << 28 | rights << 22 | u32{t.memory_attributes} << 14 | u32{t.shareability} << 12 |
         u32{t.log2_size} << 6 | t.leaf_log2_size;
}

inline core::Translation decode_translation(u64 va, u64 pa, u32 attr) {
  const auto right = [&](unsigned i) { return bits(attr, 22 + i, 1) != 0; };
  return {.va = va,
          .pa = pa,
          .log2_size = static_cast<u8>(bits(attr, 6, 6)),
          .leaf_log2_size = static_cast<u8>(bits(attr, 0, 6)),
          .global = bits(attr, 28, 1) != 0,
          .rights = {right(0), right(1), right(2), right(3), right(4), right(5)},
          .memory_attributes = static_cast<u8>(bits(attr, 14, 8)),
          .shareability = static_cast<u8>(bits(attr, 12, 2))};
}

// inv_t: scope 42:41, world 40:39, any_world 38, vmid 37:22, ctx 21:1, any_ctx 0.
inline u64 invalidation(const core::Invalidation& i) {
  return u64{static_cast<u8>(i.scope)} << 41 | u64{static_cast<u8>(i.world)} << 39 | u64{i.any_world} << 38 |
         u64{i.vmid} << 22 | bits(i.context, 0, 21) << 1 | u64{i.any_context};
}

// fill_rsp_t: dropped 17, block_bank 16, set_idx 15:6, way 5:0.
inline core::FillResult decode_fill(u32 word) {
  return {.dropped = bits(word, 17, 1) != 0,
          .block_bank = bits(word, 16, 1) != 0,
          .set = static_cast<u16>(bits(word, 6, 10)),
          .way = static_cast<u8>(bits(word, 0, 6))};
}

}  // namespace smmu_vp::tb::encoding
