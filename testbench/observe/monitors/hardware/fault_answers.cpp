// fault_answers. The rule, as software sees it: by what it is told of faults and by the commands it answers with.
//  - each stall event record gets one CMD_RESUME, or the stream a CMD_STALL_TERM; CMD_RESUME names a StreamID and STAG
//    that an event record gave and that was not answered yet (4.7.1); CMD_STALL_TERM comes when the stream's STE
//    terminates accesses and that is synchronised (4.7.2);
//  - no stall is left: neither until the end nor longer than software may take (MachineTraits::software_delay_ps).
//    SMMUEN = 0 ends stalls, too, and a record of one that is over may still be answered (3.12.2);
//  - a page-request group that is queued to its last request is answered in that time as well. What the device makes of
//    answers is for `prg_answered`. Nothing is owed once SMMUEN is 0, as responses are ignored then (4.5.2), nor after
//    the function was reset or failed;
//  - answers help: no access faults again and again, each time answered to go on, while nothing changes in the
//    descriptor that it faults on (fault_repeats.h).
// What a device that breaks the rules asks for is not judged.
#include <fmt/format.h>

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/fault_repeats.h"
#include "testbench/observe/monitors/hardware/fault_stalls.h"
#include "testbench/observe/monitors/hardware/fault_streams.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "fault_answers",
    .description = "software answers stalls and page requests in time, rightly and to some effect",
    .rule =
        "CMD_RESUME names a StreamID and STAG of an event record that is not answered yet; CMD_STALL_TERM "
        "comes when "
        "the stream terminates accesses and that is synchronised. No stall and no complete page-request "
        "group waits "
        "longer than software may take, no stall at the end. No access faults 16 times in a row, each time "
        "answered "
        "to go on, with the descriptor unchanged.",
    .section = "3.12.2, 4.7.1, 4.7.2, 8",
    .witness = Witness::kMachine,
    .facts =
        "smmu.event, smmu.stalled, smmu.resumed, smmu.command, smmu.page_request, smmu.prg_response, "
        "smmu.walk_read, smmu.reg_*, pcie.controls, and memory",
    .finds = "faults lost; a STAG answered twice or of another stream; a handler that mends nothing",
};

class FaultAnswers final : public Monitor {
 public:
  FaultAnswers(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo),
        shadows_(std::move(shadows)),
        streams_(shadows_->memory),
        repeats_(shadows_->memory) {
    listen_to_stalls(bus);
    listen_to_page_requests(bus);
    listen_to_walks(bus);
    listen_to_software(bus);
  }

  void finish(u64 t_ps) override {
    overdue(t_ps);
    for (const auto& [tag, stall] : stalls_.waiting()) {
      judge();
      if (!late_.contains(tag)) left(tag, stall, t_ps, "is still stalled at the end");
    }
  }

 private:
  using Tag = FaultStalls::Tag;
  using GroupId = std::pair<u32, u32>;  // StreamID, index
  struct Group {
    Requester who;
    std::vector<FaultedPage> pages;
    u64 complete_ps = 0;  // 0: its last request has not come
  };
  // Either a stall or a group, at the earliest when it can be late.
  struct Due {
    u64 since_ps;
    std::optional<Tag> stall;
    GroupId group;
  };

