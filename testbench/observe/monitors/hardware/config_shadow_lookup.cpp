// The walks of 3.3.1 and 3.3.2, without time and without stage 2.
#include "testbench/observe/monitors/hardware/config_shadow_lookup.h"

#include <span>

#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

using Found = std::optional<StructureState>;

bool ConfigShadowLookup::enabled(u8 smmu) const {
  return spec::CR0::SMMUEN.get(registers_.word(spec::offset::CR0, smmu)) != 0;
}

TableLayout ConfigShadowLookup::streams(u8 smmu) const {
  return stream_table(registers_.dword(spec::offset::STRTAB_BASE, smmu),
                      registers_.word(spec::offset::STRTAB_BASE_CFG, smmu));
}

std::optional<Words> ConfigShadowLookup::read(Structure kind, u64 pa) const {
  Words words{};
  if (!memory_.words(pa, std::span(words).first(words_of(kind)))) return std::nullopt;
  return words;
}

Found ConfigShadowLookup::entry_of(const TableLayout& table, u64 index) const {
  if (index >= table.entries) return StructureState{};
  const u64 pa = table.base + index * table.entry_bytes();
  const std::optional<Words> words = read(table.kind, pa);
  if (!words) return std::nullopt;
  return StructureState{true, pa, *words};
}

Found ConfigShadowLookup::find(const StructureId& id) const {
  if (!enabled(id.smmu)) return StructureState{};  // 3.21.3
  return is_of_cds(id.kind) ? find_cd(id) : find_ste(id);
}

Found ConfigShadowLookup::find_ste(const StructureId& id) const {
  const TableLayout first = streams(id.smmu);
  if (first.kind == Structure::kSte) return entry_of(first, id.sid);
  const Found l1std = entry_of(first, id.sid >> first.log2_ids);
  if (id.kind == Structure::kL1Std || !l1std || !l1std->reachable) return l1std;
  const std::optional<TableLayout> leaf = leaf_of_l1std(l1std->words[0], first.log2_ids);
  return leaf ? entry_of(*leaf, id.sid & ((u32{1} << first.log2_ids) - 1)) : StructureState{};
}

Found ConfigShadowLookup::find_cd(const StructureId& id) const {
  const Found ste = find_ste({.smmu = id.smmu, .kind = Structure::kSte, .sid = id.sid});
  if (!ste) return ste;
  const std::optional<TableLayout> first = cd_table(ste->words);
  if (!first) return StructureState{};
  if (spec::ste::ConfigS2.get(ste->words) != 0) return std::nullopt;  // at an IPA
  if (first->kind == Structure::kCd)
    return id.kind == Structure::kCd ? entry_of(*first, id.ssid) : StructureState{};
  const Found l1cd = entry_of(*first, id.ssid >> first->log2_ids);
  if (id.kind == Structure::kL1Cd || !l1cd || !l1cd->reachable) return l1cd;
  const std::optional<TableLayout> leaf = leaf_of_l1cd(l1cd->words[0], first->log2_ids);
  return leaf ? entry_of(*leaf, id.ssid & ((u32{1} << first->log2_ids) - 1)) : StructureState{};
}

StructureId ConfigShadowLookup::id_of(Structure kind, const spec::Requester& who, u8 smmu,
                                      const Words& ste) const {
  StructureId id{.smmu = smmu, .kind = kind, .sid = who.sid, .ssid = is_of_cds(kind) ? who.ssid() : 0};
  if (kind == Structure::kL1Std) {
    id.log2_ids = streams(smmu).log2_ids;
    id.sid = id.sid >> id.log2_ids << id.log2_ids;
  } else if (kind == Structure::kL1Cd) {
    const std::optional<TableLayout> first = cd_table(ste);
    id.log2_ids = first ? first->log2_ids : 0;
    id.ssid = id.ssid >> id.log2_ids << id.log2_ids;
  }
  return id;
}

}  // namespace smmu_vp::tb
