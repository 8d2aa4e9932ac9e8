// What the SMMU counts, by dotted name.
#pragma once

#include <array>
#include <string>

#include "tlm/core/descriptor_reads.h"
#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"

namespace smmu_vp::smmu {

struct Counters {
  u64 transactions = 0, translation_requests = 0, translated = 0, aborted = 0;
  u64 tlb_hits = 0, tlb_misses = 0, tlb_merged = 0, tlb_full = 0;
  u64 config_hits = 0, config_misses = 0, walks = 0;
  core::DescriptorReads walk_reads;
  u64 stalls = 0, events_dropped = 0, events_merged = 0;
  u64 page_requests = 0, page_requests_dropped = 0, auto_responses = 0, prg_responses = 0;
  u64 atc_invalidations = 0, atc_timeouts = 0, msis = 0;
  std::array<u64, 256> commands{}, events{};

  // Calls f(name, value) for each, in a fixed order.
  template <typename F>
  void visit(F&& f) const {
    f("smmu.transactions", transactions);
    f("smmu.translation_requests", translation_requests);
    f("smmu.translated", translated);
    f("smmu.aborted", aborted);
    f("smmu.tlb.hits", tlb_hits);
    f("smmu.tlb.misses", tlb_misses);
    f("smmu.tlb.merged", tlb_merged);
    f("smmu.tlb.full", tlb_full);
    f("smmu.config.hits", config_hits);
    f("smmu.config.misses", config_misses);
    f("smmu.walks", walks);
    f("smmu.walk_reads", walk_reads.total());
    for (int level = core::DescriptorReads::kFirst; level <= core::DescriptorReads::kLast; ++level)
      f("smmu.walk_reads.level" + std::to_string(level), walk_reads.of(level));
    f("smmu.stalls", stalls);
    f("smmu.events_dropped", events_dropped);
    f("smmu.events_merged", events_merged);
    f("smmu.pri.requests", page_requests);
    f("smmu.pri.dropped", page_requests_dropped);
    f("smmu.pri.auto_responses", auto_responses);
    f("smmu.pri.responses", prg_responses);
    f("smmu.atc_inv.sent", atc_invalidations);
    f("smmu.atc_inv.timeouts", atc_timeouts);
    f("smmu.msis", msis);
    for (const spec::CommandInfo& c : spec::kCommands)
      f(std::string("smmu.commands.") + c.name, commands[static_cast<u8>(c.opcode)]);
    for (const spec::EventInfo& e : spec::kEvents)
      f(std::string("smmu.events.") + e.name, events[static_cast<u8>(e.id)]);
  }
};

}  // namespace smmu_vp::smmu
