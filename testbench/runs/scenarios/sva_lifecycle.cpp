// The PASID lifetime from bind to reuse, with two bystanders and a process killed
// while everything is in flight.
#include <fmt/format.h>

#include "testbench/runs/scenarios/deaths.h"
#include "testbench/runs/scenarios/in_flight.h"
#include "testbench/runs/scenarios/phase_probes.h"
#include "testbench/runs/scenarios/scenario.h"
#include "testbench/runs/scenarios/threads.h"
#include "testbench/runs/scenarios/workload_process.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

using spec::Phase;

constexpr u64 kUs = 1'000'000;
constexpr u64 kLookPs = 50'000;

// A page request group that waits for its turn is for `pri_storm`: here the queue is long and soon read.
const std::vector<Interleaving>& promised() {
  using enum Interleaving;
  static const std::vector<Interleaving> all = {
      release_over_walk,         release_over_request, release_over_served_group, release_over_stall,
      release_over_invalidation, release_over_sync,    release_over_bind,         release_over_unbind,
      sync_behind_lookup,        sync_behind_walk,     sync_behind_memory_access};
  return all;
}

class Lifecycle {
 public:
  explicit Lifecycle(ScenarioContext& ctx)
      : ctx_(ctx), in_flight_(ctx.bus), probes_(ctx), victim_threads_(ctx.os), bystander_threads_(ctx.os) {
    ctx.bus.on<trace::ReleaseBegin>([this](const trace::ReleaseBegin& f, u64) {
      if (is_victim(f.mm)) at_release_ = in_flight_.of(pasid_);
    });
    ctx.bus.on<trace::ReleaseEnd>([this](const trace::ReleaseEnd& f, u64) { released_ |= is_victim(f.mm); });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    find_devices();
    if (!bind_everyone()) return;
    live();
    death();
    quiesced();
    unbound();
    reused();
    bystanders_finish();
    more_deaths();
    ctx_.kernel.shutdown();
  }

 private:
  bool is_victim(u64 mm) const { return victim_ && victim_->mm().id() == mm; }

  void find_devices() {
    std::optional<std::size_t> pcie, platform;
    for (const std::size_t d : ctx_.accelerators()) {
      auto& slot = ctx_.platform.device(d).has_ats() ? pcie : platform;
      if (!slot) slot = d;
    }
    pcie_ = pcie.value();
    platform_ = platform.value();
  }

  // `page_in_us` slows page faults down, except the victim's: a fault in progress keeps an address space
  // alive, so slow faults would only delay its death.
  std::unique_ptr<WorkloadProcess> make(const std::string& name, const std::string& file_parameter,
                                        u64 contents, u64 page_in_us) {
    return std::make_unique<WorkloadProcess>(
        ctx_, name,
        WorkloadOptions{.file = ctx_.parameter<std::string>(file_parameter),
                        .contents = contents,
                        .max_accesses = ctx_.parameter<u64>("max_accesses"),
                        .page_in_ps = page_in_us * kUs});
  }

  bool bind_everyone() {
    victim_ = make("victim", "victim", 11, 0);
    const u64 page_in_us = ctx_.parameter<u64>("page_in_us");
    neighbour_ = make("neighbour", "neighbour", 22, page_in_us);
    stalling_ = make("stalling", "victim", 33, page_in_us);
    victim_pcie_ = victim_->open(pcie_);
    victim_platform_ = victim_->open(platform_);
    neighbour_file_ = neighbour_->open(pcie_);
    stalling_file_ = stalling_->open(platform_);
    if (!ctx_.expect(victim_pcie_ && victim_platform_ && neighbour_file_ && stalling_file_,
                     "every process can be bound"))
      return false;
    pasid_ = victim_pcie_->pasid();
    ctx_.progress_by([this] { return share_done(); });
    ctx_.note(fmt::format(
        "bound: victim PASID {} to endpoint {:#x} and stalling device {:#x}; neighbour PASID {} to the "
        "endpoint; stalling PASID {} to the device",
        pasid_, ctx_.platform.stream_id(pcie_), ctx_.platform.stream_id(platform_), neighbour_file_->pasid(),
        stalling_file_->pasid()));
    return true;
  }

  PhaseProbes::Subject on_pcie(Phase phase) const { return {pcie_, pasid_, phase}; }
  PhaseProbes::Subject on_platform(Phase phase) const { return {platform_, pasid_, phase}; }

