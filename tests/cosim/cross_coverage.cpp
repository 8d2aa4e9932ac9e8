// The bins of the cross coverage, and the bin of each operation.
#include "tests/cosim/cross_coverage.h"

namespace smmu_vp::tb {

namespace {

using core::Granule;
using core::LookupStatus;
using Scope = core::Invalidation::Scope;

std::string name(Granule granule) {
  return std::to_string(1u << (core::log2_bytes(granule) - 10)) + "K";
}

constexpr const char* kLookups[] = {"hit page", "hit block", "miss", "merged", "full"};
constexpr const char* kFills[] = {"page kept",     "page dropped",     "block kept",   "block dropped",
                                  "fragment kept", "fragment dropped", "fault dropped"};
constexpr const char* kInvalidations[] = {"all",  "all worlds",          "vmid",  "context",
                                          "page", "page of any context", "range", "range of any context"};

std::string lookup_bin(Granule granule, const std::string& what, bool walking) {
  return "lookup " + name(granule) + ": " + what + (walking ? ", invalidation under way" : "");
}
std::string fill_bin(Granule granule, const std::string& what) {
  return "fill " + name(granule) + ": " + what;
}
std::string invalidate_bin(const std::string& what, bool entries, bool poisoned) {
  return "invalidate " + what + (entries ? ": entries dropped" : ": no entry") +
         (poisoned ? ", MSHRs poisoned" : "");
}

bool is_page(const core::Translation& t, Granule granule) {
  return t.log2_size == core::log2_bytes(granule) && t.leaf_log2_size == t.log2_size;
}

std::string kind(const core::Invalidation& what) {
  switch (what.scope) {
    case Scope::kAll:
      return what.any_world ? "all worlds" : "all";
    case Scope::kVmid:
      return "vmid";
    case Scope::kContext:
      return "context";
    case Scope::kVa:
      break;
  }
  return std::string(what.last - what.first < 0x1000 ? "page" : "range") +
         (what.any_context ? " of any context" : "");
}

}  // namespace

CrossCoverage::CrossCoverage() {
  for (const Granule granule : {Granule::k4K, Granule::k16K, Granule::k64K}) {
    for (const char* what : kLookups)
      for (const bool walking : {false, true}) bins_[lookup_bin(granule, what, walking)] = 0;
    for (const char* what : kFills) bins_[fill_bin(granule, what)] = 0;
  }
  for (const char* what : kInvalidations)
    for (const bool entries : {false, true})
      for (const bool poisoned : {false, true}) bins_[invalidate_bin(what, entries, poisoned)] = 0;
}

void CrossCoverage::Run::answered(const LookupOperation& op) {
  const core::LookupResult& result = op.result;
  const Granule granule = op.request.granule;
  std::string what = kLookups[static_cast<unsigned>(result.status) + 1];
  if (result.status == LookupStatus::kHit) what = is_page(result.entry, granule) ? "hit page" : "hit block";
  if (result.status == LookupStatus::kMiss) owners_[result.mshr] = granule;
  whole_.count(lookup_bin(granule, what, invalidations_under_way_ != 0));
}

void CrossCoverage::Run::answered(const FillOperation& op) {
  const Granule granule = owners_.at(op.request.mshr);
  const core::Translation& entry = op.request.entry;
  std::string what = "fault";
  if (op.request.present)
    what = entry.log2_size != entry.leaf_log2_size ? "fragment" : is_page(entry, granule) ? "page" : "block";
  whole_.count(fill_bin(granule, what + (op.result.dropped ? " dropped" : " kept")));
}

void CrossCoverage::Run::answered(const InvalidateOperation& op) {
  --invalidations_under_way_;
  whole_.count(invalidate_bin(kind(op.request), op.result.entries != 0, op.result.mshrs_poisoned != 0));
}

std::vector<std::string> CrossCoverage::missed() const {
  std::vector<std::string> names;
  for (const auto& [bin, hits] : bins_)
    if (hits == 0) names.push_back(bin);
  return names;
}

}  // namespace smmu_vp::tb
