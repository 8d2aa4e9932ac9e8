// The timeline as a whole, and software's part in it: scenario, processes, CPUs, threads, faults and unmaps.
#include "testbench/observe/trace_sinks/timeline.h"

#include "testbench/observe/trace_sinks/fact_args.h"

namespace smmu_vp::tb {

namespace {

constexpr const char* kGroupNames[] = {"",
                                       "scenario",
                                       "processes on devices",
                                       "CPUs",
                                       "kernel threads",
                                       "page faults and unmaps",
                                       "SMMU queues",
                                       "SMMU translation",
                                       "PCIe link",
                                       "devices"};
// One thread queues a page fault and another handles it, so the operation as a whole belongs to no thread.
constexpr std::string_view kPageFault = "page_fault";

TrackName pasid_on(u32 pasid, u32 sid) {
  return {"PASID", u64{pasid} << 32 | sid, [](std::string_view name, u64 which) {
            return fmt::format("{} {} on {:#x}", name, which >> 32, which & 0xFFFF'FFFF);
          }};
}

}  // namespace

Timeline::Timeline(trace::Bus& bus, const std::string& path, TraceWriter::Limit limit)
    : writer_(path, std::move(limit)) {
  for (unsigned group = kScenario; group <= kDevices; ++group)
    writer_.name_process(group, kGroupNames[group]);
  scenario(bus);
  kernel(bus);
  unmaps(bus);
  command_queue(bus);
  record_queues(bus);
  translation(bus);
  stalls(bus);
  ats(bus);
  pri(bus);
  dma(bus);
}

std::string_view Timeline::running() const {
  const std::string_view name = running_ ? running_() : std::string_view{};
  return name.empty() ? "other" : name;
}

Track& Timeline::track(Group group, const TrackName& name) {
  const auto [it, fresh] = track_by_name_.try_emplace({group, name});
  if (fresh)
    it->second = &tracks_.emplace_back(
        writer_, Track::Row{.process = group, .order = static_cast<unsigned>(tracks_.size())},
        name.text(name.what, name.which));
  return *it->second;
}

Counter& Timeline::counter(Group group, const TrackName& name, const char* unit) {
  const auto [it, fresh] = counter_by_name_.try_emplace({group, name});
  if (fresh) it->second = &counters_.emplace_back(writer_, group, name.text(name.what, name.which), unit);
  return *it->second;
}

void Timeline::scenario(trace::Bus& bus) {
  bus.on<trace::Note>([this](const trace::Note& n, u64 t) { track(kScenario, "notes").mark(n.text, t); });
  bus.on<trace::DriverPhase>([this](const trace::DriverPhase& p, u64 t) {
    Track& phases = track(kScenario, "phases");
    phases.close({}, t);
    if (!p.name.empty()) phases.open({}, p.name, t);
  });
  bus.on<trace::Violation>([this](const trace::Violation& v, u64 t) {
    track(kScenario, "violations").mark(v.monitor, t, args_of<"monitor">(v));
  });
  bus.on<trace::CacheMismatch>([this](const trace::CacheMismatch& m, u64 t) {
    track(kScenario, "violations").mark("cache mismatch", t, args_of(m));
  });
  bus.on<trace::KernelLog>([this](const trace::KernelLog& l, u64 t) {
    track(kScenario, "kernel log").mark(to_string(l.level), t, args_of<"level">(l));
  });
  bus.on<trace::PasidPhase>([this](const trace::PasidPhase& p, u64 t) {
    unmaps_.phase(p);
    Track& pasid = track(kPasids, pasid_on(p.pasid, p.sid));
    pasid.close({}, t);
    if (p.phase == spec::Phase::kUnbound) {
      pasid.mark(to_string(p.phase), t, args_of(p));
    } else {
      pasid.open({}, std::string(to_string(p.phase)), t, args_of(p));
    }
  });
}

void Timeline::ran(std::string_view thread, unsigned cpu, u64 begin_ps, u64 end_ps) {
  if (begin_ps == end_ps) return;  // it only checked whether there was work
  for (unsigned c = 0; c < cpu; ++c) track(kCpus, numbered("CPU", c));  // in order of their numbers
  track(kCpus, numbered("CPU", cpu)).whole(thread, begin_ps, end_ps);
}

void Timeline::kernel(trace::Bus& bus) {
  bus.on<trace::Operation>([this](const trace::Operation& op, u64) {
    const std::string_view thread = running();
    if (op.name == kPageFault) {
      if (op.part == "queue") taken_ps_[std::string(thread)] = op.end_ps;
      if (op.part == "handler") threads_.add(thread, {"handler", op.begin_ps, op.end_ps});
      return;
    }
    threads_.add(thread, {op.part.empty() ? op.name : op.part, op.begin_ps, op.end_ps});
  });
  const auto name_of = []<typename Fact>(const Fact& f) {
    return f.source == trace::FaultSource::kStall ? FaultName::of_stall(f.sid, f.group)
                                                  : FaultName::of_group(f.who(), f.group);
  };
  bus.on<trace::FaultGroupBegin>([this, name_of](const trace::FaultGroupBegin& f, u64 t) {
    const bool stall = f.source == trace::FaultSource::kStall;
    const Place place =
        track(kKernel, "fault handling")
            .open({f.sid, f.pasid, f.group}, stall ? "stall" : "page request group", t, args_of<"source">(f));
    faults_.lead(name_of(f), {place});
  });
  bus.on<trace::FaultGroupEnd>([this, name_of](const trace::FaultGroupEnd& f, u64 t) {
    const auto taken = taken_ps_.find(running());
    const u64 from = taken == taken_ps_.end() ? t : taken->second;
    if (taken != taken_ps_.end()) taken_ps_.erase(taken);
    faults_.lead(name_of(f), {{}, threads_.add(running(), {"page fault", from, t})});
    track(kKernel, "fault handling")
        .close({f.sid, f.pasid, f.group}, t, args_of<"sid", "pasid", "group", "source">(f));
  });
}

void Timeline::unmaps(trace::Bus& bus) {
  bus.on<trace::InvalidateBegin>([this](const trace::InvalidateBegin& i, u64 t) {
    const Place place = track(kKernel, "unmaps").open({i.mm, i.start, i.end}, "unmap", t, args_of(i));
    unmaps_.begin("unmap", i.mm, i.start, i.end - 1, place);
    counter(kKernel, "unmaps under way", "unmaps").step(true, t);
  });
  bus.on<trace::InvalidateEnd>([this](const trace::InvalidateEnd& i, u64 t) {
    track(kKernel, "unmaps").close({i.mm, i.start, i.end}, t);
    unmaps_.end(i.mm, i.start, i.end - 1);
    counter(kKernel, "unmaps under way", "unmaps").step(false, t);
  });
  bus.on<trace::ReleaseBegin>([this](const trace::ReleaseBegin& r, u64 t) {
    const Place place = track(kKernel, "releases").open({r.mm}, "release", t, args_of(r));
    unmaps_.begin("release", r.mm, 0, ~u64{0}, place);
  });
  bus.on<trace::ReleaseEnd>([this](const trace::ReleaseEnd& r, u64 t) {
    track(kKernel, "releases").close({r.mm}, t);
    unmaps_.end(r.mm, 0, ~u64{0});
  });
}

void Timeline::close(u64 t_ps) {
  for (Track& t : tracks_) t.finish(t_ps);
  for (Counter& c : counters_) c.finish();
  threads_.write(writer_, kThreads);
  faults_.finish();
  unmaps_.finish();
  flows_.write(writer_);
  writer_.close();
}

}  // namespace smmu_vp::tb
