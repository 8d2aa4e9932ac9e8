// The cost of an unmap for a bound process: commands and time by size, with and without range operations, on
// one endpoint and on two, with each time split into its parts. With smmu.features.btm and driver.btm the
// CPU's broadcasts are measured as well.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "testbench/machine/config/pace.h"
#include "testbench/runs/scenarios/invalidation_breakdown.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

using Breakdown = InvalidationBreakdown;

constexpr u64 kBase = 0x10'0000'0000;

const TableKind& unmap_kind() {
  constexpr Unit kPs = Unit::kPicoseconds;
  static const TableKind kind = [] {
    TableKind made{
        .name = "unmap",
        .help = "The invalidation for one munmap of a bound process: commands, and time with its parts.",
        .columns = {
            {.name = "size", .unit = Unit::kBytes, .help = "Bytes unmapped."},
            {.name = "pages", .help = "Pages unmapped."},
            {.name = "total", .unit = kPs, .help = "From the notifier's call until it returns."},
        }};
    Breakdown::add_columns(made, 2);
    return made;
  }();
  return kind;
}

class Cost {
 public:
  explicit Cost(ScenarioContext& ctx) : ctx_(ctx), breakdown_(ctx.bus) {
    ctx.bus.on<trace::InvalidateBegin>([this](const auto&, u64 t) { breakdown_.start(t); });
    ctx.bus.on<trace::InvalidateEnd>([this](const auto&, u64 t) {
      const Breakdown::Result ended = breakdown_.stop(t);
      if (last_.total_ps == 0) last_ = ended;  // of the pages; one of freed page tables may follow
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    process_ = ctx_.kernel.create_process("unmapper");
    page_ = process_->mm().page_bytes();
    for (const std::size_t device : ctx_.accelerators_with_ats()) {
      files_.push_back(ctx_.accelerator(device).open(*process_));
      if (!ctx_.expect(files_.back() != nullptr, "the process can be bound")) return;
      for (const Way& way : ways()) measure(way);
    }
    for (const auto& file : files_) file->close();
    process_->kill();
    ctx_.kernel.shutdown();
  }

 private:
  struct Way {
    bool broadcast;  // by the CPU, otherwise by commands
    bool ranges;
  };

  // Whether the driver uses range operations and the SMMU has them.
  bool has_ranges() const { return ctx_.config.driver.ril && ctx_.config.smmu.features.ranges(); }
  std::vector<Way> ways() const {
    std::vector<Way> all;
    for (const bool broadcast : {false, true}) {
      if (broadcast && !(ctx_.config.smmu.features.btm && ctx_.config.driver.btm)) continue;
      for (const bool ranges : {false, true}) {
        if (!ranges || has_ranges()) all.push_back({broadcast, ranges});
      }
    }
    return all;
  }

  void measure(const Way& way) {
    ctx_.kernel.env().config.btm = way.broadcast;
    ctx_.kernel.env().config.ril = way.ranges;
    MeasuredTable table{.kind = &unmap_kind(),
                        .title = fmt::format("Unmap on {} endpoint{}, {} range {}", files_.size(),
                                             files_.size() == 1 ? "" : "s", way.ranges ? "with" : "without",
                                             way.broadcast ? "broadcasts of the CPU" : "commands"),
                        .rows = {}};
    for (const u64 bytes : sizes()) {
      table.rows.push_back(row(bytes, way));
      ctx_.progress(bytes_done_ += bytes, bytes_in_all());
    }
    ctx_.table(std::move(table));
  }

  // The bytes unmapped in the whole run: a row takes time in proportion to its pages.
  u64 bytes_in_all() const {
    const auto all = sizes();
    return ctx_.accelerators_with_ats().size() * ways().size() *
           std::accumulate(all.begin(), all.end(), u64{0});
  }

  u64 megabytes(const char* parameter) const { return ctx_.parameter<u64>(parameter) << 20; }

  // Powers of two from the configured smallest size (1 page) to the largest, which is one of them whatever it is; and
  // both sides of the driver's threshold, which is the range of one last-level table.
  std::vector<u64> sizes() const {
    const u64 threshold = page_ * (page_ / 8), largest = megabytes("largest_mb");
    const u64 smallest = std::min(largest, megabytes("smallest_mb"));
    std::vector<u64> list;
    for (u64 bytes = page_; bytes <= largest; bytes *= 2) {
      if (bytes < smallest) continue;
      if (bytes == threshold) list.push_back(bytes - page_);
      list.push_back(bytes);
    }
    if (list.empty() || list.back() != largest) list.push_back(largest);
    return list;
  }

  std::vector<MeasuredTable::Cell> row(u64 bytes, const Way& way) {
    sw::Mm& mm = process_->mm();
    mm.mmap(kBase, bytes, sw::kProtReadWrite);
    const u64 resident = std::min(bytes, megabytes("resident_mb"));
    for (u64 offset = 0; offset < resident; offset += page_)
      mm.handle_fault(kBase + offset, sw::Access::kWrite);
    // An unmap invalidates from the first page that is present to the last.
    if (resident < bytes) mm.handle_fault(kBase + bytes - page_, sw::Access::kWrite);
    warm(resident);
    last_ = {};
    mm.munmap(kBase, bytes);
    check(bytes / page_, way);
    std::vector<MeasuredTable::Cell> cells = {bytes,         bytes / page_, last_.tlbi + last_.broadcasts,
                                              last_.atc_inv, last_.sync,    last_.total_ps};
    cells.insert(cells.end(), last_.ps.begin(), last_.ps.end());
    return cells;
  }

  // Every endpoint reads the first pages, so that its ATC and the SMMU have entries to invalidate.
  void warm(u64 bytes) {
    std::vector<u8> data(64);
    const std::vector<std::size_t> devices = ctx_.accelerators_with_ats();
    for (const std::size_t device : std::span(devices).first(std::min(devices.size(), files_.size()))) {
      for (u64 offset = 0; offset < std::min(bytes, 32 * page_); offset += page_) {
        ctx_.inject(device, {.kind = device::InjectKind::kViaAtc,
                             .pasid = files_[0]->pasid(),
                             .address = kBase + offset,
                             .data = data.data(),
                             .bytes = 64});
      }
    }
  }

  // Below the threshold one TLBI per page, from it on one by ASID. Range operations need one per
  // SCALE, and at most one more for an odd page (4.4.1.1). Then one ATC_INV per endpoint. Each list
  // of commands ends with a SYNC.
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
                fmt::format("{} pages take either TLBI commands or broadcasts", pages));
    ctx_.expect(last_.atc_inv == files_.size() && last_.sync == syncs,
                fmt::format("{} pages take one ATC_INV per endpoint and {} SYNC (took {} and {})", pages,
                            syncs, last_.atc_inv, last_.sync));
  }

