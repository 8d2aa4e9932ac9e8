// Which commands are illegal, and what the legal ones ask for (chapter 4).
#include <doctest/doctest.h>

#include <string>

#include "tlm/core/command.h"
#include "tlm/core/msi_attributes.h"

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
  void prefetch_configuration(u32 sid, bool ssv, u32 ssid) override { note("prefetch", sid, ssv, ssid); }
  void prefetch_translations(u32 sid, bool ssv, u32 ssid, const PrefetchSpan& s) override {
    note(ssv ? "prefetch addresses pasid" : "prefetch addresses", sid, ssid);
    span = s;
  }
  void invalidate_streams(u32 first, u32 to) override { note("streams", first, to); }
  void invalidate_context(u32 sid, u32 ssid, bool leaf) override { note("context", sid, ssid, leaf); }
  void invalidate_contexts(u32 sid) override { note("contexts", sid); }
  void invalidate_translations(const TlbScope& s) override {
    note("tlb");
    scope = s;
    scopes.push_back(s.what);
  }
  void invalidate_atc(u32 sid, bool ssv, u32 ssid, bool global, u64 address, u8 log2_size) override {
    note(std::string("atc") + (ssv ? " pasid" : "") + (global ? " global" : ""), sid, address, log2_size);
    pasid = ssid;
  }
  void respond_to_page_request(u32 sid, bool ssv, u32, u16 prg, spec::Resp r) override {
    note(ssv ? "pri pasid" : "pri", sid, prg, static_cast<u64>(r));
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

bool ok(u64 w0, u64 w1 = 0, const SmmuFeatures& f = {}) {
  return legal({{w0, w1}}, f);
}

}  // namespace

TEST_CASE("Reserved opcodes and those of other interfaces are illegal") {
  for (const u64 op : {0x00, 0x08, 0x14, 0x18, 0x1A, 0x24, 0x29, 0x2B, 0x31, 0x42,
                       0x47, 0x50, 0x58, 0x5A, 0x60, 0x70, 0x73, 0x80, 0x90, 0xFF})
    CHECK_FALSE(ok(op));
  for (const u64 op :
       {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x30, 0x40, 0x41, 0x44, 0x45, 0x46})
    CHECK(ok(op));
}

TEST_CASE("commands of features that are not there are illegal") {
  for (const u64 op : {0x20, 0x21, 0x22, 0x23}) CHECK_FALSE(ok(op));  // Hyp
  for (const u64 op : {0x28, 0x2A}) CHECK_FALSE(ok(op));              // S2P
  CHECK_FALSE(ok(0x07));                                              // MPAM
  CHECK_FALSE(ok(0x40, 0, {.ats = false}));
  CHECK_FALSE(ok(0x41, 0, {.pri = false}));
  CHECK_FALSE(ok(0x44, 0, {.stall_model = 1}));
  CHECK_FALSE(ok(0x45, 0, {.stall_model = 1}));
  CHECK(ok(0x44, 0, {.stall_model = 2}));
}

