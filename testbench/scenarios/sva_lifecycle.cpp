// The PASID lifetime from bind to reuse, with two bystanders and a process killed while everything is in
// flight.
#include <fmt/format.h>

#include "testbench/scenarios/all.h"
#include "testbench/scenarios/in_flight.h"
#include "testbench/scenarios/phase_probes.h"
#include "testbench/scenarios/workload_process.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPage = WorkloadProcess::kPage;
constexpr u64 kUs = 1'000'000;
constexpr u64 kLostPs = 5'000 * kUs;  // what has not come by then never will
constexpr u64 kAlonePs = 300 * kUs;
constexpr u64 kLookPs = 50'000;

// Threads of user programs, and the wait for their end.
class Threads {
 public:
  explicit Threads(sw::Os& os) : os_(os), ended_(os.make_wait_queue("user_threads")) {}

  void start(std::string name, std::function<void()> body) {
    ++running_;
    os_.spawn(std::move(name), [this, body = std::move(body)] {
      body();
      --running_;
      ended_->wake_all();
    });
  }
  void join() {
    ended_->wait([this] { return running_ == 0; });
  }

 private:
  sw::Os& os_;
  unsigned running_ = 0;
  std::unique_ptr<sw::WaitQueue> ended_;
};

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
    if (!find_devices() || !bind_everyone()) return;
    live();
    death();
    quiesced();
    unbound();
    reused();
    bystanders_finish();
    ctx_.kernel.shutdown();
  }

 private:
  bool is_victim(u64 mm) const { return victim_ && victim_->mm().id() == mm; }

  bool find_devices() {
    std::optional<std::size_t> pcie, platform;
    for (std::size_t d = 0; d < ctx_.platform.devices(); ++d) {
      auto& slot = ctx_.platform.is_pcie(d) ? pcie : platform;
      if (!slot) slot = d;
    }
    if (!ctx_.expect(pcie && platform, "the configuration has a PCIe endpoint and a platform device"))
      return false;
    pcie_ = *pcie;
    platform_ = *platform;
    return true;
  }

  // `page_in_us` slows page faults down. The victim's pages are at hand: a fault in progress keeps an address
  // space alive, and slow ones would only put its death off.
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
    ctx_.note(fmt::format(
        "bound: victim PASID {} to endpoint {:#x} and stalling device {:#x}; neighbour PASID {} to the "
        "endpoint; stalling PASID {} to the device",
        pasid_, ctx_.platform.stream_id(pcie_), ctx_.platform.stream_id(platform_), neighbour_file_->pasid(),
        stalling_file_->pasid()));
    return true;
  }

  PhaseProbes::Subject on_pcie(int phase) const { return {pcie_, pasid_, phase}; }
  PhaseProbes::Subject on_platform(int phase) const { return {platform_, pasid_, phase}; }

  // Phase 1: programs run, pages come in on demand, every live cell is probed in the middle of it.
  void live() {
    start_bystanders();
    victim_threads_.start("victim.replay", [this] { victim_->replay(*victim_pcie_); });
    probe_live(*victim_, 1);
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

  // The rows of a live PASID. Phase 4 is phase 1 again, for somebody else; `stranger` is what the PASID meant
  // before.
  void probe_live(WorkloadProcess& p, int phase) {
    const auto& at = p.layout();
    const auto pcie = on_pcie(phase), platform = on_platform(phase);
    std::vector<u8> own(64), read_only(64);
    p.shadow().read(at.lazy, own);
    p.shadow().read(at.read_only, read_only);

    // Not mapped yet, and a VMA: the endpoint may ask again after a page request; the platform device stalls.
    probes_.translation_request(pcie, "valid VMA, not yet paged in", at.lazy, "Success R=0 W=0, no event");
    probes_.page_request(pcie, "valid VMA, not yet paged in", at.lazy, true, "Success");
    probes_.translation_request(pcie, "writable page", at.lazy, "Success R=1 W=1, no event");
    probes_.untranslated(pcie, "mapped page", at.lazy, false, "ok, own data, no event", own);
    probes_.translated(pcie, "page request, then ATS, then access", at.lazy + kPage, "ok, own data, no event",
                       contents(p, at.lazy + kPage));
    probes_.untranslated(platform, "valid VMA, not yet paged in", at.lazy + 2 * kPage, false,
                         "ok, own data, F_TRANSLATION, stalled", contents(p, at.lazy + 2 * kPage));
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
    probes_.untranslated(pcie, "no VMA", at.unmapped, false, "aborted, F_TRANSLATION");
    probes_.untranslated(platform, "no VMA", at.unmapped, false, "aborted, F_TRANSLATION, stalled");
  }

  static std::vector<u8> contents(WorkloadProcess& p, u64 va) {
    std::vector<u8> bytes(64);
    p.shadow().read(va, bytes);
    return bytes;
  }

  // Phase 1 → 2: at a moment of the seed's choosing, with traffic of every kind in flight. A page fault being
  // served holds the address space: in half the runs none is, and release comes at once with all of the
  // traffic still there; in the other half it follows the last fault served.
  void death() {
    const u64 accesses = 1 + ctx_.random.below(ctx_.parameter<u64>("max_accesses") / 16 + 1);
    poll([&] { return victim_->accesses_done() >= accesses; }, kLostPs);
    ctx_.os.sleep_ps(ctx_.random.below(ctx_.parameter<u64>("kill_window_us") * kUs + 1));
    const auto busy = [&] { return in_flight_.of(pasid_).every_kind(); };
    // Such moments pass before they all come with a fault being served: then the other half's will do.
    const bool alone =
        ctx_.random.below(2) == 0 && poll([&] { return busy() && victim_->mm().last_user(); }, kAlonePs);
    const bool timely = alone || poll(busy, kLostPs);
    const bool at_once = victim_->mm().last_user();
    const u64 done = victim_->accesses_done();
    const InFlight::Counts at_kill = in_flight_.of(pasid_);
    victim_->process().kill();
    ctx_.expect(poll([this] { return released_; }, kLostPs), "the mm notifier's release follows the kill");
    ctx_.note(fmt::format("victim killed after {} replayed accesses with {} in flight; released {} with {}",
                          done, text_of(at_kill), at_once ? "at once" : "after its last page fault",
                          text_of(at_release_)));
    ctx_.expect(timely, "the process is killed with traffic of every kind in flight: " + text_of(at_kill));
  }

  static std::string text_of(const InFlight::Counts& c) {
    return fmt::format("{} DMA, {} translation requests, {} page requests, {} stalls", c.dma,
                       c.translation_requests, c.page_requests, c.stalls);
  }

  bool poll(const std::function<bool()>& holds, u64 timeout_ps) {
    const u64 end = ctx_.os.now_ps() + timeout_ps;
    while (!holds()) {
      if (ctx_.os.now_ps() >= end) return false;
      ctx_.os.sleep_ps(kLookPs);
    }
    return true;
  }

  // Phase 2: the devices do not know yet and go on.
  void quiesced() {
    const auto& at = victim_->layout();
    const auto pcie = on_pcie(2), platform = on_platform(2);
    probes_.untranslated(pcie, "page that was mapped", at.lazy, false, "aborted, no event");
    probes_.untranslated(platform, "page that was mapped", at.lazy, true, "aborted, no event");
    probes_.untranslated(platform, "page never touched", at.lazy + 3 * kPage, false, "aborted, no event");
    probes_.translation_request(pcie, "page that was mapped", at.lazy, "Success R=0 W=0, no event");
    probes_.translation_request(pcie, "no VMA", at.unmapped, "Success R=0 W=0, no event");
    probes_.page_request(pcie, "page that was mapped", at.lazy, false, "Invalid Request");
    probes_.translated(pcie, "page that was mapped", at.lazy, "page request refused, no event");
    // New work for the dead process, so that the stop below finds the devices busy.
    for (u64 i = 0; i < 8; ++i) {
      const sw::Job job{
          .opcode = spec::accel::Opcode::kFill, .destination = at.arena + i * kPage, .length = kPage};
      victim_pcie_->submit(job);
      victim_platform_->submit(job);
    }
    ctx_.note("victim quiesced: its devices were refused in silence, and still have work queued");
  }

  // Phase 2 → 3: stop, drain, unbind; then a stray access.
  void unbound() {
    victim_pcie_->close();
    victim_platform_->close();
    victim_threads_.join();
    const auto& at = victim_->layout();
    const auto pcie = on_pcie(3), platform = on_platform(3);
    probes_.untranslated(pcie, "stray access after unbind", at.lazy, false, "aborted, C_BAD_CD");
    probes_.untranslated(platform, "stray access after unbind", at.lazy, true, "aborted, C_BAD_CD");
    probes_.translation_request(pcie, "stray request after unbind", at.lazy, "Completer Abort, no event");
    probes_.page_request(pcie, "stray request after unbind", at.lazy, false, "Invalid Request");
    ctx_.note("victim unbound: stray traffic was refused and reported");
    victim_pcie_.reset();
    victim_platform_.reset();
    victim_.reset();
  }

  // Phase 4: the number means somebody else.
  void reused() {
    heir_ = make("heir", "victim", 44, 0);
    auto on_endpoint = heir_->open(pcie_);
    auto on_device = heir_->open(platform_);
    if (!ctx_.expect(on_endpoint && on_device, "a new process can be bound")) return;
    ctx_.expect(on_endpoint->pasid() == pasid_,
                fmt::format("the new process gets PASID {} again (it has {})", pasid_, on_endpoint->pasid()));
    ctx_.note(fmt::format("heir bound with PASID {}", on_endpoint->pasid()));
    probe_live(*heir_, 4);
    ctx_.expect(heir_->replay(*on_endpoint), "the heir's replay ends with every checksum right");
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
    ctx_.note(fmt::format("bystanders finished: {} and {} accesses replayed, memory compared",
                          neighbour_->accesses_done(), stalling_->accesses_done()));
    neighbour_file_->close();
    stalling_file_->close();
    neighbour_->process().kill();
    stalling_->process().kill();
  }

  ScenarioContext& ctx_;
  InFlight in_flight_;
  PhaseProbes probes_;
  Threads victim_threads_, bystander_threads_;
  std::size_t pcie_ = 0, platform_ = 0;
  u32 pasid_ = 0;
  bool released_ = false;
  InFlight::Counts at_release_;
  std::unique_ptr<WorkloadProcess> victim_, neighbour_, stalling_, heir_;
  std::unique_ptr<sw::AcceleratorFile> victim_pcie_, victim_platform_, neighbour_file_, stalling_file_;
  bool neighbour_done_ = false, neighbour_churned_ = false, stalling_done_ = false, stalling_churned_ = false;
};

}  // namespace

