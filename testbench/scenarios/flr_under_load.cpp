// Function Level Resets while the device works, faults and is invalidated: what it was doing is lost and
// nothing else; between the reset and its restoring it touches no memory; afterwards it works as before, and
// a neighbour never notices.
#include <fmt/format.h>

#include "testbench/scenarios/all.h"
#include "testbench/scenarios/copy_process.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kReset = 0, kNeighbour = 1;
constexpr u64 kPages = 16;
constexpr u64 kMicrosecond = 1'000'000, kTimeoutPs = 1'000'000'000'000;
// What was on its way to memory at the reset may still arrive.
constexpr u64 kOnTheWayPs = 20 * kMicrosecond;

class Run {
 public:
  explicit Run(ScenarioContext& ctx) : ctx_(ctx), ended_(ctx.os.make_wait_queue("neighbour")) {
    ctx.bus.on<trace::Translated>([this, sid = ctx.platform.stream_id(kReset)](const trace::Translated& f,
                                                                               u64 t) {
      late_ += resetting_ && f.sid == sid && t > reset_ps_ + kOnTheWayPs && t < reset_ps_ + kQuietPs ? 1 : 0;
    });
    ctx.bus.on<trace::DeviceJob>(
        [this](const trace::DeviceJob& f, u64) { lost_ += f.state == "stopped" ? 1 : 0; });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    ctx_.os.spawn("neighbour", [this] { neighbour(); });
    CopyProcess process(ctx_, "under reset", kReset, kPages);
    if (!ctx_.expect(process.open(), "the process can be bound")) return;
    for (u64 n = 0; n < ctx_.parameter<u64>("resets"); ++n) reset(process);
    process.close();
    process.kill();
    ended_->wait([this] { return done_; });
    ctx_.note(fmt::format("{} jobs lost in {} resets", lost_, ctx_.parameter<u64>("resets")));
    ctx_.expect(late_ == 0, fmt::format("between reset and restoring no access reaches memory: {}", late_));
    ctx_.kernel.shutdown();
  }

 private:
  static constexpr u64 kQuietPs = 90'000 * kMicrosecond;  // less than the 100 ms the driver waits

  void reset(CopyProcess& process) {
    for (int job = 0; job < 8; ++job) process.submit();
    ctx_.os.sleep_ps(1 + ctx_.random.below(30 * kMicrosecond));
    if (ctx_.random.below(2) == 0) process.remap();  // invalidations and faults in flight as well
    reset_ps_ = ctx_.os.now_ps();
    resetting_ = true;
    const bool back = ctx_.kernel.accelerator(ctx_.platform.driver_index(kReset)).reset();
    resetting_ = false;
    if (!ctx_.expect(back, "the device comes back")) return;
    ctx_.expect(process.copy(kTimeoutPs) == CopyProcess::Result::kRight,
                "after the reset the same process copies, and copies right");
  }

  void neighbour() {
    CopyProcess process(ctx_, "neighbour", kNeighbour, kPages);
    if (ctx_.expect(process.open(), "the neighbour can be bound")) {
      for (u64 n = 0; n < 4 * ctx_.parameter<u64>("resets"); ++n) {
        ctx_.expect(process.copy(kTimeoutPs) == CopyProcess::Result::kRight,
                    "the neighbour's copy is done and right");
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
  u64 reset_ps_ = 0, late_ = 0, lost_ = 0;
};

}  // namespace

Scenario flr_under_load() {
  return {.name = "flr_under_load",
          .description = "Function Level Resets with jobs, faults and invalidations in flight",
          .run =
              [](ScenarioContext& ctx) {
                const auto run = std::make_shared<Run>(ctx);
                ctx.keep(run);
                run->run();
              },
          .defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x101"},
          .parameters = {{"resets", u64{3}, "resets", 1, 1000, "Function Level Resets."}}};
}

}  // namespace smmu_vp::tb
