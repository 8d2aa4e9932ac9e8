// One operation of the kernel's memory management, or of its iommu layer, on bound processes: whole, from the call until it
// returns, with its parts, and with the refill that it caused in devices that go on.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/scenarios/invalidation_breakdown.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

using Breakdown = InvalidationBreakdown;

constexpr u64 kChanged = 0x10'0000'0000;  // what the operation changes, from scenario.offset_kb on
constexpr u64 kWorking = 0x20'0000'0000;  // what devices go on using
constexpr u64 kMissing = 0x30'0000'0000;  // mapped, and never in memory

enum class Operation : u8 { kMunmap, kMprotect, kMadvise, kMigrate, kReuse, kCow, kExit, kBind, kUnbind };
struct OperationInfo {
  Operation which;
  std::string_view name, help;
  bool ends_process;  // each needs a process of its own
};
constexpr OperationInfo kOperations[] = {
    {Operation::kMunmap, "munmap", "unmaps the range", false},
    {Operation::kMprotect, "mprotect", "makes the range read-only", false},
    {Operation::kMadvise, "madvise", "gives the range's pages back (MADV_DONTNEED)", false},
    {Operation::kMigrate, "migrate", "moves the range's pages to other memory", false},
    {Operation::kReuse, "reuse", "writes to the first page of the range, which was only read so far", false},
    {Operation::kCow, "cow", "the same where the page is a file's, mapped privately, and has to be copied",
     false},
    {Operation::kExit, "exit", "the process dies", true},
    {Operation::kBind, "bind", "binds the process to the last device", true},
    {Operation::kUnbind, "unbind", "unbinds the process from the last device", true},
};

const OperationInfo& operation_of(const Config& c) {
  const std::string& name = std::get<std::string>(c.scenario.at("operation"));
  const auto at = std::ranges::find(kOperations, name, &OperationInfo::name);
  if (at != std::end(kOperations)) return *at;
  std::vector<std::string_view> names;
  for (const OperationInfo& one : kOperations) names.push_back(one.name);
  throw ConfigError(fmt::format("scenario.operation = '{}': expected {}", name, fmt::join(names, " or ")));
}
std::string operations_help() {
  std::string text;
  for (const OperationInfo& one : kOperations)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", one.name, one.help);
  return text + ".";
}

const TableKind& cost_kind() {
  constexpr Unit kPs = Unit::kPicoseconds;
  static const TableKind kind = [] {
    TableKind made{.name = "mm_cost",
                   .help = "Means of one operation, one after the other; only with one process.",
                   .columns = {
                       {.name = "operation", .help = "Its name."},
                       {.name = "size", .unit = Unit::kBytes, .help = "Bytes of the range."},
                       {.name = "pages", .help = "Pages of the range."},
                       {.name = "total", .unit = kPs, .help = "From the call until it returns."},
                       {.name = "refill",
                        .unit = kPs,
                        .help = "How much longer the devices' next pass over their working set took."},
                       {.name = "refill_walks", .help = "Walks in this pass."},
                       {.name = "refill_requests", .help = "Translation Requests in this pass."},
                   }};
    Breakdown::add_columns(made, 3);
    return made;
  }();
  return kind;
}
const TableKind& rate_kind() {
  static const TableKind kind{
      .name = "mm_rate",
      .help = "Operations of all processes together.",
      .columns = {
          {.name = "operations", .help = "Operations."},
          {.name = "mean", .unit = Unit::kPicoseconds, .help = "Mean time of one."},
          {.name = "wall",
           .unit = Unit::kPicoseconds,
           .help = "Time from the first one's begin to the last one's end, by their number."},
          {.name = "rate", .unit = Unit::kPerSecond, .help = "How many a second."},
      }};
  return kind;
}

