// Turns facts into signal values.
#include "testbench/observe/trace_sinks/wave_signals.h"

#include <algorithm>
#include <string>

#include "testbench/observe/trace_sinks/wave_names.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::tb {

using spec::FieldKind;
using spec::QueueKind;

WaveSignals::WaveSignals(trace::Bus& bus, WaveFile& file, unsigned tbus, std::span<const u32> stream_ids)
    : file_(file) {
  judgement(bus);
  queues(bus);
  commands(bus);
  events(bus);
  translation(bus, tbus);
  driver(bus);
  endpoints(bus, stream_ids);
}

void WaveSignals::step(Signal signal, bool up, u64 t_ps) {
  const u64 now = file_.value(signal);
  if (!up && now == 0) return;  // the end of something that began before listening did
  file_.set(signal, up ? now + 1 : now - 1, t_ps);
}

void WaveSignals::queues(trace::Bus& bus) {
  const auto queue = [this](const char* scope) {
    return Queue{file_.add(scope, "prod", 32), file_.add(scope, "cons", 32)};
  };
  const Queue cmdq = queue("tlm.smmu.cmdq"), eventq = queue("tlm.smmu.eventq"), priq = queue("tlm.smmu.priq");
  bus.on<trace::QueueState>([=, this](const trace::QueueState& q, u64 t) {
    const Queue& which = q.queue == QueueKind::kCmdq ? cmdq : q.queue == QueueKind::kEventq ? eventq : priq;
    file_.set(which.prod, q.prod, t);
    file_.set(which.cons, q.cons, t);
  });
  const Signal gerror = file_.add("tlm.smmu.errors", "gerror", 32);
  bus.on<trace::GlobalError>(
      [=, this](const trace::GlobalError& g, u64 t) { file_.set(gerror, g.gerror, t); });
}

// The command being executed. Arguments that it does not have are 0.
void WaveSignals::commands(trace::Bus& bus) {
  const char* scope = "tlm.smmu.cmdq";
  const Signal command = file_.add(scope, "command", 8, &command_names());
  struct Argument {
    Signal signal;
    std::vector<FieldKind> kinds;  // a command has one of them at most
  };
  const std::vector<Argument> arguments = {
      {file_.add(scope, "asid", 16), {FieldKind::kAsid}},
      {file_.add(scope, "vmid", 16), {FieldKind::kVmid}},
      {file_.add(scope, "va", 64), {FieldKind::kAddress, FieldKind::kVa, FieldKind::kIpa}},
      {file_.add(scope, "stream_id", 32), {FieldKind::kStreamId}},
      {file_.add(scope, "pasid", 20), {FieldKind::kSubstreamId}}};
  bus.on<trace::Command>([=, this](const trace::Command& c, u64 t) {
    const spec::Command words = c.words();
    const u64 opcode = static_cast<u8>(c.opcode());
    file_.set(command, opcode, t);
    const spec::CommandInfo* info = spec::find_command(opcode);
    if (info == nullptr) return;
    for (const Argument& a : arguments) {
      u64 value = 0;
      for (const FieldKind kind : a.kinds) {
        if (const spec::NamedField* f = info->field(kind))
          value = is_address(kind) ? f->field.in_place(words.w) : f->field.get(words.w);
      }
      file_.set(a.signal, value, t);
    }
  });
  const Signal sync = file_.add(scope, "sync_waiting", 1);
  bus.on<trace::SyncBegin>([=, this](const trace::SyncBegin&, u64 t) { file_.set(sync, 1, t); });
  bus.on<trace::SyncEnd>([=, this](const trace::SyncEnd&, u64 t) { file_.set(sync, 0, t); });
}

// The newest event.
void WaveSignals::events(trace::Bus& bus) {
  const char* scope = "tlm.smmu.eventq";
  const Signal event = file_.add(scope, "event", 8, &event_names());
  const Signal stream_id = file_.add(scope, "stream_id", 32), pasid = file_.add(scope, "pasid", 20);
  const Signal address = file_.add(scope, "address", 64);
  bus.on<trace::EventRecord>([=, this](const trace::EventRecord& e, u64 t) {
    file_.set(event, static_cast<u8>(e.id), t);
    file_.set(stream_id, e.who.sid, t);
    file_.set(pasid, e.who.ssid(), t);
    file_.set(address, e.address, t);
  });
}

// Findings of monitors and of the lockstep comparison: a flag that stays set, and a count.
void WaveSignals::judgement(trace::Bus& bus) {
  const char* scope = "tlm.judgement";
  const Signal violation = file_.add(scope, "violation", 1), violations = file_.add(scope, "violations", 16);
  const Signal mismatch = file_.add(scope, "cache_mismatch", 1),
               mismatches = file_.add(scope, "cache_mismatches", 16);
  bus.on<trace::Violation>([=, this](const trace::Violation&, u64 t) {
    file_.set(violation, 1, t);
    step(violations, true, t);
  });
  bus.on<trace::CacheMismatch>([=, this](const trace::CacheMismatch&, u64 t) {
    file_.set(mismatch, 1, t);
    step(mismatches, true, t);
  });
}

