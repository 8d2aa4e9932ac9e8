// Pages are mapped and unmapped repeatedly while DMA keeps reading them: does a translation outlive its
// invalidation? Every invalidation races lookups, walks, prefetches, Translation Requests and fills of what it covers.
#include <fmt/format.h>

#include <algorithm>

#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

using enum Interleaving;

constexpr u64 kBase = 0x10'0000'0000;
constexpr unsigned kBytes = 64;
constexpr u64 kPollPs = 1'000'000, kUntimedPausePs = 100'000;
// Of the races over several pages: the readers' pages, behind them one that is only prefetched, and how often they are
// unmapped at most until everything promised has been met.
constexpr u64 kPages = 8, kMostRounds = 200;
// Where rounds take long, as with slow system calls, fewer of them.
constexpr u64 kLongestPs = 10'000'000'000;

const std::vector<Interleaving>& promised() {
  static const std::vector<Interleaving> all = {
      tlbi_over_walk,        tlbi_over_stage2_walk,  tlbi_over_table_fetch,    tlbi_over_prefetch,
      tlbi_over_merged_miss, tlbi_over_waiting_fill, atc_inv_over_request,     atc_inv_over_dma,
      sync_behind_lookup,    sync_behind_walk,       sync_behind_memory_access};
  return all;
}

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
    pasid_ = file->pasid();
    const u64 rounds = ctx_.parameter<u64>("rounds");
    with_readers([&] {
      for (u64 round = 0; round < rounds; ++round) {
        ctx_.progress(round, rounds + 2 * kMostRounds);
        race_for_one_page(round);
      }
    });
    race_for_several_pages();
    race_under_stage2();
    if (reads_ == 0 || refused_ == 0)
      ctx_.not_judged(
          fmt::format("the race: DMA found the page only {}", reads_ == 0 ? "unmapped" : "mapped"));
    ctx_.note(fmt::format("{} reads translated, {} refused", reads_, refused_));
    file->close();
    process_->kill();
    ctx_.kernel.shutdown();
  }

 private:
  bool met(Interleaving which) const { return ctx_.interleavings.count(which) != 0; }
  sw::Device& device() { return ctx_.accelerator(device_).device(); }
  // Each page has a last-level table of its own, so that a walk of it has tables to read.
  u64 page(u64 number) {
    return kBase +
           (number * process_->mm().page_bytes() << spec::vmsa::bits_per_level(ctx_.config.driver.granule));
  }

  // While threads of the device, not of the operating system, whose CPUs are left to the driver, keep reading.
  void with_readers(const std::function<void()>& body) {
    const u64 readers = ctx_.parameter<u64>("readers");
    stop_ = false;
    readers_done_ = 0;
    for (u64 i = 0; i < readers; ++i) sc_core::sc_spawn([this, i] { read_until_stopped(i); });
    body();
    stop_ = true;
    while (readers_done_ != readers) ctx_.os.sleep_ps(kPollPs);
  }

  // Where several pages are unmapped, every other reader goes through the device's ATC.
  void read_until_stopped(u64 reader) {
    std::vector<u8> data(kBytes);
    while (!stop_) {
      const bool through_atc = pages_ > 1 && reader % 2 == 1;
      const auto result = ctx_.platform.device(device_).inject(
          {.kind = through_atc ? device::InjectKind::kViaAtc : device::InjectKind::kUntranslated,
           .pasid = pasid_,
           .address = page(reader / 2 % pages_),
           .data = data.data(),
           .bytes = kBytes});
      ++(result.status == transport::DmaStatus::kSuccess && !result.page_fault ? reads_ : refused_);
      // Untimed reads take no time; without a pause the unmapping thread would never run.
      if (ctx_.config.timing.mode == TimingMode::kUntimed)
        sc_core::wait(sc_core::sc_time::from_value(kUntimedPausePs));
    }
    ++readers_done_;
  }

  // From the request of a walk at the TCU to its fill, but for its reads of memory.
  u64 walk_ps() const { return 2 * ctx_.config.smmu.timing.tbu_tcu_hop_ps; }

  // Mapped for some time, then unmapped for some time; the seed chooses how long. In every other round the page is unmapped
  // before the readers' walks of it have ended, so that the invalidation has to overtake what they found; in the others it
  // is in the TLB by then.
  void race_for_one_page(u64 round) {
    sw::Mm& mm = process_->mm();
    mm.mmap(kBase, mm.page_bytes(), sw::kProtReadWrite);
    mm.write(kBase, &round, sizeof round);
    ctx_.os.sleep_ps(round % 2 == 0 ? ctx_.random.below(walk_ps() + 1)
                                    : walk_ps() + ctx_.random.below(1'000'000));
    mm.munmap(kBase, mm.page_bytes());
    ctx_.os.sleep_ps(1'000'000 + ctx_.random.below(1'000'000));
  }

  // Maps the pages and unmaps them at any moment of the walks, prefetches and Translation Requests that find them,
  // until everything promised has been met; what needs stage 2 has a race of its own.
  void race_for_several_pages() {
    pages_ = kPages;
    keep_tables_of(page(pages_));
    with_readers([this] {
      race_until([this] {
        return std::ranges::all_of(promised(),
                                   [this](Interleaving i) { return i == tlbi_over_stage2_walk || met(i); });
      });
    });
  }

  void race_under_stage2() {
    const MemoryConfig& memory = ctx_.config.memory;
    if (memory.base + memory.size > sw::kIdentityEnd || !ctx_.kernel.smmu().lay_stage2(device())) return;
    with_readers([this] { race_until([this] { return met(tlbi_over_stage2_walk); }); });
    ctx_.kernel.smmu().lift_stage2(device());
  }

  // Maps the page behind: a walk of the page itself then reads tables to the last level when it is unmapped, too, and so is
  // in flight for longer. The other pages have last-level tables that are freed.
  void keep_tables_of(u64 address) {
    sw::Mm& mm = process_->mm();
    const u64 behind = address + mm.page_bytes();
    mm.mmap(behind, mm.page_bytes(), sw::kProtReadWrite);
    mm.write(behind, &behind, sizeof behind);
  }

  void race_until(const std::function<bool()>& done) {
    // Untimed, nothing is in flight for long: more rounds would meet no more.
    const u64 most = ctx_.config.timing.mode == TimingMode::kUntimed ? 1 : kMostRounds;
    const u64 end_ps = ctx_.os.now_ps() + kLongestPs;
    for (u64 round = 0; round < most && ctx_.os.now_ps() < end_ps && !done(); ++round) {
      ctx_.progress(round, most);
      sw::Mm& mm = process_->mm();
      for (u64 i = 0; i <= pages_; ++i) {
        mm.mmap(page(i), mm.page_bytes(), sw::kProtReadWrite);
        mm.write(page(i), &round, sizeof round);
      }
      ctx_.kernel.smmu().prefetch(device(), pasid_, page(pages_));
      ctx_.os.sleep_ps(ctx_.random.below(2 * walk_ps() + 1'000'000));
      mm.munmap(page(0), page(pages_) + mm.page_bytes() - page(0));
      ctx_.os.sleep_ps(ctx_.random.below(1'000'000));
    }
  }

  ScenarioContext& ctx_;
  std::unique_ptr<sw::Process> process_;
  std::size_t device_ = 0;
  u32 pasid_ = 0;
  u64 pages_ = 1;
  bool stop_ = false;
  u64 readers_done_ = 0, reads_ = 0, refused_ = 0;
};

}  // namespace

