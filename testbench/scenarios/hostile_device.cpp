// A device that breaks the rules in ways the seed chooses, beside an honest one. Whatever it does, processes
// it is not bound to keep their bytes (the isolation monitor judges that), the honest device's work comes out
// right, and the driver stack goes on.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "testbench/scenarios/all.h"
#include "testbench/scenarios/copy_process.h"

namespace smmu_vp::tb {

namespace {

using pcie::Misbehaviour;

constexpr std::size_t kHostile = 0, kHonest = 1;
constexpr u64 kPages = 4;
constexpr u64 kMicrosecond = 1'000'000, kMillisecond = 1'000 * kMicrosecond;
constexpr u64 kPatience = 5 * kMillisecond;

// What the device did, and what the system answered it.
class Account {
 public:
  explicit Account(ScenarioContext& ctx) : sid_(ctx.platform.stream_id(kHostile)) {
    ctx.bus.on<trace::Misbehaves>([this](const auto& f, u64) { ++deeds_[std::string(f.what)]; });
    ctx.bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64) {
      if (f.sid == sid_) ++answers_[std::string(f.name) + (f.dropped ? " (queue full)" : "")];
    });
    ctx.bus.on<trace::CommandError>([this](const auto& f, u64) { ++answers_[std::string(f.error)]; });
    ctx.bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
      if (f.sid == sid_ && f.outcome != "queued") ++answers_["page request: " + std::string(f.outcome)];
    });
    ctx.bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& f, u64) {
      if (f.sid == sid_ && f.status != "ok") ++answers_[fmt::format("{} access: {}", f.kind, f.status)];
    });
  }

  u64 deeds(Misbehaviour m) const {
    const auto it = deeds_.find(std::string(pcie::kMisbehaviours[static_cast<std::size_t>(m)].name));
    return it == deeds_.end() ? 0 : it->second;
  }
  bool answered(const std::string& what) const { return answers_.contains(what); }
  std::string table() const {
    std::string text = fmt::format("StreamID {:#x}: deeds, and what answered the device\n", sid_);
    for (const auto& [what, n] : deeds_) text += fmt::format("  {:>6} x {}\n", n, what);
    for (const auto& [what, n] : answers_) text += fmt::format("  {:>6} < {}\n", n, what);
    return text;
  }

 private:
  u32 sid_;
  std::map<std::string, u64> deeds_, answers_;
};

class Run {
 public:
  Run(ScenarioContext& ctx, const std::shared_ptr<Account>& account)
      : ctx_(ctx), account_(account), victim_done_(ctx.os.make_wait_queue("victim")) {}

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    choose();
    ctx_.os.spawn("victim", [this] { victim(); });
    for (u64 round = 0; round < ctx_.parameter<u64>("rounds"); ++round) attack(round);
    victim_done_->wait([this] { return done_; });
    judge();
    ctx_.kernel.shutdown();
  }

 private:
  bool is(Misbehaviour m) const { return on_[static_cast<std::size_t>(m)]; }
  sw::Accelerator& hostile() { return ctx_.kernel.accelerator(ctx_.platform.driver_index(kHostile)); }

  // The configuration's switches, or one to three of the seed's choice.
  void choose() {
    on_ = ctx_.config.endpoints[kHostile].misbehave.on;
    if (std::find(on_.begin(), on_.end(), true) == on_.end()) {
      for (u64 n = ctx_.random.between(1, 3); n != 0; --n) on_[ctx_.random.below(on_.size())] = true;
    }
    // Full ATS lets a device write wherever it likes, the kernel's own tables included: after that nothing is
    // left to observe. Whoever does not trust a device gives it no ATS.
    hostile().device().trusted = !is(Misbehaviour::kForgeTranslatedWrites);
    std::string names;
    for (const auto& m : pcie::kMisbehaviours) {
      if (is(m.which)) names += (names.empty() ? "" : ", ") + std::string(m.name);
    }
    ctx_.note(fmt::format("the device at {:#x}, {}: {}", ctx_.platform.stream_id(kHostile),
                          hostile().device().trusted ? "trusted with ATS" : "not trusted with ATS", names));
    ctx_.platform.misbehave(kHostile, on_);
  }

  void victim() {
    CopyProcess process(ctx_, "victim", kHonest, kPages);
    if (ctx_.expect(process.open(), "the victim can be bound to the honest device")) {
      for (u64 n = 0; n < 4 * ctx_.parameter<u64>("rounds"); ++n) {
        ctx_.expect(process.copy(kPatience) == CopyProcess::Result::kRight,
                    "the honest device's copy is done and right");
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
    CopyProcess process(ctx_, fmt::format("attacker{}", round), kHostile, kPages);
    process.populate();
    if (!process.open()) return ctx_.note(process.name() + ": the driver no longer binds the device");
    for (u64 n = 0; n < 3; ++n) {
      process.copy(kPatience);  // may fail: it is the device's own work
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
    const bool lost = account_->deeds(Misbehaviour::kIgnoreInvalidations) != 0;
    if (lost)
      ctx_.expect(account_->answered("CERROR_ATC_INV_SYNC"),
                  "an ignored invalidation ends in CERROR_ATC_INV_SYNC");
    if (!hostile().device().trusted && account_->deeds(Misbehaviour::kForgeTranslatedWrites) != 0)
      ctx_.expect(
          account_->answered("F_TRANSL_FORBIDDEN") || account_->answered("F_TRANSL_FORBIDDEN (queue full)"),
          "a forged translated request is refused with F_TRANSL_FORBIDDEN");
    ctx_.table(account_->table());
  }

  ScenarioContext& ctx_;
  std::shared_ptr<Account> account_;
  pcie::Misbehaviours on_{};
  std::unique_ptr<sw::WaitQueue> victim_done_;
  bool done_ = false;
};

}  // namespace

Scenario hostile_device() {
  return {.name = "hostile_device",
          .description = "a device that breaks the rules as the seed chooses, beside an honest one",
          .run =
              [](ScenarioContext& ctx) {
                const auto account = std::make_shared<Account>(ctx);
                ctx.keep(account);
                Run(ctx, account).run();
              },
          .defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x200",
                       "smmu.cmdq.atc_inv_timeout_ns=200000", "endpoint.0.misbehave.slow_ns=50000",
                       "smmu.features.priq_log2_max=4"},
          .parameters = {{"rounds", u64{4}, "processes", 1, 1000, "Processes bound to the hostile device."}}};
}

}  // namespace smmu_vp::tb