class MmCost {
 public:
  explicit MmCost(ScenarioContext& ctx)
      : ctx_(ctx),
        breakdown_(ctx.bus),
        operation_(operation_of(ctx.config)),
        changed_(ctx.os.make_wait_queue("mm_cost")) {
    ctx.bus.on<trace::WalkBegin>([this](const auto&, u64) { ++walks_; });
    ctx.bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& f, u64) {
      requests_ += f.kind == spec::pcie::At::kTranslationRequest;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    devices_ = ctx_.accelerators_with_ats();
    devices_.resize(std::min<std::size_t>(devices_.size(), number("devices")));
    for (u64 n = 0; n < number("neighbours"); ++n)
      neighbours_.push_back(bound(fmt::format("neighbour{}", n), devices_.size()));
    const u64 processes = number("processes");
    if (processes == 1) {
      one_process();
    } else {
      // All begin together, so that they compete.
      for (u64 n = 0; n < processes; ++n) {
        ctx_.os.spawn(fmt::format("process{}", n), [this, n] {
          work(fmt::format("process{}", n));
          ++ended_;
          changed_->wake_all();
        });
      }
      changed_->wait([&] { return ended_ == processes; });
    }
    report();
    for (auto& neighbour : neighbours_) end(neighbour);
    ctx_.kernel.shutdown();
  }

 private:
  struct Bound {
    std::unique_ptr<sw::Process> process;
    std::vector<std::unique_ptr<sw::AcceleratorFile>> files;  // one a device
    u32 pasid() const { return files.empty() ? 0 : files.front()->pasid(); }
  };
  struct Pass {
    u64 ps, walks, requests;
  };

  u64 number(std::string_view name) const { return ctx_.parameter<u64>(name); }
  u64 bytes(std::string_view parameter) const {
    const u64 page = page_bytes(ctx_.config, 1);
    return (std::max<u64>(number(parameter) << 10, page) + page - 1) / page * page;
  }
  // The range of a process's n-th operation, if all of them are prepared first.
  u64 range(u64 n) const {
    const u64 page = page_bytes(ctx_.config, 1);
    return kChanged + number("offset_kb") * 1024 / page * page + n * (bytes("size_kb") + 2 * page);
  }
  bool opens_last() const { return operation_.which == Operation::kBind; }

  Bound bound(const std::string& name, std::size_t devices) {
    Bound b;
    b.process = ctx_.kernel.create_process(name);
    if (!ctx_.expect(b.process != nullptr, "a process can be created")) return b;
    for (std::size_t i = 0; i < devices; ++i) open(b, devices_[i]);
    return b;
  }
  void open(Bound& b, std::size_t device) {
    b.files.push_back(ctx_.accelerator(device).open(*b.process));
    if (!ctx_.expect(b.files.back() != nullptr, "a process can be bound")) b.files.pop_back();
  }
  static void end(Bound& b) {
    b.process->kill();
    b.files.clear();
  }

  // The processes' own operations, one after the other, and their parts.
  void one_process() {
    std::optional<Bound> b;
    for (u64 n = 0; n < number("count"); ++n) {
      if (!b || operation_.ends_process) {
        if (b) end(*b);
        b = bound("process", devices_.size() - (opens_last() ? 1 : 0));
        touch(*b, kWorking, bytes("working_kb"), sw::Access::kWrite);
      }
      prepare(*b, 0);
      const u64 working = operation_.which == Operation::kExit ? 0 : number("working_kb");
      if (working != 0) pass(*b);
      const Pass before = working != 0 ? pass(*b) : Pass{};
      begin_faults(*b);
      breakdown_.start(ctx_.os.now_ps());
      operate(*b, 0);
      const Breakdown::Result took = breakdown_.stop(ctx_.os.now_ps());
      took_ps_.push_back(took.total_ps);
      sum_.tlbi += took.tlbi + took.broadcasts, sum_.atc_inv += took.atc_inv, sum_.sync += took.sync;
      for (std::size_t part = 0; part < took.ps.size(); ++part) sum_.ps[part] += took.ps[part];
      if (working != 0) {
        const Pass after = pass(*b);
        refill_.ps += after.ps - std::min(after.ps, before.ps);
        refill_.walks += after.walks, refill_.requests += after.requests;
      }
      changed_->wait([this] { return faults_ == 0; });
      clean_up(*b, 0);
      ctx_.progress(n + 1, number("count"));
    }
    if (b) end(*b);
  }

  void work(const std::string& name) {
    Bound b = bound(name, devices_.size());
    const u64 count = number("count"), processes = number("processes");
    for (u64 n = 0; n < count; ++n) prepare(b, n);
    ++ready_;
    changed_->wake_all();
    changed_->wait([&] { return ready_ == processes; });
    begin_ps_ = std::min(begin_ps_, ctx_.os.now_ps());
    for (u64 n = 0; n < count; ++n) {
      const u64 begin = ctx_.os.now_ps();
      operate(b, n);
      took_ps_.push_back(ctx_.os.now_ps() - begin);
      ctx_.progress(took_ps_.size(), count * processes);
    }
    end_ps_ = std::max(end_ps_, ctx_.os.now_ps());
    for (u64 n = 0; n < count; ++n) clean_up(b, n);
    end(b);
  }

