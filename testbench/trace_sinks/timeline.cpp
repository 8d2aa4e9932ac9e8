// Which facts begin and end which slices.
#include "testbench/trace_sinks/timeline.h"

namespace smmu_vp::tb {

namespace {

// Chrome's "processes" group tracks; these are ours, in the order they are shown.
enum Group : unsigned { kScenario = 1, kPasids, kDriver, kQueues, kTranslation, kLink, kDevices };
constexpr const char* kGroupNames[] = {"",       "scenario",         "PASIDs", "driver",
                                       "queues", "SMMU translation", "link",   "devices"};
constexpr unsigned kThreadsPerTrack = 64;

template <typename Fact>
std::string args_of(const Fact& fact) {
  fmt::memory_buffer out;
  fact.visit(MemberWriter{out});
  return fmt::to_string(out);
}

u64 key(u64 a, u64 b, u64 c = 0) {
  return (a << 44) ^ (b << 20) ^ c;
}

}  // namespace

Timeline::Timeline(trace::Bus& bus, const std::string& path) : writer_(path) {
  for (unsigned group = kScenario; group <= kDevices; ++group)
    writer_.name_process(group, kGroupNames[group]);
  software(bus);
  smmu(bus);
  devices(bus);
}

Track& Timeline::track(unsigned process, std::string name) {
  const auto [it, fresh] = by_name_.try_emplace(fmt::format("{} {}", process, name));
  if (fresh) {
    const auto first_thread = static_cast<unsigned>(tracks_.size()) * kThreadsPerTrack;
    it->second = &tracks_.emplace_back(writer_, process, first_thread, std::move(name));
  }
  return *it->second;
}

void Timeline::software(trace::Bus& bus) {
  bus.on<trace::Note>([this](const trace::Note& n, u64 t) { track(kScenario, "notes").mark(n.text, t); });
  bus.on<trace::Violation>([this](const trace::Violation& v, u64 t) {
    track(kScenario, "violations").mark(v.monitor, t, args_of(v));
  });
  bus.on<trace::KernelLog>([this](const trace::KernelLog& l, u64 t) {
    track(kScenario, "kernel log").mark(l.text, t, args_of(l));
  });
  bus.on<trace::PasidPhase>([this](const trace::PasidPhase& p, u64 t) {
    constexpr const char* kPhases[] = {"free", "live", "quiesced", "unbound"};
    Track& pasid = track(kPasids, fmt::format("PASID {} on {:#x}", p.pasid, p.sid));
    pasid.close(0, t);
    if (p.phase < 1 || p.phase > 2) return pasid.mark(kPhases[3], t, args_of(p));
    pasid.open(0, fmt::format("{} mm {}", kPhases[p.phase], p.mm), t);
  });
  bus.on<trace::FaultGroupBegin>([this](const trace::FaultGroupBegin& f, u64 t) {
    track(kDriver, "fault groups").open(key(f.sid, f.pasid, f.group), fmt::format("{} fault", f.source), t);
  });
  bus.on<trace::FaultGroupEnd>([this](const trace::FaultGroupEnd& f, u64 t) {
    track(kDriver, "fault groups").close(key(f.sid, f.pasid, f.group), t, args_of(f));
  });
  bus.on<trace::Operation>([this](const trace::Operation& op, u64) {
    if (!op.part.empty()) {
      parts_[op.id].push_back(op);
      return;
    }
    Track& operations = track(kDriver, std::string(op.name));
    const unsigned lane = operations.whole(op.name, op.begin_ps, op.end_ps, args_of(op));
    for (const trace::Operation& part : parts_[op.id]) {
      operations.inside(lane, part.part, part.begin_ps, part.end_ps);
    }
    parts_.erase(op.id);
  });
}

void Timeline::smmu(trace::Bus& bus) {
  bus.on<trace::Command>([this](const trace::Command& c, u64 t) {
    track(kQueues, "command queue").mark(c.name, t, args_of(c));
  });
  bus.on<trace::SyncBegin>(
      [this](const trace::SyncBegin& s, u64 t) { track(kQueues, "CMD_SYNC").open(s.index, "CMD_SYNC", t); });
  bus.on<trace::SyncEnd>(
      [this](const trace::SyncEnd& s, u64 t) { track(kQueues, "CMD_SYNC").close(s.index, t, args_of(s)); });
  bus.on<trace::BroadcastSyncBegin>([this](const trace::BroadcastSyncBegin& s, u64 t) {
    track(kTranslation, "broadcast syncs").open(s.sync, "broadcast sync", t);
  });
  bus.on<trace::BroadcastSyncEnd>([this](const trace::BroadcastSyncEnd& s, u64 t) {
    track(kTranslation, "broadcast syncs").close(s.sync, t, args_of(s));
  });
  bus.on<trace::EventRecord>([this](const trace::EventRecord& e, u64 t) {
    track(kQueues, "event queue").mark(e.name, t, args_of(e));
  });
  bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& p, u64 t) {
    track(kQueues, "page request queue").mark(p.outcome, t, args_of(p));
  });
  bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& b, u64 t) {
    Track& tbu = track(kTranslation, fmt::format("TBU {}", b.tbu));
    transactions_[b.transaction] = &tbu;
    tbu.open(b.transaction, fmt::format("{} {:#x}", b.kind, b.va), t);
  });
  bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& e, u64 t) {
    const auto it = transactions_.find(e.transaction);
    if (it == transactions_.end()) return;
    it->second->close(e.transaction, t, args_of(e));
    transactions_.erase(it);
  });
  bus.on<trace::WalkBegin>([this](const trace::WalkBegin& w, u64 t) {
    track(kTranslation, "TCU walks").open(w.transaction, fmt::format("walk {:#x}", w.va), t);
  });
  bus.on<trace::WalkEnd>([this](const trace::WalkEnd& w, u64 t) {
    track(kTranslation, "TCU walks").close(w.transaction, t, args_of(w));
  });
  bus.on<trace::Stalled>([this](const trace::Stalled& s, u64 t) {
    track(kTranslation, "stalls").open(key(s.sid, s.stag), fmt::format("stall {:#x}", s.va), t);
  });
  bus.on<trace::Resumed>([this](const trace::Resumed& r, u64 t) {
    track(kTranslation, "stalls").close(key(r.sid, r.stag), t, args_of(r));
  });
  bus.on<trace::TlbInvalidated>([this](const trace::TlbInvalidated& i, u64 t) {
    track(kTranslation, "TLB invalidations").mark(i.name, t, args_of(i));
  });
}

