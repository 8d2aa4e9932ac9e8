// Samples of durations and their order statistics.
#include "testbench/observe/trace_sinks/latency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace smmu_vp::tb {

namespace {

// Translation Requests have no number; a requester has at most one outstanding per address.
u64 ats_key(const spec::Requester& who, u64 va) {
  return va ^ (u64{who.sid} << 48) ^ (u64{who.pasid.value_or(~0u)} * 0x9E37'79B9'7F4A'7C15u);
}

// Nearest rank.
u64 percentile(const std::vector<u64>& sorted, u64 percent) {
  return sorted[(sorted.size() * percent + 99) / 100 - 1];
}

// Bins of equal width, or, over more than a decade, each wider than the one before by the same factor.
void add_histogram(Latency::Summary& s, const std::vector<u64>& sorted) {
  constexpr u64 kBins = 24, kDecade = 10;
  const u64 first = s.min_ps, last = s.max_ps, bins = std::clamp<u64>(last - first, 1, kBins);
  const bool by_factor = first != 0 && last / first >= kDecade;
  for (u64 i = 0; i <= bins; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(bins),
                 from = static_cast<double>(first), to = static_cast<double>(last);
    const double edge = by_factor ? from * std::pow(to / from, share) : from + (to - from) * share;
    s.edges_ps.push_back(i == bins ? last : static_cast<u64>(edge));
  }
  s.counts.assign(bins, 0);
  u64 bin = 0;
  for (const u64 ps : sorted) {
    while (bin + 1 < bins && ps >= s.edges_ps[bin + 1]) ++bin;
    ++s.counts[bin];
  }
}

// Of at least one duration.
Latency::Summary statistics(std::vector<u64> ps) {
  std::sort(ps.begin(), ps.end());
  Latency::Summary s;
  s.count = ps.size();
  s.min_ps = ps.front(), s.max_ps = ps.back();
  s.mean_ps = std::accumulate(ps.begin(), ps.end(), u64{0}) / s.count;
  s.p50_ps = percentile(ps, 50), s.p90_ps = percentile(ps, 90), s.p99_ps = percentile(ps, 99);
  add_histogram(s, ps);
  return s;
}

// Means of the parts, adjusted to add up: the largest one gets what integer division lost.
void add_parts(Latency::Summary& s, const std::map<std::string, u64, std::less<>>& sums) {
  if (sums.empty()) {
    s.parts["whole"] = s.mean_ps;
    return;
  }
  u64 named = 0;
  std::string largest;
  for (const auto& [part, sum] : sums) {
    named += s.parts[part] = sum / s.count;
    if (largest.empty() || s.parts[part] > s.parts[largest]) largest = part;
  }
  s.parts[largest] += s.mean_ps - named;
}

}  // namespace

Latency::Latency(trace::Bus& bus) {
  bus.on<trace::Operation>([this](const trace::Operation& op, u64) {
    if (!op.part.empty()) {
      parts_[op.id].push_back(op);
      return;
    }
    Samples& samples = add(op.name, op.end_ps - op.begin_ps);
    for (const trace::Operation& part : parts_[op.id]) {
      samples.parts_ps[std::string(part.part)] += part.end_ps - part.begin_ps;
    }
    parts_.erase(op.id);
  });
  bus.on<trace::AtsRequest>(
      [this](const trace::AtsRequest& r, u64 t_ps) { ats_began_[ats_key(r.who, r.va)] = t_ps; });
  bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& c, u64 t_ps) {
    const auto it = ats_began_.find(ats_key(c.who, c.va));
    if (it == ats_began_.end()) return;
    add("ats_request", t_ps - it->second);
    ats_began_.erase(it);
  });
  bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& a, u64) {
    if (a.kind != spec::pcie::At::kTranslationRequest) add("dma", a.latency_ps);
  });
}

Latency::Samples& Latency::add(std::string_view operation, u64 ps) {
  auto it = samples_.find(operation);
  if (it == samples_.end()) it = samples_.emplace(operation, Samples{}).first;
  it->second.ps.push_back(ps);
  return it->second;
}

std::map<std::string, Latency::Summary> Latency::summaries() const {
  std::map<std::string, Summary> out;
  for (const auto& [name, samples] : samples_) {
    out[name] = statistics(samples.ps);
    add_parts(out[name], samples.parts_ps);
  }
  return out;
}

Latency::Summary Latency::summary_of(std::vector<u64> ps) {
  Summary s = statistics(std::move(ps));
  add_parts(s, {});
  return s;
}

}  // namespace smmu_vp::tb
