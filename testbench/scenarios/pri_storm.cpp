// More page requests than the PRI queue holds: two endpoints page in everything they touch through a queue
// far smaller than their allocations. The SMMU answers what it cannot queue, the devices ask again, and in
// the end every byte is right.
#include <fmt/format.h>

#include "testbench/scenarios/all.h"
#include "testbench/scenarios/copy_process.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kTimeoutPs = 1'000'000'000'000;

class Storm {
 public:
  explicit Storm(ScenarioContext& ctx) : ctx_(ctx), ended_(ctx.os.make_wait_queue("storm")) {
    ctx.bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
      ++received_;
      overflowed_ += f.outcome == "auto_response" ? 1 : 0;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    const u64 each = ctx_.parameter<u64>("processes");
    for (std::size_t device = 0; device < ctx_.platform.devices(); ++device) {
      for (u64 i = 0; i < each; ++i, ++running_)
        ctx_.os.spawn(fmt::format("storm{}_{}", device, i), [this, device, i] { page_in(device, i); });
    }
    ended_->wait([this] { return running_ == 0; });
    ctx_.note(fmt::format("{} page requests, {} of them answered by the SMMU itself on overflow", received_,
                          overflowed_));
    if (u64{1} << ctx_.config.driver.priq_log2 < each)
      ctx_.expect(overflowed_ != 0, "the PRI queue overflows");
    ctx_.kernel.shutdown();
  }

 private:
  void page_in(std::size_t device, u64 number) {
    CopyProcess process(ctx_, fmt::format("process {} of device {}", number, device), device,
                        ctx_.parameter<u64>("pages"));
    if (ctx_.expect(process.open(), process.name() + ": can be bound")) {
      for (int round = 0; round < 3; ++round) {
        ctx_.expect(process.copy(kTimeoutPs) == CopyProcess::Result::kRight,
                    process.name() + ": the copy is done and right");
        process.remap();
      }
      process.close();
    }
    process.kill();
    --running_;
    ended_->wake_all();
  }

  ScenarioContext& ctx_;
  std::unique_ptr<sw::WaitQueue> ended_;
  u64 running_ = 0, received_ = 0, overflowed_ = 0;
};

}  // namespace

Scenario pri_storm() {
  return {.name = "pri_storm",
          .description = "page requests beyond the PRI queue: overflow, automatic responses, retries",
          .run =
              [](ScenarioContext& ctx) {
                const auto storm = std::make_shared<Storm>(ctx);
                ctx.keep(storm);
                storm->run();
              },
          .defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x200", "endpoint.0.channels=8",
                       "endpoint.1.channels=8", "driver.priq_log2=1"},
          .parameters = {{"processes", u64{6}, "processes", 1, 60, "Processes on each endpoint."},
                         {"pages", u64{8}, "pages", 1, 1024, "Pages each of them copies, three times."}}};
}

}  // namespace smmu_vp::tb
