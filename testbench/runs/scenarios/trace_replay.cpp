// Replays the unmappings and exits of a Linux trace in processes that are bound to a device, one after the other, and
// measures what their invalidations cost. Before each unmapping the range is mapped, its first pages are touched, and the
// device has read one of them, so that there is something to invalidate.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/estimate/ftrace.h"
#include "testbench/runs/scenarios/invalidation_breakdown.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

using Breakdown = InvalidationBreakdown;

constexpr u64 kTouchedPages = 16;
constexpr u64 kInputBits = 47;  // of a user's addresses

const TableKind& replay_kind() {
  constexpr Unit kPs = Unit::kPicoseconds;
  static const TableKind kind = [] {
    TableKind made{.name = "replay",
                   .help = "What the invalidations of a trace's unmappings cost.",
                   .columns = {
                       {.name = "unmaps", .help = "Unmappings replayed."},
                       {.name = "pages", .help = "Pages in their ranges."},
                       {.name = "total", .unit = kPs, .help = "All invalidations, one after the other."},
                       {.name = "share", .help = "The total by the time that the trace covers."},
                       {.name = "mean", .unit = kPs, .help = "Mean of an invalidation."},
                       {.name = "p99", .unit = kPs, .help = "99 of 100 invalidations took no longer."},
                       {.name = "max", .unit = kPs, .help = "The longest invalidation."},
                   }};
    Breakdown::add_columns(made, 2);
    return made;
  }();
  return kind;
}

FtraceText text_of(const Config& c) {
  const std::string& path = std::get<std::string>(c.scenario.at("trace"));
  std::ifstream file(path);
  if (path.empty() || !file)
    throw ConfigError(fmt::format("scenario.trace = '{}': expected a readable file", path));
  return read_ftrace(file);
}

