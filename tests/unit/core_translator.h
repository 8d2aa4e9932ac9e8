// A Translator in a scripted environment: the test gives the configuration, the TLB's answers in turn, and
// the result of a walk. Requests are counted.
#pragma once

#include <doctest/doctest.h>

#include <deque>

#include "tests/support/registers.h"
#include "tests/unit/core_config.h"
#include "tlm/core/translator.h"

namespace smmu_vp::test {

inline constexpr u32 kSid = 3, kPasid = 5;
inline constexpr u64 kVa = 0x7F12'3456'7000, kPa = 0x20'0000;
inline constexpr core::Rights kAllRights{true, true, true, true, true, true};

class FakePort final : public core::TranslationPort {
 public:
  core::Configuration found;               // returned for every request
  std::deque<core::LookupResult> lookups;  // in turn, then misses
  core::WalkResult walked;
  unsigned configurations = 0, streams = 0, looked_up = 0, fills = 0, empty_fills = 0, drops = 0, waits = 0,
           walks = 0, misses_told = 0;
  core::WalkRequest asked{};  // the last walk's request

  core::ConfigRef configuration(const spec::Requester&) override {
    ++configurations;
    return core::ConfigRef(found);
  }
  core::ConfigRef stream_configuration(u32) override {
    ++streams;
    return core::ConfigRef(found);
  }
  core::LookupResult lookup(const core::LookupKey&) override {
    ++looked_up;
    if (lookups.empty()) return {};
    const core::LookupResult answer = lookups.front();
    lookups.pop_front();
    return answer;
  }
  void fill(u8, const core::Translation* entry_or_null) override {
    ++fills;
    empty_fills += entry_or_null == nullptr;
  }
  void drop(const core::Invalidation&) override { ++drops; }
  core::LookupResult wait_and_look_up(const core::LookupKey& key, const core::LookupResult&) override {
    ++waits;
    return lookup(key);
  }
  core::WalkResult walk(const core::Regime&, const core::WalkRequest& request) override {
    ++walks;
    asked = request;
    return walked;
  }
  void tlb_missed() override { ++misses_told; }
};

// A process on a stream: stage 1, 48 bits of input, 4 KB, ASID 0x42; its page kVa maps to kPa.
struct Translating {
  core::SmmuConfig config;
  core::RegisterFile registers{config};
  FakePort port;

  explicit Translating(const core::SmmuFeatures& features = {}, u32 cr0_bits = cr0::SMMUEN | cr0::ATSCHK)
      : config(config_of(features)) {
    registers.write(reg::CR0, spec::RegisterSize::k32, cr0_bits);
    port.found.stream_valid = true;
    port.found.stage1 = true;
    port.found.stream.path = core::StreamConfig::Path::kStage1;
    port.found.stream.eats = spec::ste::kEatsFull;
    port.found.context.asid = 0x42;
    port.walked.translation = page(kVa, kPa);
  }
  static core::Translation page(u64 va, u64 pa, const core::Rights& rights = kAllRights) {
    core::Translation t;
    t.va = va;
    t.pa = pa;
    t.rights = rights;
    return t;
  }
  static core::LookupResult hit(const core::Rights& rights = kAllRights) {
    return {.status = core::LookupStatus::kHit, .entry = page(kVa, kPa, rights)};
  }
  // The stream without stage 1: bypass, or stage 2 alone.
  void without_stage1(bool stage2 = false) {
    port.found.stage1 = false;
    port.found.stream.path = core::StreamConfig::Path::kBypass;
    port.found.stream.stage2 = stage2;
  }
  static spec::Access access(const spec::Intent& intent = {.read = true}, u64 address = kVa + 0x123) {
    return {.who = {kSid, kPasid}, .address = address, .intent = intent};
  }
  core::Translator<FakePort> translator() { return {registers, config.features, port}; }
  core::Decision untranslated(const spec::Intent& intent = {.read = true}, u64 address = kVa + 0x123) {
    return translator().untranslated(access(intent, address));
  }
  core::Decision translated(const spec::Intent& intent = {.read = true}, u64 address = kPa) {
    return translator().translated(access(intent, address));
  }
  core::AtsAnswer request(const spec::Intent& intent = {.read = true, .write = true},
                          u64 address = kVa + 0x123) {
    return translator().translation_request(access(intent, address), 1);
  }
};

inline void check_passes(const core::Decision& d, u64 pa) {
  CHECK(d.outcome == core::Decision::Outcome::kPass);
  CHECK(d.pa == pa);
}
inline void check_aborts(const core::Decision& d, core::Decision::Silently why) {
  CHECK(d.outcome == core::Decision::Outcome::kAbort);
  CHECK(d.silently == why);
}
inline void check_faults(const core::Decision& d, spec::EventId event) {
  CHECK(d.outcome == core::Decision::Outcome::kFault);
  CHECK(d.met->fault.event == event);
}

}  // namespace smmu_vp::test
