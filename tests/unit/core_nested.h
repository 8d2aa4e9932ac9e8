// Walks of stage 1, of stage 2 and of both, with tables written by hand. Stage 1: one level of 4 KB pages at
// IPA 0x10'0000, VMID 3, ASID 7. Stage 2: 32 bits of IPA from level 1 on, with a table for the first 2 MB.
#pragma once

#include <doctest/doctest.h>

#include "tests/support/events.h"
#include "tests/support/structures.h"
#include "tests/unit/core_memory.h"
#include "tlm/core/walk.h"

namespace smmu_vp::test {

// Leaves of stage 1, user, read-write and executable; and of stage 2.
inline constexpr u64 kS1Rights = pte::kUser | pte::kAf | pte::kNg;
inline constexpr u64 kS1Block = kS1Rights | pte::kBlock, kS1Page = kS1Rights | pte::kPage;
inline constexpr u64 kS2Block = s2::kData | pte::kBlock, kS2Page = s2::kData | pte::kPage;
inline constexpr u64 kCd = event::kClassCD, kTt = event::kClassTT, kIn = event::kClassIN;

struct NestedWalks {
  WordMemory memory;
  core::WalkCache cache{64};
  core::Stage2Walker stage2_walker;
  core::Walker walker;
  core::Context stage1;
  core::Stage2 stage2;

  explicit NestedWalks(unsigned oas_bits = 48)
      : stage2_walker(memory, cache, oas_bits, silent_facts()),
        walker(memory, cache, stage2_walker, oas_bits, silent_facts()) {
    stage2.base = 0x90'0000;
    stage2.vmid = 3;
    stage2.input_bits = 32;
    stage2.start_level = 1;
    stage1.vmid = 3;
    stage1.asid = 7;
    stage1.tables[0].input_bits = 21;
    stage1.tables[0].base = 0x10'0000;
    stage1.tables[1].walk_disabled = true;
    stage1.mair = mair::kWriteBack;
    memory.words = {{0x90'0000, 0x91'0000 | pte::kTable}, {0x91'0000, 0x92'0000 | pte::kTable}};
  }
  // Stage 2 maps one page.
  void map(u64 ipa, u64 pa, u64 bits = kS2Page) { memory.words[0x92'0000 + 8 * (ipa >> 12)] = pa | bits; }
  core::WalkResult one_stage(const core::WalkRequest& request) {
    return walker.walk(1, {.stage1 = &stage1}, request);
  }
  core::WalkResult alone(const core::WalkRequest& request) {
    return walker.walk(1, {.stage2 = &stage2}, request);
  }
  core::WalkResult nested(const core::WalkRequest& request) {
    return walker.walk(1, {.stage1 = &stage1, .stage2 = &stage2}, request);
  }
};

// VA 0x2000 leads through the descriptor at kS1At to IPA 0x4000; stage 2 maps the table's page and that page.
inline constexpr u64 kS1At = 0xA0'0010, kS2TableAt = 0x92'0800, kS2DataAt = 0x92'0020;
struct OnePage : NestedWalks {
  OnePage() {
    map(0x10'0000, 0xA0'0000);
    map(0x4000, 0xB0'4000);
    memory.words[kS1At] = 0x4000 | kS1Page;
  }
  // Stage 1 alone, with its table at the address that stage 2 maps it to.
  core::WalkResult stage1_alone(const core::WalkRequest& request) {
    stage1.tables[0].base = 0xA0'0000;
    return one_stage(request);
  }
};

inline void check_s1(const core::WalkResult& r, spec::EventId event) {
  REQUIRE(r.fault.has_value());
  CHECK(r.fault->event == event);
  CHECK_FALSE(r.fault->s2);
}
inline void check_s2(const core::WalkResult& r, spec::EventId event, u64 of, u64 ipa) {
  REQUIRE(r.fault.has_value());
  CHECK(r.fault->event == event);
  CHECK(r.fault->s2);
  CHECK(r.fault->of == of);
  CHECK(r.fault->ipa == ipa);
  CHECK_FALSE(r.cacheable);
}

}  // namespace smmu_vp::test
