// Events in the SMMU: its queues, transactions, walks and stalls.
#include "testbench/observe/trace_sinks/fact_args.h"
#include "testbench/observe/trace_sinks/timeline.h"
#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"
#include "tlm/spec/queue.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

using spec::QueueKind;

namespace {

constexpr Track::Key kCommand{};

const char* queue_name(QueueKind queue) {
  switch (queue) {
    case QueueKind::kCmdq:
      return "command queue";
    case QueueKind::kEventq:
      return "event queue";
    case QueueKind::kPriq:
      return "page request queue";
  }
  return "?";
}

TrackName fill_of(QueueKind queue) {
  return {queue_name(queue), 0, [](std::string_view name, u64) { return std::string(name) + " fill"; }};
}

}  // namespace

// A command's slice lasts until CONS moves past it; a TLB invalidation has a second one, until it has taken effect.
void Timeline::command_queue(trace::Bus& bus) {
  bus.on<trace::Command>([this](const trace::Command& c, u64 t) {
    command_ = track(kQueues, "command queue")
                   .open(kCommand, std::string(to_string(c.opcode())), t, args_of_command(c));
    const auto words = c.words().w;
    using spec::Opcode;
    command_is_tlbi_ = spec::is_tlbi(c.opcode());
    if (command_is_tlbi_) {
      tlbis_.push_back({++tlbis_ever_, command_});
      track(kTranslation, "TLB invalidations")
          .open({tlbis_ever_}, std::string(to_string(c.opcode())), t, args_of<"index">(c));
    }
    switch (c.opcode()) {
      case Opcode::CMD_SYNC:
        return unmaps_.sync(command_);
      case Opcode::CMD_RESUME:
        return faults_.lead(FaultName::of_stall(static_cast<u32>(spec::cmd::SID.get(words)),
                                                static_cast<u32>(spec::cmd::resume::STAG.get(words))),
                            {command_});
      case Opcode::CMD_PRI_RESP:
        return faults_.lead(
            FaultName::of_group({static_cast<u32>(spec::cmd::SID.get(words)),
                                 spec::substream(spec::cmd::SSV.get(words) != 0,
                                                 static_cast<u32>(spec::cmd::SSID.get(words)))},
                                static_cast<u32>(spec::cmd::pri_resp::PRGIndex.get(words))),
            {command_});
      default:
        return;
    }
  });
  bus.on<trace::CommandError>([this](const trace::CommandError& e, u64 t) {
    track(kQueues, "command queue").close(kCommand, t, args_of<"index">(e));
    if (!command_is_tlbi_) return;
    track(kTranslation, "TLB invalidations").close({tlbis_.back().number}, t);
    tlbis_.pop_back();
  });
  bus.on<trace::TlbInvalidated>([this](const trace::TlbInvalidated& i, u64 t) {
    if (!i.command) {
      return unmaps_.tlb_invalidated(
          i, track(kTranslation, "broadcasts").mark("TLB invalidation", t, args_of(i)));
    }
    // With CR0.VMW one command has taken effect on each VMID of a group: the first ends its slice.
    if (tlbis_.empty()) return;
    const Tlbi done = tlbis_.front();
    tlbis_.pop_front();
    track(kTranslation, "TLB invalidations")
        .close({done.number}, t, args_of<"vmid", "asid", "by_va", "by_asid", "entries">(i));
    unmaps_.tlb_invalidated(i, done.command);
  });
  bus.on<trace::ConfigInvalidated>(
      [this](const trace::ConfigInvalidated& c, u64) { unmaps_.context_invalidated(c, command_); });
  bus.on<trace::BroadcastSyncBegin>([this](const trace::BroadcastSyncBegin& s, u64 t) {
    unmaps_.sync(track(kTranslation, "broadcast syncs").open({s.sync}, "broadcast sync", t, args_of(s)));
  });
  bus.on<trace::BroadcastSyncEnd>([this](const trace::BroadcastSyncEnd& s, u64 t) {
    track(kTranslation, "broadcast syncs").close({s.sync}, t);
  });
}

