// stale_entry and break_before_make on histories of a machine: what a judge makes of memory, commands and
// accesses alone.
#include "tests/unit/monitors_machine_history.h"

namespace smmu_vp::tb::test {

namespace {

namespace pte = smmu_vp::test::pte;
namespace reg = smmu_vp::test::reg;
namespace cr0 = smmu_vp::test::cr0;

constexpr u64 kNeighbour = kVa + kPage, kOtherPa = kPa + 0x10'0000;

}  // namespace

TEST_CASE("a page that is unmapped and invalidated before its use ends pleases every judge of memory") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).hit(kFirst, kPa).tlbi_va(kFirst).cmd_sync();
  h.past_grace().finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("stale_entry").checked() == 1);
}

TEST_CASE("the window between the store and the end of the invalidation is measured") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).hit(kFirst, kPa);
  h.wait(70'000);
  h.tlbi_va(kFirst).cmd_sync().finish();
  const auto windows = h.monitor("stale_entry").exposures();
  REQUIRE(windows.size() == 1);
  CHECK(windows[0].holder == "TLB");
  CHECK(windows[0].count == 1);
  CHECK(windows[0].used == 1);
  CHECK(windows[0].max_ps > 70'000);
}

TEST_CASE("an unmapped page that is never invalidated is found by its grace, and by the end") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst);
  SUBCASE("by its grace") {
    h.past_grace();
  }
  SUBCASE("by the end") {
    h.finish();
  }
  CHECK(h.says("stale_entry",
               "the TLB may hold 0x7f0000000000..0x7f0000000fff to 0x800000000 (ASID 7, VMID 0, "
               "NS-EL1, StreamID 0x100, PASID 1); memory no longer grants that (stage 1 level 3 "
               "descriptor at 0x81003000: "));
  CHECK(h.says("stale_entry", "CMD_TLBI_NH_VA(VMID 0, ASID 7, 0x7f0000000000)"));
}

TEST_CASE("a command that is not required to remove an entry does not invalidate it") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst);
  constexpr unsigned k4K = 1, k64K = 3;  // TG
  constexpr u16 kOtherVmid = 1;
  cmd::Command words = cmd::tlbi_nh_va(kAsid, kVa);
  bool removes = false;
  SUBCASE("one that is") {
    removes = true;
  }
  SUBCASE("another ASID") {
    words = cmd::tlbi_nh_va(kAsid + 1, kVa);
  }
  SUBCASE("another VMID") {
    words = cmd::tlbi_nh_va(kAsid, kVa, {}, kOtherVmid);
  }
  SUBCASE("another page") {
    words = cmd::tlbi_nh_va(kAsid, kVa + kPage);
  }
  SUBCASE("a range of another granule") {
    words = cmd::tlbi_nh_va(kAsid, kVa, {.tg = k64K, .num = 1});
  }
  SUBCASE("a hint at another level") {
    words = cmd::tlbi_nh_va(kAsid, kVa, {.tg = k4K, .ttl = 2});
  }
  SUBCASE("a range that ends before it") {
    words = cmd::tlbi_nh_va(kAsid, kVa - 4 * kPage, {.tg = k4K, .num = 3});
  }
  SUBCASE("a range that holds it") {
    words = cmd::tlbi_nh_va(kAsid, kVa - 4 * kPage, {.tg = k4K, .num = 4});
    removes = true;
  }
  SUBCASE("of EL2") {
    words = cmd::tlbi_el2_all();
  }
  SUBCASE("by IPA") {
    words = cmd::tlbi_s2_ipa(0, kVa);
  }
  SUBCASE("all of it") {
    words = cmd::tlbi_nsnh_all();
    removes = true;
  }
  h.command(words).cmd_sync().past_grace();
  CHECK((h.violations("stale_entry") == 0) == removes);
}

TEST_CASE("an access through a translation whose invalidation is complete is found") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync();
  SUBCASE("which nothing has found again") {
    h.hit(kFirst, kPa);
    CHECK(h.says("stale_entry",
                 "StreamID 0x100, PASID 1 reads 0x800000000 at 0x7f0000000000 after the invalidation"));
  }
  SUBCASE("which was mapped again") {
    h.map(kFirst, kPa).hit(kFirst, kPa);
    CHECK(h.violations() == 0);
  }
  SUBCASE("which was found again and is about to be invalidated once more") {
    h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).hit(kFirst, kPa).tlbi_va(kFirst).cmd_sync();
    CHECK(h.violations() == 0);
  }
}

