// Walks every table in memory that is reachable from the registers; caches are listed as they are.
#include "testbench/observe/inspect/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "testbench/machine/rtl_adapter/cache_contents.h"
#include "testbench/observe/inspect/describe.h"
#include "testbench/observe/inspect/still_memory.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/walk.h"
#include "tlm/spec/cd.h"

namespace smmu_vp::tb {

namespace vmsa = spec::vmsa;

namespace {

class Dump {
 public:
  explicit Dump(const Platform& platform)
      : platform_(platform),
        view_(platform.smmu().inspect()),
        features_(platform.smmu().config().features),
        memory_(look_at(platform.ram())),
        facts_([] { return u64{0}; }),
        empty_(0),
        stage2_(memory_, empty_, features_.oas_bits, facts_),
        lookup_(view_.registers, features_, memory_, stage2_, facts_) {
    facts_.on<trace::ConfigRead>([this](const trace::ConfigRead& f, u64) { last_ = f; });
  }

  void run() {
    const u64 log2size =
        spec::STRTAB_BASE_CFG::LOG2SIZE.get(view_.registers.word(spec::offset::STRTAB_BASE_CFG));
    if (!view_.registers.smmu_enabled()) {
      streams = "CR0.SMMUEN is 0: no structure is reachable\n";
      return;
    }
    const u64 count = u64{1} << std::min<u64>(log2size, features_.sid_bits);
    for (u64 sid = 0; sid < count; ++sid) sid = stream(static_cast<u32>(sid));
  }

  std::string streams, contexts, tables;

  std::string caches() const {
    std::string out;
    for (unsigned tbu = 0; tbu < platform_.smmu().config().tbus; ++tbu) {
      out += fmt::format("TLB of TBU {}\n", tbu);
      const core::ReferenceCache* cache = platform_.tlb_contents(tbu);
      if (cache == nullptr) out += "  in RTL: see the waves\n";
      if (cache == nullptr) continue;
      each_held(*cache, [&](const core::ReferenceCache::Slot& s) {
        out += fmt::format("  VMID {} ASID {}: {}\n", s.vmid, s.context, translation_text(s.entry));
      });
    }
    out += "configuration cache\n";
    view_.config_cache.each([&](u32 sid, u32 selector, const core::Configuration& c) {
      out += fmt::format("  StreamID {:#x}, {}: {}\n", sid, selector_text(selector), configuration_text(c));
    });
    out += "walk cache\n";
    view_.walk_cache.each(
        [&](const core::WalkCache::Space& s, u64 va, unsigned shift, const core::TablePointer& table) {
          out += fmt::format("  VMID {} ASID {}: {:#x} and the {} bytes from there on: table {:#x}\n", s.vmid,
                             s.asid, va, u64{1} << shift, table.address);
        });
    return out;
  }

 private:
  static std::string selector_text(u32 selector) {
    if (selector == core::ConfigCache::kStreamOnly) return "STE";
    if (selector == core::ConfigCache::kNoSubstream) return "no SubstreamID";
    return fmt::format("SubstreamID {}", selector);
  }
  static std::string configuration_text(const core::Configuration& c) {
    if (c.fault) return spec::find_event(static_cast<u64>(c.fault->event))->name;
    if (!c.stage1) return c.stream.path == core::StreamConfig::Path::kAbort ? "aborts" : "stream";
    return fmt::format("ASID {}, TTB0 {:#x}{}", c.context.asid, c.context.tables[0].base,
                       c.context.tables[0].walk_disabled ? " (EPD0)" : "");
  }

  // Returns the last StreamID with the same answer, so that an absent second-level table is one line.
  u32 stream(u32 sid) {
    const core::Configuration found = lookup_.stream(sid);
    if (last_.structure == spec::Structure::kL1Std) {
      const u64 split = spec::STRTAB_BASE_CFG::SPLIT.get(view_.registers.word(spec::offset::STRTAB_BASE_CFG));
      return sid | ((1u << std::max<u64>(split, 6)) - 1);
    }
    std::array<u64, 8> words{};
    if (!memory_.read(last_.pa, words.data(), sizeof words, {}) || spec::ste::V.get(words) == 0) return sid;
    streams += fmt::format("StreamID {:#x} [{:#x}] {}\n  {}{}\n", sid, last_.pa, words_text(words),
                           structure_text(spec::Structure::kSte, words),
                           found.fault ? "\n  ILLEGAL: C_BAD_STE" : "");
    if (!found.fault && found.stream.path == core::StreamConfig::Path::kStage1) substreams(sid, found);
    return sid;
  }