  void touch(Bound& b, u64 start, u64 size, sw::Access access, sw::Mm::VmaKind kind = {}) {
    sw::Mm& mm = b.process->mm();
    ctx_.expect(mm.mmap(start, size, sw::kProtReadWrite, kind), fmt::format("{:#x} can be mapped", start));
    for (u64 at = 0; at < size; at += mm.page_bytes()) mm.handle_fault(start + at, access);
  }

  // The range is in memory, and the devices have read its beginning.
  void prepare(Bound& b, u64 n) {
    const u64 size = bytes("size_kb");
    const bool copies = operation_.which == Operation::kCow;
    touch(b, range(n), size,
          copies || operation_.which == Operation::kReuse ? sw::Access::kRead : sw::Access::kWrite,
          {.private_file = copies});
    if (operation_.which == Operation::kMunmap) {
      // Pages beside it keep the tables that they need as well, as a process's other mappings do.
      const u64 page = page_bytes(ctx_.config, 1);
      for (const u64 neighbour : {range(n) - page, range(n) + size})
        touch(b, neighbour, page, sw::Access::kWrite);
    }
    for (std::size_t i = 0; i < b.files.size(); ++i) read(i, b.pasid(), range(n));
  }
  void operate(Bound& b, u64 n) {
    sw::Mm& mm = b.process->mm();
    const u64 size = bytes("size_kb");
    switch (operation_.which) {
      case Operation::kMunmap:
        mm.munmap(range(n), size);
        return;
      case Operation::kMprotect:
        mm.mprotect(range(n), size, sw::kProtRead);
        return;
      case Operation::kMadvise:
        mm.madvise_dontneed(range(n), size);
        return;
      case Operation::kMigrate:
        mm.migrate(range(n), size);
        return;
      case Operation::kReuse:
      case Operation::kCow:
        mm.handle_fault(range(n), sw::Access::kWrite);
        return;
      case Operation::kExit:
        b.process->kill();
        return;
      case Operation::kBind:
        return open(b, devices_.back());
      case Operation::kUnbind:
        b.files.back()->close();
        return;
    }
  }
  void clean_up(Bound& b, u64 n) {
    if (operation_.ends_process) return;
    const u64 page = page_bytes(ctx_.config, 1);
    b.process->mm().munmap(range(n) - page, bytes("size_kb") + 2 * page);
  }

  // All devices read every page of the working set, one after the other.
  Pass pass(const Bound& b) {
    const u64 begin = ctx_.os.now_ps(), walks = walks_, requests = requests_;
    for (std::size_t i = 0; i < devices_.size(); ++i)
      for (u64 at = 0; at < bytes("working_kb"); at += page_bytes(ctx_.config, 1))
        read(i, b.pasid(), kWorking + at);
    return {ctx_.os.now_ps() - begin, walks_ - walks, requests_ - requests};
  }
  void read(std::size_t device, u32 pasid, u64 address) {
    u8 data[64];
    ctx_.inject(devices_[device], {.kind = device::InjectKind::kViaAtc,
                                   .pasid = pasid,
                                   .address = address,
                                   .data = data,
                                   .bytes = sizeof data});
  }

  // Accesses of the first device that need a page, still under way when the operation begins.
  void begin_faults(Bound& b) {
    const u64 wanted = number("faults"), page = page_bytes(ctx_.config, 1);
    if (wanted == 0) return;
    b.process->mm().mmap(kMissing, wanted * page, sw::kProtReadWrite);
    const u64 before = faults_seen_;
    for (u64 n = 0; n < wanted; ++n) {
      ++faults_;
      ctx_.os.spawn(fmt::format("fault{}", n), [this, n, page, pasid = b.pasid()] {
        ++faults_seen_;
        read(0, pasid, kMissing + n * page);
        --faults_;
        changed_->wake_all();
      });
    }
    ctx_.poll([&] { return faults_seen_ == before + wanted; },
              {.timeout_ps = ctx_.pace.longest_without_progress_ps()});
  }

