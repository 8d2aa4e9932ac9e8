// The DMA API: what map and unmap store and command, strict and lazy, and its domain beside those of processes.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "sw_driver/dma/dma_api.h"
#include "tests/support/commands.h"
#include "tests/unit/driver_machine.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::Machine;
using namespace smmu_vp::test;

namespace {

constexpr u64 kBlock = u64{2} << 20;

std::vector<u64> pages_from(u64 pa, std::size_t count) {
  std::vector<u64> pages;
  for (std::size_t i = 0; i < count; ++i) pages.push_back(pa + i * 4096);
  return pages;
}

// The leaf of `iova` and its level, by the test's own walk: 4 KB granule, four levels.
std::pair<u64, int> leaf(Machine& m, u32 sid, u64 iova) {
  u64 table = m.os.load64(m.cd_address(sid, 0) + 8);  // TTB0
  for (int level = 0;; ++level) {
    const u64 d = m.os.load64(table + (iova >> (39 - 9 * level) & 0x1FF) * 8);
    if (level == 3 || (d & pte::kTable) != pte::kTable) return {d, level};
    table = pte::address(d);
  }
}

}  // namespace

TEST_CASE("the DMA API's domain is the first CD, and traffic without a PASID uses it while it is there") {
  Machine m;
  m.run([&] {
    const auto ste = [&] { return sw_test::ste_address(m.os, m.smmu_model, Machine::kStallSid); };
    {
      const DmaApi api(m.env, m.smmu, m.stalling, DmaFlush::kStrict);
      REQUIRE(api.usable());
      CHECK((m.os.load64(ste()) & ste::kStage1) == ste::kStage1);
      CHECK((m.os.load64(ste() + 8) & ste::s1_dss(0b11)) == ste::kDssSubstream0);
      CHECK(m.os.load64(m.cd_address(Machine::kStallSid, 0)) == (cd::asid(1) | cd::kTtb0 | cd::kAborts));
      CHECK_FALSE(DmaApi(m.env, m.smmu, m.stalling, DmaFlush::kStrict).usable());  // it has one already
      // A process beside it.
      Bond* bond = m.sva.bind(m.stalling, m.make_mm());
      REQUIRE(bond != nullptr);
      CHECK((m.os.load64(ste() + 8) & ste::s1_dss(0b11)) == ste::kDssSubstream0);
      m.sva.unbind(bond);
      CHECK((m.os.load64(ste()) & ste::kStage1) == ste::kStage1);
    }
    CHECK((m.os.load64(ste()) & ste::kStage1) == ste::kBypass);
  });
}

