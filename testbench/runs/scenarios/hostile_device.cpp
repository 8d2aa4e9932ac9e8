// A device that breaks the rules in ways the seed chooses, next to an honest one. Whatever it does, processes
// that it is not bound to keep their data (checked by the isolation monitor), the honest device's work
// succeeds, and the driver stack keeps working.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "testbench/runs/scenarios/copy_process.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

using spec::Misbehaviour;
using spec::Misbehaviours;

constexpr std::size_t kHostile = 0, kHonest = 1;
constexpr u64 kPages = 4;
// What gets past SMMU and root port: device_grants finds it. Of a device without ATS only what needs none.
constexpr std::array kGetThrough = {Misbehaviour::kForgeTranslated, Misbehaviour::kStaleTranslated,
                                    Misbehaviour::kExceedAllocation, Misbehaviour::kPageRequestFlood,
                                    Misbehaviour::kAtsWhileDisabled};
constexpr u64 kMicrosecond = 1'000'000, kSecond = 1'000'000 * kMicrosecond;
constexpr u64 kEver = 3'600 * kSecond;  // a run without progress ends earlier

const TableKind& account_kind() {
  static const TableKind kind{
      .name = "hostile_device",
      .help = "What a device that breaks rules did, and how the system answered it.",
      .columns = {
          {.name = "count", .help = "How often."},
          {.name = "side", .help = "misbehaviour: by the device; answer: by the SMMU or the root port."},
          {.name = "what",
           .help = "The misbehaviour (`list misbehaviours`), or the event, error or status."}}};
  return kind;
}

// What the device did, and how the system answered it.
class Account {
 public:
  explicit Account(ScenarioContext& ctx) : sid_(ctx.platform.stream_id(kHostile)) {
    ctx.bus.on<trace::Misbehaves>([this](const auto& f, u64) { ++misbehaviours_[index_of(f.what)]; });
    ctx.bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64) {
      if (f.who.sid == sid_) ++answers_[std::string(to_string(f.id)) + (f.dropped ? " (queue full)" : "")];
    });
    ctx.bus.on<trace::CommandError>(
        [this](const auto& f, u64) { ++answers_[std::string(to_string(f.error))]; });
    ctx.bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
      if (f.who.sid == sid_ && f.outcome != trace::PageRequestOutcome::kQueued)
        ++answers_[fmt::format("page request: {}", to_string(f.outcome))];
    });
    ctx.bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& f, u64) {
      if (f.who.sid == sid_ && f.status != spec::DmaStatus::kSuccess)
        ++answers_[fmt::format("{} access: {}", to_string(f.kind), to_string(f.status))];
    });
  }

  u64 count(Misbehaviour m) const { return misbehaviours_[index_of(m)]; }
  bool answered(const std::string& what) const { return answers_.contains(what); }
  MeasuredTable table() const {
    MeasuredTable table{
        .kind = &account_kind(),
        .title = fmt::format("StreamID {:#x}: what the device did, and how it was answered", sid_),
        .rows = {}};
    for (const spec::MisbehaviourInfo& m : spec::kMisbehaviours)
      if (const u64 n = count(m.which)) table.rows.push_back({n, "misbehaviour", std::string(m.name)});
    for (const auto& [what, n] : answers_) table.rows.push_back({n, "answer", what});
    return table;
  }

 private:
  u32 sid_;
  std::array<u64, spec::kMisbehaviours.size()> misbehaviours_{};
  std::map<std::string, u64> answers_;
};

