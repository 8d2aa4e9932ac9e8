// Table addresses and sizes from 5.1 to 5.3 and 6.3.24, 6.3.25; meaning of fields from 5.2 and 5.4.1.1.
#include "testbench/observe/monitors/structure_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "tlm/spec/cd.h"
#include "tlm/spec/registers.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

namespace {

namespace ste = spec::ste;
namespace cd = spec::cd;

u64 aligned(u64 address, u64 log2_bytes) {
  return log2_bytes < 64 ? address >> log2_bytes << log2_bytes : 0;
}

// A first-level table has 64 bytes at least (5.3, 6.3.24).
TableLayout first_level(Structure kind, u64 base, unsigned log2_entries, unsigned log2_ids) {
  return {kind, aligned(base, std::max(6u, log2_entries + 3)), u64{1} << log2_entries, log2_ids};
}

void clear(Words& mask, std::initializer_list<spec::Field> fields) {
  for (const spec::Field& f : fields) f.set(mask, 0);
}

Words bits_of(std::span<const spec::NamedField> fields) {
  Words mask{};
  for (const spec::NamedField& f : fields) f.field.set(mask, f.field.max());
  return mask;
}

// The fields named with the prefix of a stage that is off are IGNORED, but for S2VMID (5.2).
Words without_stage(Words mask, std::string_view prefix) {
  for (const spec::NamedField& f : ste::kFields) {
    if (std::string_view(f.name).starts_with(prefix)) f.field.set(mask, 0);
  }
  return mask;
}

Words used_ste(const Words& entry) {
  static const Words all = [] {
    Words mask = bits_of(ste::kFields);
    ste::SW_RESERVED.set(mask, 0);
    return mask;
  }();
  static const Words without_s1 = without_stage(all, "S1");
  Words mask{};
  ste::V.set(mask, 1);
  if (ste::V.get(entry) == 0) return mask;
  ste::Config.set(mask, ste::Config.max());
  if (ste::ConfigPass.get(entry) == 0) return mask;
  const bool stage1 = ste::ConfigS1.get(entry) != 0, stage2 = ste::ConfigS2.get(entry) != 0;
  mask = stage1 ? all : without_s1;
  if (!stage2) {
    mask = without_stage(mask, "S2");
    if (stage1) ste::S2VMID.set(mask, ste::S2VMID.max());
  }
  if (!stage1 && !stage2) clear(mask, {ste::EATS, ste::STRW});
  return mask;
}

Words used_cd(const Words& entry) {
  static const Words all = bits_of(cd::kFields);
  Words mask{};
  cd::V.set(mask, 1);
  if (cd::V.get(entry) == 0) return mask;
  mask = all;
  if (cd::EPD0.get(entry) != 0) clear(mask, {cd::T0SZ, cd::TG0, cd::IR0, cd::OR0, cd::SH0, cd::TTB0});
  if (cd::EPD1.get(entry) != 0) clear(mask, {cd::T1SZ, cd::TG1, cd::IR1, cd::OR1, cd::SH1, cd::TTB1});
  return mask;
}

}  // namespace

std::string text_of(const StructureId& id) {
  return fmt::format("the {} of StreamID {:#x}{}", to_string(id.kind), id.sid,
                     is_of_cds(id.kind) ? fmt::format(", SubstreamID {}", id.ssid) : "");
}

TableLayout stream_table(u64 strtab_base, u32 strtab_base_cfg) {
  namespace cfg = spec::STRTAB_BASE_CFG;
  const auto log2size = static_cast<unsigned>(std::min<u64>(cfg::LOG2SIZE.get(strtab_base_cfg), 32));
  const u64 base = spec::STRTAB_BASE::ADDR.in_place(strtab_base);
  if (cfg::FMT.get(strtab_base_cfg) != spec::kStrtabTwoLevel)
    return {Structure::kSte, aligned(base, log2size + spec::kSteLog2Bytes), u64{1} << log2size, 0};
  const auto raw_split = static_cast<unsigned>(cfg::SPLIT.get(strtab_base_cfg));
  const unsigned split = raw_split == 8 || raw_split == 10 ? raw_split : 6;  // 6.3.25
  return first_level(Structure::kL1Std, base, log2size > split ? log2size - split : 0, split);
}

std::optional<TableLayout> leaf_of_l1std(u64 l1std, unsigned log2_ids) {
  const u64 span = spec::l1std::Span.get(l1std);
  if (span == spec::l1std::kSpanInvalid || span > spec::l1std::kSpanMax || span > log2_ids + 1)
    return std::nullopt;
  const u64 base = aligned(spec::l1std::L2Ptr.in_place(l1std), spec::kSteLog2Bytes + span - 1);
  return TableLayout{Structure::kSte, base, u64{1} << (span - 1), 0};
}

std::optional<TableLayout> cd_table(const Words& entry) {
  if (ste::V.get(entry) == 0 || ste::ConfigPass.get(entry) == 0 || ste::ConfigS1.get(entry) == 0)
    return std::nullopt;
  const auto max = static_cast<unsigned>(ste::S1CDMax.get(entry));
  const u64 format = ste::S1Fmt.get(entry), base = ste::S1ContextPtr.in_place(entry);
  if (max == 0 || (format != ste::kS1Fmt4K && format != ste::kS1Fmt64K))
    return TableLayout{Structure::kCd, aligned(base, max + spec::kCdLog2Bytes), u64{1} << max, 0};
  const unsigned leaf = format == ste::kS1Fmt4K ? spec::l1cd::kLog2Leaf4K : spec::l1cd::kLog2Leaf64K;
  return first_level(Structure::kL1Cd, base, max > leaf ? max - leaf : 0, leaf);
}

std::optional<TableLayout> leaf_of_l1cd(u64 l1cd, unsigned log2_ids) {
  if (spec::l1cd::V.get(l1cd) == 0) return std::nullopt;
  const u64 base = aligned(spec::l1cd::L2Ptr.in_place(l1cd), log2_ids + spec::kCdLog2Bytes);
  return TableLayout{Structure::kCd, base, u64{1} << log2_ids, 0};
}

std::optional<TableLayout> next_table(Structure kind, unsigned log2_ids, const Words& entry) {
  switch (kind) {
    case Structure::kL1Std:
      return leaf_of_l1std(entry[0], log2_ids);
    case Structure::kSte:
      return cd_table(entry);
    case Structure::kL1Cd:
      return leaf_of_l1cd(entry[0], log2_ids);
    case Structure::kCd:
      break;
  }
  return std::nullopt;
}

Words used_bits(Structure kind, const Words& entry) {
  switch (kind) {
    case Structure::kSte:
      return used_ste(entry);
    case Structure::kCd:
      return used_cd(entry);
    case Structure::kL1Std: {
      const u64 span = spec::l1std::Span.mask();
      return {spec::l1std::Span.get(entry[0]) == 0 ? span : span | spec::l1std::L2Ptr.mask()};
    }
    case Structure::kL1Cd: {
      const u64 v = spec::l1cd::V.mask();
      return {spec::l1cd::V.get(entry[0]) == 0 ? v : v | spec::l1cd::L2Ptr.mask()};
    }
  }
  return {};
}

unsigned differing_words(Structure kind, const Words& a, const Words& b) {
  if (a == b) return 0;
  const Words used_a = used_bits(kind, a), used_b = used_bits(kind, b);
  unsigned words = 0;
  for (unsigned i = 0; i < words_of(kind); ++i) {
    if (((a[i] ^ b[i]) & (used_a[i] | used_b[i])) != 0) words |= 1u << i;
  }
  return words;
}

}  // namespace smmu_vp::tb
