// Translations that memory did not grant any more when their invalidation was complete: nothing may use them again.
#pragma once

#include <optional>

#include "testbench/observe/monitors/hardware/translation_shadow.h"

namespace smmu_vp::tb {

class EndedTranslations {
 public:
  explicit EndedTranslations(TranslationShadow& cached);
  // The one that leads from `address` to `pa`; it is forgotten then.
  std::optional<CachedEntry> take(const TranslationTags& tags, u64 address, u64 pa);

 private:
  void remember(const CachedEntry& e);
  void forget(const TranslationTags& tags, u64 address);

  TranslationTable table_;
  std::vector<CachedEntry::Id> found_;
};

}  // namespace smmu_vp::tb