class Run {
 public:
  Run(ScenarioContext& ctx, const std::shared_ptr<Account>& account)
      : ctx_(ctx), account_(account), victim_done_(ctx.os.make_wait_queue("victim")) {}

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    choose();
    ctx_.os.spawn("victim", [this] { victim(); });
    for (u64 round = 0; round < ctx_.parameter<u64>("rounds"); ++round) {
      ctx_.progress(round, ctx_.parameter<u64>("rounds"));
      attack(round);
    }
    victim_done_->wait([this] { return done_; });
    judge();
    ctx_.kernel.shutdown();
  }

 private:
  bool is(Misbehaviour m) const { return on_[index_of(m)]; }
  sw::Accelerator& hostile() { return ctx_.accelerator(kHostile); }

  // The configuration's switches, or one to three of the seed's choice.
  void choose() {
    on_ = ctx_.config.endpoints[kHostile].misbehave.on;
    if (std::find(on_.begin(), on_.end(), true) == on_.end()) {
      for (u64 n = ctx_.random.between(1, 3); n != 0; --n) on_[ctx_.random.below(on_.size())] = true;
    }
    // Full ATS lets a device write anywhere, even to the kernel's own tables, and then nothing is left to
    // observe. A device that is not trusted must get no ATS.
    hostile().device().trusted = !is(Misbehaviour::kForgeTranslatedWrites);
    std::string names;
    for (const spec::MisbehaviourInfo& m : spec::kMisbehaviours) {
      if (is(m.which)) names += (names.empty() ? "" : ", ") + std::string(m.name);
    }
    ctx_.note(fmt::format("the device at {:#x}, {}: {}", ctx_.platform.stream_id(kHostile),
                          hostile().device().trusted ? "trusted with ATS" : "not trusted with ATS", names));
    const bool through = hostile().device().trusted && std::any_of(kGetThrough.begin(), kGetThrough.end(),
                                                                   [this](Misbehaviour m) { return is(m); });
    // The SMMU queues page requests of a function whose PRI is disabled, too.
    if (through || is(Misbehaviour::kDmaAfterStop) || is(Misbehaviour::kPageRequestFlood))
      ctx_.provoke("device_grants", kHostile);
    ctx_.platform.misbehave(kHostile, on_);
  }

  void victim() {
    CopyProcess process(ctx_, "victim", {.device = kHonest, .pages = kPages});
    if (ctx_.expect(process.open(), "the victim can be bound to the honest device")) {
      for (u64 n = 0; n < 4 * ctx_.parameter<u64>("rounds"); ++n) {
        ctx_.expect(process.copy(kEver) == CopyProcess::Result::kRight,
                    "the honest device's copy completes with the right data");
        process.remap();
        ctx_.os.sleep_ps(1 + ctx_.random.below(20 * kMicrosecond));
      }
      process.close();
    }
    process.kill();
    done_ = true;
    victim_done_->wake_all();
  }

  void attack(u64 round) {
    CopyProcess process(ctx_, fmt::format("attacker{}", round), {.device = kHostile, .pages = kPages});
    process.populate();
    if (!process.open()) return ctx_.note(process.name() + ": the driver refuses to bind the device");
    for (u64 n = 0; n < 3; ++n) {
      process.copy(10 * ctx_.pace.job_ps(2 * kPages));  // may fail: it is the device's own work
      process.remap();
      if (!hostile().device().trusted) process.populate();
    }
    process.submit();
    if (round == 1 && is(Misbehaviour::kHangInFlr) && !hostile().reset())
      ctx_.note("the device does not come back from its reset");
    const bool dies_first = ctx_.random.below(2) == 0;
    if (dies_first) process.kill();
    process.close();
    process.kill();
    ctx_.os.sleep_ps(ctx_.random.below(50 * kMicrosecond));
  }

  void judge() {
    const bool lost = account_->count(Misbehaviour::kIgnoreInvalidations) != 0;
    if (lost)
      ctx_.expect(account_->answered("CERROR_ATC_INV_SYNC"),
                  "an ignored invalidation ends in CERROR_ATC_INV_SYNC");
    if (!hostile().device().trusted && account_->count(Misbehaviour::kForgeTranslatedWrites) != 0)
      ctx_.expect(
          account_->answered("F_TRANSL_FORBIDDEN") || account_->answered("F_TRANSL_FORBIDDEN (queue full)"),
          "a forged Translated request is refused with F_TRANSL_FORBIDDEN");
    ctx_.table(account_->table());
  }

  ScenarioContext& ctx_;
  std::shared_ptr<Account> account_;
  Misbehaviours on_{};
  std::unique_ptr<sw::WaitQueue> victim_done_;
  bool done_ = false;
};

}  // namespace

Scenario hostile_device() {
  return {
      .name = "hostile_device",
      .description = "a device that breaks rules chosen by the seed, next to an honest one",
      .run =
          [](ScenarioContext& ctx) {
            const auto account = std::make_shared<Account>(ctx);
            ctx.keep(account);
            Run(ctx, account).run();
          },
      .needs = [](const Config& c) -> Needs {
        return {.endpoints = {{kHostile, Attachment::kPcieFunction}, {kHonest, Attachment::kPcieFunction}},
                .processes = 2,
                .process_bytes = 2 * page_bytes(c, 8 * kPages),
                .honest = false};
      },
      // The driver's time-outs of a second each, one after another, and a list of unanswered invalidations.
      .pause_ps =
          [](const Config& c) {
            return 16 * kSecond + (c.smmu.timing.atc_inv_timeout_ps << c.driver.cmdq_log2);
          },
      .defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x200",
                   "smmu.cmdq.atc_inv_timeout_ns=200000", "endpoint.0.misbehave.slow_ns=50000",
                   "smmu.features.priq_log2_max=4"},
      .parameters = {{"rounds", u64{4}, "processes", 1, 1000, "Processes bound to the hostile device."}},
      .tables = {&account_kind()}};
}

}  // namespace smmu_vp::tb