Scenario unmap_race() {
  return {
      .name = "unmap_race",
      .description = "pages are unmapped repeatedly while DMA keeps reading them",
      .run = run_as<Race>,
      .needs = [](const Config& c) -> Needs {
        return {.attachments = {Attachment::kPcieFunction}, .process_bytes = page_bytes(c, 16 + 3 * kPages)};
      },
      .promises = promised(),
      // A TBU far from the TCU: what a walk found is on its way for longer than an invalidation takes to be issued. Slow
      // memory and next to no walk cache: a walk takes long enough to be overtaken while it reads tables. A slow clock: a
      // TLB is not done with an invalidation before it has answered lookups of the same set. Stage 2 can only be below a
      // kernel at EL1. An ATC smaller than what is read: it always asks for something.
      .defaults = {"smmu.tbu.tlb.impl=lockstep", "smmu.tbu.tcu_hop_ns=2000", "memory.latency_ns=300",
                   "smmu.tbu.tlb.clock_ns=10", "smmu.tcu.walk_cache_entries=1", "smmu.features.s2=true",
                   "smmu.features.hyp=true", "driver.el2=false", "endpoint.0.atc.entries=16",
                   "endpoint.0.atc.ways=2", "endpoint.0.atc.block_entries=4", "endpoint.0.atc.mshrs=4"},
      .parameters = {{"rounds", u64{100}, "rounds", 1, 1e6, "Times that a page is mapped and unmapped."},
                     {"readers", u64{16}, "readers", 1, 64, "Concurrent DMA reads of the pages."}}};
}

}  // namespace smmu_vp::tb
