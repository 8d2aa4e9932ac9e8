// More page requests than the PRI queue holds: two endpoints page in everything they touch, through a queue
// far smaller than their allocations. The SMMU answers what it cannot queue, the devices ask again, and in
// the end all data is right.
#include <fmt/format.h>

#include "testbench/runs/scenarios/copy_process.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

class Storm {
 public:
  explicit Storm(ScenarioContext& ctx) : ctx_(ctx), ended_(ctx.os.make_wait_queue("storm")) {
    ctx.bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
      ++received_;
      overflowed_ += f.outcome == trace::PageRequestOutcome::kAutoResponse ? 1 : 0;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    const u64 each = ctx_.parameter<u64>("processes");
    for (const std::size_t device : ctx_.accelerators()) {
      for (u64 i = 0; i < each; ++i, ++running_)
        ctx_.os.spawn(fmt::format("storm{}_{}", device, i), [this, device, i] { page_in(device, i); });
    }
    ended_->wait([this] { return running_ == 0; });
    ctx_.note(fmt::format("{} page requests, {} of them answered by the SMMU itself on overflow", received_,
                          overflowed_));
    if (overflowed_ == 0)
      ctx_.not_judged("an overflow of the PRI queue: there were never more page requests than it holds");
    ctx_.kernel.shutdown();
  }

 private:
  void page_in(std::size_t device, u64 number) {
    CopyProcess process(ctx_, fmt::format("process {} of device {}", number, device),
                        {.device = device, .pages = ctx_.parameter<u64>("pages")});
    if (ctx_.expect(process.open(), process.name() + ": can be bound")) {
      for (int round = 0; round < 3; ++round) {
        ctx_.expect(process.copy() == CopyProcess::Result::kRight,
                    process.name() + ": the copy completes with the right data");
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
      .defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x200", "endpoint.0.channels=8",
                   "endpoint.1.channels=8", "driver.priq_log2=1"},
      .parameters = {{"processes", u64{6}, "processes", 1, 60, "Processes on each endpoint."},
                     {"pages", u64{8}, "pages", 1, 1024, "Pages that each process copies, three times."}}};
}

}  // namespace smmu_vp::tb