TEST_CASE("illegal parameters: SSec, CS, Resp, Size, and the Reserved range encoding") {
  for (const u64 op : {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x44, 0x45}) CHECK_FALSE(ok(op | 0x400));
  CHECK_FALSE(ok(0x3046));
  CHECK_FALSE(ok(0x41, 0x3000));
  CHECK(ok(0x40, 52));
  CHECK_FALSE(ok(0x40, 53));
  CHECK_FALSE(ok(0x12, 0x400));        // TG 4KB, NUM = SCALE = TTL = 0
  CHECK(ok(0x12, 0x500));              // TTL 1
  CHECK(ok(0x1012, 0x400));            // NUM 1
  CHECK(ok(0x10'0012, 0x400));         // SCALE 1
  CHECK_FALSE(ok(0x200'0012, 0x400));  // SCALE[5] is RES0 without DS
  CHECK_FALSE(ok(0x13, 0x900));        // 16KB level 1 counts as no hint
  CHECK(ok(0x12, 0x100));              // TG 0: TTL is RES0, no range
  CHECK(ok(0x12, 0x400, {.version = 1, .ril = false}));
}

TEST_CASE("TLB invalidations: scope, ASID, addresses") {
  Recorder r;
  const SmmuFeatures f;
  using Scope = Invalidation::Scope;
  const auto run = [&](u64 w0, u64 w1 = 0) {
    CHECK(execute({{w0, w1}}, f, r) == spec::Cerror::CERROR_NONE);
    return r.scope.what;
  };
  CHECK(run(0x30).scope == Scope::kAll);
  CHECK(run(0x0000'00AB'0000'0010).scope == Scope::kVmid);
  CHECK(r.scope.what.vmid == 0);  // without stage 2 no VMID is matched
  CHECK(run(0xBEEF'0000'0000'0011).context == 0xBEEF);
  Invalidation i = run(0xBEEF'0000'0000'0012, 0xFFFF'8000'1234'5001);
  CHECK(i.scope == Scope::kVa);
  CHECK(i.context == 0xBEEF);
  CHECK_FALSE(i.any_context);
  CHECK(i.first == 0xFFFF'8000'1234'5000);
  CHECK(i.last == 0xFFFF'8000'1234'5FFF);
  CHECK(r.scope.leaf_only);
  i = run(0x0000'0000'0000'0013, 0x1000);
  CHECK(i.any_context);
  CHECK_FALSE(r.scope.leaf_only);
}

TEST_CASE("TLB invalidations take one address in SMMUv3.0 whatever TG and NUM and SCALE and TTL say") {
  const SmmuFeatures v30{.version = 0, .s2 = true, .hyp = true};
  const SmmuFeatures v31{.version = 1, .s2 = true, .hyp = true};
  // TG 4 KB, NUM 3, SCALE 1, TTL 3: eight pages where there is range invalidation (4.4.1.1).
  const u64 range = 0x0010'3000, tg = 0x700;
  for (const u64 op : {0x12u, 0x13u, 0x22u, 0x23u, 0x2Au}) {
    CAPTURE(op);
    Recorder old, next;
    CHECK(execute({{op | range, 0x1234'5000 | tg}}, v30, old) == spec::Cerror::CERROR_NONE);
    CHECK(execute({{op | range, 0x1234'5000 | tg}}, v31, next) == spec::Cerror::CERROR_NONE);
    CHECK(old.scope.what.first == 0x1234'5000);
    CHECK(old.scope.what.last == 0x1234'5FFF);
    CHECK(next.scope.what.first == 0x1234'5000);
    CHECK(next.scope.what.last == 0x1234'CFFF);
    // TG with neither a range nor a level is Reserved only where TG means something.
    CHECK(ok(op, 0x400, v30));
    CHECK_FALSE(ok(op, 0x400, v31));
  }
}

TEST_CASE("TLB invalidations of EL2 reach both of its regimes and leave EL1 alone") {
  const SmmuFeatures f{.s2 = true, .hyp = true};
  using Scope = Invalidation::Scope;
  const auto run = [&](u64 w0, u64 w1 = 0) {
    Recorder r;
    CHECK(execute({{w0, w1}}, f, r) == spec::Cerror::CERROR_NONE);
    return r.scopes;
  };
  std::vector<Invalidation> all = run(0x20);  // EL2_ALL
  REQUIRE(all.size() == 2);
  CHECK(all[0].world == World::kNsEl2);
  CHECK(all[1].world == World::kNsEl2E2h);
  for (const Invalidation& i : all) CHECK(i.scope == Scope::kAll);
  all = run(0xBEEF'0000'0000'0021);  // EL2_ASID: entries of EL2 have none (4.4.2.10)
  REQUIRE(all.size() == 1);
  CHECK(all[0].world == World::kNsEl2E2h);
  CHECK(all[0].scope == Scope::kContext);
  CHECK(all[0].context == 0xBEEF);
  all = run(0xBEEF'0000'0000'0022, 0x1234'5000);  // EL2_VA: the ASID counts with E2H only (4.4.2.8)
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
  for (const Invalidation& i : run(0xBEEF'0000'0000'0023, 0x1234'5000)) CHECK(i.any_context);  // EL2_VAA
}

TEST_CASE("with stage 2 the invalidations of EL1 match the VMID they name") {
  const SmmuFeatures f{.s2 = true};
  Recorder r;
  for (const u64 opcode : {0x10, 0x11, 0x12, 0x13, 0x28}) {
    execute({{0x0000'00AB'0000'0000 | opcode, 0x1000}}, f, r);
    CHECK(r.scope.what.vmid == 0xAB);
    CHECK(r.scope.what.world == World::kNsEl1);
    CHECK(r.scope.what.scope != Invalidation::Scope::kAll);
  }
  execute({{0x0000'00AB'0000'0030}}, f, r);
  CHECK(r.scope.what.scope == Invalidation::Scope::kAll);
}

TEST_CASE("range invalidation: (NUM+1) * 2^SCALE granules, without wrapping at the top") {
  Recorder r;
  const auto run = [&](u64 num, u64 scale, u64 tg, u64 address) {
    execute({{0x12 | num << 12 | scale << 20, address | tg << 10}}, {}, r);
    return r.scope.what;
  };
  CHECK(run(0, 1, 1, 0x10'0000).last == 0x10'1FFF);   // one page asked for is two: facts sheet 1.7
  CHECK(run(16, 1, 1, 0x10'0000).last == 0x12'1FFF);  // 34 pages
  CHECK(run(30, 0, 2, 0x40'0000).last == 0x47'BFFF);  // 31 of 16KB
  CHECK(run(14, 5, 3, 0x0).last == 0x1DF'FFFF);       // 480 of 64KB
  CHECK(run(31, 31, 3, 0x1'0000'0000).last == 0x000F'FFFF'FFFF'FFFF + 0x1'0000'0000);
  CHECK(run(31, 31, 3, 0xFFFF'FFFF'0000'0000).last == ~u64{0});
}

TEST_CASE("CR0.VMW ignores up to four low bits of the VMID where an invalidation names one") {
  const SmmuFeatures f{.s2 = true};
  TlbScope by_vmid;
  by_vmid.what.scope = Invalidation::Scope::kVmid;
  for (u32 vmw = 0; vmw <= 4; ++vmw) CHECK(vmid_wildcard_bits(vmw << 6, by_vmid, f) == vmw);
  for (u32 vmw = 5; vmw <= 7; ++vmw) CHECK(vmid_wildcard_bits(vmw << 6, by_vmid, f) == 0);  // 6.3.9
  CHECK(vmid_wildcard_bits(0x100, by_vmid, {}) == 0);  // IDR0.VMW is 0 without stage 2
  TlbScope all;
  CHECK(vmid_wildcard_bits(0x100, all, f) == 0);
  TlbScope hypervisor = by_vmid;
  hypervisor.what.world = World::kNsEl2E2h;  // has no VMID
  CHECK(vmid_wildcard_bits(0x100, hypervisor, f) == 0);
}

TEST_CASE("MSI attributes that go out are consistent") {
  CHECK(msi_attributes(0xF, 0b11) == MsiAttributes{0xF, 0b11});
  CHECK(msi_attributes(0xF, 0b10) == MsiAttributes{0xF, 0b10});
  CHECK(msi_attributes(0xF, 0b00) == MsiAttributes{0xF, 0b00});
  CHECK(msi_attributes(0xF, 0b01) == MsiAttributes{0xF, 0b00});  // Reserved: Non-shareable (4.7.3)
  for (const u64 device : {0, 1, 2, 3}) CHECK(msi_attributes(device, 0b00).shareability == 0b10);
  CHECK(msi_attributes(0x5, 0b11) == MsiAttributes{0x5, 0b10});  // Normal Non-cacheable
  for (const u64 reserved : {0x4, 0x8, 0xC}) CHECK(msi_attributes(reserved, 0b11) == MsiAttributes{0, 0b10});
}

TEST_CASE("configuration invalidations: one, an aligned range, all") {
  Recorder r;
  const SmmuFeatures f;
  execute({{0x0000'0123'0000'0003, 0}}, f, r);
  CHECK(r.last == "streams");
  CHECK(r.a == 0x123);
  CHECK(r.b == 0x123);
  execute({{0x0000'0123'0000'0004, 3}}, f, r);
  CHECK(r.a == 0x120);
  CHECK(r.b == 0x12F);
  execute({{0x0000'0123'0000'0004, 31}}, f, r);
  CHECK(r.a == 0);
  CHECK(r.b == 0xFFFF'FFFF);
  execute({{0x0000'0123'0004'5005, 1}}, f, r);
  CHECK(r.last == "context");
  CHECK(r.b == 0x45);
  CHECK(r.c == 1);
}

TEST_CASE("ATC invalidation: span, alignment, PASID, Global") {
  Recorder r;
  const SmmuFeatures f;
  execute({{0x0000'0100'0000'5A40, 0x7F12'3456'7000 | 4}}, f, r);
  CHECK(r.last == "atc pasid global");
  CHECK(r.pasid == 5);
  CHECK(r.b == 0x7F12'3456'0000);
  CHECK(r.c == 16);
  execute({{0x0000'0100'0000'5240, 52}}, f, r);  // SSV 0: neither PASID nor Global
  CHECK(r.last == "atc");
  CHECK(r.b == 0);
  CHECK(r.c == 64);
}

TEST_CASE("where there are no PASIDs SSV counts as zero") {
  Recorder r;
  const SmmuFeatures f{.ssid_bits = 0};
  execute({{0x0000'0100'0000'5A40, 52}}, f, r);
  CHECK(r.last == "atc");
  execute({{0x0000'0100'0000'5841, 0x2001}}, f, r);
  CHECK(r.last == "pri");
  execute({{0x0000'0100'0000'5841, 0x2001}}, {}, r);
  CHECK(r.last == "pri pasid");
  execute({{0x0000'0100'0000'5801, 0}}, f, r);
  CHECK(r.last == "prefetch");
  CHECK(r.b == 0);
}

TEST_CASE("CMD_PREFETCH_ADDR names 2^Size addresses a stride apart and 4 KB apart in SMMUv3.0") {
  Recorder r;
  const u64 w0 = 0x0000'0100'0000'5802, w1 = 0x0000'7F12'3456'7000 | 9 << 5 | 3;
  execute({{w0, w1}}, {}, r);
  CHECK(r.last == "prefetch addresses pasid");
  CHECK(r.a == 0x100);
  CHECK(r.b == 5);
  CHECK(r.span.first == 0x7F12'3456'7000);
  CHECK(r.span.stride == 0x20'0000);
  CHECK(r.span.count == 8);
  execute({{w0, w1}}, {.version = 0}, r);
  CHECK(r.span.stride == 0x1000);
  execute({{w0 & ~u64{0x800}, 0xFFFF'FFFF'FFFF'F3FF}}, {.ssid_bits = 0}, r);
  CHECK(r.last == "prefetch addresses");
  CHECK(r.span.first == 0xFFFF'FFFF'FFFF'F000);
  CHECK(r.span.stride == u64{1} << 43);
  CHECK(r.span.count == u64{1} << 31);
}

TEST_CASE("CMD_RESUME: retry, abort, RAZ/WI, and abort only with TERM_MODEL 1") {
  Recorder r;
  const auto action = [&](u64 bits, const SmmuFeatures& f = {}) {
    execute({{0x0000'0007'0000'0044 | bits, 0x1234}}, f, r);
    CHECK(r.a == 7);
    CHECK(r.b == 0x1234);
    return static_cast<StallAction>(r.c);
  };
  CHECK(action(0x1000) == StallAction::kRetry);
  CHECK(action(0x3000) == StallAction::kRetry);
  CHECK(action(0x2000) == StallAction::kAbort);
  CHECK(action(0x0000) == StallAction::kRazWi);
  CHECK(action(0x0000, {.term_model = 1}) == StallAction::kAbort);
}

TEST_CASE("an illegal command has no effect") {
  Recorder r;
  CHECK(execute({{0x3046, 0}}, {}, r) == spec::Cerror::CERROR_ILL);
  CHECK(r.last.empty());
}

}  // namespace smmu_vp::test