  // Of the replays that run to their end: those of both bystanders, and the heir's, whose program is the
  // stalling process's.
  double share_done() const {
    const u64 planned = neighbour_->accesses_planned() + 2 * stalling_->accesses_planned();
    const u64 done =
        neighbour_->accesses_done() + stalling_->accesses_done() + (heir_ ? heir_->accesses_done() : 0);
    return static_cast<double>(done) / static_cast<double>(planned);
  }

  // If stalling is forced, every untranslated access to a missing page stalls, the endpoint's too, and none
  // is aborted silently in phase 2: CD.S = 0 is ILLEGAL (6.3.1).
  bool stalls_forced() const { return ctx_.config.smmu.features.stall_model == spec::kStallModelForced; }
  const char* refused_live() const {
    return stalls_forced() ? "aborted, F_TRANSLATION, stalled" : "aborted, F_TRANSLATION";
  }
  const char* refused_quiet() const {
    return stalls_forced() ? "aborted, F_TRANSLATION, stalled" : "aborted, no event";
  }

  // Phase 1: programs run and pages are paged in on demand; meanwhile every cell of a live PASID is probed.
  void live() {
    start_bystanders();
    victim_threads_.start("victim.replay", [this] {
      victim_->replay(*victim_pcie_);
      victim_replayed_ = true;
    });
    probe_live(*victim_, Phase::kLive);
    victim_threads_.start("victim.churn", [this] { victim_->churn(*victim_pcie_, 4); });
    victim_threads_.start("victim.faults", [this] { victim_->keep_busy(*victim_pcie_, 0); });
    victim_threads_.start("victim.stalls", [this] { victim_->keep_busy(*victim_platform_, 1); });
    ctx_.note("victim is live: replaying, unmapping and paging in on both devices");
  }

  void start_bystanders() {
    const auto rounds = static_cast<unsigned>(ctx_.parameter<u64>("churn_rounds"));
    bystander_threads_.start("neighbour.replay",
                             [this] { neighbour_done_ = neighbour_->replay(*neighbour_file_); });
    bystander_threads_.start("neighbour.churn", [this, rounds] {
      neighbour_churned_ = neighbour_->churn(*neighbour_file_, rounds);
    });
    bystander_threads_.start("stalling.replay",
                             [this] { stalling_done_ = stalling_->replay(*stalling_file_); });
    bystander_threads_.start(
        "stalling.churn", [this, rounds] { stalling_churned_ = stalling_->churn(*stalling_file_, rounds); });
  }

  // The rows of a live PASID. Phase 4 is phase 1 again for another process; `stranger`
  // is the PASID's previous one.
  void probe_live(WorkloadProcess& p, Phase phase) {
    const auto& at = p.layout();
    const u64 page = p.page_bytes();
    const auto pcie = on_pcie(phase), platform = on_platform(phase);
    std::vector<u8> own(64), read_only(64);
    p.shadow().read(at.lazy, own);
    p.shadow().read(at.read_only, read_only);

    // Not mapped yet, but in a VMA: the endpoint may retry after a page request; the platform device stalls.
    probes_.translation_request(pcie, "valid VMA, not yet paged in", at.lazy, "Success R=0 W=0, no event");
    probes_.page_request(pcie, "valid VMA, not yet paged in", at.lazy, true, "Success");
    probes_.translation_request(pcie, "writable page", at.lazy, "Success R=1 W=1, no event");
    probes_.untranslated(pcie, "mapped page", at.lazy, false, "ok, own data, no event", own);
    probes_.translated(pcie, "page request, then ATS, then access", at.lazy + page, "ok, own data, no event",
                       contents(p, at.lazy + page));
    probes_.untranslated(platform, "valid VMA, not yet paged in", at.lazy + 2 * page, false,
                         "ok, own data, F_TRANSLATION, stalled", contents(p, at.lazy + 2 * page));
    probes_.untranslated(platform, "mapped page", at.lazy, false, "ok, own data, no event", own);

    // Read-only.
    probes_.page_request(pcie, "write to a read-only VMA", at.read_only, true, "Invalid Request");
    probes_.page_request(pcie, "read of a read-only VMA", at.read_only, false, "Success");
    probes_.translation_request(pcie, "read-only page", at.read_only, "Success R=1 W=0, no event");
    probes_.untranslated(platform, "write to a read-only page", at.read_only, true,
                         "aborted, F_PERMISSION, stalled");

    // No VMA.
    probes_.page_request(pcie, "no VMA", at.unmapped, false, "Invalid Request");
    probes_.translation_request(pcie, "no VMA", at.unmapped, "Success R=0 W=0, no event");
    probes_.translated(pcie, "no VMA", at.unmapped, "page request refused, no event");
    probes_.untranslated(pcie, "no VMA", at.unmapped, false, refused_live());
    probes_.untranslated(platform, "no VMA", at.unmapped, false, "aborted, F_TRANSLATION, stalled");
  }

