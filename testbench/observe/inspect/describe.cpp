// Turns structures and results into text; makes no decisions.
#include "testbench/observe/inspect/describe.h"

#include <fmt/format.h>

#include "tlm/spec/cd.h"
#include "tlm/spec/vmsa.h"

namespace smmu_vp::tb {

using spec::Structure;

namespace vmsa = spec::vmsa;

std::string fields_text(std::span<const spec::NamedField> fields, std::span<const u64> words) {
  std::string out;
  for (const spec::NamedField& f : fields) {
    if (f.field.word() >= words.size()) continue;
    const u64 value = f.field.get(words);
    if (value == 0) continue;
    const bool address = f.field.width() > 20 && f.field.shift() != 0;
    out +=
        fmt::format("{}{} {:#x}", out.empty() ? "" : ", ", f.name, address ? f.field.in_place(words) : value);
  }
  return out.empty() ? "all fields zero" : out;
}

std::string words_text(std::span<const u64> words) {
  std::string out;
  for (const u64 w : words) out += fmt::format("{}{:016x}", out.empty() ? "" : " ", w);
  return out;
}

std::size_t structure_words(spec::Structure structure) {
  return structure == Structure::kL1Std || structure == Structure::kL1Cd ? 1 : 8;
}

std::string structure_text(spec::Structure structure, std::span<const u64> words) {
  if (structure == Structure::kSte) return fields_text(spec::ste::kFields, words);
  if (structure == Structure::kCd) return fields_text(spec::cd::kFields, words);
  const u64 w = words[0];
  if (structure == Structure::kL1Std)
    return fmt::format("Span {}, L2Ptr {:#x}", spec::l1std::Span.get(w), spec::l1std::L2Ptr.in_place(w));
  return fmt::format("V {}, L2Ptr {:#x}", spec::l1cd::V.get(w), spec::l1cd::L2Ptr.in_place(w));
}

std::string_view structure_section(spec::Structure structure) {
  if (structure == Structure::kL1Std) return "5.1";
  if (structure == Structure::kSte) return "5.2";
  return structure == Structure::kL1Cd ? "5.3" : "5.4";
}

namespace {

// "invalid", or the kind of descriptor and the address it points to.
std::string place_text(u64 d, int level, core::Granule granule) {
  const bool last = level == static_cast<int>(vmsa::kLastLevel);
  const bool table_or_page = vmsa::Type.get(d) != 0;
  if (vmsa::Valid.get(d) == 0 || (last && !table_or_page)) return "invalid";
  const u64 address = d & ((u64{1} << 48) - 1) & ~((u64{1} << core::log2_bytes(granule)) - 1);
  return fmt::format("{} {:#x}", last ? "page to" : table_or_page ? "table at" : "block to", address);
}

std::string_view contiguous_text(u64 d) {
  return vmsa::Contiguous.get(d) != 0 ? ", Contiguous" : "";
}

}  // namespace

std::string descriptor_text(u64 d, int level, core::Granule granule) {
  std::string place = place_text(d, level, granule);
  if (place == "invalid") return place;
  if (place.starts_with("table"))
    return fmt::format("{}, APTable {}, UXNTable {}, PXNTable {}", place, vmsa::APTable.get(d),
                       vmsa::UXNTable.get(d), vmsa::PXNTable.get(d));
  return fmt::format("{}, AP[2:1] {:#04b}, UXN {}, PXN {}, AF {}, nG {}, SH {}, AttrIndx {}{}", place,
                     vmsa::AP.get(d), vmsa::UXN.get(d), vmsa::PXN.get(d), vmsa::AF.get(d), vmsa::nG.get(d),
                     vmsa::SH.get(d), vmsa::AttrIndx.get(d), contiguous_text(d));
}

std::string stage2_descriptor_text(u64 d, int level, core::Granule granule) {
  std::string place = place_text(d, level, granule);
  if (place == "invalid" || place.starts_with("table")) return place;
  return fmt::format("{}, S2AP {:#04b}, XN {:#04b}, AF {}, SH {}, MemAttr {:#06b}{}", place,
                     vmsa::s2::S2AP.get(d), vmsa::s2::XN.get(d), vmsa::AF.get(d), vmsa::SH.get(d),
                     vmsa::s2::MemAttr.get(d), contiguous_text(d));
}

std::string context_text(const core::Context& c) {
  return fmt::format("ASID {}, TTB0 {:#x}{}, TTB1 {:#x}{}", c.asid, c.tables[0].base,
                     c.tables[0].walk_disabled ? " (EPD0)" : "", c.tables[1].base,
                     c.tables[1].walk_disabled ? " (EPD1)" : "");
}

std::string bypass_text(const core::Configuration& found) {
  // Only a stream with stage 1 has several CDs.
  return found.stream.s1cdmax != 0 ? ", as STE.S1DSS 0b01 skips stage 1 without a SubstreamID"
                                   : ", as STE.Config says";
}

std::string rights_text(const core::Rights& r) {
  const auto three = [](bool read, bool write, bool exec) {
    return std::string{read ? 'r' : '-', write ? 'w' : '-', exec ? 'x' : '-'};
  };
  return "unprivileged " + three(r.user_read, r.user_write, r.user_exec) + ", privileged " +
         three(r.priv_read, r.priv_write, r.priv_exec);
}

namespace {

std::string half_text(u8 half) {
  constexpr u8 kNonCacheable = 0b0100, kNonTransient = 0b1000, kWriteBack = 0b0100;
  if (half == kNonCacheable) return "NC";
  return fmt::format("{}/{}{}{}", (half & kWriteBack) != 0 ? "WB" : "WT", (half & 0b10) != 0 ? "RA" : "nRA",
                     (half & 0b01) != 0 ? "WA" : "nWA", (half & kNonTransient) != 0 ? "nTR" : "TR");
}

}  // namespace

std::string memory_type_text(spec::MemoryType type) {
  constexpr const char* kDevice[] = {"nGnRnE", "nGnRE", "nGRE", "GRE"};
  constexpr const char* kShareability[] = {"NSH", "NSH", "OSH", "ISH"};
  if (type.attributes >> 4 == 0) return fmt::format("Device-{}", kDevice[type.attributes >> 2 & 3]);
  return fmt::format("Normal-i{}-o{}-{}", half_text(type.attributes & 0xF),
                     half_text(static_cast<u8>(type.attributes >> 4)), kShareability[type.shareability & 3]);
}

std::string translation_text(const core::Translation& t) {
  return fmt::format("{:#x} to {:#x}, {} bytes{}, {}", t.va, t.pa, u64{1} << t.log2_size,
                     t.global ? ", global" : "", rights_text(t.rights));
}

}  // namespace smmu_vp::tb
