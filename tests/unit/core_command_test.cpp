// Which commands are illegal, and what the legal ones do (chapter 4).
#include <doctest/doctest.h>

#include <string>

#include "tests/support/commands.h"
#include "tests/support/registers.h"
#include "tlm/core/command.h"

namespace smmu_vp::test {

using namespace core;

namespace {

struct Recorder final : CommandEffects {
  std::string last;
  TlbScope scope;
  std::vector<Invalidation> scopes;
  u64 a = 0, b = 0, c = 0;
  void note(std::string name, u64 x = 0, u64 y = 0, u64 z = 0) {
    last = std::move(name);
    a = x;
    b = y;
    c = z;
  }
  void prefetch_configuration(const spec::Requester& who) override {
    note("prefetch", who.sid, who.ssv(), who.ssid());
  }
  void prefetch_translations(const spec::Requester& who, const PrefetchSpan& s) override {
    note(who.pasid ? "prefetch addresses pasid" : "prefetch addresses", who.sid, who.ssid());
    span = s;
  }
  void invalidate_streams(u32 first, u32 to, bool leaf) override { note("streams", first, to, leaf); }
  void invalidate_context(const spec::Requester& context, bool leaf) override {
    note("context", context.sid, context.ssid(), leaf);
  }
  void invalidate_contexts(u32 sid) override { note("contexts", sid); }
  void invalidate_translations(const TlbScope& s) override {
    note("tlb");
    scope = s;
    scopes.push_back(s.what);
  }
  void invalidate_atc(const spec::Requester& who, bool global, u64 address, u8 log2_size) override {
    note(std::string("atc") + (who.pasid ? " pasid" : "") + (global ? " global" : ""), who.sid, address,
         log2_size);
    pasid = who.ssid();
  }
  void respond_to_page_request(const spec::Requester& who, u16 prg, spec::Resp r) override {
    note(who.pasid ? "pri pasid" : "pri", who.sid, prg, static_cast<u64>(r));
  }
  void resume(u32 sid, u16 stag, StallAction action) override {
    note("resume", sid, stag, static_cast<u64>(action));
  }
  void terminate_stalls(u32 sid) override { note("stall_term", sid); }
  spec::Cerror synchronize() override {
    note("sync");
    return spec::Cerror::CERROR_NONE;
  }
  u32 pasid = 0;
  PrefetchSpan span{};
};

bool ok(const cmd::Command& words, const SmmuFeatures& f = {}) {
  return legal({words}, f);
}
// One of each command that the default configuration has, but for the invalidations of the TLBs.
const cmd::Command kConfiguration[] = {cmd::prefetch_config(0), cmd::prefetch_addr(0, {}, 0),
                                       cmd::cfgi_ste(0),        cmd::cfgi_ste_range(0, 0),
                                       cmd::cfgi_cd(0, 0),      cmd::cfgi_cd_all(0)};
const cmd::Command kStalls[] = {cmd::resume(0, 0, cmd::kTerminate), cmd::stall_term(0)};
spec::Cerror run(const cmd::Command& words, const SmmuFeatures& f, Recorder& r) {
  return execute({words}, f, r);
}

}  // namespace

TEST_CASE("Reserved opcodes and those of other interfaces are illegal") {
  for (const u64 op : {0x00, 0x08, 0x14, 0x18, 0x1A, 0x24, 0x29, 0x2B, 0x31, 0x42,
                       0x47, 0x50, 0x58, 0x5A, 0x60, 0x70, 0x73, 0x80, 0x90, 0xFF})
    CHECK_FALSE(ok({op, 0}));
  for (const cmd::Command& words : kConfiguration) CHECK(ok(words));
  for (const cmd::Command& words :
       {cmd::tlbi_nh_all(), cmd::tlbi_nh_asid(0), cmd::tlbi_nh_va(0, 0), cmd::tlbi_nh_vaa(0),
        cmd::tlbi_nsnh_all(), cmd::atc_inv(0, {}, 0, 0), cmd::pri_resp(0, {}, 0, 0), cmd::sync()})
    CHECK(ok(words));
  for (const cmd::Command& words : kStalls) CHECK(ok(words));
}

TEST_CASE("commands of absent features are illegal") {
  for (const cmd::Command& words :  // Hyp
       {cmd::tlbi_el2_all(), cmd::tlbi_el2_asid(0), cmd::tlbi_el2_va(0, 0), cmd::tlbi_el2_vaa(0)})
    CHECK_FALSE(ok(words));
  for (const cmd::Command& words : {cmd::tlbi_s12_vmall(0), cmd::tlbi_s2_ipa(0, 0)}) CHECK_FALSE(ok(words));
  CHECK_FALSE(ok(cmd::cfgi_vms_pidm()));  // MPAM
  CHECK_FALSE(ok(cmd::atc_inv(0, {}, 0, 0), {.ats = false}));
  CHECK_FALSE(ok(cmd::pri_resp(0, {}, 0, 0), {.pri = false}));
  for (const cmd::Command& words : kStalls) CHECK_FALSE(ok(words, {.stall_model = 1}));
  CHECK(ok(kStalls[0], {.stall_model = 2}));
}

TEST_CASE("SSec, CS, Resp, Size and the Reserved range encoding make a command illegal") {
  for (const cmd::Command& words : kConfiguration) CHECK_FALSE(ok({words[0] | cmd::kSsec, words[1]}));
  for (const cmd::Command& words : kStalls) CHECK_FALSE(ok({words[0] | cmd::kSsec, words[1]}));
  CHECK_FALSE(ok(cmd::sync(0b11, {})));
  CHECK_FALSE(ok(cmd::pri_resp(0, {}, 0, 0b11)));
  CHECK(ok(cmd::atc_inv(0, {}, 0, 52)));
  CHECK_FALSE(ok(cmd::atc_inv(0, {}, 0, 53)));
  CHECK_FALSE(ok(cmd::tlbi_nh_va(0, 0, {.tg = 1})));  // 4KB
  CHECK(ok(cmd::tlbi_nh_va(0, 0, {.tg = 1, .ttl = 1})));
  CHECK(ok(cmd::tlbi_nh_va(0, 0, {.tg = 1, .num = 1})));
  CHECK(ok(cmd::tlbi_nh_va(0, 0, {.tg = 1, .scale = 1})));
  CHECK_FALSE(ok(cmd::tlbi_nh_va(0, 0, {.tg = 1, .scale = 1 << 5})));  // SCALE[5] is RES0 without DS
  CHECK_FALSE(ok(cmd::tlbi_nh_vaa(0, {.tg = 2, .ttl = 1})));           // 16KB level 1 counts as no hint
  CHECK(ok(cmd::tlbi_nh_va(0, 0, {.ttl = 1})));                        // TG 0: TTL is RES0, no range
  CHECK(ok(cmd::tlbi_nh_va(0, 0, {.tg = 1}), {.version = 1, .ril = false}));
}

TEST_CASE("TLB invalidations carry their scope, ASID and addresses") {
  Recorder r;
  const SmmuFeatures f;
  using Scope = Invalidation::Scope;
  const auto of = [&](const cmd::Command& words) {
    CHECK(run(words, f, r) == spec::Cerror::CERROR_NONE);
    return r.scope.what;
  };
  CHECK(of(cmd::tlbi_nsnh_all()).scope == Scope::kAll);
  CHECK(of(cmd::tlbi_nh_all(0xAB)).scope == Scope::kVmid);
  CHECK(r.scope.what.vmid == 0);  // without stage 2 no VMID is matched
  CHECK(of(cmd::tlbi_nh_asid(0xBEEF)).context == 0xBEEF);
  Invalidation i = of(cmd::tlbi_nh_va(0xBEEF, 0xFFFF'8000'1234'5000, {.leaf = true}));
  CHECK(i.scope == Scope::kVa);
  CHECK(i.context == 0xBEEF);
  CHECK_FALSE(i.any_context);
  CHECK(i.first == 0xFFFF'8000'1234'5000);
  CHECK(i.last == 0xFFFF'8000'1234'5FFF);
  CHECK(r.scope.leaf_only);
  i = of(cmd::tlbi_nh_vaa(0x1000));
  CHECK(i.any_context);
  CHECK_FALSE(r.scope.leaf_only);
}

TEST_CASE("TLB invalidations take one address in SMMUv3.0 whatever TG and NUM and SCALE and TTL say") {
  const SmmuFeatures v30{.version = 0, .s2 = true, .hyp = true};
  const SmmuFeatures v31{.version = 1, .s2 = true, .hyp = true};
  // Eight pages of 4 KB where there is range invalidation (4.4.1.1).
  constexpr cmd::Span kRange{.tg = 1, .num = 3, .scale = 1, .ttl = 3};
  constexpr u64 kAddress = 0x1234'5000;
  using ByAddress = cmd::Command (*)(const cmd::Span&);
  const ByAddress commands[] = {[](const cmd::Span& s) { return cmd::tlbi_nh_va(0, kAddress, s); },
                                [](const cmd::Span& s) { return cmd::tlbi_nh_vaa(kAddress, s); },
                                [](const cmd::Span& s) { return cmd::tlbi_el2_va(0, kAddress, s); },
                                [](const cmd::Span& s) { return cmd::tlbi_el2_vaa(kAddress, s); },
                                [](const cmd::Span& s) { return cmd::tlbi_s2_ipa(0, kAddress, s); }};
  for (const ByAddress command : commands) {
    CAPTURE(command(kRange)[0]);
    Recorder old, next;
    CHECK(run(command(kRange), v30, old) == spec::Cerror::CERROR_NONE);
    CHECK(run(command(kRange), v31, next) == spec::Cerror::CERROR_NONE);
    CHECK(old.scope.what.first == 0x1234'5000);
    CHECK(old.scope.what.last == 0x1234'5FFF);
    CHECK(next.scope.what.first == 0x1234'5000);
    CHECK(next.scope.what.last == 0x1234'CFFF);
    // TG with neither a range nor a level is Reserved only if TG is used.
    CHECK(ok(command({.tg = 1}), v30));
    CHECK_FALSE(ok(command({.tg = 1}), v31));
  }
}

TEST_CASE("TLB invalidations of EL2 apply to both of its regimes and not to EL1") {
  const SmmuFeatures f{.s2 = true, .hyp = true};
  using Scope = Invalidation::Scope;
  const auto of = [&](const cmd::Command& words) {
    Recorder r;
    CHECK(run(words, f, r) == spec::Cerror::CERROR_NONE);
    return r.scopes;
  };
  std::vector<Invalidation> all = of(cmd::tlbi_el2_all());
  REQUIRE(all.size() == 2);
  CHECK(all[0].world == World::kNsEl2);
  CHECK(all[1].world == World::kNsEl2E2h);
  for (const Invalidation& i : all) CHECK(i.scope == Scope::kAll);
  all = of(cmd::tlbi_el2_asid(0xBEEF));  // entries of EL2 have none (4.4.2.10)
  REQUIRE(all.size() == 1);
  CHECK(all[0].world == World::kNsEl2E2h);
  CHECK(all[0].scope == Scope::kContext);
  CHECK(all[0].context == 0xBEEF);
  all = of(cmd::tlbi_el2_va(0xBEEF, 0x1234'5000));  // the ASID counts with E2H only (4.4.2.8)
  REQUIRE(all.size() == 2);
  CHECK(all[0].any_context);
  CHECK_FALSE(all[1].any_context);
  CHECK(all[1].context == 0xBEEF);
  for (const Invalidation& i : all) {
    CHECK(i.scope == Scope::kVa);
    CHECK(i.first == 0x1234'5000);
    CHECK(i.last == 0x1234'5FFF);
    CHECK(i.vmid == 0);
  }
  for (const Invalidation& i : of(cmd::tlbi_el2_vaa(0x1234'5000))) CHECK(i.any_context);
}

TEST_CASE("with stage 2 the invalidations of EL1 match their VMID") {
  const SmmuFeatures f{.s2 = true};
  Recorder r;
  constexpr u16 kVmid = 0xAB;
  for (const cmd::Command& words :
       {cmd::tlbi_nh_all(kVmid), cmd::tlbi_nh_asid(0, kVmid), cmd::tlbi_nh_va(0, 0x1000, {}, kVmid),
        cmd::tlbi_nh_vaa(0x1000, {}, kVmid), cmd::tlbi_s12_vmall(kVmid)}) {
    run(words, f, r);
    CHECK(r.scope.what.vmid == kVmid);
    CHECK(r.scope.what.world == World::kNsEl1);
    CHECK(r.scope.what.scope != Invalidation::Scope::kAll);
  }
  cmd::Command all = cmd::tlbi_nsnh_all();
  all[0] |= cmd::tlbi_nh_all(kVmid)[0] & ~cmd::kOpcode;  // and has no VMID to name
  run(all, f, r);
  CHECK(r.scope.what.scope == Invalidation::Scope::kAll);
}

TEST_CASE("a range invalidation covers (NUM+1) * 2^SCALE granules without wrapping at the top") {
  Recorder r;
  const auto of = [&](unsigned num, unsigned scale, unsigned tg, u64 address) {
    run(cmd::tlbi_nh_va(0, address, {.tg = tg, .num = num, .scale = scale}), {}, r);
    return r.scope.what;
  };
  CHECK(of(0, 1, 1, 0x10'0000).last == 0x10'1FFF);   // one page asked for is two: facts sheet 1.7
  CHECK(of(16, 1, 1, 0x10'0000).last == 0x12'1FFF);  // 34 pages
  CHECK(of(30, 0, 2, 0x40'0000).last == 0x47'BFFF);  // 31 of 16KB
  CHECK(of(14, 5, 3, 0x0).last == 0x1DF'FFFF);       // 480 of 64KB
  CHECK(of(31, 31, 3, 0x1'0000'0000).last == 0x000F'FFFF'FFFF'FFFF + 0x1'0000'0000);
  CHECK(of(31, 31, 3, 0xFFFF'FFFF'0000'0000).last == ~u64{0});
}

TEST_CASE("CR0.VMW ignores up to four low bits of the VMID where an invalidation names one") {
  const SmmuFeatures f{.s2 = true};
  TlbScope by_vmid;
  by_vmid.what.scope = Invalidation::Scope::kVmid;
  for (u32 vmw = 0; vmw <= 4; ++vmw) CHECK(vmid_wildcard_bits(cr0::vmw(vmw), by_vmid, f) == vmw);
  for (u32 vmw = 5; vmw <= 7; ++vmw) CHECK(vmid_wildcard_bits(cr0::vmw(vmw), by_vmid, f) == 0);  // 6.3.9
  CHECK(vmid_wildcard_bits(cr0::vmw(4), by_vmid, {}) == 0);  // IDR0.VMW is 0 without stage 2
  TlbScope all;
  CHECK(vmid_wildcard_bits(cr0::vmw(4), all, f) == 0);
  TlbScope hypervisor = by_vmid;
  hypervisor.what.world = World::kNsEl2E2h;  // has no VMID
  CHECK(vmid_wildcard_bits(cr0::vmw(4), hypervisor, f) == 0);
}

TEST_CASE("a configuration invalidation covers one stream, an aligned range, or all") {
  Recorder r;
  const SmmuFeatures f;
  run(cmd::cfgi_ste(0x123, false), f, r);
  CHECK(r.last == "streams");
  CHECK(r.a == 0x123);
  CHECK(r.b == 0x123);
  run(cmd::cfgi_ste_range(0x123, 3), f, r);
  CHECK(r.a == 0x120);
  CHECK(r.b == 0x12F);
  run(cmd::cfgi_ste_range(0x123, 31), f, r);
  CHECK(r.a == 0);
  CHECK(r.b == 0xFFFF'FFFF);
  run(cmd::cfgi_cd(0x123, 0x45), f, r);
  CHECK(r.last == "context");
  CHECK(r.b == 0x45);
  CHECK(r.c == 1);
}

TEST_CASE("an ATC invalidation has a span, its alignment, a PASID and Global") {
  Recorder r;
  const SmmuFeatures f;
  run(cmd::atc_inv(0x100, 5, 0x7F12'3456'7000, 4, true), f, r);
  CHECK(r.last == "atc pasid global");
  CHECK(r.pasid == 5);
  CHECK(r.b == 0x7F12'3456'0000);
  CHECK(r.c == 16);
  run(cmd::without_ssv(cmd::atc_inv(0x100, 5, 0, 52, true)), f, r);  // neither PASID nor Global
  CHECK(r.last == "atc");
  CHECK(r.b == 0);
  CHECK(r.c == 64);
}

TEST_CASE("without PASIDs SSV is treated as zero") {
  Recorder r;
  const SmmuFeatures f{.ssid_bits = 0};
  run(cmd::atc_inv(0x100, 5, 0, 52, true), f, r);
  CHECK(r.last == "atc");
  run(cmd::pri_resp(0x100, 5, 1, cmd::kSuccess), f, r);
  CHECK(r.last == "pri");
  run(cmd::pri_resp(0x100, 5, 1, cmd::kSuccess), {}, r);
  CHECK(r.last == "pri pasid");
  run(cmd::prefetch_config(0x100, 5), f, r);
  CHECK(r.last == "prefetch");
  CHECK(r.b == 0);
}

TEST_CASE("CMD_PREFETCH_ADDR names 2^Size addresses a stride apart and 4 KB apart in SMMUv3.0") {
  Recorder r;
  constexpr cmd::Command kWords = cmd::prefetch_addr(0x100, 5, 0x7F12'3456'7000, 3, 9);
  run(kWords, {}, r);
  CHECK(r.last == "prefetch addresses pasid");
  CHECK(r.a == 0x100);
  CHECK(r.b == 5);
  CHECK(r.span.first == 0x7F12'3456'7000);
  CHECK(r.span.stride == 0x20'0000);
  CHECK(r.span.count == 8);
  run(kWords, {.version = 0}, r);
  CHECK(r.span.stride == 0x1000);
  run(cmd::without_ssv(cmd::prefetch_addr(0x100, 5, 0xFFFF'FFFF'FFFF'F000, 31, 31)), {.ssid_bits = 0}, r);
  CHECK(r.last == "prefetch addresses");
  CHECK(r.span.first == 0xFFFF'FFFF'FFFF'F000);
  CHECK(r.span.stride == u64{1} << 43);
  CHECK(r.span.count == u64{1} << 31);
}

TEST_CASE("CMD_RESUME retries, aborts or ends as RAZ/WI, and only aborts with TERM_MODEL 1") {
  Recorder r;
  const auto action = [&](u64 bits, const SmmuFeatures& f = {}) {
    run(cmd::resume(7, 0x1234, bits), f, r);
    CHECK(r.a == 7);
    CHECK(r.b == 0x1234);
    return static_cast<StallAction>(r.c);
  };
  CHECK(action(cmd::kRetry) == StallAction::kRetry);
  CHECK(action(cmd::kRetry | cmd::kAbort) == StallAction::kRetry);
  CHECK(action(cmd::kAbort) == StallAction::kAbort);
  CHECK(action(cmd::kTerminate) == StallAction::kRazWi);
  CHECK(action(cmd::kTerminate, {.term_model = 1}) == StallAction::kAbort);
}

TEST_CASE("an illegal command has no effect") {
  Recorder r;
  CHECK(run(cmd::sync(0b11, {}), {}, r) == spec::Cerror::CERROR_ILL);
  CHECK(r.last.empty());
}

}  // namespace smmu_vp::test
