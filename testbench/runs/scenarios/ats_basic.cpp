// ATS from the device's side, one step at a time: requests, answers, what the ATC holds, and what an
// invalidation drops. Every expected count has a closed form.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "testbench/runs/scenarios/copy_process.h"
#include "testbench/runs/scenarios/scenario.h"
#include "tlm/pcie/tlp.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPages = 8;

class Run {
 public:
  explicit Run(ScenarioContext& ctx) : ctx_(ctx) {
    ctx.bus.on<trace::AtsRequest>([this](const auto&, u64) { ++requests_; });
    ctx.bus.on<trace::AtcInvalidateReceived>(
        [this](const trace::AtcInvalidateReceived& f, u64) { everything_ |= f.log2_size >= 64; });
    ctx.bus.on<trace::AtcInvalidateCompleted>([this](const trace::AtcInvalidateCompleted& f, u64) {
      ++invalidations_;
      dropped_ += f.entries;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    before_binding();
    CopyProcess process(ctx_, "ats", {.device = 0, .pages = pages_});
    process.populate();
    if (!ctx_.expect(process.open(), "the process can be bound")) return;
    caching(process);
    answers(process);
    const u32 pasid = process.pasid();
    const u64 va = process.source();
    process.close();
    answer(pasid, va, false, "Unsupported Request", "ATS is off again once the last process is unbound");
    process.kill();
    ctx_.kernel.shutdown();
  }

 private:
  void before_binding() {
    answer(1, 0x1000, false, "Unsupported Request", "no translation before the stream's STE allows ATS");
  }

  // Whether the ATC can hold all pages of the copy: 4 KB pages go to the page bank, each to its set, and
  // larger ones to the block bank (translation_cache.h).
  bool all_fit(const CopyProcess& process) const {
    const AtcConfig& atc = ctx_.config.endpoints[0].atc;
    const u64 page = page_bytes(ctx_.config, 1);
    std::vector<u64> pages = {process.completion() / page};
    for (u64 i = 0; i < pages_; ++i)
      pages.insert(pages.end(), {process.source() / page + i, process.destination() / page + i});
    if (page != pcie::kPage) return pages.size() <= atc.block_entries;
    const u64 sets = atc.entries / atc.ways;
    std::map<u64, u64> in_set;
    for (const u64 vpn : pages) {
      const u64 set = (vpn ^ vpn >> std::countr_zero(sets)) % sets;
      if (++in_set[set] > atc.ways) return false;
    }
    return true;
  }

  void caching(CopyProcess& process) {
    if (!all_fit(process)) {
      ctx_.not_judged(fmt::format("the contents of the ATC: it is too small for {} pages", 2 * pages_ + 1));
      copy(process);
      process.remap();
      process.populate();
      copy(process);
      return;
    }
    // Source, destination and completion record, with several pages per request. A page larger than the
    // smallest translation unit satisfies a whole request, and several accesses to it, one per unit, may be
    // in flight at once.
    const u64 units = process.process().mm().page_bytes() / unit_bytes(ctx_.config);
    const u64 at_once = units == 1 ? ctx_.config.endpoints[0].ats.translations : 1;
    const u64 a_buffer = (pages_ + at_once - 1) / at_once, needed = 2 * a_buffer + 1;
    // Pages of a buffer that are accessed in parallel may each request those behind them.
    const bool in_turn =
        (units == 1 && at_once == 1) || ctx_.config.endpoints[0].accelerator.outstanding == 1;
    const auto as_needed = [&](u64 requests, u64 least, u64 pages) {
      return in_turn ? requests == least : requests >= least && requests <= pages * units;
    };
    const u64 asked_before = requests_;
    const auto asked = [&] { return requests_ - asked_before; };
    copy(process);
    ctx_.expect(as_needed(asked(), needed, 2 * pages_ + 1),
                fmt::format("a first copy of {} pages, {} per request, takes {} requests: {}", 2 * pages_ + 1,
                            at_once, needed, asked()));
    const u64 first = asked();
    copy(process);
    ctx_.expect(asked() == first, "a second copy makes no request: the ATC holds all its translations");
    const u64 dropped_before = dropped_, invalidations_before = invalidations_;
    everything_ = false;
    process.remap();
    ctx_.expect(invalidations_ > invalidations_before, "munmap sends an ATC invalidation and waits for it");
    // The tables of the unmapped range are freed, too. Without range commands their invalidation is one of the
    // whole PASID once it exceeds the driver's threshold.
    const u64 unmapped = everything_ ? 2 * pages_ + 1 : pages_;
    ctx_.expect(dropped_ - dropped_before == unmapped,
                fmt::format("it drops {}: {}", everything_ ? "all pages" : "the unmapped pages",
                            dropped_ - dropped_before));
    process.populate();
    const u64 before = requests_;
    copy(process);
    ctx_.expect(as_needed(requests_ - before, everything_ ? needed : a_buffer, unmapped),
                fmt::format("the next copy requests these again: {} requests", requests_ - before));
  }

  void answers(CopyProcess& process) {
    sw::Mm& mm = process.process().mm();
    const u64 page = mm.page_bytes(), read_only = 0x4000'0000, unmapped = 0x5000'0000;
    u64 word = 0;
    mm.mmap(read_only, page, sw::kProtRead);
    mm.read(read_only, &word, sizeof word);
    const u32 pasid = process.pasid();
    answer(pasid, process.source(), false, "Success R=1 W=1", "a writable page");
    answer(pasid, read_only, false, "Success R=1 W=0", "a read-only page");
    answer(pasid, unmapped, false, "Success R=0 W=0", "no page");
    answer(pasid + 1, process.source(), false, "Completer Abort", "a PASID that is not bound");
  }

  void copy(CopyProcess& process) {
    ctx_.expect(process.copy() == CopyProcess::Result::kRight, "the copy completes with the right data");
  }

  void answer(u32 pasid, u64 va, bool no_write, const std::string& expected, const std::string& what) {
    const auto result = ctx_.inject(0, {.kind = device::InjectKind::kTranslationRequest,
                                        .pasid = pasid,
                                        .address = va,
                                        .intent = {.read = true, .write = !no_write}});
    using enum transport::DmaStatus;
    const std::string observed =
        result.status == kSuccess
            ? fmt::format("Success R={:d} W={:d}", result.translation.read, result.translation.write)
        : result.status == kUnsupportedRequest ? "Unsupported Request"
        : result.status == kCompleterAbort     ? "Completer Abort"
                                               : "aborted";
    ctx_.expect(observed == expected, fmt::format("{}: {}, expected {}", what, observed, expected));
    ctx_.note(fmt::format("{}: {}", what, observed));
  }

  // The unit in which an ATC requests and holds pages: the SMMU's smallest granule (PCIe 10.5.1.3).
  static u64 unit_bytes(const Config& config) {
    const core::SmmuFeatures& f = config.smmu.features;
    return u64{1} << (f.granule_4k ? 12 : f.granule_16k ? 14 : 16);
  }
  // As many as the ATC can hold twice, besides the completion record's: larger pages go to its block bank.
  static u64 pages(const Config& config) {
    const u64 page = u64{1} << spec::vmsa::page_shift(config.driver.granule);
    if (page == unit_bytes(config)) return kPages;
    return std::clamp<u64>((config.endpoints[0].atc.block_entries - 1) / 2, 1, kPages);
  }

  ScenarioContext& ctx_;
  const u64 pages_ = pages(ctx_.config);
  u64 requests_ = 0, invalidations_ = 0, dropped_ = 0;
  bool everything_ = false;  // has been invalidated since
};

}  // namespace

Scenario ats_basic() {
  return {
      .name = "ats_basic",
      .description = "translation requests, their answers, the ATC and its invalidation, step by step",
      .run = run_as<Run>,
      .needs = [](const Config& c) -> Needs {
        return {.endpoints = {{0, Attachment::kPcieFunction}}, .process_bytes = page_bytes(c, 4 * kPages)};
      },
      .defaults = {},
      .parameters = {}};
}

}  // namespace smmu_vp::tb