  void substreams(u32 sid, const core::Configuration& found) {
    // Several StreamIDs may share one CD table.
    if (!cd_tables_.insert(found.stream.s1_context_ptr).second) return;
    const u64 count = u64{1} << found.stream.s1cdmax;
    const bool several = found.stream.s1cdmax != 0,
               zero_is_default = found.stream.s1dss == spec::ste::kS1DssSsid0;
    for (u64 ssid = 0; ssid < count; ++ssid) {
      const bool ssv = several && (ssid != 0 || !zero_is_default);
      const core::Configuration c =
          lookup_.context({sid, spec::substream(ssv, static_cast<u32>(ssid))}, found);
      if (last_.structure == spec::Structure::kL1Cd) {
        const unsigned leaf =
            found.stream.s1fmt == spec::ste::kS1Fmt4K ? spec::l1cd::kLog2Leaf4K : spec::l1cd::kLog2Leaf64K;
        ssid |= (u64{1} << leaf) - 1;
        continue;
      }
      std::array<u64, 8> words{};
      if (!memory_.read(last_.pa, words.data(), sizeof words, {}) || spec::cd::V.get(words) == 0) continue;
      contexts += fmt::format("StreamID {:#x} SubstreamID {} [{:#x}] {}\n  {}{}\n", sid, ssid, last_.pa,
                              words_text(words), structure_text(spec::Structure::kCd, words),
                              c.stage1 ? "" : "\n  not usable");
      if (c.stage1) page_tables(c.context);
    }
  }

  void page_tables(const core::Context& c) {
    for (unsigned half = 0; half < 2; ++half) {
      const core::TranslationTable& t = c.tables[half];
      if (t.walk_disabled || !tables_seen_.insert({t.base, half}).second) continue;
      tables += fmt::format("ASID {} TTB{} {:#x}\n", c.asid, half, t.base);
      const auto g = t.granule;
      const int start = vmsa::start_level(g, t.input_bits);
      const u64 entries = u64{1} << (t.input_bits - vmsa::level_shift(g, start));
      const u64 top = half == 0 ? 0 : ~u64{0} << t.input_bits;
      table(t, start, {.base = t.base, .entries = entries, .va = top});
    }
  }

  struct Table {
    u64 base, entries;
    u64 va;  // that its first entry translates
  };
  void table(const core::TranslationTable& t, int level, const Table& now) {
    const auto g = t.granule;
    const unsigned shift = vmsa::level_shift(g, level);
    for (u64 i = 0; i < now.entries; ++i) {
      u64 d = 0;
      const u64 pa = now.base + (i << vmsa::kDescriptorLog2Bytes), at = now.va + (i << shift);
      if (!memory_.read(pa, &d, sizeof d, {}) || vmsa::Valid.get(d) == 0) continue;
      const std::string indent(static_cast<std::size_t>(2 * (level + 1) + 2), ' ');
      tables += fmt::format("{}{:#x} [{:#x}] = {:#018x}: {}\n", indent, at, pa, d,
                            descriptor_text(d, level, t.granule));
      const bool is_table = level < static_cast<int>(vmsa::kLastLevel) && vmsa::Type.get(d) != 0;
      const u64 next = d & ((u64{1} << 48) - 1) & ~((u64{1} << core::log2_bytes(t.granule)) - 1);
      if (is_table)
        table(t, level + 1, {.base = next, .entries = u64{1} << vmsa::bits_per_level(g), .va = at});
    }
  }

  const Platform& platform_;
  const smmu::Smmu::Inspection view_;
  const core::SmmuFeatures& features_;
  StillMemory memory_;
  trace::Bus facts_;
  core::WalkCache empty_;
  core::Stage2Walker stage2_;
  core::ConfigLookup lookup_;
  trace::ConfigRead last_{};  // the last structure that the lookup read
  std::set<u64> cd_tables_;
  std::set<std::pair<u64, unsigned>> tables_seen_;
};

}  // namespace

std::vector<DumpedFile> dump(const Platform& platform) {
  Dump d(platform);
  d.run();
  return {{"stream_table.txt", d.streams},
          {"context_descriptors.txt", d.contexts},
          {"page_tables.txt", d.tables},
          {"caches.txt", d.caches()}};
}

}  // namespace smmu_vp::tb
