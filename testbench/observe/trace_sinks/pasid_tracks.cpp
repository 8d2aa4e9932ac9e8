// Pairs the facts that begin and end something.
#include "testbench/observe/trace_sinks/pasid_tracks.h"

#include <algorithm>

namespace smmu_vp::tb {

std::string_view name_of(PasidTracks::Activity activity) {
  switch (activity) {
    case PasidTracks::Activity::kAccess:
      return "accesses";
    case PasidTracks::Activity::kTranslationRequest:
      return "translation requests";
    case PasidTracks::Activity::kPageFault:
      return "page faults";
    case PasidTracks::Activity::kInvalidation:
      break;
  }
  return "ATC invalidations";
}

PasidTracks::PasidTracks(trace::Bus& bus) {
  bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64 t) {
    std::vector<PhaseSpan>& spans = tracks_[f.pasid].phases[f.sid];
    if (!spans.empty()) spans.back().end_ps = t;
    spans.push_back({t, t, f.phase});
  });
  bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& f, u64 t) {
    const bool request = f.kind == spec::pcie::At::kTranslationRequest;
    add(f.who.pasid, request ? Activity::kTranslationRequest : Activity::kAccess, t - f.latency_ps, t);
  });
  bus.on<trace::FaultGroupBegin>([this](const trace::FaultGroupBegin& f, u64 t) {
    faults_[{f.sid, f.pasid, f.group}] = t;
  });
  bus.on<trace::FaultGroupEnd>([this](const trace::FaultGroupEnd& f, u64 t) {
    const auto it = faults_.find({f.sid, f.pasid, f.group});
    if (it == faults_.end()) return;
    add(f.pasid, Activity::kPageFault, it->second, t);
    faults_.erase(it);
  });
  bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& f, u64 t) {
    invalidations_[{f.who.sid, f.itag}] = {f.who.pasid, t};
  });
  bus.on<trace::AtcInvalidateDone>([this](const trace::AtcInvalidateDone& f, u64 t) {
    const auto it = invalidations_.find({f.sid, f.itag});
    if (it == invalidations_.end()) return;
    add(it->second.pasid, Activity::kInvalidation, it->second.t_ps, t);
    invalidations_.erase(it);
  });
}

void PasidTracks::add(std::optional<u32> pasid, Activity activity, u64 begin_ps, u64 end_ps) {
  if (pasid) tracks_[*pasid].activity[activity].add(begin_ps, end_ps);
}

std::map<u32, PasidTracks::Pasid> PasidTracks::pasids(u64 end_ps) const {
  std::map<u32, Pasid> out;
  for (const auto& [pasid, tracks] : tracks_) {
    Pasid& of = out[pasid];
    of.phases = tracks.phases;
    for (auto& [sid, spans] : of.phases) spans.back().end_ps = std::max(spans.back().end_ps, end_ps);
    for (const auto& [activity, spans] : tracks.activity) of.activity[activity] = spans.all();
  }
  return out;
}

// Spans come in the order of their end, so one may begin before others that are there already.
void PasidTracks::Spans::add(u64 begin_ps, u64 end_ps) {
  Span added{begin_ps, end_ps};
  while (!spans_.empty() && begin_ps <= spans_.back().end_ps + gap_ps_ &&
         (gap_ps_ != 0 || begin_ps < spans_.back().end_ps)) {
    added.begin_ps = std::min(added.begin_ps, spans_.back().begin_ps);
    added.end_ps = std::max(added.end_ps, spans_.back().end_ps);
    added.count += spans_.back().count;
    spans_.pop_back();
    begin_ps = added.begin_ps;
  }
  spans_.push_back(added);
  while (spans_.size() > kMost) join();
}

void PasidTracks::Spans::join() {
  gap_ps_ = std::max<u64>(2 * gap_ps_, 1'000);
  std::vector<Span> joined;
  for (const Span& s : spans_) {
    if (!joined.empty() && s.begin_ps <= joined.back().end_ps + gap_ps_) {
      joined.back().end_ps = std::max(joined.back().end_ps, s.end_ps);
      joined.back().count += s.count;
    } else {
      joined.push_back(s);
    }
  }
  spans_ = std::move(joined);
}

}  // namespace smmu_vp::tb