  void listen_to_stalls(trace::Bus& bus) {
    bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64 t_ps) {
      if (!f.stall || f.dropped) return;
      const Tag tag{f.smmu, f.who.sid, static_cast<u32>(spec::evt::STAG.get(f.words().w))};
      stalls_.recorded(tag, {.who = f.who,
                             .va = f.address,
                             .write = spec::evt::RnW.get(f.words().w) == 0,
                             .recorded_ps = t_ps});
      late_.erase(tag);
    });
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64 t_ps) {
      const Tag tag{f.smmu, f.who.sid, f.stag};
      const StallRecord* const record = stalls_.find(tag);
      if (record == nullptr) return;
      stalls_.waits(tag, *record);
      due_.push_back({.since_ps = record->recorded_ps, .stall = tag, .group = {}});
      const u64* const descriptor = read_last_.find(transaction_key(f));
      told({f.who, first_page(f.va), record->write},
           descriptor == nullptr ? std::nullopt : std::optional(*descriptor), t_ps);
    });
    bus.on<trace::Resumed>([this](const trace::Resumed& f, u64) { stalls_.ended({f.smmu, f.sid, f.stag}); });
    bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64) { streams_.fetched(f); });
    bus.on<trace::SyncEnd>([this](const trace::SyncEnd& f, u64) { streams_.synchronised(f.smmu); });
  }

  void listen_to_page_requests(trace::Bus& bus) {
    bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64 t_ps) {
      const bool stop_marker = f.who.pasid && f.last && !f.intent.read && !f.intent.write;
      if (f.outcome != trace::PageRequestOutcome::kQueued || stop_marker ||
          shadows_->rogues.contains(f.who.sid))
        return;
      const GroupId id{f.who.sid, f.prg_index};
      Group& group = groups_[id];
      group.who = f.who;
      const FaultedPage page{f.who, first_page(f.address), f.intent.write};
      group.pages.push_back(page);
      // A page that is requested ahead is no access that faults.
      const auto asked = asked_on_.find({f.who, page.page});
      if (asked != asked_on_.end()) told(page, asked->second, t_ps);
      if (!f.last) return;
      group.complete_ps = t_ps;
      due_.push_back({.since_ps = t_ps, .stall = {}, .group = id});
    });
    // Software's, or the SMMU's own for what it could not queue.
    bus.on<trace::PrgResponseSent>([this](const trace::PrgResponseSent& f, u64) {
      if (f.response == spec::ResponseCode::kResponseFailure) return forget_groups(f.who.sid);
      groups_.erase({f.who.sid, f.prg_index});
    });
    bus.on<trace::FunctionControls>([this](const trace::FunctionControls& f, u64) {
      if (f.reset) forget_groups(f.sid);
    });
  }

  // The descriptor that decided, of each walk under way, and of each page that a device asked to translate.
  void listen_to_walks(trace::Bus& bus) {
    bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64) { read_last_[transaction_key(f)] = f.pa; });
    shadows_->flights.on_end([this](u64 transaction, const Flight& flight, TransactionResult, u64) {
      const u64* const descriptor = read_last_.find(transaction);
      if (flight.kind == At::kTranslationRequest)
        asked_on_[{flight.who, first_page(flight.va)}] =
            descriptor == nullptr ? std::nullopt : std::optional(*descriptor);
      read_last_.erase(transaction);
    });
    bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& f, u64) {
      const u64 first = first_page(f.va), last = last_page(f.va, u64{1} << f.log2_size);
      if (f.read) repeats_.over({f.who, first, false}, last);
      if (f.write) repeats_.over({f.who, first, true}, last);
      if (f.read && f.write) asked_on_.erase({f.who, first_page(f.va)});
    });
  }

  void listen_to_software(trace::Bus& bus) {
    bus.on<trace::Command>([this](const trace::Command& f, u64 t_ps) {
      overdue(t_ps);
      on_command(f, t_ps);
    });
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64 t_ps) {
      overdue(t_ps);
      if (f.offset == spec::offset::CR0 && spec::CR0::SMMUEN.get(f.value) == 0) groups_.clear();
    });
    bus.on<trace::RegisterRead>([this](const trace::RegisterRead&, u64 t_ps) { overdue(t_ps); });
    bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin&, u64 t_ps) { overdue(t_ps); });
  }

  void on_command(const trace::Command& f, u64 t_ps) {
    const spec::Command command = f.words();
    streams_.command(f.smmu, command);
    const auto sid = static_cast<u32>(spec::cmd::SID.get(command.w));
    switch (f.opcode()) {
      case spec::Opcode::CMD_RESUME:
        return on_resume({f.smmu, sid, static_cast<u32>(spec::cmd::resume::STAG.get(command.w))},
                         spec::cmd::resume::Ac.get(command.w) == spec::cmd::resume::kRetry, t_ps);
      case spec::Opcode::CMD_STALL_TERM: {
        judge();
        const std::string_view why = streams_.still_open(f.smmu, sid);
        if (!why.empty())
          report(t_ps, fmt::format("CMD_STALL_TERM for StreamID {:#x} {} (4.7.2)", sid, why), {.sid = sid});
        return stalls_.answered_all(f.smmu, sid);
      }
      case spec::Opcode::CMD_PRI_RESP:
        return on_pri_resp({sid, static_cast<u32>(spec::cmd::pri_resp::PRGIndex.get(command.w))},
                           static_cast<spec::Resp>(spec::cmd::pri_resp::Resp.get(command.w)));
      default:
        return;
    }
  }

  void on_resume(const Tag& tag, bool retry, u64 t_ps) {
    judge();
    const auto complain = [&](std::string_view why) {
      report(t_ps, fmt::format("CMD_RESUME of StreamID {:#x}, STAG {:#x}: {}", tag.sid, tag.stag, why),
             {.sid = tag.sid});
    };
    switch (stalls_.named(tag)) {
      case FaultStalls::Named::kOpen: {
        const StallRecord& record = *stalls_.find(tag);
        const FaultedPage page{record.who, first_page(record.va), record.write};
        retry ? repeats_.may_go_on(page) : repeats_.over(page);
        break;
      }
      case FaultStalls::Named::kAnswered:
        complain("that stall has been answered already");
        break;
      case FaultStalls::Named::kOfAnotherStream:
        complain("the stall with this STAG is of another StreamID");
        break;
      case FaultStalls::Named::kUnknown:
        complain("no event record gave this STAG");
        break;
    }
    stalls_.answered(tag);
  }

  void on_pri_resp(const GroupId& id, spec::Resp response) {
    const auto group = groups_.find(id);
    if (group == groups_.end()) return;
    judge();
    for (const FaultedPage& page : group->second.pages)
      response == spec::Resp::kSuccess ? repeats_.may_go_on(page) : repeats_.over(page);
  }

  void told(const FaultedPage& page, std::optional<u64> descriptor, u64 t_ps) {
    if (repeats_.faulted(page, descriptor) != FaultRepeats::kTooMany) return;
    const u64 va = page.page * kPageBytes;
    report(t_ps,
           fmt::format("{} to {:#x} of {} faults for the {}th time in a row, each time answered to go on{}",
                       page.write ? "a write" : "a read", va, text_of(page.who), FaultRepeats::kTooMany,
                       descriptor ? fmt::format(": the descriptor at {:#x} is {:#x} all the time",
                                                *descriptor, shadows_->memory.word(*descriptor).value_or(0))
                                  : ""),
           {.sid = page.who.sid,
            .pasid = page.who.pasid,
            .address = va,
            .physical = descriptor,
            .write = page.write});
  }

  // What was told first is due first: the time software may take is the same for all.
  void overdue(u64 t_ps) {
    while (!due_.empty() && t_ps - due_.front().since_ps > shadows_->machine.software_delay_ps) {
      const Due due = due_.front();
      due_.pop_front();
      due.stall ? stall_overdue(*due.stall, due.since_ps, t_ps)
                : group_overdue(due.group, due.since_ps, t_ps);
    }
  }
  void stall_overdue(const Tag& tag, u64 since_ps, u64 t_ps) {
    const StallRecord* const record = stalls_.find(tag);
    judge();
    if (record == nullptr || record->recorded_ps != since_ps || !stalls_.waits(tag)) return;
    late_.insert(tag);
    left(tag, *record, t_ps, fmt::format("has been stalled for {} us", (t_ps - since_ps) / 1'000'000));
  }
  void group_overdue(const GroupId& id, u64 since_ps, u64 t_ps) {
    const auto group = groups_.find(id);
    judge();
    if (group == groups_.end() || group->second.complete_ps != since_ps) return;
    const FaultedPage& page = group->second.pages.front();
    report(t_ps,
           fmt::format("page-request group {} of {} at {:#x} has been queued for {} us without an answer",
                       id.second, text_of(group->second.who), page.page * kPageBytes,
                       (t_ps - since_ps) / 1'000'000),
           {.sid = id.first,
            .pasid = group->second.who.pasid,
            .address = page.page * kPageBytes,
            .write = page.write});
  }
  void left(const Tag& tag, const StallRecord& stall, u64 t_ps, std::string_view how) {
    report(t_ps,
           fmt::format("{} to {:#x} of {} {} (STAG {:#x}): no CMD_RESUME or CMD_STALL_TERM answers it",
                       stall.write ? "a write" : "a read", stall.va, text_of(stall.who), how, tag.stag),
           {.sid = stall.who.sid, .pasid = stall.who.pasid, .address = stall.va, .write = stall.write});
  }

  void forget_groups(u32 sid) {
    groups_.erase(groups_.lower_bound({sid, 0}), groups_.upper_bound({sid, ~u32{0}}));
  }

  SharedShadows shadows_;
  FaultStalls stalls_;
  FaultStreams streams_;
  FaultRepeats repeats_;
  std::set<Tag> late_;  // reported already
  std::map<GroupId, Group> groups_;
  std::deque<Due> due_;
  FlatMap<u64> read_last_;  // by transaction: the address of a descriptor
  // By page number, likewise of a Translation Request; nothing where it needed no walk.
  std::map<std::pair<Requester, u64>, std::optional<u64>> asked_on_;
};

}  // namespace

MonitorEntry monitors::fault_answers() {
  return entry_of<FaultAnswers>(kInfo);
}

}  // namespace smmu_vp::tb
