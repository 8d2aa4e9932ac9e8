// Kept until a walk finds something at their addresses again.
#include "testbench/observe/monitors/hardware/ended_translations.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kMost = 1u << 16;  // of the oldest nothing comes any more

}  // namespace

EndedTranslations::EndedTranslations(TranslationShadow& cached) {
  cached.on_ended([this](const CachedEntry& e, u64) {
    if (e.kind == CachedKind::kTranslation && !e.on_the_way) remember(e);
  });
  cached.on_filled([this](const CachedEntry& e, u64) {
    if (e.kind == CachedKind::kTranslation && table_.size() != 0) forget(e.tags, e.first);
  });
}

void EndedTranslations::remember(const CachedEntry& e) {
  forget(e.tags, e.first);
  if (table_.size() >= kMost) table_ = {};
  CachedEntry ended = e;
  ended.links.clear();
  table_.add(std::move(ended));
}

void EndedTranslations::forget(const TranslationTags& tags, u64 address) {
  found_.clear();
  table_.at(tags, address, [&](CachedEntry::Id id) { found_.push_back(id); });
  for (const CachedEntry::Id id : found_) table_.erase(id);
}

std::optional<CachedEntry> EndedTranslations::take(const TranslationTags& tags, u64 address, u64 pa) {
  std::optional<CachedEntry> out;
  table_.at(tags, address, [&](CachedEntry::Id id) {
    const CachedEntry& e = table_[id];
    if (e.output + (address - e.first) == pa) out = e;
  });
  if (out) forget(tags, address);
  return out;
}

}  // namespace smmu_vp::tb
