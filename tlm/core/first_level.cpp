// The scopes of 4.3.1 to 4.3.4. Two-level tables are few, so a list will do.
#include "tlm/core/first_level.h"

#include <algorithm>

namespace smmu_vp::core {

using spec::Structure;

bool FirstLevel::same(const Key& a, const Key& b) {
  if (a.kind != b.kind || a.log2_ids != b.log2_ids) return false;
  return a.kind == Structure::kL1Std ? a.sid >> a.log2_ids == b.sid >> a.log2_ids
                                     : a.sid == b.sid && a.ssid >> a.log2_ids == b.ssid >> a.log2_ids;
}

std::optional<u64> FirstLevel::find(const Key& key) const {
  const auto at = std::ranges::find_if(entries_, [&](const Entry& e) { return same(e.key, key); });
  return at == entries_.end() ? std::nullopt : std::optional(at->descriptor);
}

void FirstLevel::fill(const Key& key, const Fetched& fetched) {
  if (fetched.epoch != epoch_) return;
  std::erase_if(entries_, [&](const Entry& e) { return same(e.key, key); });
  if (entries_.size() == kMost) entries_.pop_front();
  entries_.push_back({key, fetched.descriptor});
}

void FirstLevel::invalidate_streams(u32 first, u32 last, bool leaf) {
  ++epoch_;
  std::erase_if(entries_, [&](const Entry& e) {
    if (e.key.kind == Structure::kL1Cd) return e.key.sid >= first && e.key.sid <= last;
    const unsigned log2_ids = e.key.log2_ids;
    return !leaf && e.key.sid >> log2_ids >= first >> log2_ids && e.key.sid >> log2_ids <= last >> log2_ids;
  });
}

void FirstLevel::invalidate_context(u32 sid, u32 ssid) {
  ++epoch_;
  std::erase_if(entries_, [&](const Entry& e) {
    return same(e.key, {.kind = Structure::kL1Cd, .sid = sid, .ssid = ssid, .log2_ids = e.key.log2_ids});
  });
}

void FirstLevel::invalidate_contexts(u32 sid) {
  ++epoch_;
  std::erase_if(entries_, [&](const Entry& e) { return e.key.kind == Structure::kL1Cd && e.key.sid == sid; });
}

}  // namespace smmu_vp::core