  static std::vector<u8> contents(WorkloadProcess& p, u64 va) {
    std::vector<u8> bytes(64);
    p.shadow().read(va, bytes);
    return bytes;
  }

  // Phase 1 → 2: at a moment that the seed chooses, with traffic of every kind in flight. A page fault being
  // handled holds the address space. In half of the runs there is none, and the release comes at once with
  // all the traffic still there; in the other half it follows the last fault handled.
  void death() {
    const u64 accesses = 1 + ctx_.random.below(ctx_.parameter<u64>("max_accesses") / 16 + 1);
    while (!victim_replayed_ && victim_->accesses_done() < accesses) ctx_.os.sleep_ps(kLookPs);
    ctx_.os.sleep_ps(ctx_.random.below(ctx_.parameter<u64>("kill_window_us") * kUs + 1));
    const auto busy = [&] { return in_flight_.of(pasid_).every_kind(); };
    // If no such moment comes without a fault being handled, one with a fault is taken.
    const bool alone =
        ctx_.random.below(2) == 0 &&
        ctx_.poll([&] { return busy() && victim_->mm().last_user(); }, {ctx_.pace.fault_ps(), kLookPs});
    const bool timely = alone || ctx_.poll(busy, {16 * ctx_.pace.fault_ps(), kLookPs});
    const bool at_once = victim_->mm().last_user();
    const u64 done = victim_->accesses_done();
    const InFlight::Counts at_kill = in_flight_.of(pasid_);
    victim_->process().kill();
    ctx_.expect(ctx_.poll([this] { return released_; }, {ctx_.pace.longest_without_progress_ps(), kLookPs}),
                "the mm notifier's release follows the kill");
    ctx_.note(fmt::format("victim killed after {} replayed accesses with {} in flight; released {} with {}",
                          done, text_of(at_kill), at_once ? "at once" : "after its last page fault",
                          text_of(at_release_)));
    if (!timely)
      ctx_.not_judged("a kill with traffic of every kind in flight: there was only " + text_of(at_kill));
  }

  static std::string text_of(const InFlight::Counts& c) {
    return fmt::format("{} DMA, {} translation requests, {} page requests, {} stalls", c.dma,
                       c.translation_requests, c.page_requests, c.stalls);
  }

  // Phase 2: the devices do not know yet, and continue.
  void quiesced() {
    const auto& at = victim_->layout();
    const auto pcie = on_pcie(Phase::kQuiesced), platform = on_platform(Phase::kQuiesced);
    probes_.untranslated(pcie, "page that was mapped", at.lazy, false, refused_quiet());
    probes_.untranslated(platform, "page that was mapped", at.lazy, true, refused_quiet());
    probes_.untranslated(platform, "page never touched", at.lazy + 3 * victim_->page_bytes(), false,
                         refused_quiet());
    probes_.translation_request(pcie, "page that was mapped", at.lazy, "Success R=0 W=0, no event");
    probes_.translation_request(pcie, "no VMA", at.unmapped, "Success R=0 W=0, no event");
    probes_.page_request(pcie, "page that was mapped", at.lazy, false, "Invalid Request");
    probes_.translated(pcie, "page that was mapped", at.lazy, "page request refused, no event");
    // More work for the dead process, so that the stop below finds the devices busy.
    for (u64 i = 0; i < 8; ++i) {
      const sw::Job job{.opcode = spec::accel::Opcode::kFill,
                        .destination = at.arena + i * victim_->page_bytes(),
                        .length = 4096};
      victim_pcie_->submit(job);
      victim_platform_->submit(job);
    }
    ctx_.note("victim quiesced: its devices were refused without events, and still have work queued");
  }

  // Phase 2 → 3: stop, drain, unbind; then a stray access.
  void unbound() {
    victim_pcie_->close();
    victim_platform_->close();
    victim_threads_.join();
    const auto& at = victim_->layout();
    const auto pcie = on_pcie(Phase::kUnbound), platform = on_platform(Phase::kUnbound);
    probes_.untranslated(pcie, "stray access after unbind", at.lazy, false, "aborted, C_BAD_CD");
    probes_.untranslated(platform, "stray access after unbind", at.lazy, true, "aborted, C_BAD_CD");
    probes_.translation_request(pcie, "stray request after unbind", at.lazy, "Completer Abort, no event");
    probes_.page_request(pcie, "stray request after unbind", at.lazy, false, "Invalid Request");
    probes_.translated(pcie, "stray access through the ATC", at.lazy, "aborted, no event");
    ctx_.note("victim unbound: stray traffic was refused and reported");
    victim_pcie_.reset();
    victim_platform_.reset();
    victim_.reset();
  }

