// Describes each counter and each operation of summary.json.
#include "testbench/runs/cli/measure_list.h"

#include <fmt/format.h>

#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"
#include "tlm/spec/misbehaviour.h"

namespace smmu_vp::tb {

namespace {

struct Line {
  const char *name, *text;
};

constexpr Line kCounters[] = {
    {"smmu.transactions", "Transactions that entered a TBU, of every kind."},
    {"smmu.translation_requests", "ATS Translation Requests among smmu.transactions."},
    {"smmu.translated", "ATS Translated transactions among smmu.transactions."},
    {"smmu.aborted", "Transactions that ended in an abort."},
    {"smmu.tlb.hits", "Lookups that found their translation in a TBU's cache."},
    {"smmu.tlb.misses", "Lookups that started a walk."},
    {"smmu.tlb.merged", "Lookups that joined a walk in flight for the same page."},
    {"smmu.tlb.full", "Lookups that waited because all MSHRs were in use."},
    {"smmu.config.hits", "STE and CD lookups that hit in the configuration cache."},
    {"smmu.config.misses", "STE and CD lookups that fetched from memory."},
    {"smmu.walks", "Page-table walks."},
    {"smmu.walk_reads", "Descriptors read from memory by walks of both stages."},
    {"smmu.walk_reads.level-1", "Of level -1, which 52-bit addresses have (D8.2)."},
    {"smmu.walk_reads.level0", "Of level 0: the walk cache held nothing lower for the address."},
    {"smmu.walk_reads.level1", "Of level 1."},
    {"smmu.walk_reads.level2", "Of level 2: misses of the walk cache for last-level tables, and blocks."},
    {"smmu.walk_reads.level3", "Of level 3: pages."},
    {"smmu.stalls", "Transactions stalled for software to resume."},
    {"smmu.events_dropped", "Event records lost because the queue was full or not enabled (7.2)."},
    {"smmu.events_merged", "Event records merged into an earlier one (7.2)."},
    {"smmu.pri.requests", "Page requests that the SMMU received."},
    {"smmu.pri.dropped", "Page requests that the SMMU could not put into the PRI queue (8.1)."},
    {"smmu.pri.auto_responses",
     "PRG responses that the SMMU generated itself on an overflowed or disabled queue (8.1)."},
    {"smmu.pri.responses", "PRG responses sent for CMD_PRI_RESP."},
    {"smmu.atc_inv.sent", "Invalidate Requests sent to devices."},
    {"smmu.atc_inv.timeouts", "Invalidate Requests that were not completed in time."},
    {"smmu.msis", "Message-signalled interrupts written."},
    {"epN.atc.hits", "Lookups that found their translation in the endpoint's ATC."},
    {"epN.atc.misses", "Lookups that did not find it."},
    {"epN.atc.answers_dropped",
     "Translation Completions not cached because an invalidation overtook the request."},
    {"epN.atc.invalidations", "Invalidate Requests served."},
    {"epN.atc.entries_invalidated", "ATC entries removed by Invalidate Requests."},
    {"epN.dma.untranslated", "Requests sent untranslated."},
    {"epN.dma.translation_requests", "Translation Requests sent."},
    {"epN.dma.translated", "Requests sent with a translated address."},
    {"epN.dma.failed", "Requests that did not complete with success."},
    {"epN.dma.bytes_read", "Bytes read by DMA."},
    {"epN.dma.bytes_written", "Bytes written by DMA."},
    {"epN.jobs.submitted", "Work descriptors that the device accepted."},
    {"epN.jobs.done", "Jobs that ended successfully."},
    {"epN.jobs.failed", "Jobs that ended in an error."},
    {"epN.jobs.cancelled", "Jobs ended by a stop of their PASID or by a reset."},
    {"epN.jobs.refused", "Work descriptors that the device refused."},
    {"epN.jobs.retried", "Work descriptors answered with retry because the queue was full."},
    {"epN.pri.requests", "Page requests sent."},
    {"epN.pri.success", "PRG responses of Success."},
    {"epN.pri.invalid", "PRG responses of Invalid Request."},
    {"epN.pri.failure", "PRG responses of Response Failure."},
    {"epN.pri.unexpected", "PRG responses that match no outstanding group."},
    {"epN.pri.stop_markers", "Stop markers sent."},
    {"root_portN.credits.up.posted.waits", "Posted requests from the device that waited for credits."},
    {"root_portN.credits.up.non_posted.waits",
     "Non-posted requests from the device that waited for credits."},
    {"root_portN.credits.down.posted.waits", "Posted requests to the device that waited for credits."},
    {"root_portN.credits.down.non_posted.waits",
     "Non-posted requests to the device that waited for credits."},
};

struct OperationLine {
  const char *name, *text;
  std::vector<Line> parts;
};

std::vector<OperationLine> operations() {
  const Line driver = {"driver", "the driver's own work"},
             tlbi = {"tlbi+sync",
                     "the TLBI commands (or broadcasts) and the wait for their CMD_SYNC (or DSB)"},
             atc = {"atc+sync", "the ATC_INV commands and the wait for their CMD_SYNC"};
  return {
      {"bind", "Binding a process's address space to a device.", {driver}},
      {"mm_release",
       "The mm notifier's release at process exit.",
       {{"cd", "quiescing the CD and invalidating it"}, tlbi, atc}},
      {"unbind",
       "Unbinding a device from a process.",
       {{"drain", "draining the fault queues of the PASID"},
        {"detach", "clearing the CD and invalidating everything cached from it"},
        {"free", "freeing the PASID"}}},
      {"invalidate_range",
       "The mm notifier's invalidation of a range, for an unmap or a permission change.",
       {driver, tlbi, atc}},
      {"tlbi", "TLB invalidation, part of the operations above.", {tlbi}},
      {"atc_inv", "ATC invalidation, part of the operations above.", {atc}},
      {"cmd_sync",
       "CMD_SYNC, from the CPU's first store until the CPU sees it complete.",
       {{"queue", "getting space in the Command queue and publishing the commands"},
        {"sync", "the command itself"}}},
      {"page_fault",
       "A device's page fault, from the arrival of its record to the response.",
       {{"queue", "waiting for a handler"},
        {"handler", "page fault handling in the mm"},
        {"response", "the response command"}}},
      {"dma_unmap",
       "An unmap by the DMA API, until what it unmapped is invalidated or waits in the flush queue.",
       {driver, {"invalidate", "the invalidation and the wait for it (strict)"}}},
      {"operation",
       "An operation of the scenario mm_cost, from the call until it returns.",
       {{"whole", "not divided"}}},
      {"page_write", "A page that the card of the scenario ring writes.", {{"whole", "not divided"}}},
      {"unmap_buffer", "All unmaps of one buffer of the scenario ring.", {{"whole", "not divided"}}},
      {"ats_request",
       "From a Translation Request to its completion at the device.",
       {{"whole", "not divided"}}},
      {"dma", "One access of a device, untranslated or translated.", {{"whole", "not divided"}}},
      {"access",
       "One measured access of the scenario traffic, as its device sees it.",
       {{"whole", "not divided"}}},
      {"invalidation",
       "The invalidation for one unmapping that the scenario trace_replay replays.",
       {{"whole", "not divided"}}},
  };
}

}  // namespace

std::vector<Listed> counter_list() {
  std::vector<Listed> all;
  for (const Line& c : kCounters) all.push_back({c.name, c.text, {}});
  for (const spec::CommandInfo& c : spec::kCommands)
    all.push_back({fmt::format("smmu.commands.{}", c.name),
                   fmt::format("{} consumed (section {}).", c.name, c.section),
                   {}});
  for (const spec::EventInfo& e : spec::kEvents)
    all.push_back({fmt::format("smmu.events.{}", e.name),
                   fmt::format("{} raised (section {}).", e.name, e.section),
                   {}});
  for (const spec::MisbehaviourInfo& m : spec::kMisbehaviours)
    all.push_back({fmt::format("epN.misbehave.{}", m.name),
                   fmt::format("How often the device misbehaved this way: {}", m.help),
                   {}});
  return all;
}

std::vector<Listed> latency_list() {
  std::vector<Listed> all;
  for (const OperationLine& o : operations()) {
    Listed l{o.name, o.text, {}};
    for (const Line& part : o.parts) l.details.emplace_back(part.name, part.text);
    all.push_back(std::move(l));
  }
  return all;
}

}  // namespace smmu_vp::tb
