// Answers a core::Translator from a frozen SMMU: caches are copied before they are searched,
// memory is only read, and nothing fills, blocks or writes. Each question and answer is passed to
// the narration, if there is one.
#pragma once

#include "testbench/observe/inspect/narration.h"
#include "testbench/observe/inspect/still_smmu.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/translation_port.h"

namespace smmu_vp::tb {

// Serves one transaction.
class StillPort final : public core::TranslationPort {
 public:
  StillPort(const StillSmmu& smmu, Narration* narration);

  core::ConfigRef configuration(const spec::Requester& who) override;
  core::ConfigRef stream_configuration(u32 sid) override;
  core::LookupResult lookup(const core::LookupKey& key) override;
  void fill(u8 mshr, const core::Translation* entry_or_null) override;
  void drop(const core::Invalidation& entry) override;
  // Not called: a pending walk counts as a miss.
  core::LookupResult wait_and_look_up(const core::LookupKey& key, const core::LookupResult&) override {
    return lookup(key);
  }
  core::WalkResult walk(const core::Regime& regime, const core::WalkRequest& request) override;
  void overridden(const core::StreamConfig& stream, const spec::Intent& incoming,
                  const spec::Intent& outgoing) override;

  // What was answered: the configuration, if it was requested, and the last translation found.
  const core::ConfigRef& found() const { return found_; }
  const std::optional<core::Translation>& translation() const { return translation_; }
  bool looked_up() const { return looked_up_; }

 private:
  core::ConfigRef find(const spec::Requester& who, u32 selector);
  core::Configuration tell_structures(const spec::Requester& who, u32 selector);
  void tell_structure(const trace::ConfigRead& read);
  void tell_input(u64 address);
  core::WalkResult tell_walk(const core::Regime& regime, const core::WalkRequest& request);
  void tell_walk_cache(const core::Context& context, u64 address);

  const StillSmmu& smmu_;
  Narration* narration_;
  unsigned oas_bits_;
  trace::Bus silent_;
  StillMemory memory_;
  core::ConfigCache config_cache_;
  core::WalkCache walk_cache_;
  core::Stage2Walker stage2_;
  std::optional<core::ReferenceCache> tlb_;
  bool owns_mshr_ = false, looked_up_ = false;
  core::ConfigRef found_;
  std::optional<core::Translation> translation_;
};

}  // namespace smmu_vp::tb
