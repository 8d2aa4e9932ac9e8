// Where configuration structures lie, as registers and the structures themselves say (3.3, 5.1 to 5.3), and which of
// their bits mean something.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>

#include "tlm/spec/structures.h"

namespace smmu_vp::tb {

using spec::Structure;
using Words = std::array<u64, 8>;

constexpr unsigned words_of(Structure kind) {
  return kind == Structure::kSte || kind == Structure::kCd ? 8 : 1;
}
constexpr bool is_of_cds(Structure kind) {
  return kind == Structure::kCd || kind == Structure::kL1Cd;
}

struct TableLayout {
  Structure kind = Structure::kSte;  // of its entries
  u64 base = 0;
  u64 entries = 0;
  unsigned log2_ids = 0;  // of the StreamIDs or SubstreamIDs an entry stands for

  u64 entry_bytes() const { return u64{8} * words_of(kind); }
  u64 end() const { return base + entries * entry_bytes(); }
  bool operator==(const TableLayout&) const = default;
};

// A structure by what selects it. A first-level descriptor has the first of the ids it stands for.
struct StructureId {
  u8 smmu = 0;
  Structure kind = Structure::kSte;
  u32 sid = 0;
  u32 ssid = 0;           // of CDs and L1CDs: the index into the CD table
  unsigned log2_ids = 0;  // of the StreamIDs or SubstreamIDs that a first-level descriptor stands for
  auto operator<=>(const StructureId&) const = default;
};
// "the CD of StreamID 0x8, SubstreamID 1".
std::string text_of(const StructureId& id);

// The first level of the stream table, or all of it when it is linear.
TableLayout stream_table(u64 strtab_base, u32 strtab_base_cfg);
// `log2_ids` is the first level's. Nothing when the descriptor is invalid.
std::optional<TableLayout> leaf_of_l1std(u64 l1std, unsigned log2_ids);
// The first level of a stream's CD table, or all of it when it is linear; addresses are IPAs where stage 2 is enabled.
// Nothing when the STE is invalid or has no stage 1.
std::optional<TableLayout> cd_table(const Words& ste);
std::optional<TableLayout> leaf_of_l1cd(u64 l1cd, unsigned log2_ids);
// The table that an entry leads to; `log2_ids` is its own. Nothing when there is none.
std::optional<TableLayout> next_table(Structure kind, unsigned log2_ids, const Words& entry);

// The bits that mean something with these contents (5.1 to 5.4).
Words used_bits(Structure kind, const Words& entry);
// A bit for each word in which two states of one structure differ where it matters with either's contents.
unsigned differing_words(Structure kind, const Words& a, const Words& b);

}  // namespace smmu_vp::tb
