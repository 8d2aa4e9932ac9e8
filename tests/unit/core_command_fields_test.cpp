// Fields of commands that are Reserved, and commands that need a stage (chapter 4).
#include <doctest/doctest.h>

#include "tests/support/commands.h"
#include "tlm/core/command.h"

namespace smmu_vp::test {

using namespace core;

TEST_CASE("CMD_TLBI_S2_IPA takes bits 119 to 76 of its address and ignores those above") {
  const SmmuFeatures f{.s2 = true};
  constexpr u16 kVmid = 9;
  constexpr u64 kIpa = 0x1234'5000;
  const auto scope = [&](u64 ipa) {
    return tlb_scope({cmd::tlbi_s2_ipa(kVmid, ipa, {.leaf = true})}, f).what;
  };
  for (unsigned bit = 56; bit < 64; ++bit) {
    const Invalidation i = scope(kIpa | u64{1} << bit);
    CHECK(i.first == kIpa);  // 4.4.3.1, 4.1.5
    CHECK(i.last == kIpa + 0xFFF);
  }
  CHECK(scope(0x000F'FFFF'1234'5000).first == 0x000F'FFFF'1234'5000);
  CHECK(scope(0xFF00'0000'1234'5000).vmid == kVmid);
  // A range of four pages of 4 KB.
  const TlbScope range = tlb_scope({cmd::tlbi_s2_ipa(kVmid, 0xFF00'0000'1234'5000, {.tg = 1, .num = 3})}, f);
  CHECK(range.what.first == 0x1234'5000);
  CHECK(range.what.last == 0x1234'8FFF);
  // A VA has all of its bits (4.4.2).
  CHECK(tlb_scope({cmd::tlbi_nh_va(0, 0xFFFF'8000'1234'5000)}, f).what.first == 0xFFFF'8000'1234'5000);
}

TEST_CASE("commands of stage 1 are illegal without stage 1 and those of stage 2 are not") {
  const SmmuFeatures stage2_only{.s1 = false, .s2 = true}, stage1_only{.s1 = true, .s2 = false};
  const auto ok = [](const cmd::Command& words, const SmmuFeatures& f) { return legal({words}, f); };
  for (const cmd::Command& words :  // 4.3.3, 4.3.4, 4.4.2
       {cmd::cfgi_cd(0, 0), cmd::cfgi_cd_all(0), cmd::tlbi_nh_all(), cmd::tlbi_nh_asid(0),
        cmd::tlbi_nh_va(0, 0), cmd::tlbi_nh_vaa(0)}) {
    CAPTURE(words[0]);
    CHECK_FALSE(ok(words, stage2_only));
    CHECK(ok(words, stage1_only));
  }
  for (const cmd::Command& words : {cmd::tlbi_s12_vmall(0), cmd::tlbi_s2_ipa(0, 0)}) {  // 4.4.3
    CAPTURE(words[0]);
    CHECK(ok(words, stage2_only));
    CHECK_FALSE(ok(words, stage1_only));
  }
  for (const cmd::Command& words : {cmd::prefetch_config(0), cmd::cfgi_ste(0), cmd::cfgi_ste_range(0, 0),
                                    cmd::tlbi_nsnh_all(), cmd::sync()}) {
    CAPTURE(words[0]);
    CHECK(ok(words, stage2_only));
    CHECK(ok(words, stage1_only));
  }
}

}  // namespace smmu_vp::test