void WaveSignals::translation(trace::Bus& bus, unsigned tbus) {
  for (unsigned i = 0; i < tbus; ++i) {
    tbus_.push_back(file_.add("tlm.smmu.tbu" + std::to_string(i), "transactions", 16));
  }
  bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& b, u64 t) {
    if (b.tbu >= tbus_.size()) return;
    transactions_[{b.smmu, b.transaction}] = tbus_[b.tbu];
    step(tbus_[b.tbu], true, t);
  });
  bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& e, u64 t) {
    const auto it = transactions_.find({e.smmu, e.transaction});
    if (it == transactions_.end()) return;
    step(it->second, false, t);
    transactions_.erase(it);
  });
  const Signal walks = file_.add("tlm.smmu.tcu", "walks", 16);
  bus.on<trace::WalkBegin>([=, this](const trace::WalkBegin&, u64 t) { step(walks, true, t); });
  bus.on<trace::WalkEnd>([=, this](const trace::WalkEnd&, u64 t) { step(walks, false, t); });
  const Signal stalls = file_.add("tlm.smmu.tcu", "stalls", 16);
  bus.on<trace::Stalled>([=, this](const trace::Stalled&, u64 t) { step(stalls, true, t); });
  bus.on<trace::Resumed>([=, this](const trace::Resumed&, u64 t) { step(stalls, false, t); });
}

void WaveSignals::driver(trace::Bus& bus) {
  const Signal invalidating = file_.add("tlm.driver", "invalidations", 8);
  bus.on<trace::InvalidateBegin>(
      [=, this](const trace::InvalidateBegin&, u64 t) { step(invalidating, true, t); });
  bus.on<trace::InvalidateEnd>(
      [=, this](const trace::InvalidateEnd&, u64 t) { step(invalidating, false, t); });
  const Signal releasing = file_.add("tlm.driver", "releases", 8);
  bus.on<trace::ReleaseBegin>([=, this](const trace::ReleaseBegin&, u64 t) { step(releasing, true, t); });
  bus.on<trace::ReleaseEnd>([=, this](const trace::ReleaseEnd&, u64 t) { step(releasing, false, t); });
  const Signal faults = file_.add("tlm.driver", "fault_groups", 8);
  bus.on<trace::FaultGroupBegin>([=, this](const trace::FaultGroupBegin&, u64 t) { step(faults, true, t); });
  bus.on<trace::FaultGroupEnd>([=, this](const trace::FaultGroupEnd&, u64 t) { step(faults, false, t); });
}

WaveSignals::Endpoint* WaveSignals::endpoint(u32 sid) {
  const auto it = endpoints_.find(sid);
  return it == endpoints_.end() ? nullptr : &it->second;
}

void WaveSignals::endpoints(trace::Bus& bus, std::span<const u32> stream_ids) {
  for (std::size_t i = 0; i < stream_ids.size(); ++i) {
    const std::string scope = "tlm.endpoint" + std::to_string(i);
    Endpoint e{file_.add(scope, "jobs", 16),
               file_.add(scope, "ats_requests", 16),
               file_.add(scope, "page_groups", 16),
               file_.add(scope, "invalidations", 8),
               {}};
    for (unsigned p = 0; p < kPasids; ++p) {
      e.phase[p] = file_.add(scope, "pasid" + std::to_string(p + 1) + "_phase", 3, &phase_names());
    }
    endpoints_.emplace(stream_ids[i], e);
  }
  const auto count = [this](Signal Endpoint::*signal, bool up, u32 sid, u64 t) {
    if (const Endpoint* e = endpoint(sid)) step(e->*signal, up, t);
  };
  bus.on<trace::DeviceJob>([=](const trace::DeviceJob& j, u64 t) {
    count(&Endpoint::jobs, j.state == trace::JobState::kBegin, j.who.sid, t);
  });
  bus.on<trace::AtsRequest>(
      [=](const trace::AtsRequest& r, u64 t) { count(&Endpoint::ats_requests, true, r.who.sid, t); });
  bus.on<trace::AtsCompletion>(
      [=](const trace::AtsCompletion& c, u64 t) { count(&Endpoint::ats_requests, false, c.who.sid, t); });
  bus.on<trace::PageRequestIssued>([=](const trace::PageRequestIssued& p, u64 t) {
    if (p.last && (p.intent.read || p.intent.write)) count(&Endpoint::page_groups, true, p.who.sid, t);
  });
  bus.on<trace::PrgResponseReceived>([=](const trace::PrgResponseReceived& p, u64 t) {
    if (p.expected) count(&Endpoint::page_groups, false, p.who.sid, t);
  });
  bus.on<trace::AtcInvalidateReceived>([=](const trace::AtcInvalidateReceived& a, u64 t) {
    count(&Endpoint::invalidations, true, a.who.sid, t);
  });
  bus.on<trace::AtcInvalidateCompleted>([=](const trace::AtcInvalidateCompleted& a, u64 t) {
    count(&Endpoint::invalidations, false, a.sid, t);
  });
  bus.on<trace::PasidPhase>([this](const trace::PasidPhase& p, u64 t) {
    const Endpoint* e = endpoint(p.sid);
    if (e && p.pasid >= 1 && p.pasid <= kPasids) {
      file_.set(e->phase[p.pasid - 1], number(p.phase), t);
    }
  });
}

}  // namespace smmu_vp::tb
