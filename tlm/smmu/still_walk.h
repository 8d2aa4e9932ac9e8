// Decides accesses as memory's tables say at this moment: for debug accesses and direct memory pointers. Nothing takes
// time, fills a cache, records an event or writes; cached translations and configurations are not asked.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include "tlm/core/config_lookup.h"
#include "tlm/core/translator.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class StillWalk final : public core::TranslationPort {
 public:
  // Reads memory; false where nothing can be read without an access.
  using Look = std::function<bool(u64 pa, void* data, std::size_t bytes)>;
  StillWalk(const State& state, Look look);

  core::Decision untranslated(const spec::Access& access) { return translator().untranslated(access); }
  core::Decision translated(const spec::Access& access) { return translator().translated(access); }

  // Of the access that was decided last: its translation, if a stage translates; and whether the SMMU would update a
  // descriptor for it (3.13).
  const std::optional<core::Translation>& translation() const { return translation_; }
  bool updates() const { return memory_.updates; }

 private:
  struct Memory final : core::MemoryPort {
    explicit Memory(Look l) : look(std::move(l)) {}
    bool read(u64 pa, void* data, std::size_t bytes, spec::MemoryType) override {
      return look(pa, data, bytes);
    }
    bool write(u64, const void*, std::size_t, spec::MemoryType) override { return false; }
    core::Swap compare_and_swap(u64, const core::Exchange&, spec::MemoryType) override {
      updates = true;
      return core::Swap::kDone;
    }
    Look look;
    bool updates = false;
  };

  core::Translator<core::TranslationPort> translator() {
    return {state_.registers, state_.config.features, *this};
  }
  core::ConfigRef configuration(const spec::Requester& who) override;
  core::ConfigRef stream_configuration(u32 sid) override;
  core::LookupResult lookup(const core::LookupKey&) override { return {}; }  // a miss
  core::LookupResult wait_and_look_up(const core::LookupKey&, const core::LookupResult&) override {
    return {};
  }
  void fill(u8, const core::Translation*) override {}
  void drop(const core::Invalidation&) override {}
  core::WalkResult walk(const core::Regime& regime, const core::WalkRequest& request) override;

  const State& state_;
  trace::Bus nobody_;
  Memory memory_;
  core::WalkCache no_cache_{0};
  core::Stage2Walker stage2_;
  core::ConfigLookup lookup_;
  core::Walker walker_;
  std::optional<core::Translation> translation_;
};

}  // namespace smmu_vp::smmu