  void report() {
    const auto s = Latency::summary_of(took_ps_);
    const double operations = static_cast<double>(std::max<u64>(s.count, 1));
    if (number("processes") == 1) {
      const auto per = [&](u64 sum) { return static_cast<double>(sum) / operations; };
      std::vector<MeasuredTable::Cell> row = {std::string(operation_.name),
                                              bytes("size_kb"),
                                              bytes("size_kb") / page_bytes(ctx_.config, 1),
                                              per(sum_.tlbi),
                                              per(sum_.atc_inv),
                                              per(sum_.sync),
                                              s.mean_ps,
                                              static_cast<u64>(per(refill_.ps)),
                                              per(refill_.walks),
                                              per(refill_.requests)};
      for (const u64 part : sum_.ps) row.emplace_back(static_cast<u64>(per(part)));
      ctx_.table({.kind = &cost_kind(), .title = "One operation", .rows = {std::move(row)}});
    }
    const double elapsed = number("processes") == 1
                               ? static_cast<double>(s.mean_ps) * operations
                               : static_cast<double>(end_ps_ - std::min(end_ps_, begin_ps_));
    ctx_.table({.kind = &rate_kind(),
                .title = "All operations",
                .rows = {{s.count, s.mean_ps, static_cast<u64>(elapsed / operations),
                          operations / std::max(elapsed, 1.0) * 1e12}}});
    ctx_.durations("operation", std::move(took_ps_));
  }

  ScenarioContext& ctx_;
  Breakdown breakdown_;
  const OperationInfo& operation_;
  std::unique_ptr<sw::WaitQueue> changed_;
  std::vector<std::size_t> devices_;
  std::vector<Bound> neighbours_;
  u64 walks_ = 0, requests_ = 0, ready_ = 0, ended_ = 0, faults_ = 0, faults_seen_ = 0;
  std::vector<u64> took_ps_;
  Breakdown::Result sum_;
  Pass refill_{};
  u64 begin_ps_ = ~u64{0}, end_ps_ = 0;
};

Needs needs(const Config& c) {
  const auto number = [&c](const char* name) { return std::get<u64>(c.scenario.at(name)); };
  const OperationInfo& operation = operation_of(c);
  const u64 processes = number("processes"), bound = processes + number("neighbours");
  if (processes > 1 && operation.ends_process)
    throw ConfigError(
        fmt::format("scenario.processes = {}: {} is done by one process after the other: expected 1",
                    processes, operation.name));
  const u64 ranges = processes == 1 ? 1 : number("count");
  const u64 bytes = (ranges * number("size_kb") + number("working_kb")) << 10;
  return {.attachments = {Attachment::kPcieFunction},
          .processes = bound + 1,
          .process_bytes = processes * (bytes + bytes / 256) +
                           page_bytes(c, 24 * (bound + 1) + 2 * processes * ranges + number("faults"))};
}

}  // namespace

Scenario mm_cost() {
  return {
      .name = "mm_cost",
      .description =
          "what an operation on a bound process's memory costs, whole and with the refill it causes",
      .run = run_as<MmCost>,
      .needs = needs,
      .defaults = {},
      .parameters =
          {{"operation", std::string("munmap"), "", 0, 0, operations_help()},
           {"size_kb", u64{4}, "KB", 4, 1 << 22,
            "Memory that the operation changes, or that the process has there; whole pages."},
           {"offset_kb", u64{0}, "KB", 0, 1 << 20,
            "Where the range begins, from a multiple of 64 GB on; whole pages."},
           {"processes", u64{1}, "processes", 1, 64,
            "Processes that do it at the same time, each on a thread of its own."},
           {"devices", u64{1}, "devices", 1, 16, "Devices with ATS that each process is bound to."},
           {"neighbours", u64{0}, "processes", 0, 1024, "Further processes that are bound and do nothing."},
           {"working_kb", u64{0}, "KB", 0, 1 << 20,
            "Memory that the devices read before and after each operation (one process)."},
           {"faults", u64{0}, "accesses", 0, 64,
            "Accesses of the first device that wait for a page as the operation begins (one process)."},
           {"count", u64{16}, "operations", 1, 1e6, "Operations of each process."}},
      .tables = {&cost_kind(), &rate_kind()}};
}

}  // namespace smmu_vp::tb