TEST_CASE("a command that is refused has invalidated nothing") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).tlbi_va(kFirst);
  h.add(trace::CommandError{spec::Cerror::CERROR_ILL, 0});
  h.cmd_sync().past_grace();
  CHECK(h.violations("stale_entry") == 1);
}

TEST_CASE("a command that comes before the store does not invalidate what is walked between") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).tlbi_va(kFirst).cmd_sync().access(kFirst).unmap_leaf(kFirst).finish();
  CHECK(h.violations("stale_entry") == 1);
}

TEST_CASE("rights that shrink need an invalidation, rights that grow and software's bits do not") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst);
  const u64 at = MachineHistory::leaf_address(kFirst), was = MachineHistory::leaf(kPa);
  bool judged = false;
  SUBCASE("no write") {
    h.store(at, MachineHistory::leaf(kPa, false));
    judged = true;
  }
  SUBCASE("no execution") {
    h.store(at, was | pte::kUxn);
    judged = true;
  }
  SUBCASE("Access flag cleared") {
    h.store(at, was & ~pte::kAf);
  }
  SUBCASE("software's bits") {
    h.store(at, was | pte::kPbha);
  }
  SUBCASE("a table that takes the right to write") {
    h.store(MachineHistory::block_address(kFirst),
            h.memory()[MachineHistory::block_address(kFirst)] | pte::kTableReadOnly);
    judged = true;
  }
  h.past_grace().finish();
  CHECK((h.violations("stale_entry") != 0) == judged);
}

TEST_CASE("a page made writable after it was walked read-only needs no invalidation") {
  MachineHistory h;
  h.store(MachineHistory::leaf_address(kFirst), MachineHistory::leaf(kPa, false))
      .access(kFirst)
      .map(kFirst, kPa);
  h.past_grace().finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("memory that is given to a queue while the SMMU is disabled is not judged") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst);
  h.add(trace::RegisterWrite{reg::CR0, 0, 4})
      .add(trace::RegisterWrite{reg::CMDQ_BASE, kPa | smmu_vp::test::queue::log2size(8), 8});
  h.add(trace::RegisterWrite{reg::CR0, cr0::CMDQEN, 4});
  h.tlbi_va(kFirst).cmd_sync();
  h.add(trace::RegisterWrite{reg::CR0, cr0::CMDQEN | cr0::SMMUEN, 4});
  CHECK(h.violations("stale_entry") == 0);
}

TEST_CASE("a page that two processes share, and one that moves within a process, are not reused") {
  MachineHistory h;
  SUBCASE("shared") {
    h.map(kFirst, kPa).map(kSecond, kPa).access(kFirst).access(kSecond).unmap_leaf(kFirst).tlbi_va(kSecond);
    h.cmd_sync().access(kSecond).tlbi_va(kFirst).cmd_sync();
  }
  SUBCASE("shared at one address, and touched by the second only while the first gives it up") {
    h.map(kSecond, kOtherPa, kNeighbour).access(kSecond, kNeighbour).map(kFirst, kPa).map(kSecond, kPa);
    h.access(kFirst).unmap_leaf(kFirst).access(kSecond).tlbi_va(kFirst).cmd_sync();
  }
  SUBCASE("still mapped, but no longer writable") {
    h.map(kFirst, kPa)
        .access(kFirst)
        .store(MachineHistory::leaf_address(kFirst), MachineHistory::leaf(kPa, false));
    h.map(kSecond, kPa).access(kSecond).tlbi_va(kFirst).cmd_sync();
  }
  SUBCASE("moved") {
    h.map(kFirst, kPa)
        .access(kFirst)
        .unmap_leaf(kFirst)
        .map(kFirst, kPa, kNeighbour)
        .access(kFirst, kNeighbour);
    h.tlbi_va(kFirst).cmd_sync();
  }
  SUBCASE("given on after its invalidation") {
    h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync().map(kSecond, kPa);
    h.access(kSecond);
  }
  h.past_grace().finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("another CPU's CMD_SYNC within an unmap window is no concern of the unmap's") {
  MachineHistory h;
  h.map(kFirst, kPa)
      .access(kFirst)
      .unmap_leaf(kFirst)
      .cmd_sync()
      .tlbi_va(kSecond)
      .cmd_sync()
      .hit(kFirst, kPa);
  h.tlbi_va(kFirst).cmd_sync().past_grace().finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a table that is taken out needs a command that removes table descriptors, too") {
  MachineHistory h;
  bool leaf_only = false;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).store(MachineHistory::block_address(kFirst), 0);
  SUBCASE("with Leaf 0") {}
  SUBCASE("with Leaf 1") {
    leaf_only = true;
  }
  h.tlbi_va(kFirst, kVa, leaf_only).cmd_sync().past_grace().finish();
  if (leaf_only) {
    CHECK(
        h.says("stale_entry", "a walk cache may hold the level 2 table for 0x7f0000000000..0x7f00001fffff"));
    CHECK(h.says("stale_entry", "Leaf 0"));
  } else {
    CHECK(h.violations() == 0);
  }
}