  ScenarioContext& ctx_;
  Breakdown breakdown_;
  Breakdown::Result last_;
  std::unique_ptr<sw::Process> process_;
  std::vector<std::unique_ptr<sw::AcceleratorFile>> files_;
  u64 page_ = 0, bytes_done_ = 0;
};

}  // namespace

Scenario invalidation_cost() {
  return {.name = "invalidation_cost",
          .description = "cost of unmapping 1 page to 64 MB of a bound process, and its parts",
          .run = run_as<Cost>,
          .needs = [](const Config& c) -> Needs {
            const auto megabytes = [&c](const char* name) {
              return std::get<u64>(c.scenario.at(name)) << 20;
            };
            const u64 bytes = std::min(megabytes("largest_mb"), megabytes("resident_mb"));
            return {.attachments = {Attachment::kPcieFunction},
                    .process_bytes = bytes + bytes / 256 + page_bytes(c, 20)};
          },
          // Ranges are unmapped page by page, too, whatever the driver would use.
          .pause_ps =
              [](const Config& c) {
                Config page_by_page = c;
                page_by_page.driver.ril = false;
                return Pace(page_by_page).invalidation_ps();
              },
          .defaults = {"endpoint.0.kind=pcie", "endpoint.0.stream_id=0x100", "endpoint.1.kind=pcie",
                       "endpoint.1.stream_id=0x200"},
          .parameters =
              {{"smallest_mb", u64{0}, "MB", 0, 65536, "Smallest range unmapped; 0: one page."},
               {"largest_mb", u64{64}, "MB", 1, 65536, "Largest range unmapped."},
               {"resident_mb", u64{4096}, "MB", 1, 4096,
                "Memory that a range has at its beginning; of the rest of a larger one only the last page."}},
          .tables = {&unmap_kind()}};
}

}  // namespace smmu_vp::tb