void Timeline::devices(trace::Bus& bus) {
  bus.on<trace::AtsRequest>([this](const trace::AtsRequest& r, u64 t) {
    track(kLink, fmt::format("ATS {:#x}", r.sid)).open(key(r.ssid, 0, r.va), fmt::format("{:#x}", r.va), t);
  });
  bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& c, u64 t) {
    track(kLink, fmt::format("ATS {:#x}", c.sid)).close(key(c.ssid, 0, c.va), t, args_of(c));
  });
  bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& a, u64 t) {
    track(kLink, fmt::format("ATC invalidations {:#x}", a.sid))
        .open(a.itag, fmt::format("invalidate {:#x}", a.address), t);
  });
  bus.on<trace::AtcInvalidateDone>([this](const trace::AtcInvalidateDone& a, u64 t) {
    track(kLink, fmt::format("ATC invalidations {:#x}", a.sid)).close(a.itag, t, args_of(a));
  });
  bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& p, u64 t) {
    const bool stop_marker = p.last && !p.read && !p.write;
    Track& groups = track(kLink, fmt::format("page requests {:#x}", p.sid));
    if (stop_marker) return groups.mark("stop marker", t, args_of(p));
    if (p.last) groups.open(p.prg_index, fmt::format("group {} {:#x}", p.prg_index, p.address), t);
  });
  bus.on<trace::PrgResponseReceived>([this](const trace::PrgResponseReceived& p, u64 t) {
    track(kLink, fmt::format("page requests {:#x}", p.sid)).close(p.prg_index, t, args_of(p));
  });
  bus.on<trace::DeviceJob>([this](const trace::DeviceJob& j, u64 t) {
    Track& jobs = track(kDevices, fmt::format("jobs {:#x}", j.sid));
    if (j.state == "begin") return jobs.open(j.job, fmt::format("job {} PASID {}", j.job, j.ssid), t);
    jobs.close(j.job, t, args_of(j));
  });
  bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& a, u64 t) {
    track(kDevices, fmt::format("DMA {:#x}", a.sid)).whole(a.kind, t - a.latency_ps, t, args_of(a));
  });
}

void Timeline::close(u64 t_ps) {
  for (Track& t : tracks_) t.finish(t_ps);
  writer_.close();
}

}  // namespace smmu_vp::tb
