// pasid_reuse. The rule (3.12.3; PCIe 6.20.1): before a PASID stands for another address space
// on a stream, what asked under the former one is over. A stalled transaction is retried in whatever context it finds then
// (4.7.1), and the answer to an old page request tells the device something about an address of the new space.
// A context that was given up (V = 0, or nothing to walk) and then leads to other tables is another address space; the
// same tables again are the same one, and a live context may get other tables.
#include <fmt/format.h>

#include <map>
#include <tuple>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "pasid_reuse",
    .description = "a PASID gets a new address space when the faults of the former are over",
    .rule =
        "When the CD of a StreamID and PASID that was given up is read with other tables, no transaction of "
        "the former use is stalled, and no page-request group of it is queued without a response.",
    .section = "3.12.3, 4.7.1, 8",
    .witness = Witness::kMachine,
    .facts =
        "smmu.stalled, smmu.resumed, smmu.page_request, smmu.prg_response, smmu.command, structures fetched, "
        "pcie.controls, and memory",
    .finds = "unbind without draining the fault queues; a PASID freed at process exit, before unbind",
};

class PasidReuse final : public Monitor {
 public:
  PasidReuse(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)), requesters_(shadows_->translations.requesters()) {
    listen_to_faults(bus);
    bus.on<trace::Command>([this](const trace::Command& f, u64) {
      if (f.opcode() == spec::Opcode::CMD_CFGI_CD) look(f);
    });
    bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64 t_ps) {
      if (f.structure == spec::Structure::kCd) on_context(f, t_ps);
    });
  }

 private:
  // What waits for software: a transaction by StreamID and STAG, or a group by StreamID and index.
  enum class Kind : u8 { kStall, kGroup };
  using Waiting = std::tuple<u8, u32, Kind, u32>;  // SMMU, StreamID
  struct Asked {
    Requester who;
    u64 address;
    u64 since_ps;
  };
  using Roots = std::array<std::optional<u64>, 2>;
  // One use of a PASID on a stream.
  struct Use {
    Roots roots;
    bool given_up = false;
  };

  void listen_to_faults(trace::Bus& bus) {
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64 t_ps) {
      if (f.who.pasid) waiting_[{f.smmu, f.who.sid, Kind::kStall, f.stag}] = {f.who, f.va, t_ps};
    });
    bus.on<trace::Resumed>([this](const trace::Resumed& f, u64) {
      waiting_.erase({f.smmu, f.sid, Kind::kStall, f.stag});
    });
    bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64 t_ps) {
      const bool stop_marker = f.last && !f.intent.read && !f.intent.write;
      if (!f.who.pasid || stop_marker || f.outcome != trace::PageRequestOutcome::kQueued ||
          shadows_->rogues.contains(f.who.sid))
        return;
      waiting_.try_emplace({f.smmu, f.who.sid, Kind::kGroup, f.prg_index}, Asked{f.who, f.address, t_ps});
    });
    bus.on<trace::PrgResponseSent>([this](const trace::PrgResponseSent& f, u64) {
      if (f.response == spec::ResponseCode::kResponseFailure) return forget_groups(f.who.sid);
      waiting_.erase({f.smmu, f.who.sid, Kind::kGroup, f.prg_index});
    });
    bus.on<trace::FunctionControls>([this](const trace::FunctionControls& f, u64) {
      if (f.reset) forget_groups(f.sid);
    });
    // Responses are ignored from then on, and no group is known any more (4.5.2, 6.3.9).
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64) {
      if (f.offset == spec::offset::CR0 && spec::CR0::SMMUEN.get(f.value) == 0)
        std::erase_if(waiting_, [](const auto& w) { return std::get<Kind>(w.first) == Kind::kGroup; });
    });
  }
  void forget_groups(u32 sid) {
    std::erase_if(waiting_, [sid](const auto& w) {
      return std::get<1>(w.first) == sid && std::get<Kind>(w.first) == Kind::kGroup;
    });
  }

  static Roots roots_of(const Regime* regime) {
    Roots roots;
    if (regime == nullptr || !regime->stage1) return roots;
    for (unsigned half = 0; half < roots.size(); ++half)
      if (const auto& tables = regime->stage1_tables[half]) roots[half] = tables->base;
    return roots;
  }
  static bool walks_nothing(const Roots& roots) { return !roots[0] && !roots[1]; }

  void look(const trace::Command& f) {
    const spec::Command c = f.words();
    const Requester who{static_cast<u32>(spec::cmd::SID.get(c.w)),
                        static_cast<u32>(spec::cmd::SSID.get(c.w))};
    const u32 number = requesters_.number_of(who, f.smmu);
    const auto use = uses_.find(number);
    if (use != uses_.end() && walks_nothing(roots_of(requesters_.now(number)))) use->second.given_up = true;
  }

  void on_context(const trace::ConfigFetched& f, u64 t_ps) {
    const u32 number = requesters_.number_of(f.who, f.smmu);
    const Roots roots = roots_of(requesters_.fetched(number));
    Use& use = uses_[number];
    if (walks_nothing(roots)) {
      use.given_up = true;
      return;
    }
    const bool another = use.given_up && !walks_nothing(use.roots) && use.roots != roots;
    use = {.roots = roots};
    if (!another) return;
    judge();
    for (const auto& [what, asked] : waiting_) {
      if (std::get<0>(what) != f.smmu || asked.who != f.who) continue;
      report(
          t_ps,
          fmt::format("{} leads to another address space (the table at {:#x}) while {} {} of the former, at "
                      "{:#x} since {} us, has no answer",
                      text_of(f.who), roots[0].value_or(roots[1].value_or(0)),
                      std::get<Kind>(what) == Kind::kStall ? "the stall with STAG" : "page-request group",
                      std::get<3>(what), asked.address, asked.since_ps / 1'000'000),
          {.sid = f.who.sid, .pasid = f.who.pasid, .address = asked.address});
    }
  }

  SharedShadows shadows_;
  TranslationRequesters& requesters_;
  std::map<Waiting, Asked> waiting_;
  std::map<u32, Use> uses_;  // by requester
};

}  // namespace

MonitorEntry monitors::pasid_reuse() {
  return entry_of<PasidReuse>(kInfo);
}

}  // namespace smmu_vp::tb
