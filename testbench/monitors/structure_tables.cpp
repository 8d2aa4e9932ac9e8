// Reachability, rebuilt whenever a pointer changes: tables are few.
#include "testbench/monitors/structure_tables.h"

#include <algorithm>

#include "tlm/spec/cd.h"
#include "tlm/spec/registers.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kEntryBytes = 64;

u64 aligned(u64 address, u64 log2_bytes) {
  return address >> std::min<u64>(log2_bytes, 63) << std::min<u64>(log2_bytes, 63);
}

void clear(Words& mask, std::initializer_list<spec::Field> fields) {
  for (const spec::Field& f : fields) f.set(mask, 0);
}

}  // namespace

unsigned words_of(StructureKind kind) {
  return kind == StructureKind::kSte || kind == StructureKind::kCd ? 8 : 1;
}

Words used_bits(StructureKind kind, const Words& entry) {
  namespace ste = spec::ste;
  namespace cd = spec::cd;
  Words mask{};
  if (words_of(kind) == 1) return {~u64{0}};
  if (kind == StructureKind::kSte) {
    ste::V.set(mask, 1);
    if (ste::V.get(entry) == 0) return mask;
    ste::Config.set(mask, ste::Config.max());
    if (ste::ConfigPass.get(entry) == 0) return mask;
    mask[1] = ~u64{0};
    if (ste::ConfigS1.get(entry) != 0) mask[0] = ~u64{0};
    if (ste::ConfigS1.get(entry) != 0) ste::S2VMID.set(mask, ste::S2VMID.max());
    if (ste::ConfigS2.get(entry) != 0) mask[2] = mask[3] = ~u64{0};
    return mask;
  }
  cd::V.set(mask, 1);
  if (cd::V.get(entry) == 0) return mask;
  mask.fill(~u64{0});
  if (cd::EPD0.get(entry) != 0) clear(mask, {cd::T0SZ, cd::TG0, cd::IR0, cd::OR0, cd::SH0, cd::TTB0});
  if (cd::EPD1.get(entry) != 0) clear(mask, {cd::T1SZ, cd::TG1, cd::IR1, cd::OR1, cd::SH1, cd::TTB1});
  return mask;
}

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
  for (unsigned i = 0; i < words_of(place.kind); ++i) out[i] = word(place.base + 8 * i);
  return out;
}

std::optional<StructureTables::Place> StructureTables::find(u64 pa) const {
  auto table = tables_.upper_bound(pa);
  if (table == tables_.begin() || pa >= (--table)->second.end) return std::nullopt;
  const Table& t = table->second;
  const u64 bytes = 8 * words_of(t.kind), index = (pa - table->first) / bytes;
  const auto id = static_cast<u32>(index << t.log2);
  const bool cds = t.kind == StructureKind::kCd || t.kind == StructureKind::kL1cd;
  return Place{t.kind, cds ? t.sid : t.sid + id, cds ? t.ssid + id : 0, table->first + index * bytes, t.log2};
}

bool StructureTables::reachable(u64 pa, u64 bytes) const {
  const auto after = tables_.lower_bound(pa + bytes);
  return after != tables_.begin() && std::prev(after)->second.end > pa;
}

void StructureTables::rebuild() {
  namespace cfg = spec::STRTAB_BASE_CFG;
  tables_.clear();
  if (!enabled_) return;
  const u64 log2size = std::min<u64>(cfg::LOG2SIZE.get(config_), 32);
  const u64 base = spec::STRTAB_BASE::ADDR.in_place(base_);
  if (cfg::FMT.get(config_) != spec::kStrtabTwoLevel)
    return add_stes(aligned(base, log2size + spec::kSteLog2Bytes), u64{1} << log2size, 0);
  const u64 raw_split = cfg::SPLIT.get(config_);
  const u64 split = raw_split == 8 || raw_split == 10 ? raw_split : 6;
  const u64 l1_log2 = log2size > split ? log2size - split : 0;
  const u64 l1 = aligned(base, std::max<u64>(6, l1_log2 + 3)), end = l1 + (u64{8} << l1_log2);
  tables_[l1] = {end, StructureKind::kL1std, 0, 0, static_cast<unsigned>(split)};
  for (auto it = memory_.lower_bound(l1); it != memory_.end() && it->first < end; ++it) {
    const u64 span = spec::l1std::Span.get(it->second);
    if (span == 0 || span > split + 1) continue;
    const u64 leaf = aligned(spec::l1std::L2Ptr.in_place(it->second), spec::kSteLog2Bytes + span - 1);
    add_stes(leaf, u64{1} << (span - 1), static_cast<u32>((it->first - l1) / 8 << split));
  }
}

void StructureTables::add_stes(u64 base, u64 count, u32 sid) {
  tables_[base] = {base + count * kEntryBytes, StructureKind::kSte, sid, 0, 0};
  for (auto it = memory_.lower_bound(base); it != memory_.end() && it->first < base + count * kEntryBytes;
       ++it) {
    if ((it->first - base) % kEntryBytes != 0) continue;
    const auto index = static_cast<u32>((it->first - base) / kEntryBytes);
    const Words ste = entry({StructureKind::kSte, 0, 0, it->first});
    if (spec::ste::V.get(ste) != 0 && spec::ste::ConfigS1.get(ste) != 0 &&
        spec::ste::ConfigPass.get(ste) != 0)
      add_cds(sid + index, ste);
  }
}

void StructureTables::add_cds(u32 sid, const Words& ste) {
  const u64 max = spec::ste::S1CDMax.get(ste), format = spec::ste::S1Fmt.get(ste);
  const u64 base = spec::ste::S1ContextPtr.in_place(ste);
  if (max == 0 || (format != spec::ste::kS1Fmt4K && format != spec::ste::kS1Fmt64K)) {
    const u64 table = aligned(base, max + spec::kCdLog2Bytes);
    tables_.emplace(table, Table{table + (kEntryBytes << max), StructureKind::kCd, sid, 0, 0});
    return;
  }
  const unsigned leaf_log2 =
      format == spec::ste::kS1Fmt4K ? spec::l1cd::kLog2Leaf4K : spec::l1cd::kLog2Leaf64K;
  const u64 l1_log2 = max > leaf_log2 ? max - leaf_log2 : 0;
  const u64 l1 = aligned(base, std::max<u64>(6, l1_log2 + 3)), end = l1 + (u64{8} << l1_log2);
  tables_.emplace(l1, Table{end, StructureKind::kL1cd, sid, 0, leaf_log2});
  for (auto it = memory_.lower_bound(l1); it != memory_.end() && it->first < end; ++it) {
    if (spec::l1cd::V.get(it->second) == 0) continue;
    const u64 leaf = aligned(spec::l1cd::L2Ptr.in_place(it->second), leaf_log2 + spec::kCdLog2Bytes);
    tables_.emplace(leaf, Table{leaf + (kEntryBytes << leaf_log2), StructureKind::kCd, sid,
                                static_cast<u32>((it->first - l1) / 8 << leaf_log2), 0});
  }
}

}  // namespace smmu_vp::tb