class Replay {
 public:
  explicit Replay(ScenarioContext& ctx) : ctx_(ctx), breakdown_(ctx.bus), trace_(text_of(ctx.config)) {
    ctx.bus.on<trace::InvalidateBegin>([this](const auto&, u64 t) {
      if (measuring_) breakdown_.start(t);
    });
    ctx.bus.on<trace::InvalidateEnd>([this](const auto&, u64 t) {
      if (measuring_) add(breakdown_.stop(t));
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    device_ = ctx_.accelerators_with_ats().front();
    u64 done = 0;
    for (const TracedOperation& op : trace_.operations) {
      if (op.kind == TracedKind::kUnmap && !unmap(op)) return;
      if (op.kind == TracedKind::kExit) exit(op.thread);
      ctx_.progress(++done, trace_.operations.size());
    }
    while (!processes_.empty()) exit(processes_.begin()->first);
    report();
    ctx_.kernel.shutdown();
  }

 private:
  struct Bound {
    std::unique_ptr<sw::Process> process;
    std::unique_ptr<sw::AcceleratorFile> file;
  };

  // Each thread of the trace is a process; threads beyond the configured number share them.
  u32 process_of(u32 thread) const { return static_cast<u32>(thread % ctx_.parameter<u64>("processes")); }

  Bound* bound(u32 thread) {
    Bound& b = processes_[process_of(thread)];
    if (b.process) return &b;
    b.process = ctx_.kernel.create_process(fmt::format("thread{}", thread));
    if (b.process) b.file = ctx_.accelerator(device_).open(*b.process);
    return ctx_.expect(b.file != nullptr, "a process can be bound") ? &b : nullptr;
  }

  bool unmap(const TracedOperation& op) {
    Bound* const b = bound(op.thread);
    if (b == nullptr) return false;
    sw::Mm& mm = b->process->mm();
    const u64 page = mm.page_bytes(), limit = u64{1} << kInputBits;
    const u64 bytes = std::min((op.bytes + page - 1) / page * page, limit / 2);
    const u64 start = std::max(op.address % (limit - bytes), page) / page * page;
    if (!ctx_.expect(mm.mmap(start, bytes, sw::kProtReadWrite), fmt::format("{:#x} can be mapped", start)))
      return false;
    for (u64 offset = 0; offset < std::min(bytes, kTouchedPages * page); offset += page)
      mm.handle_fault(start + offset, sw::Access::kWrite);
    mm.handle_fault(start + bytes - page,
                    sw::Access::kWrite);  // invalidations reach to the last page present
    u8 data[64];
    ctx_.inject(device_, {.kind = device::InjectKind::kViaAtc,
                          .pasid = b->file->pasid(),
                          .address = start,
                          .data = data,
                          .bytes = sizeof data});
    // A page behind the range keeps the tables that both need, as other mappings of a process do.
    const bool neighbour = mm.mmap(start + bytes, page, sw::kProtReadWrite);
    if (neighbour) mm.handle_fault(start + bytes, sw::Access::kWrite);
    measuring_ = true;
    mm.munmap(start, bytes);
    measuring_ = false;
    if (neighbour) mm.munmap(start + bytes, page);
    pages_ += bytes / page;
    return true;
  }

  // The device's driver closes its file as the process dies.
  void exit(u32 thread) {
    const auto it = processes_.find(process_of(thread));
    if (it == processes_.end()) return;
    it->second.process->kill();
    it->second.file->close();
    processes_.erase(it);
  }

  void add(const Breakdown::Result& one) {
    took_ps_.push_back(one.total_ps);
    sum_.tlbi += one.tlbi + one.broadcasts, sum_.atc_inv += one.atc_inv, sum_.sync += one.sync;
    sum_.total_ps += one.total_ps;
    for (std::size_t part = 0; part < one.ps.size(); ++part) sum_.ps[part] += one.ps[part];
  }

  void report() {
    if (took_ps_.empty()) {
      ctx_.not_judged("the trace unmaps nothing");
      return;
    }
    const u64 covered_ns = trace_.operations.back().t_ns - trace_.operations.front().t_ns;
    const double share =
        covered_ns == 0 ? 0 : static_cast<double>(sum_.total_ps) / (static_cast<double>(covered_ns) * 1e3);
    const auto s = Latency::summary_of(took_ps_);
    std::vector<MeasuredTable::Cell> row = {s.count,       pages_, sum_.tlbi, sum_.atc_inv, sum_.sync,
                                            sum_.total_ps, share,  s.mean_ps, s.p99_ps,     s.max_ps};
    row.insert(row.end(), sum_.ps.begin(), sum_.ps.end());
    ctx_.table({.kind = &replay_kind(), .title = "Invalidations of the trace", .rows = {std::move(row)}});
    ctx_.durations("invalidation", std::move(took_ps_));
  }

  ScenarioContext& ctx_;
  Breakdown breakdown_;
  const FtraceText trace_;
  std::size_t device_ = 0;
  std::map<u32, Bound> processes_;
  bool measuring_ = false;
  Breakdown::Result sum_;
  std::vector<u64> took_ps_;
  u64 pages_ = 0;
};

}  // namespace

Scenario trace_replay() {
  return {
      .name = "trace_replay",
      .description = "the unmappings of a Linux trace; `smmu-vp estimate` tries it on several configurations",
      .run = run_as<Replay>,
      .needs = [](const Config& c) -> Needs {
        (void)text_of(c);  // so that a trace that cannot be read is refused before the run
        const u64 processes = std::get<u64>(c.scenario.at("processes"));
        return {.attachments = {Attachment::kPcieFunction},
                .processes = processes,
                .process_bytes = processes * page_bytes(c, 2 * kTouchedPages)};
      },
      .defaults = {},
      .parameters = {{"trace", std::string(), "", 0, 0, "Text of trace-cmd report, perf script or ftrace."},
                     {"processes", u64{16}, "processes", 1, 1024, "Most processes bound at once."}},
      .tables = {&replay_kind()}};
}

}  // namespace smmu_vp::tb
