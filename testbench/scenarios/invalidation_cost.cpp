// What does an unmap cost a bound process? Commands and time by size, with and without range operations, on
// one endpoint and on two, each time split into its parts. With smmu.features.btm and driver.btm the CPU's
// broadcasts are measured beside the commands.
#include <fmt/format.h>

#include "testbench/scenarios/all.h"
#include "testbench/scenarios/invalidation_breakdown.h"

namespace smmu_vp::tb {

namespace {

using Breakdown = InvalidationBreakdown;

constexpr u64 kBase = 0x10'0000'0000;

std::string size_text(u64 bytes) {
  return bytes >= (1 << 20) && bytes % (1 << 20) == 0 ? fmt::format("{} MB", bytes >> 20)
                                                      : fmt::format("{} KB", bytes >> 10);
}

class Cost {
 public:
  explicit Cost(ScenarioContext& ctx) : ctx_(ctx), breakdown_(ctx.bus) {
    ctx.bus.on<trace::InvalidateBegin>([this](const auto&, u64 t) { breakdown_.start(t); });
    ctx.bus.on<trace::InvalidateEnd>([this](const auto&, u64 t) { last_ = breakdown_.stop(t); });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    process_ = ctx_.kernel.create_process("unmapper");
    page_ = process_->mm().page_bytes();
    for (std::size_t device = 0; device < ctx_.platform.devices(); ++device) {
      if (!ctx_.platform.is_pcie(device)) continue;
      files_.push_back(ctx_.kernel.accelerator(ctx_.platform.driver_index(device)).open(*process_));
      if (!ctx_.expect(files_.back() != nullptr, "the process can be bound")) return;
      for (const Way& way : ways()) measure(way);
    }
    for (const auto& file : files_) file->close();
    process_->kill();
    ctx_.kernel.shutdown();
  }

 private:
  struct Way {
    bool broadcast;  // by the CPU, else by commands
    bool ranges;
  };

  std::vector<Way> ways() const {
    std::vector<Way> all;
    for (const bool broadcast : {false, true}) {
      if (broadcast && !(ctx_.config.smmu.features.btm && ctx_.config.driver.btm)) continue;
      for (const bool ranges : {false, true}) {
        if (!ranges || ctx_.config.driver.ril) all.push_back({broadcast, ranges});
      }
    }
    return all;
  }

  void measure(const Way& way) {
    ctx_.kernel.env().config.btm = way.broadcast;
    ctx_.kernel.env().config.ril = way.ranges;
    std::string text = fmt::format(
        "Unmap on {} endpoint{}, {} range {} (times in µs, uncalibrated)\n"
        "  {:>9} {:>6} | {:>6} {:>4} {:>4} | {:>10} | {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
        files_.size(), files_.size() == 1 ? "" : "s", way.ranges ? "with" : "without",
        way.broadcast ? "broadcasts of the CPU" : "commands", "size", "pages", "TLBI", "ATC", "SYNC", "total",
        "driver", "queue", "tlbi", "sync", "link", "atc");
    for (const u64 bytes : sizes()) text += row(bytes, way);
    ctx_.table(std::move(text));
  }

  // 1 page to the configured largest in powers of two, and both sides of the driver's threshold, which lies
  // where one last-level table ends.
  std::vector<u64> sizes() const {
    const u64 threshold = page_ * (page_ / 8), largest = ctx_.parameter<u64>("largest_mb") << 20;
    std::vector<u64> list;
    for (u64 bytes = page_; bytes <= largest; bytes *= 2) {
      if (bytes == threshold) list.push_back(bytes - page_);
      list.push_back(bytes);
    }
    return list;
  }

