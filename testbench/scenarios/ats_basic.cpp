// ATS from the device's side, one step at a time: what is asked, what is answered, what is cached, and what
// an invalidation takes away. Every count has a closed form.
#include <fmt/format.h>

#include "testbench/scenarios/all.h"
#include "testbench/scenarios/copy_process.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPages = 8;
constexpr u64 kTimeoutPs = 1'000'000'000'000;

class Run {
 public:
  explicit Run(ScenarioContext& ctx) : ctx_(ctx) {
    ctx.bus.on<trace::AtsRequest>([this](const auto&, u64) { ++requests_; });
    ctx.bus.on<trace::AtcInvalidateCompleted>([this](const trace::AtcInvalidateCompleted& f, u64) {
      ++invalidations_;
      dropped_ += f.entries;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    before_binding();
    CopyProcess process(ctx_, "ats", 0, kPages);
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

  void caching(CopyProcess& process) {
    // Source, destination and completion record, each asked for in pieces of so many pages.
    const u64 at_once = ctx_.config.endpoints[0].ats.translations;
    const u64 a_buffer = (kPages + at_once - 1) / at_once, needed = 2 * a_buffer + 1;
    // Pages of a buffer that are under way side by side may each ask for those behind them.
    const bool in_turn = at_once == 1 || ctx_.config.endpoints[0].accelerator.outstanding == 1;
    const auto as_needed = [&](u64 requests, u64 least, u64 pages) {
      return in_turn ? requests == least : requests >= least && requests <= pages;
    };
    const u64 asked_before = requests_;
    const auto asked = [&] { return requests_ - asked_before; };
    copy(process);
    ctx_.expect(as_needed(asked(), needed, 2 * kPages + 1),
                fmt::format("a first copy of {} pages, {} a request, takes {} requests: {}", 2 * kPages + 1,
                            at_once, needed, asked()));
    const u64 first = asked();
    copy(process);
    ctx_.expect(asked() == first, "a second copy asks nothing: all of it is in the ATC");
    const u64 dropped_before = dropped_, invalidations_before = invalidations_;
    process.remap();
    ctx_.expect(invalidations_ > invalidations_before, "munmap sends an ATC invalidation, and waits for it");
    ctx_.expect(dropped_ - dropped_before == kPages,
                fmt::format("it drops the pages unmapped: {}", dropped_ - dropped_before));
    process.populate();
    const u64 before = requests_;
    copy(process);
    ctx_.expect(as_needed(requests_ - before, a_buffer, kPages),
                fmt::format("the next copy asks for these again: {} requests", requests_ - before));
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
    ctx_.expect(process.copy(kTimeoutPs) == CopyProcess::Result::kRight, "the copy is done and right");
  }

  void answer(u32 pasid, u64 va, bool no_write, const std::string& expected, const std::string& what) {
    const auto result = ctx_.platform.inject(0, {.kind = pcie::InjectKind::kTranslationRequest,
                                                 .has_pasid = true,
                                                 .pasid = pasid,
                                                 .address = va,
                                                 .write = !no_write,
                                                 .no_write = no_write});
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

  ScenarioContext& ctx_;
  u64 requests_ = 0, invalidations_ = 0, dropped_ = 0;
};

}  // namespace

Scenario ats_basic() {
  return {.name = "ats_basic",
          .description = "translation requests, their answers, the ATC and its invalidation, step by step",
          .run =
              [](ScenarioContext& ctx) {
                const auto run = std::make_shared<Run>(ctx);
                ctx.keep(run);
                run->run();
              },
          .defaults = {},
          .parameters = {}};
}

}  // namespace smmu_vp::tb