Scenario sva_lifecycle() {
  return {.name = "sva_lifecycle",
          .description = "bind, demand paging, process death with everything in flight, unbind, PASID reuse",
          .run =
              [](ScenarioContext& ctx) {
                const auto lifecycle = std::make_shared<Lifecycle>(ctx);
                ctx.keep(lifecycle);
                lifecycle->run();
              },
          .check =
              [](const Config& config) {
                check_workload(config, "victim");
                check_workload(config, "neighbour");
              },
          // Some 50 times what it takes; with a bug in the driver a device may fault for ever.
          .defaults = {"smmu.tbu.tlb.impl=lockstep", "time_limit_ns=100000000"},
          .parameters =
              {{"victim", std::string("sort.workload"), "file", 0, 0,
                "Workload of the process that dies, of its heir, and of the process on the stalling device."},
               {"neighbour", std::string("gzip.workload"), "file", 0, 0,
                "Workload of the process that shares the endpoint."},
               {"max_accesses", u64{4000}, "accesses", 1, 1e9, "How much of each workload is replayed."},
               {"churn_rounds", u64{12}, "rounds", 0, 1e6,
                "How often each bystander unmaps and remaps its scratch pages."},
               {"page_in_us", u64{20}, "µs", 0, 1e6, "Longest time a page takes to come from storage."},
               {"kill_window_us", u64{50}, "µs", 0, 1e6,
                "The victim dies within this time once faults are outstanding."}}};
}

}  // namespace smmu_vp::tb