  // Phase 4: the PASID belongs to another process.
  void reused() {
    heir_ = make("heir", "victim", 44, 0);
    auto on_endpoint = heir_->open(pcie_);
    auto on_device = heir_->open(platform_);
    if (!ctx_.expect(on_endpoint && on_device, "a new process can be bound")) return;
    ctx_.expect(on_endpoint->pasid() == pasid_,
                fmt::format("the new process gets PASID {} again (it has {})", pasid_, on_endpoint->pasid()));
    ctx_.note(fmt::format("heir bound with PASID {}", on_endpoint->pasid()));
    probe_live(*heir_, Phase::kReused);
    ctx_.expect(heir_->replay(*on_endpoint), "the heir's replay completes with every checksum right");
    heir_->memory_is_right();
    on_endpoint->close();
    on_device->close();
    heir_->process().kill();
  }

  void bystanders_finish() {
    bystander_threads_.join();
    ctx_.expect(neighbour_done_ && neighbour_churned_, "the neighbour on the endpoint finishes undisturbed");
    ctx_.expect(stalling_done_ && stalling_churned_,
                "the neighbour on the stalling device finishes undisturbed");
    neighbour_->memory_is_right();
    stalling_->memory_is_right();
    ctx_.note(fmt::format("bystanders finished, memory compared; neighbour: {}; stalling: {}",
                          neighbour_->replayed(), stalling_->replayed()));
    neighbour_file_->close();
    stalling_file_->close();
    neighbour_->process().kill();
    stalling_->process().kill();
  }

  // The victim died in the middle of something; others die in the middle of everything else that is promised.
  void more_deaths() {
    Deaths deaths(ctx_, {pcie_, platform_});
    deaths.until_met(promised());
    ctx_.note(fmt::format("{} more processes died at other moments", deaths.died()));
  }

  ScenarioContext& ctx_;
  InFlight in_flight_;
  PhaseProbes probes_;
  Threads victim_threads_, bystander_threads_;
  std::size_t pcie_ = 0, platform_ = 0;
  u32 pasid_ = 0;
  bool victim_replayed_ = false, released_ = false;
  InFlight::Counts at_release_;
  std::unique_ptr<WorkloadProcess> victim_, neighbour_, stalling_, heir_;
  std::unique_ptr<sw::AcceleratorFile> victim_pcie_, victim_platform_, neighbour_file_, stalling_file_;
  bool neighbour_done_ = false, neighbour_churned_ = false, stalling_done_ = false, stalling_churned_ = false;
};

// Victim, neighbour, the process on the stalling device, and the heir. The number of accesses replayed bounds
// the memory that their programs touch.
Needs needs(const Config& config) {
  const u64 accesses = std::get<u64>(config.scenario.at("max_accesses"));
  const u64 pages =
      std::min(accesses, workload_pages(config, "victim") + workload_pages(config, "neighbour"));
  return {
      .attachments = {Attachment::kPcieFunction, Attachment::kPlatformDevice},
      .processes = 4,
      .process_bytes = page_bytes(config, 4 * (pages + 256) + WorkloadProcess::kArenaPages + Deaths::kPages)};
}

}  // namespace

Scenario sva_lifecycle() {
  return {.name = "sva_lifecycle",
          .description = "bind, demand paging, process death with everything in flight, unbind, PASID reuse",
          .run = run_as<Lifecycle>,
          .needs = needs,
          .page_in_ps =
              [](const Config& config) { return std::get<u64>(config.scenario.at("page_in_us")) * kUs; },
          .promises = promised(),
          .defaults = {"smmu.tbu.tlb.impl=lockstep"},
          .parameters = {
              {"victim", std::string("sort.workload"), "file", 0, 0,
               "Workload of the process that dies, of its heir, and of the process on the stalling device."},
              {"neighbour", std::string("gzip.workload"), "file", 0, 0,
               "Workload of the process that shares the endpoint."},
              {"max_accesses", kDefaultReplay, "accesses", 1, 1e9, "Accesses replayed from each workload."},
              {"churn_rounds", u64{12}, "rounds", 0, 1e6,
               "Times that each bystander unmaps and remaps its scratch pages."},
              {"page_in_us", u64{20}, "µs", 0, 1e6, "Longest time for a page to come from storage."},
              {"kill_window_us", u64{50}, "µs", 0, 1e6,
               "The victim dies within this time once faults are outstanding."}}};
}

}  // namespace smmu_vp::tb
