// Mapping and unmapping, in the order of io-pgtable-arm and arm-smmu-v3.
#include "sw_driver/smmu_v3/dma_domain.h"

namespace smmu_vp::sw {

namespace vmsa = spec::vmsa;

namespace {
constexpr u64 kOfTheKernel = 0;
}

DmaDomain::DmaDomain(Env& env, CommandQueue& queue, const Features& features, u32 asid)
    : Stage1(env, queue, features, asid), tables_(env, kOfTheKernel) {}

bool DmaDomain::create() {
  return tables_.create();
}

// Normal memory (MAIR index 0), inner shareable, unprivileged, not global, never executable (D8.3).
u64 DmaDomain::leaf(u64 pa, int level) const {
  u64 d = pa | (level == 3 ? vmsa::kTableOrPage : vmsa::kBlock);
  d = vmsa::AP.set(d, vmsa::kApUnprivileged);
  d = vmsa::SH.set(d, 0b11);
  d = vmsa::AF.set(d, 1);
  d = vmsa::nG.set(d, 1);
  d = vmsa::PXN.set(d, 1);
  return vmsa::UXN.set(d, 1);
}

int DmaDomain::level_for(const Mapping& mapping) const {
  for (int level = 1; level < 3; ++level) {
    const u64 bytes = tables_.leaf_bytes(level);
    if (vmsa::block_permitted(env_.config.granule, level, false) && mapping.bytes >= bytes &&
        (mapping.iova | mapping.pa) % bytes == 0)
      return level;
  }
  return 3;
}

bool DmaDomain::map(const Mapping& mapping) {
  Mapping left = mapping;
  while (left.bytes != 0) {
    const int level = level_for(left);
    if (level == 2) remove_table(left.iova);  // one that is empty: a block takes its place
    if (!tables_.set({.va = left.iova, .descriptor = leaf(left.pa, level), .level = level})) {
      unmap({mapping.iova, left.iova - mapping.iova});
      return false;
    }
    const u64 bytes = tables_.leaf_bytes(level);
    left = {.iova = left.iova + bytes, .pa = left.pa + bytes, .bytes = left.bytes - bytes};
  }
  env_.os.wmb();  // the device is told of the address after it has its descriptors
  return true;
}

void DmaDomain::unmap(const AddressRange& range, Gather& gather, Later later) {
  const u64 end = range.address + range.bytes;
  for (u64 at = range.address; at < end;) {
    const Leaf old = tables_.lookup(at);
    const bool whole_table = at % tables_.table_bytes() == 0 && end - at >= tables_.table_bytes();
    if (old.level == 3 && whole_table) {
      remove_table(at);
      at += tables_.table_bytes();
      continue;
    }
    const u64 bytes = tables_.leaf_bytes(old.level);
    tables_.clear_page(at);
    if (later == Later::kGathered) gather_leaf(gather, at, bytes);
    at += bytes;
  }
}

void DmaDomain::unmap(const AddressRange& range) {
  Gather gather;
  unmap(range, gather, Later::kGathered);
  sync(gather);
}

// The table may be walked until its invalidation, which is therefore never deferred; it cannot be leaf-only (4.4.1 Leaf).
void DmaDomain::remove_table(u64 iova) {
  const u64 table = tables_.unlink_last_table(iova);
  if (table == 0) return;
  env_.os.wmb();
  const Range range{.start = iova, .end = iova + tables_.table_bytes()};
  tlbi(range);
  atc_invalidate(range);
  env_.os.free_pages(table, tables_.pages_of_4k());
}

// Leaves of another size, or elsewhere, are invalidated on their own.
void DmaDomain::gather_leaf(Gather& gather, u64 iova, u64 leaf_bytes) {
  if (gather.leaf_bytes != 0 && (gather.leaf_bytes != leaf_bytes || gather.end != iova)) sync(gather);
  if (gather.leaf_bytes == 0) gather = {.start = iova, .end = iova, .leaf_bytes = leaf_bytes};
  gather.end = iova + leaf_bytes;
}

void DmaDomain::sync(Gather& gather) {
  if (gather.leaf_bytes == 0) return;
  env_.os.wmb();  // the cleared descriptors are visible before the invalidation
  const Range range{.start = gather.start, .end = gather.end, .leaf_only = true, .stride = gather.leaf_bytes};
  tlbi(range);
  atc_invalidate(range);
  gather = {};
}

void DmaDomain::flush_all() {
  env_.os.wmb();
  tlbi_all();
  atc_invalidate({.start = 0, .end = 0, .whole = true});
}

}  // namespace smmu_vp::sw