TEST_CASE("a table that only a walk that faulted went through needs that command, too") {
  MachineHistory h;
  h.access(kFirst).store(MachineHistory::block_address(kFirst), 0);
  SUBCASE("which comes") {
    h.tlbi_va(kFirst).cmd_sync().past_grace().finish();
    CHECK(h.violations() == 0);
  }
  SUBCASE("which is left out") {
    h.past_grace().finish();
    CHECK(
        h.says("stale_entry", "a walk cache may hold the level 2 table for 0x7f0000000000..0x7f00001fffff"));
  }
}

TEST_CASE("a context that walks nothing any more needs its ASID invalidated") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst);
  const u64 cd = MachineHistory::cd_address(kFirst);
  h.store(cd, h.memory()[cd] | smmu_vp::test::cd::EPD0);
  const bool invalidated = [&] {
    bool done = false;
    SUBCASE("which is done") {
      done = true;
    }
    SUBCASE("which is left out") {}
    return done;
  }();
  if (invalidated) h.tlbi_asid_of(kFirst).cmd_sync();
  h.past_grace().finish();
  CHECK((h.violations("stale_entry") == 0) == invalidated);
}

TEST_CASE("a descriptor that is overwritten with another output address breaks break-before-make") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst);
  const char* expected = nullptr;
  SUBCASE("overwritten, then invalidated") {
    h.map(kFirst, kOtherPa).tlbi_va(kFirst).cmd_sync().access(kFirst);
    expected = "the output address changes from 0x800000000 to 0x800100000 without being made invalid first";
  }
  SUBCASE("made valid before the CMD_SYNC") {
    h.unmap_leaf(kFirst).tlbi_va(kFirst).map(kFirst, kOtherPa).cmd_sync();
    expected = "the output address changes";
  }
  SUBCASE("as it should be") {
    h.unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync().map(kFirst, kOtherPa).access(kFirst);
  }
  h.finish();
  if (expected != nullptr) {
    CHECK(h.says("break_before_make", expected));
  } else {
    CHECK(h.violations() == 0);
  }
}

TEST_CASE("a block may be split without a break as far as IDR3.BBML says") {
  const auto split = [](u32 bbml, bool marked) {
    MachineHistory h(bbml);
    const u64 block = (MachineHistory::leaf(kPa) & ~pte::kPage) | pte::kBlock | (marked ? pte::kNt : 0);
    const u64 table = h.memory()[MachineHistory::block_address(kFirst)];
    h.store(MachineHistory::block_address(kFirst), block).access(kFirst);
    for (u64 i = 0; i < 512; ++i) h.map(kFirst, kPa + i * kPage, kVa + i * kPage);
    h.store(MachineHistory::block_address(kFirst), table).access(kFirst).tlbi_va(kFirst).cmd_sync();
    h.finish();
    CHECK(h.violations("stale_entry") == 0);
    return h.violations("break_before_make");
  };
  CHECK(split(0, true) == 1);
  CHECK(split(1, false) == 1);
  CHECK(split(1, true) == 0);
  CHECK(split(2, false) == 0);
}

}  // namespace smmu_vp::tb::test
