// Tables are allocated when first needed and unlinked when their last entry is cleared.
#include "sw_driver/mm/page_tables.h"

#include <algorithm>
#include <array>

namespace smmu_vp::sw {

namespace vmsa = spec::vmsa;

namespace {

// Above the last level, an entry with both low bits set is a table's (D8.3).
bool leads_to_table(u64 descriptor) {
  return (descriptor & vmsa::kTableOrPage) == vmsa::kTableOrPage;
}

}  // namespace

PageTables::PageTables(Env& env, u64 owner)
    : env_(env),
      owner_(owner),
      granule_(env.config.granule),
      start_level_(vmsa::start_level(granule_, kInputBits)) {}

bool PageTables::create() {
  pgd_ = env_.os.alloc_pages(pages_of_4k(), PageUse::kPageTable, owner_);
  return pgd_ != 0;
}

void PageTables::free_pgd() {
  env_.os.free_pages(pgd_, pages_of_4k());
  pgd_ = 0;
}

u64 PageTables::address_of(u64 descriptor) const {
  switch (granule_) {
    case vmsa::Granule::k4K:
      return vmsa::Address4K.in_place(descriptor);
    case vmsa::Granule::k16K:
      return vmsa::Address16K.in_place(descriptor);
    case vmsa::Granule::k64K:
      return vmsa::Address64K.in_place(descriptor);
  }
  return 0;
}

unsigned PageTables::index(u64 va, int level) const {
  const u64 entries = u64{1} << vmsa::bits_per_level(granule_);
  const u64 in_range = va & ((u64{1} << kInputBits) - 1);
  return static_cast<unsigned>(in_range >> vmsa::level_shift(granule_, level) & (entries - 1));
}

PageTables::Place PageTables::place_of(u64 va) const {
  Place place{pgd_, start_level_};
  for (; place.level < 3; ++place.level) {
    const u64 descriptor = env_.os.load64(entry_address(place.table, va, place.level));
    if (!leads_to_table(descriptor)) break;
    place.table = address_of(descriptor);
  }
  return place;
}

Leaf PageTables::lookup(u64 va) const {
  const auto [table, level] = place_of(va);
  return {.va = va & ~(leaf_bytes(level) - 1),
          .descriptor = env_.os.load64(entry_address(table, va, level)),
          .level = level};
}

bool PageTables::set(const Leaf& leaf) {
  u64 table = pgd_;
  for (int level = start_level_; level < leaf.level; ++level) {
    const u64 entry = entry_address(table, leaf.va, level);
    u64 next = address_of(env_.os.load64(entry));
    if (next == 0) {
      next = env_.os.alloc_pages(pages_of_4k(), PageUse::kPageTable, owner_);
      if (next == 0) return false;
      env_.os.wmb();  // a walker that sees the entry must see the zeroed table
      env_.os.store64(entry, next | vmsa::kTableOrPage);
      ++used_[table];
    }
    table = next;
  }
  const u64 entry = entry_address(table, leaf.va, leaf.level);
  if (env_.os.load64(entry) == 0) ++used_[table];
  env_.os.wmb();  // a walker that sees the leaf must see the page's contents
  env_.os.store64(entry, leaf.descriptor);
  env_.os.spend(CpuCost::kPteUpdate);
  return true;
}

void PageTables::clear(u64 va, std::vector<UnlinkedTable>& unlinked) {
  std::array<u64, 4> path{};
  path[static_cast<unsigned>(start_level_)] = pgd_;
  int level = start_level_;
  for (; level < 3; ++level) {
    const auto l = static_cast<unsigned>(level);
    const u64 descriptor = env_.os.load64(entry_address(path[l], va, level));
    if (!leads_to_table(descriptor)) break;
    path[l + 1] = address_of(descriptor);
  }
  for (; level >= start_level_; --level) {
    const u64 table = path[static_cast<unsigned>(level)];
    env_.os.store64(entry_address(table, va, level), 0);
    env_.os.spend(CpuCost::kPteUpdate);
    if (--used_[table] != 0 || table == pgd_) return;
    used_.erase(table);
    const unsigned mapped = vmsa::level_shift(granule_, level) + vmsa::bits_per_level(granule_);
    unlinked.push_back({table, va >> mapped << mapped});
  }
}

void PageTables::clear_page(u64 va) {
  const auto [table, level] = place_of(va);
  env_.os.store64(entry_address(table, va, level), 0);
  env_.os.spend(CpuCost::kPteUpdate);
  --used_[table];
}

u64 PageTables::unlink_last_table(u64 va) {
  u64 above = pgd_;
  for (int level = start_level_; level < 2; ++level) {
    const u64 descriptor = env_.os.load64(entry_address(above, va, level));
    if (!leads_to_table(descriptor)) return 0;
    above = address_of(descriptor);
  }
  const u64 entry = entry_address(above, va, 2), descriptor = env_.os.load64(entry);
  if (!leads_to_table(descriptor)) return 0;
  env_.os.store64(entry, 0);
  env_.os.spend(CpuCost::kPteUpdate);
  --used_[above];
  used_.erase(address_of(descriptor));
  return address_of(descriptor);
}

void PageTables::free_tables(const std::vector<UnlinkedTable>& tables) {
  for (const UnlinkedTable& table : tables) env_.os.free_pages(table.pa, pages_of_4k());
}

void PageTables::free_all() {
  if (pgd_ == 0) return;
  free_below(pgd_, start_level_);
  free_pgd();
}

void PageTables::free_below(u64 table, int level) {
  if (level == 3) return;
  std::vector<u64> descriptors(page_bytes() >> vmsa::kDescriptorLog2Bytes);
  env_.os.read(table, descriptors.data(), page_bytes());
  for (const u64 descriptor : descriptors) {
    if (!leads_to_table(descriptor)) continue;
    free_below(address_of(descriptor), level + 1);
    env_.os.free_pages(address_of(descriptor), pages_of_4k());
  }
}

std::vector<Leaf> PageTables::leaves(u64 start, u64 end) const {
  std::vector<Leaf> out;
  if (pgd_ != 0 && start < end) collect(pgd_, start_level_, 0, start, end, out);
  return out;
}

void PageTables::collect(u64 table, int level, u64 table_va, u64 start, u64 end,
                         std::vector<Leaf>& out) const {
  const unsigned shift = vmsa::level_shift(granule_, level);
  const u64 span = u64{1} << shift;
  const u64 entries = std::min(u64{1} << vmsa::bits_per_level(granule_), (u64{1} << kInputBits) >> shift);
  const u64 first = start > table_va ? (start - table_va) >> shift : 0;
  const u64 last = std::min(entries, (end - table_va + span - 1) >> shift);
  std::vector<u64> descriptors(last - first);
  env_.os.read(table + (first << vmsa::kDescriptorLog2Bytes), descriptors.data(), descriptors.size() * 8);
  for (u64 i = first; i < last; ++i) {
    const u64 descriptor = descriptors[i - first];
    if (descriptor == 0) continue;
    const u64 va = table_va + (i << shift);
    if (level == 3 || !leads_to_table(descriptor))
      out.push_back({va, descriptor, level});
    else
      collect(address_of(descriptor), level + 1, va, start, end, out);
  }
}

}  // namespace smmu_vp::sw