TEST_CASE(
    "without range commands a strict unmap of pages is one leaf-only TLBI for each, then the ATC, both to "
    "their end") {
  Machine m({.ril = false});
  m.run([&] {
    DmaApi api(m.env, m.smmu, m.pcie, DmaFlush::kStrict);
    REQUIRE(api.usable());
    const auto iova = api.map(pages_from(0x9000'0000, 3));
    REQUIRE(iova.has_value());
    CHECK(leaf(m, Machine::kPcieSid, *iova + 0x2000) ==
          std::pair{0x9000'2000 | pte::kUserData | pte::kPage, 3});
    m.smmu_model.forget();
    api.unmap(*iova, 3 * 4096);
    CHECK(leaf(m, Machine::kPcieSid, *iova).first == 0);
    CHECK(m.smmu_model.steps(0) == "TLBI_NH_VA TLBI_NH_VA TLBI_NH_VA SYNC ATC_INV SYNC");
    for (u64 i = 0; i < 3; ++i)
      CHECK(m.smmu_model.commands[i].w == cmd::tlbi_nh_va(1, *iova + i * 4096, {.leaf = true}));
    // One block of four pages covers three, of requests without a PASID.
    CHECK(m.smmu_model.commands[4].w == cmd::atc_inv(Machine::kPcieSid, {}, *iova, 2));
  });
}

TEST_CASE(
    "an unmap of all that a last-level table maps unlinks it, at once and not leaf-only, and frees it") {
  Machine m({.ril = false});
  m.run([&] {
    DmaApi api(m.env, m.smmu, m.stalling, DmaFlush::kStrict);
    // Odd pages, so that no block fits.
    std::vector<u64> pages = pages_from(0x9000'1000, 512);
    const auto iova = api.map(pages);
    REQUIRE(iova.has_value());
    CHECK(*iova % kBlock == 0);
    CHECK(leaf(m, Machine::kStallSid, *iova).second == 3);
    m.smmu_model.forget();
    m.os.freed.clear();
    api.unmap(*iova, kBlock);
    CHECK(m.smmu_model.count(spec::Opcode::CMD_TLBI_NH_VA) == 512);
    CHECK(m.smmu_model.commands[0].w == cmd::tlbi_nh_va(1, *iova));
    CHECK(m.os.freed.size() == 1);
    CHECK(leaf(m, Machine::kStallSid, *iova) == std::pair{u64{0}, 2});
  });
}

TEST_CASE("contiguous aligned memory is mapped by blocks, and each is invalidated by one TLBI") {
  Machine m({.ril = false});
  m.run([&] {
    DmaApi api(m.env, m.smmu, m.stalling, DmaFlush::kStrict);
    const auto iova = api.map(pages_from(0x9000'0000, 1024));
    REQUIRE(iova.has_value());
    CHECK(leaf(m, Machine::kStallSid, *iova + kBlock) ==
          std::pair{(0x9000'0000 + kBlock) | pte::kUserData | pte::kBlock, 2});
    m.smmu_model.forget();
    api.unmap(*iova, 2 * kBlock);
    CHECK(m.smmu_model.steps(0) == "TLBI_NH_VA TLBI_NH_VA SYNC");
  });
}

TEST_CASE("a map that runs out of memory for tables leaves nothing mapped, in tables, TLBs or ATCs") {
  constexpr u64 kTables = 3;                                 // below the root, for one page
  constexpr u64 kHighest = (u64{1} << 32) - (u64{4} << 20);  // 513 pages are aligned to 1,024
  for (const bool contiguous : {true, false}) {
    CAPTURE(contiguous);
    Machine m({.ril = false});
    m.run([&] {
      DmaApi api(m.env, m.smmu, m.pcie, DmaFlush::kLazy);
      // 513 pages, the last of which needs a last-level table of its own.
      std::vector<u64> pages = pages_from(0x9000'1000, 513);
      if (!contiguous) std::ranges::reverse(pages);
      m.os.pages_left = kTables;
      m.smmu_model.forget();
      CHECK_FALSE(api.map(pages).has_value());
      m.os.pages_left = 1 << 20;
      for (u64 i = 0; i < pages.size(); ++i)
        CHECK(leaf(m, Machine::kPcieSid, kHighest + i * 4096).first == 0);
      CHECK(m.smmu_model.count(spec::Opcode::CMD_TLBI_NH_VA) == 512);
      CHECK(m.smmu_model.steps(0).ends_with("TLBI_NH_VA SYNC ATC_INV SYNC"));
      const auto iova = api.map(pages);
      REQUIRE(iova == kHighest);
      api.unmap(*iova, pages.size() * 4096);
    });
  }
}

TEST_CASE(
    "a lazy unmap commands nothing until 255 wait or 10 ms are over, and no address is used again before") {
  Machine m;
  m.run([&] {
    DmaApi api(m.env, m.smmu, m.stalling, DmaFlush::kLazy);
    std::set<u64> waiting;
    const auto cycle = [&] {
      const auto iova = api.map(pages_from(0x9000'0000, 1));
      REQUIRE(iova.has_value());
      CHECK(waiting.insert(*iova).second);
      api.unmap(*iova, 4096);
    };
    cycle();  // so that the tables are there
    m.smmu_model.forget();
    for (int i = 1; i < 255; ++i) cycle();
    CHECK(m.smmu_model.commands.empty());
    const u64 next = *api.map(pages_from(0x9000'0000, 1));
    api.unmap(next, 4096);
    CHECK(m.smmu_model.steps(0) == "TLBI_NH_ASID SYNC");
    CHECK(m.smmu_model.commands[0].w == cmd::tlbi_nh_asid(1));
    CHECK(waiting.contains(*api.map(pages_from(0x9000'0000, 1))));
    m.smmu_model.forget();
    m.os.sleep_ps(9'000'000'000);
    CHECK(m.smmu_model.commands.empty());
    m.os.sleep_ps(2'000'000'000);
    CHECK(m.smmu_model.steps(0) == "TLBI_NH_ASID SYNC");
  });
}

TEST_CASE(
    "I/O addresses come from the top, aligned to their size, never twice, and small ones that were freed "
    "come first") {
  IovaAllocator iovas(12);
  const u64 first = *iovas.allocate(64 * 4096);
  CHECK(first == (u64{1} << 32) - 64 * 4096);
  const u64 page = *iovas.allocate(4096), three = *iovas.allocate(3 * 4096);
  CHECK(page == first - 4096);
  CHECK(three % (4 * 4096) == 0);  // as a power of two
  CHECK(three + 4 * 4096 <= page);
  const u64 between = *iovas.allocate(4096);
  iovas.free(page);
  iovas.free(between);
  CHECK(*iovas.allocate(4096) == between);
  CHECK(*iovas.allocate(4096) == page);
  iovas.free(first);
  CHECK(*iovas.allocate(64 * 4096) == first);
  CHECK_FALSE(iovas.allocate(u64{1} << 32).has_value());
}