  std::string row(u64 bytes, const Way& way) {
    sw::Mm& mm = process_->mm();
    mm.mmap(kBase, bytes, sw::kProtReadWrite);
    for (u64 offset = 0; offset < bytes; offset += page_) mm.handle_fault(kBase + offset, sw::Access::kWrite);
    warm(bytes);
    last_ = {};
    mm.munmap(kBase, bytes);
    check(bytes / page_, way);
    std::string text = fmt::format("  {:>9} {:>6} | {:>6} {:>4} {:>4} | {:>10.3f} |", size_text(bytes),
                                   bytes / page_, last_.tlbi + last_.broadcasts, last_.atc_inv, last_.sync,
                                   static_cast<double>(last_.total_ps) * 1e-6);
    for (const u64 ps : last_.ps) text += fmt::format(" {:>9.3f}", static_cast<double>(ps) * 1e-6);
    return text + "\n";
  }

  // Every endpoint reads the first pages, so that its ATC and the SMMU hold something to drop.
  void warm(u64 bytes) {
    std::vector<u8> data(64);
    for (std::size_t device = 0, bound = 0; device < ctx_.platform.devices() && bound < files_.size();
         ++device) {
      if (!ctx_.platform.is_pcie(device)) continue;
      ++bound;
      for (u64 offset = 0; offset < std::min(bytes, 32 * page_); offset += page_) {
        ctx_.platform.inject(device, {.kind = pcie::InjectKind::kViaAtc,
                                      .has_pasid = true,
                                      .pasid = files_[0]->pasid(),
                                      .address = kBase + offset,
                                      .data = data.data(),
                                      .bytes = 64});
      }
    }
  }

  // Below the threshold one TLBI a page, from it on one by ASID; range operations are one for each SCALE and
  // one for an odd page at most (4.4.1.1). Then one ATC_INV an endpoint. Each list of commands has its SYNC.
  void check(u64 pages, const Way& way) {
    if (ctx_.config.driver.bug != sw::Bug::kNone) return;
    const u64 taken = way.broadcast ? last_.broadcasts : last_.tlbi;
    if (!way.ranges) {
      const u64 configured = ctx_.config.driver.max_tlbi_ops;
      const u64 threshold = configured != 0 ? configured : page_ / 8;
      const u64 tlbi = pages >= threshold ? 1 : pages;
      ctx_.expect(taken == tlbi,
                  fmt::format("{} pages without ranges take {} TLBI (took {})", pages, tlbi, taken));
    } else {
      const u64 most = way.broadcast ? 5 : 4;
      ctx_.expect(taken <= most,
                  fmt::format("{} pages with ranges take at most {} TLBI (took {})", pages, most, taken));
    }
    const u64 syncs = way.broadcast ? 1 : 2;
    ctx_.expect(last_.tlbi + last_.broadcasts == taken,
                fmt::format("{} pages take TLBI commands or broadcasts and not both", pages));
    ctx_.expect(last_.atc_inv == files_.size() && last_.sync == syncs,
                fmt::format("{} pages take one ATC_INV an endpoint and {} SYNC (took {} and {})", pages,
                            syncs, last_.atc_inv, last_.sync));
  }

  ScenarioContext& ctx_;
  Breakdown breakdown_;
  Breakdown::Result last_;
  std::unique_ptr<sw::Process> process_;
  std::vector<std::unique_ptr<sw::AcceleratorFile>> files_;
  u64 page_ = 0;
};

}  // namespace

Scenario invalidation_cost() {
  return {.name = "invalidation_cost",
          .description = "what unmapping 1 page to 64 MB costs a bound process, and why",
          .run =
              [](ScenarioContext& ctx) {
                const auto cost = std::make_shared<Cost>(ctx);
                ctx.keep(cost);
                cost->run();
              },
          .defaults = {"endpoint.0.kind=pcie", "endpoint.0.stream_id=0x100", "endpoint.1.kind=pcie",
                       "endpoint.1.stream_id=0x200"},
          .parameters = {{"largest_mb", u64{64}, "MB", 1, 4096, "Largest range unmapped."}}};
}

}  // namespace smmu_vp::tb
