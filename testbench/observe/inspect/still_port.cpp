// Shows structures and descriptors as memory has them now, even if the SMMU would use a cached copy.
#include "testbench/observe/inspect/still_port.h"

#include <fmt/format.h>

#include <array>

#include "testbench/observe/inspect/describe.h"

namespace smmu_vp::tb {

using core::ConfigCache;
using core::ConfigRef;
using core::Configuration;

StillPort::StillPort(const StillSmmu& smmu, Narration* narration)
    : smmu_(smmu),
      narration_(narration),
      oas_bits_(smmu.config.features.oas_bits),
      silent_([] { return u64{0}; }),
      memory_(smmu.memory),
      config_cache_(smmu.state.config_cache),
      walk_cache_(smmu.state.walk_cache),
      stage2_(memory_, walk_cache_, oas_bits_, silent_) {
  if (smmu.tlb != nullptr) tlb_ = *smmu.tlb;
}

ConfigRef StillPort::configuration(const spec::Requester& who) {
  return find(who, ConfigCache::selector_of(who));
}

ConfigRef StillPort::stream_configuration(u32 sid) {
  return find({sid, {}}, ConfigCache::kStreamOnly);
}

ConfigRef StillPort::find(const spec::Requester& who, u32 selector) {
  std::optional<Configuration> in_memory;
  if (narration_ != nullptr) in_memory = tell_structures(who, selector);
  found_ = config_cache_.find(who.sid, selector);
  const bool hit{found_};
  if (!hit) {
    core::ConfigLookup lookup(smmu_.state.registers, smmu_.config.features, memory_, stage2_, silent_);
    found_ = core::fetch_into(config_cache_, lookup, who.sid, selector, config_cache_.epoch());
  }
  if (in_memory) {
    const bool agrees = *found_ == *in_memory;
    narration_->step("configuration cache",
                     hit      ? agrees ? "hit, and agrees with the memory shown above"
                                       : "hit: the cached copy is used and differs from the memory shown above"
                     : agrees ? "miss: the structures above are read"
                              : "miss, but a cached part is used and differs from the memory shown above",
                     "3.21.3");
  }
  return found_;
}

Configuration StillPort::tell_structures(const spec::Requester& who, u32 selector) {
  StillMemory memory(smmu_.memory);
  core::WalkCache empty(0);
  trace::Bus structures([] { return u64{0}; }), descriptors([] { return u64{0}; });
  core::Stage2Walker stage2(memory, empty, oas_bits_, descriptors);
  core::ConfigLookup lookup(smmu_.state.registers, smmu_.config.features, memory, stage2, structures);
  structures.on<trace::ConfigRead>([this](const trace::ConfigRead& read, u64) { tell_structure(read); });
  const Configuration stream = lookup.stream(who.sid);
  descriptors.on<trace::WalkRead>([&](const trace::WalkRead& read, u64) {
    narration_->step(
        fmt::format("stage 2, level {}", read.level),
        fmt::format("[{:#x}] = {:#018x}: {}", read.pa, read.descriptor,
                    stage2_descriptor_text(read.descriptor, read.level, stream.stream.s2.granule)),
        "D8.3");
  });
  return selector == ConfigCache::kStreamOnly ? stream : lookup.context(who, stream);
}

void StillPort::tell_structure(const trace::ConfigRead& read) {
  std::array<u64, 8> buffer{};
  const std::span<u64> words(buffer.data(), structure_words(read.structure));
  if (!smmu_.memory(read.pa, words.data(), words.size_bytes()))
    return narration_->step(to_string(read.structure), fmt::format("[{:#x}] cannot be read", read.pa),
                            structure_section(read.structure));
  std::size_t said = words.size();  // what follows is zero
  while (said > 1 && words[said - 1] == 0) --said;
  narration_->step(to_string(read.structure),
                   fmt::format("[{:#x}] = {}", read.pa, words_text(words.first(said))),
                   structure_section(read.structure));
  narration_->continued(structure_text(read.structure, words));
}

void StillPort::overridden(const core::StreamConfig&, const spec::Intent& in, const spec::Intent& out) {
  if (narration_ == nullptr) return;
  const bool enabled = smmu_.state.registers.smmu_enabled();
  const std::string_view section = enabled ? "5.2" : "6.3.14";
  if (in.priv != out.priv)
    narration_->step(enabled ? "STE.PRIVCFG" : "GBPA.PRIVCFG",
                     out.priv ? "makes it privileged" : "makes it unprivileged", section);
  if (in.exec == out.exec) return;
  if (in.write) return narration_->step("instruction write", "a write is of data", "13.7");
  narration_->step(enabled ? "STE.INSTCFG" : "GBPA.INSTCFG",
                   out.exec ? "makes it an instruction read" : "makes it a data read", section);
}

core::LookupResult StillPort::lookup(const core::LookupKey& key) {
  looked_up_ = true;
  if (narration_ != nullptr) tell_input(key.va);
  core::LookupResult found;
  if (tlb_) found = tlb_->lookup(key);
  owns_mshr_ = tlb_ && found.status == core::LookupStatus::kMiss;
  const bool hit = found.status == core::LookupStatus::kHit;
  if (hit) translation_ = found.entry;
  if (!hit) found.status = core::LookupStatus::kMiss;
  if (narration_ != nullptr)
    narration_->step(fmt::format("TLB of TBU {}", smmu_.tbu),
                     !tlb_ ? "in RTL: not visible here; taken as a miss"
                     : hit ? "hit: " + translation_text(found.entry)
                           : "miss",
                     "3.17");
  return found;
}

void StillPort::fill(u8 mshr, const core::Translation* entry_or_null) {
  if (owns_mshr_) tlb_->fill(mshr, entry_or_null);
}

void StillPort::drop(const core::Invalidation& entry) {
  if (narration_ != nullptr)
    narration_->step(fmt::format("TLB of TBU {}", smmu_.tbu),
                     "the entry does not permit it, and a walk can tell more", "13.4");
  if (tlb_) tlb_->invalidate(entry);
}

core::WalkResult StillPort::walk(const core::Regime& regime, const core::WalkRequest& request) {
  std::optional<core::WalkResult> in_memory;
  if (narration_ != nullptr) in_memory = tell_walk(regime, request);
  core::WalkResult walked =
      core::Walker(memory_, walk_cache_, stage2_, oas_bits_, silent_).walk(0, regime, request);
  if (in_memory && (walked.fault != in_memory->fault || walked.translation != in_memory->translation))
    narration_->step("walk cache", "its entry is used and differs from the memory shown above", "3.21.1");
  if (!walked.fault || walked.cacheable) translation_ = walked.translation;
  return walked;
}

// The walk from the top, by the tables in memory.
core::WalkResult StillPort::tell_walk(const core::Regime& regime, const core::WalkRequest& request) {
  if (regime.stage1 != nullptr && !core::table_of(*regime.stage1, request.address).walk_disabled)
    tell_walk_cache(*regime.stage1, request.address);
  StillMemory memory = memory_;
  core::WalkCache empty(0);
  trace::Bus stage1([] { return u64{0}; }), stage2([] { return u64{0}; });
  const auto tell = [this](const std::string& what, const trace::WalkRead& read, const std::string& meaning) {
    narration_->step(what, fmt::format("[{:#x}] = {:#018x}: {}", read.pa, read.descriptor, meaning), "D8.3");
  };
  stage1.on<trace::WalkRead>([&](const trace::WalkRead& read, u64) {
    const core::Granule granule = core::table_of(*regime.stage1, request.address).granule;
    tell(fmt::format("level {} descriptor", read.level), read,
         descriptor_text(read.descriptor, read.level, granule));
  });
  stage2.on<trace::WalkRead>([&](const trace::WalkRead& read, u64) {
    tell(fmt::format("stage 2, level {}", read.level), read,
         stage2_descriptor_text(read.descriptor, read.level, regime.stage2->granule));
  });
  core::Stage2Walker stage2_walker(memory, empty, oas_bits_, stage2);
  return core::Walker(memory, empty, stage2_walker, oas_bits_, stage1).walk(0, regime, request);
}

void StillPort::tell_walk_cache(const core::Context& c, u64 address) {
  const core::TranslationTable& table = core::table_of(c, address);
  const auto g = table.granule;
  const int start = spec::vmsa::start_level(g, table.input_bits);
  for (int level = static_cast<int>(spec::vmsa::kLastLevel); level > start; --level) {
    const core::TablePointer* next =
        walk_cache_.find({c.world, c.vmid, c.asid}, address, spec::vmsa::level_shift(g, level - 1));
    if (next == nullptr) continue;
    return narration_->step(
        "walk cache", fmt::format("hit: the walk starts at level {}, table {:#x}", level, next->address),
        "3.21.1");
  }
  narration_->step("walk cache", "miss: the walk starts at the top", "3.21.1");
}

// The input address of the first stage.
void StillPort::tell_input(u64 address) {
  if (!found_->stage1)
    return narration_->step("address", "an IPA: only stage 2 translates" + bypass_text(*found_), "3.3.2");
  const core::Context& c = found_->context;
  narration_->step("context", context_text(c), "5.4");
  const unsigned which = address >> 55 & 1;
  const core::TranslationTable& table = core::table_of(c, address);
  narration_->step(
      "address",
      table.walk_disabled
          ? fmt::format(
                "TTB{0} is selected, but CD.EPD{0} is 1: no walk, F_TRANSLATION unless a TLB holds it", which)
          : fmt::format("TTB{} translates it, {} bits of input, {} KB granule", which, table.input_bits,
                        1u << (core::log2_bytes(table.granule) - 10)),
      table.walk_disabled ? "5.4" : "3.4.1");
}

}  // namespace smmu_vp::tb
