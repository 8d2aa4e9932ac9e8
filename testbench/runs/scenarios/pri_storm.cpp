// More page requests than the PRI queue holds: two endpoints page in everything they touch, through a queue
// far smaller than their allocations. The SMMU answers what it cannot queue, the devices ask again, and in
// the end all data is right.
#include <fmt/format.h>

#include <algorithm>

#include "testbench/runs/scenarios/copy_process.h"
#include "testbench/runs/scenarios/scenario.h"
#include "testbench/runs/scenarios/threads.h"

namespace smmu_vp::tb {

namespace {

constexpr unsigned kMostStorms = 24;

const std::vector<Interleaving>& promised() {
  using enum Interleaving;
  static const std::vector<Interleaving> all = {overflow_during_unbind, release_over_queued_group,
                                                release_over_unbind,    sync_behind_lookup,
                                                sync_behind_walk,       sync_behind_memory_access};
  return all;
}

class Storm {
 public:
  explicit Storm(ScenarioContext& ctx) : ctx_(ctx) {
    ctx.bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
      ++received_;
      overflowed_ += f.outcome == trace::PageRequestOutcome::kAutoResponse ? 1 : 0;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    in_every_process([this](std::size_t device, u64 number) { page_in(device, number); });
    // The same storm, in which everyone dies and unbinds at some time, until everything promised has been met.
    for (unsigned storm = 0; storm < kMostStorms && !met_all(); ++storm)
      in_every_process([this](std::size_t device, u64 number) { die(device, number); });
    ctx_.note(fmt::format("{} page requests, {} of them answered by the SMMU itself on overflow", received_,
                          overflowed_));
    if (overflowed_ == 0)
      ctx_.not_judged("an overflow of the PRI queue: there were never more page requests than it holds");
    ctx_.kernel.shutdown();
  }

 private:
  bool met_all() const {
    return std::ranges::all_of(promised(),
                               [this](Interleaving i) { return ctx_.interleavings.count(i) != 0; });
  }

  // Runs `life` in as many threads as there are processes, on every device.
  void in_every_process(const std::function<void(std::size_t device, u64 number)>& life) {
    Threads threads(ctx_.os);
    const u64 each = ctx_.parameter<u64>("processes");
    for (const std::size_t device : ctx_.accelerators_with_ats())
      for (u64 i = 0; i < each; ++i)
        threads.start(fmt::format("storm{}_{}", device, i), [&life, device, i] { life(device, i); });
    threads.join();
  }

  std::unique_ptr<CopyProcess> process_of(std::size_t device, u64 number) {
    return std::make_unique<CopyProcess>(
        ctx_, fmt::format("process {} of device {}", number, device),
        CopyProcess::Work{.device = device, .pages = ctx_.parameter<u64>("pages")});
  }

  // Killed before or after it closes its device, while the device still pages in for it.
  void die(std::size_t device, u64 number) {
    const auto process = process_of(device, number);
    if (!ctx_.expect(process->open(), process->name() + ": can be bound again")) return;
    process->submit();
    const bool kill_first = ctx_.random.below(2) == 0;
    ctx_.os.sleep_ps(ctx_.random.below(ctx_.pace.fault_ps()));
    if (kill_first) process->kill();
    process->close();
    process->kill();
  }

  void page_in(std::size_t device, u64 number) {
    const auto process = process_of(device, number);
    if (ctx_.expect(process->open(), process->name() + ": can be bound")) {
      for (int round = 0; round < 3; ++round) {
        ctx_.expect(process->copy() == CopyProcess::Result::kRight,
                    process->name() + ": the copy completes with the right data");
        process->remap();
      }
      process->close();
    }
    process->kill();
  }

  ScenarioContext& ctx_;
  u64 received_ = 0, overflowed_ = 0;
};

}  // namespace

Scenario pri_storm() {
  return {
      .name = "pri_storm",
      .description = "page requests beyond the PRI queue: overflow, automatic responses, retries",
      .run = run_as<Storm>,
      .needs = [](const Config& c) -> Needs {
        const u64 processes = c.endpoints.size() * std::get<u64>(c.scenario.at("processes"));
        const u64 pages = 2 * std::get<u64>(c.scenario.at("pages"));
        return {.attachments = {Attachment::kPcieFunction},
                .processes = processes,
                .process_bytes = processes * page_bytes(c, pages + 12)};
      },
      .promises = promised(),
      .defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x200", "endpoint.0.channels=8",
                   "endpoint.1.channels=8", "driver.priq_log2=1"},
      .parameters = {{"processes", u64{6}, "processes", 1, 60, "Processes on each endpoint."},
                     {"pages", u64{8}, "pages", 1, 1024, "Pages that each process copies, three times."}}};
}

}  // namespace smmu_vp::tb
