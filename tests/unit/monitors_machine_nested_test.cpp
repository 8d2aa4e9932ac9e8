// stale_entry and tag_reuse where stage 2 lies under stage 1: what stage 2 said of tables and pages on the way stays
// cached until a command of stage 2 removes it (4.4.3).
#include "tests/unit/monitors_machine_history.h"

namespace smmu_vp::tb::test {

namespace {

namespace ste = smmu_vp::test::ste;
namespace pte = smmu_vp::test::pte;
namespace s2 = smmu_vp::test::s2;

constexpr u16 kVmid = 9;
constexpr u64 kStage2 = 0x8400'0000, kIpa = kPa, kMappedTo = 0x9'0000'0000;

// The stream of a MachineHistory with stage 2: structures and tables of stage 1 have the addresses that they had, the
// page at kIpa is elsewhere. 48 bits, 4 KB.
class NestedHistory : public MachineHistory {
 public:
  NestedHistory() {
    nest(kSid, kStage2);
    tables(kStage2);
    map(kFirst, kIpa);
    map_ipa(kIpa, kMappedTo);
  }

  void nest(u32 sid, u64 root, u64 config = ste::kNested) {
    std::array<u64, 8> words = words_at(ste_address(kSid));
    words[0] = (words[0] & ~ste::config(0b111)) | config;
    words[2] = ste::s2_vmid(kVmid) | ste::s2_t0sz(16) | ste::s2_sl0(2) | ste::s2_ps(smmu_vp::test::k48Bits) |
               ste::S2AA64;
    words[3] = root;
    put(ste_address(sid), words);
  }
  // Stage 2 over the first 64 GB: the first three levels, with 2 MB blocks for everything of stage 1.
  void tables(u64 root) {
    const u64 table = pte::kTable;
    store(root, (root + 0x1000) | table);
    for (const u64 ipa : {kFirst.root, kIpa})
      store(root + 0x1000 + (ipa >> 30) * 8, (root + 0x2000 + (ipa >> 30) * 0x1000) | table);
    for (const u64 ipa : {u64{kCds}, kFirst.root, kSecond.root})
      store(level2(ipa, root), leaf2(ipa >> 21 << 21) & ~u64{2});
    store(level2(kIpa, root), (root + 0x40'0000) | table);
  }
  static u64 leaf2(u64 pa) { return pa | pte::kPage | s2::kAf | s2::kRead | s2::kWrite; }
  static u64 level2(u64 ipa, u64 root = kStage2) {
    return root + 0x2000 + (ipa >> 30) * 0x1000 + (ipa >> 21 & 511) * 8;
  }
  static u64 level3(u64 ipa) { return kStage2 + 0x40'0000 + (ipa >> 12 & 511) * 8; }
  MachineHistory& map_ipa(u64 ipa, u64 pa) { return store(level3(ipa), leaf2(pa)); }

  MachineHistory& invalidate(const cmd::Command& words) { return command(words).cmd_sync(); }
};

}  // namespace

TEST_CASE("a page taken from a machine under stage 1 is invalidated for IPAs and for VAs") {
  NestedHistory h;
  h.access(kFirst).store(NestedHistory::level3(kIpa), 0);
  const char* missing = nullptr;
  SUBCASE("by IPA and then all of stage 1") {
    h.invalidate(cmd::tlbi_s2_ipa(kVmid, kIpa)).cmd_sync();
    h.invalidate(cmd::tlbi_nh_all(kVmid));
  }
  SUBCASE("all at once") {
    h.invalidate(cmd::tlbi_s12_vmall(kVmid));
  }
  SUBCASE("not by IPA") {
    h.invalidate(cmd::tlbi_nh_all(kVmid));
    missing =
        "the TLB may hold 0x800000000..0x800000fff to 0x900000000 (IPA, VMID 9, NS-EL1, StreamID 0x100, "
        "PASID "
        "1); memory no longer grants that (stage 2 level 3 descriptor at 0x84400000";
  }
  SUBCASE("not by VA") {
    h.invalidate(cmd::tlbi_s2_ipa(kVmid, kIpa));
    missing = "such as CMD_TLBI_NH_VA(VMID 9, ASID 7, 0x7f0000000000)";
  }
  h.past_grace().finish();
  if (missing != nullptr) {
    CHECK(h.says("stale_entry", missing));
  } else {
    CHECK(h.violations() == 0);
  }
}

TEST_CASE(
    "a stage 2 table taken out under stage 1 needs a command that removes table descriptors of stage 2") {
  NestedHistory h;
  h.access(kFirst).store(NestedHistory::level3(kIpa), 0).store(NestedHistory::level2(kIpa), 0);
  bool leaf_only = false;
  SUBCASE("with Leaf 0") {}
  SUBCASE("with Leaf 1") {
    leaf_only = true;
  }
  h.invalidate(cmd::tlbi_s2_ipa(kVmid, kIpa, {.leaf = leaf_only}));
  h.invalidate(cmd::tlbi_nh_all(kVmid));
  h.past_grace().finish();
  if (leaf_only) {
    CHECK(h.says("stale_entry",
                 "a walk cache may hold the level 2 table for 0x800000000..0x8001fffff (IPA, VMID 9"));
    CHECK(h.says("stale_entry", "CMD_TLBI_S2_IPA(VMID 9, 0x800000000, Leaf 0)"));
  } else {
    CHECK(h.violations() == 0);
  }
}

TEST_CASE("memory of stage 1 tables that moves under stage 2 needs both stages invalidated") {
  NestedHistory h;
  h.access(kFirst);
  // The same tables at another place, as a hypervisor migrates them.
  constexpr u64 kMoved = 0x8600'0000;
  for (u64 at = 0; at < 0x4000; at += 8) {
    if (const u64 word = h.memory()[kFirst.root + at]; word != 0) h.store(kMoved + at, word);
  }
  h.store(NestedHistory::level2(kFirst.root), NestedHistory::leaf2(kMoved) & ~u64{2});
  bool stage1 = false;
  SUBCASE("which is done") {
    stage1 = true;
  }
  SUBCASE("but only stage 2 is") {}
  h.invalidate(cmd::tlbi_s2_ipa(kVmid, kFirst.root));
  if (stage1) h.invalidate(cmd::tlbi_nh_all(kVmid));
  h.past_grace().finish();
  CHECK((h.violations("stale_entry") == 0) == stage1);
}

TEST_CASE("a machine that hands its page from one process to another needs no command of stage 2") {
  NestedHistory h;
  h.access(kFirst).unmap_leaf(kFirst).tlbi_va(kFirst);
  h.invalidate(cmd::tlbi_nh_all(kVmid));
  h.map(kSecond, kIpa).access(kSecond).past_grace().finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("one VMID over two stage 2 tables is found when the second is fetched") {
  constexpr u32 kOther = kSid + 1;
  NestedHistory h;
  h.access(kFirst);
  const char* expected = nullptr;
  u64 root = kStage2;
  SUBCASE("of one table") {}
  SUBCASE("of two") {
    root = 0x8500'0000;
    expected =
        "VMID 9 is of two address spaces: StreamID 0x100 has the stage 2 table at 0x84000000, and StreamID "
        "0x101 the stage 2 table at 0x85000000";
  }
  SUBCASE("of two, one after the other") {
    root = 0x8500'0000;
    h.store(MachineHistory::ste_address(kSid), 0);
  }
  h.nest(kOther, root, ste::kStage2);
  std::array<u64, 8> words;
  for (u64 i = 0; i < 8; ++i) words[i] = h.memory()[MachineHistory::ste_address(kOther) + 8 * i];
  h.add(
      trace::ConfigFetched{spec::Structure::kSte, {kOther, {}}, MachineHistory::ste_address(kOther), words});
  if (expected != nullptr) {
    CHECK(h.says("tag_reuse", expected));
  } else {
    CHECK(h.violations("tag_reuse") == 0);
  }
}

TEST_CASE("a VMID is not shared by streams with and without stage 2") {
  constexpr u32 kOther = kSid + 1;
  NestedHistory h;
  h.access(kFirst);
  h.nest(kOther, 0, ste::kStage1);
  std::array<u64, 8> words;
  for (u64 i = 0; i < 8; ++i) words[i] = h.memory()[MachineHistory::ste_address(kOther) + 8 * i];
  h.add(
      trace::ConfigFetched{spec::Structure::kSte, {kOther, {}}, MachineHistory::ste_address(kOther), words});
  CHECK(h.says("tag_reuse",
               "StreamID 0x100 has the stage 2 table at 0x84000000, and StreamID 0x101 no stage 2"));
}

}  // namespace smmu_vp::tb::test
