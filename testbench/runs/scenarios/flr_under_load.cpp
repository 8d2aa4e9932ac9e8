// Function Level Resets while the device works, faults and is invalidated. Only its current work is lost;
// it accesses no memory between the reset and its restoration; afterwards it works as before; and a
// neighbour is never affected.
#include <fmt/format.h>

#include "testbench/runs/scenarios/copy_process.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kReset = 0, kNeighbour = 1;
constexpr u64 kPages = 16;
constexpr u64 kMicrosecond = 1'000'000;
// The kernel gives a function 100 ms for its reset (PCIe 6.6.2); accesses are watched for a little less.
constexpr u64 kResetPs = 100'000 * kMicrosecond, kQuietPs = 90'000 * kMicrosecond;

class Run {
 public:
  explicit Run(ScenarioContext& ctx) : ctx_(ctx), ended_(ctx.os.make_wait_queue("neighbour")) {
    const u32 sid = ctx.platform.stream_id(kReset);
    ctx.bus.on<trace::Translated>([this, sid](const trace::Translated& f, u64 t) {
      late_ +=
          reset_ps_ != 0 && f.who.sid == sid && t > reset_ps_ + on_the_way_ps() && t < reset_ps_ + kQuietPs
              ? 1
              : 0;
    });
    // The reset takes effect when the device drops its jobs, some time after the kernel starts it.
    ctx.bus.on<trace::DeviceJob>([this, sid](const trace::DeviceJob& f, u64 t) {
      if (f.state != trace::JobState::kStopped || f.who.sid != sid) return;
      ++lost_;
      if (resetting_ && reset_ps_ == 0) reset_ps_ = t;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    ctx_.os.spawn("neighbour", [this] { neighbour(); });
    CopyProcess process(ctx_, "under reset", {.device = kReset, .pages = kPages});
    if (!ctx_.expect(process.open(), "the process can be bound")) return;
    for (u64 n = 0; n < ctx_.parameter<u64>("resets"); ++n) {
      ctx_.progress(n, ctx_.parameter<u64>("resets"));
      reset(process);
    }
    process.close();
    process.kill();
    ended_->wait([this] { return done_; });
    ctx_.note(fmt::format("{} jobs lost in {} resets", lost_, ctx_.parameter<u64>("resets")));
    if (seen_ == 0)
      ctx_.not_judged("accesses between reset and restoration: no job was running at any reset");
    else if (on_the_way_ps() >= kQuietPs)
      ctx_.not_judged(
          "accesses between reset and restoration: earlier accesses may be in flight all the time");
    else
      ctx_.expect(late_ == 0,
                  fmt::format("between reset and restoration no access reaches memory: {}", late_));
    ctx_.kernel.shutdown();
  }

 private:
  // Accesses in flight at the reset may still reach memory.
  u64 on_the_way_ps() const { return ctx_.pace.drain_ps(); }

  void reset(CopyProcess& process) {
    for (int job = 0; job < 8; ++job) process.submit();
    ctx_.os.sleep_ps(1 + ctx_.random.below(30 * kMicrosecond));
    if (ctx_.random.below(2) == 0) process.remap();  // invalidations and faults in flight as well
    resetting_ = true;
    const bool back = ctx_.accelerator(kReset).reset();
    resetting_ = false;
    seen_ += reset_ps_ != 0 ? 1 : 0;
    reset_ps_ = 0;
    if (!ctx_.expect(back, "the device comes back from its reset")) return;
    ctx_.expect(process.copy() == CopyProcess::Result::kRight,
                "after the reset the same process copies the right data");
  }

  void neighbour() {
    CopyProcess process(ctx_, "neighbour", {.device = kNeighbour, .pages = kPages});
    if (ctx_.expect(process.open(), "the neighbour can be bound")) {
      for (u64 n = 0; n < 4 * ctx_.parameter<u64>("resets"); ++n) {
        ctx_.expect(process.copy() == CopyProcess::Result::kRight,
                    "the neighbour's copy completes with the right data");
        process.remap();
      }
      process.close();
    }
    process.kill();
    done_ = true;
    ended_->wake_all();
  }

  ScenarioContext& ctx_;
  std::unique_ptr<sw::WaitQueue> ended_;
  bool resetting_ = false, done_ = false;
  u64 reset_ps_ = 0;  // of the current reset; 0: not yet, or it met no job
  u64 seen_ = 0, late_ = 0, lost_ = 0;
};

}  // namespace

Scenario flr_under_load() {
  return {.name = "flr_under_load",
          .description = "Function Level Resets with jobs, faults and invalidations in flight",
          .run = run_as<Run>,
          .needs = [](const Config& c) -> Needs {
            return {
                .endpoints = {{kReset, Attachment::kPcieFunction}, {kNeighbour, Attachment::kPcieFunction}},
                .processes = 2,
                .process_bytes = 2 * page_bytes(c, 4 * kPages)};
          },
          .pause_ps = [](const Config&) { return 2 * kResetPs; },
          .defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x101"},
          .parameters = {{"resets", u64{3}, "resets", 1, 1000, "Function Level Resets."}}};
}

}  // namespace smmu_vp::tb
