// Events on the link and in the devices.
#include "testbench/observe/trace_sinks/fact_args.h"
#include "testbench/observe/trace_sinks/timeline.h"

namespace smmu_vp::tb {

void Timeline::ats(trace::Bus& bus) {
  // Requests carry no tag here: the oldest of several for one page is answered first.
  bus.on<trace::AtsRequest>([this](const trace::AtsRequest& r, u64 t) {
    const u64 number = ++translation_requests_ever_;
    translation_requests_[{r.who, r.va}].push_back(number);
    const Place place = track(kLink, of("translation requests", r.who.sid))
                            .open({number}, "translation request", t, args_of<"sid", "ssv">(r));
    faults_.access(false, r.who, r.va, place);
  });
  bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& c, u64 t) {
    const auto it = translation_requests_.find({c.who, c.va});
    if (it == translation_requests_.end()) return;
    track(kLink, of("translation requests", c.who.sid))
        .close({it->second.front()}, t, args_of<"sid", "ssid", "va", "translations">(c));
    it->second.pop_front();
    if (it->second.empty()) translation_requests_.erase(it);
  });
  bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& a, u64 t) {
    const Place place = track(kLink, of("ATC invalidations", a.who.sid))
                            .open({a.itag}, "Invalidate Request", t, args_of<"sid">(a));
    unmaps_.atc_invalidation(a, command_, place);
    counter(kLink, of("ATC invalidations in flight to", a.who.sid), "invalidations").step(true, t);
  });
  bus.on<trace::AtcInvalidateReceived>([this](const trace::AtcInvalidateReceived& a, u64 t) {
    track(kDevices, of("ATC invalidations", a.who.sid))
        .open({a.itag}, "ATC invalidation", t, args_of<"sid">(a));
  });
  bus.on<trace::AtcInvalidateCompleted>([this](const trace::AtcInvalidateCompleted& a, u64 t) {
    track(kDevices, of("ATC invalidations", a.sid)).close({a.itag}, t, args_of<"sid", "itag">(a));
    unmaps_.atc_completion(a.sid, a.itag,
                           track(kLink, of("Invalidate Completions", a.sid))
                               .open({a.itag}, "Invalidate Completion", t, args_of<"sid">(a)));
  });
  bus.on<trace::AtcInvalidateDone>([this](const trace::AtcInvalidateDone& a, u64 t) {
    if (!a.timed_out) track(kLink, of("Invalidate Completions", a.sid)).close({a.itag}, t);
    track(kLink, of("ATC invalidations", a.sid)).close({a.itag}, t, args_of<"sid", "itag">(a));
    counter(kLink, of("ATC invalidations in flight to", a.sid), "invalidations").step(false, t);
  });
}

void Timeline::pri(trace::Bus& bus) {
  bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& p, u64 t) {
    Track& groups = track(kLink, of("page requests", p.who.sid));
    if (p.last && !p.intent.read && !p.intent.write) {
      groups.mark("stop marker", t, args_of<"sid">(p));
    } else if (p.last) {
      const Place place = groups.open({p.who.ssid(), p.prg_index}, "page request", t, args_of<"sid">(p));
      faults_.begin(FaultName::of_group(p.who, p.prg_index), p.who, p.address, place);
    }
  });
  bus.on<trace::PrgResponseSent>([this](const trace::PrgResponseSent& r, u64 t) {
    faults_.lead(FaultName::of_group(r.who, r.prg_index),
                 {track(kLink, of("PRG responses", r.who.sid))
                      .open({r.who.ssid(), r.prg_index}, "PRG Response", t, args_of<"sid", "ssv">(r))});
  });
  bus.on<trace::PrgResponseReceived>([this](const trace::PrgResponseReceived& r, u64 t) {
    const Track::Key key{r.who.ssid(), r.prg_index};
    track(kLink, of("PRG responses", r.who.sid)).close(key, t);
    track(kLink, of("page requests", r.who.sid)).close(key, t, args_of<"sid", "ssid", "prg_index">(r));
    const FaultName name = FaultName::of_group(r.who, r.prg_index);
    if (r.code == static_cast<u32>(spec::ResponseCode::kSuccess)) {
      faults_.retried(name);
    } else {
      faults_.end(name);
    }
  });
}

void Timeline::dma(trace::Bus& bus) {
  bus.on<trace::DeviceJob>([this](const trace::DeviceJob& j, u64 t) {
    Track& jobs = track(kDevices, of("jobs", j.who.sid));
    if (j.state == trace::JobState::kBegin) {
      jobs.open({j.job}, "job", t, args_of<"sid", "state">(j));
    } else {
      jobs.close({j.job}, t, args_of<"sid", "ssid", "job">(j));
    }
  });
  bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& a, u64 t) {
    track(kDevices, of("DMA", a.who.sid))
        .whole(to_string(a.kind), t - a.latency_ps, t, args_of<"sid", "ssv", "kind", "latency_ps">(a));
    counter(kDevices, of("outstanding DMA of", a.who.sid), "accesses")
        .span({.begin_ps = t - a.latency_ps, .end_ps = t});
  });
}

}  // namespace smmu_vp::tb
