// A page is mapped and unmapped repeatedly while DMA keeps reading it: does a translation outlive its
// invalidation? Every invalidation races lookups, walks and fills of the entry that it invalidates.
#include <fmt/format.h>

#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPage = 0x10'0000'0000;
constexpr unsigned kBytes = 64;
constexpr u64 kPollPs = 1'000'000, kUntimedPausePs = 100'000;

class Race {
 public:
  explicit Race(ScenarioContext& ctx) : ctx_(ctx) {}

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    process_ = ctx_.kernel.create_process("racer");
    const auto functions = ctx_.accelerators_with_ats();
    if (!ctx_.expect(process_ && !functions.empty(), "a process and a PCIe endpoint exist")) return;
    device_ = functions.front();
    auto file = ctx_.accelerator(device_).open(*process_);
    if (!ctx_.expect(file != nullptr, "the process can be bound")) return;
    const u64 readers = ctx_.parameter<u64>("readers");
    // Threads of the device, not of the operating system, whose CPUs are left to the driver.
    for (u64 i = 0; i < readers; ++i)
      sc_core::sc_spawn([this, pasid = file->pasid()] { read_until_stopped(pasid); });
    for (u64 round = 0; round < ctx_.parameter<u64>("rounds"); ++round) {
      ctx_.progress(round, ctx_.parameter<u64>("rounds"));
      map_and_unmap(round);
    }
    stop_ = true;
    while (readers_done_ != readers) ctx_.os.sleep_ps(kPollPs);
    if (reads_ == 0 || refused_ == 0)
      ctx_.not_judged(
          fmt::format("the race: DMA found the page only {}", reads_ == 0 ? "unmapped" : "mapped"));
    ctx_.note(fmt::format("{} reads translated, {} refused", reads_, refused_));
    file->close();
    process_->kill();
    ctx_.kernel.shutdown();
  }

 private:
  void read_until_stopped(u32 pasid) {
    std::vector<u8> data(kBytes);
    while (!stop_) {
      const auto result = ctx_.platform.device(device_).inject({.kind = device::InjectKind::kUntranslated,
                                                                .pasid = pasid,
                                                                .address = kPage,
                                                                .data = data.data(),
                                                                .bytes = kBytes});
      ++(result.status == transport::DmaStatus::kSuccess ? reads_ : refused_);
      // Untimed reads take no time; without a pause the unmapping thread would never run.
      if (ctx_.config.timing.mode == TimingMode::kUntimed)
        sc_core::wait(sc_core::sc_time::from_value(kUntimedPausePs));
    }
    ++readers_done_;
  }

  // Mapped for some time, then unmapped for some time; the seed chooses how long. In every other round the page is unmapped
  // before the readers' walks of it have ended, so that the invalidation has to overtake what they found; in the others it
  // is in the TLB by then.
  void map_and_unmap(u64 round) {
    sw::Mm& mm = process_->mm();
    mm.mmap(kPage, mm.page_bytes(), sw::kProtReadWrite);
    mm.write(kPage, &round, sizeof round);
    const u64 walk_ps = 2 * ctx_.config.smmu.timing.tbu_tcu_hop_ps;
    ctx_.os.sleep_ps(round % 2 == 0 ? ctx_.random.below(walk_ps + 1)
                                    : walk_ps + ctx_.random.below(1'000'000));
    mm.munmap(kPage, mm.page_bytes());
    ctx_.os.sleep_ps(1'000'000 + ctx_.random.below(1'000'000));
  }

  ScenarioContext& ctx_;
  std::unique_ptr<sw::Process> process_;
  std::size_t device_ = 0;
  bool stop_ = false;
  u64 readers_done_ = 0, reads_ = 0, refused_ = 0;
};

}  // namespace

Scenario unmap_race() {
  return {
      .name = "unmap_race",
      .description = "a page is unmapped repeatedly while DMA keeps reading it",
      .run = run_as<Race>,
      .needs = [](const Config& c) -> Needs {
        return {.attachments = {Attachment::kPcieFunction}, .process_bytes = page_bytes(c, 16)};
      },
      .promises = {Interleaving::tlbi_over_merged_miss, Interleaving::tlbi_over_waiting_fill},
      // A TBU far from the TCU: what a walk found is on its way for longer than an invalidation takes to be issued.
      .defaults = {"smmu.tbu.tlb.impl=lockstep", "smmu.tbu.tcu_hop_ns=2000"},
      .parameters = {{"rounds", u64{100}, "rounds", 1, 1e6, "Times that the page is mapped and unmapped."},
                     {"readers", u64{16}, "readers", 1, 64, "Concurrent DMA reads of the page."}}};
}

}  // namespace smmu_vp::tb