void Timeline::record_queues(trace::Bus& bus) {
  // The base register tells where a queue wraps; LOG2SIZE has the same position in all three.
  bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& w, u64) {
    const auto log2size =
        std::min(static_cast<unsigned>(spec::CMDQ_BASE::LOG2SIZE.get(w.value)), spec::queue::kMaxLog2Size);
    if (w.offset == spec::offset::CMDQ_BASE) log2size_[QueueKind::kCmdq] = log2size;
    if (w.offset == spec::offset::EVENTQ_BASE) log2size_[QueueKind::kEventq] = log2size;
    if (w.offset == spec::offset::PRIQ_BASE) log2size_[QueueKind::kPriq] = log2size;
  });
  bus.on<trace::QueueState>([this](const trace::QueueState& q, u64 t) { queue_state(q, t); });
  bus.on<trace::EventRecord>([this](const trace::EventRecord& e, u64 t) {
    events_.track = &track(kQueues, queue_name(QueueKind::kEventq));
    if (e.dropped || e.merged) {
      events_.track->mark(to_string(e.id), t, args_of_event(e));
      return;
    }
    const Place place = record(events_, std::string(to_string(e.id)), args_of_event(e), t);
    if (!e.stall) return;
    faults_.begin(FaultName::of_stall(e.who.sid, static_cast<u32>(spec::evt::STAG.get(e.words().w))), e.who,
                  e.address, place);
  });
  bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& p, u64 t) {
    page_requests_.track = &track(kQueues, queue_name(QueueKind::kPriq));
    const FaultName name = FaultName::of_group(p.who, p.prg_index);
    if (p.outcome == trace::PageRequestOutcome::kQueued) {
      faults_.lead(name, {record(page_requests_, "page request", args_of<"outcome">(p), t)});
    } else {
      faults_.lead(name, {page_requests_.track->mark(to_string(p.outcome), t, args_of<"outcome">(p))});
    }
  });
  bus.on<trace::Interrupt>([this](const trace::Interrupt& i, u64 t) {
    track(kQueues, "interrupts").mark(to_string(i.source), t);
  });
}

Place Timeline::record(Records& records, const std::string& name, std::string args, u64 t_ps) {
  records.waiting.push_back({++records.ever});
  return records.track->open(records.waiting.back(), name, t_ps, std::move(args));
}

void Timeline::queue_state(const trace::QueueState& q, u64 t_ps) {
  const auto size = log2size_.find(q.queue);
  if (size == log2size_.end()) return;
  const u32 used = spec::queue::used(q.prod, q.cons, size->second);
  counter(kQueues, fill_of(q.queue), "entries").set(used, t_ps);
  if (q.queue == QueueKind::kCmdq) {
    u32& cons = cons_[q.queue];
    if (std::exchange(cons, q.cons) == q.cons) return;
    track(kQueues, "command queue").close(kCommand, t_ps);
    return;
  }
  Records& records = q.queue == QueueKind::kEventq ? events_ : page_requests_;
  while (records.waiting.size() > used) {
    records.track->close(records.waiting.front(), t_ps);
    records.waiting.pop_front();
  }
}

void Timeline::translation(trace::Bus& bus) {
  bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& b, u64 t) {
    Track& tbu = track(kTranslation, numbered("TBU", b.tbu));
    const std::string kind(b.kind ? to_string(*b.kind) : "prefetch");
    const Place place = tbu.open({b.smmu, b.transaction}, kind, t, args_of<"tbu", "ssv", "kind">(b));
    transactions_[{b.smmu, b.transaction}] = {&tbu, place};
    faults_.access(true, b.who, b.va, place);
  });
  bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& e, u64 t) {
    const auto it = transactions_.find({e.smmu, e.transaction});
    if (it == transactions_.end()) return;
    it->second.track->close({e.smmu, e.transaction}, t, args_of<"transaction">(e));
    transactions_.erase(it);
  });
  bus.on<trace::WalkBegin>([this](const trace::WalkBegin& w, u64 t) {
    track(kTranslation, "TCU walks").open({w.smmu, w.transaction}, "walk", t, args_of(w));
    counter(kTranslation, "walks in progress", "walks").step(true, t);
  });
  bus.on<trace::WalkEnd>([this](const trace::WalkEnd& w, u64 t) {
    track(kTranslation, "TCU walks").close({w.smmu, w.transaction}, t, args_of<"transaction">(w));
    counter(kTranslation, "walks in progress", "walks").step(false, t);
  });
}

void Timeline::stalls(trace::Bus& bus) {
  bus.on<trace::Stalled>([this](const trace::Stalled& s, u64 t) {
    track(kTranslation, "stalls").open({s.who.sid, s.stag}, "stall", t, args_of(s));
    const auto it = transactions_.find({s.smmu, s.transaction});
    if (it != transactions_.end()) faults_.lead(FaultName::of_stall(s.who.sid, s.stag), {it->second.place});
  });
  bus.on<trace::Resumed>([this](const trace::Resumed& r, u64 t) {
    track(kTranslation, "stalls").close({r.sid, r.stag}, t, args_of<"transaction", "sid", "stag">(r));
    const FaultName name = FaultName::of_stall(r.sid, r.stag);
    if (r.action == spec::StallAction::kRetry) {
      faults_.retried(name);
    } else {
      faults_.end(name);
    }
  });
}

}  // namespace smmu_vp::tb
