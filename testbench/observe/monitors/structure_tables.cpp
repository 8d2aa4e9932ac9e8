// Reachability is rebuilt whenever a pointer changes, as there are few tables.
#include "testbench/observe/monitors/structure_tables.h"

#include "tlm/spec/registers.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

bool StructureTables::register_written(u64 offset, u32 value) {
  switch (offset) {
    case spec::offset::STRTAB_BASE:
      base_ = (base_ & ~u64{0xFFFF'FFFF}) | value;
      return true;
    case spec::offset::STRTAB_BASE + 4:
      base_ = (base_ & 0xFFFF'FFFF) | u64{value} << 32;
      return true;
    case spec::offset::STRTAB_BASE_CFG:
      config_ = value;
      return true;
    case spec::offset::CR0:
      if (const bool on = spec::CR0::SMMUEN.get(value) != 0; on != enabled_) {
        enabled_ = on;
        return true;
      }
      return false;
    default:
      return false;
  }
}

u64 StructureTables::word(u64 pa) const {
  const auto found = memory_.find(pa);
  return found == memory_.end() ? 0 : found->second;
}

Words StructureTables::entry(const Place& place) const {
  Words out{};
  for (unsigned i = 0; i < words_of(place.id.kind); ++i) out[i] = word(place.base + 8 * i);
  return out;
}

std::optional<StructureTables::Place> StructureTables::find(u64 pa) const {
  auto table = tables_.upper_bound(pa);
  if (table == tables_.begin() || pa >= (--table)->second.layout.end()) return std::nullopt;
  const Table& t = table->second;
  const u64 bytes = t.layout.entry_bytes(), index = (pa - table->first) / bytes;
  const auto id = static_cast<u32>(index << t.layout.log2_ids);
  const bool cds = is_of_cds(t.layout.kind);
  return Place{{.kind = t.layout.kind,
                .sid = cds ? t.sid : t.sid + id,
                .ssid = cds ? t.ssid + id : 0,
                .log2_ids = t.layout.log2_ids},
               table->first + index * bytes};
}

bool StructureTables::reachable(u64 pa, u64 bytes) const {
  const auto after = tables_.lower_bound(pa + bytes);
  return after != tables_.begin() && std::prev(after)->second.layout.end() > pa;
}

void StructureTables::rebuild() {
  tables_.clear();
  if (!enabled_) return;
  const TableLayout first = stream_table(base_, config_);
  if (first.kind == Structure::kSte) return add_stes(first, 0);
  tables_[first.base] = {first, 0, 0};
  for (auto it = memory_.lower_bound(first.base); it != memory_.end() && it->first < first.end(); ++it) {
    if (const auto leaf = leaf_of_l1std(it->second, first.log2_ids))
      add_stes(*leaf, static_cast<u32>((it->first - first.base) / 8 << first.log2_ids));
  }
}

void StructureTables::add_stes(const TableLayout& table, u32 sid) {
  tables_[table.base] = {table, sid, 0};
  for (auto it = memory_.lower_bound(table.base); it != memory_.end() && it->first < table.end(); ++it) {
    if ((it->first - table.base) % table.entry_bytes() != 0) continue;
    const auto index = static_cast<u32>((it->first - table.base) / table.entry_bytes());
    add_cds(sid + index, {it->second});  // the first word leads to the CDs (5.2)
  }
}

void StructureTables::add_cds(u32 sid, const Words& ste) {
  const std::optional<TableLayout> first = cd_table(ste);
  if (!first) return;
  tables_.emplace(first->base, Table{*first, sid, 0});
  if (first->kind == Structure::kCd) return;
  for (auto it = memory_.lower_bound(first->base); it != memory_.end() && it->first < first->end(); ++it) {
    const auto leaf = leaf_of_l1cd(it->second, first->log2_ids);
    if (!leaf) continue;
    const auto ssid = static_cast<u32>((it->first - first->base) / 8 << first->log2_ids);
    tables_.emplace(leaf->base, Table{*leaf, sid, ssid});
  }
}

}  // namespace smmu_vp::tb
