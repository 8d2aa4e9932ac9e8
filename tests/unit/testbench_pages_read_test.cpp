// Which pages of memory a client with TELL_PAGES hears of: what an SMMU reads by itself, and when it holds nothing of it.
#include <doctest/doctest.h>

#include <string>

#include "testbench/observe/trace_sinks/pages_read.h"

namespace smmu_vp::tb::test {

namespace {

constexpr u64 kTable = 0x8000'1000, kOther = 0x8000'2000, kStructure = 0x8000'3000;

struct World {
  World()
      : pages(bus, {.read = [this](u64 page) { log += "read " + std::to_string(page >> 12 & 0xF) + " "; },
                    .forgotten =
                        [this](u64 page) { log += "forgotten " + std::to_string(page >> 12 & 0xF) + " "; }}) {
  }
  void walk(u32 asid, u64 pa, bool stage2 = false) {
    ++transactions;
    bus.announce(trace::WalkBegin{.transaction = transactions, .asid = asid, .va = 0, .ttb = pa});
    bus.announce(trace::WalkRead{
        .transaction = transactions, .level = 3, .pa = pa, .descriptor = 0, .stage2 = stage2});
    bus.announce(trace::WalkEnd{.transaction = transactions, .fault = {}});
  }
  void invalidate(u32 asid, bool by_va) {
    bus.announce(trace::TlbInvalidated{.command = spec::Opcode::CMD_TLBI_NH_ASID,
                                       .vmid = 0,
                                       .asid = asid,
                                       .by_va = by_va,
                                       .by_asid = true,
                                       .first = 0,
                                       .last = ~u64{0},
                                       .entries = 0,
                                       .poisoned = 0});
  }
  std::string said() { return std::exchange(log, {}); }

  trace::Bus bus{[] { return u64{0}; }};
  std::string log;
  u64 transactions = 0;
  PagesRead pages;
};

}  // namespace

TEST_CASE("a page is told when it is read first, and again after everything of its ASID was invalidated") {
  World w;
  w.walk(1, kTable + 8);
  w.walk(1, kTable + 16);
  CHECK(w.said() == "read 1 ");
  w.invalidate(2, false);
  w.invalidate(1, true);  // tables above the last level may still be cached
  CHECK(w.said().empty());
  w.invalidate(1, false);
  CHECK(w.said() == "forgotten 1 ");
  w.invalidate(1, false);
  CHECK(w.said().empty());
  w.walk(1, kTable);
  CHECK(w.said() == "read 1 ");
}

TEST_CASE("what no ASID's invalidation ends is not forgotten: structures, and tables of stage 2") {
  World w;
  w.bus.announce(trace::ConfigFetched{spec::Structure::kSte, {.sid = 1}, kStructure, {}});
  w.walk(1, kOther, true);
  CHECK(w.said() == "read 3 read 2 ");
  w.invalidate(1, false);
  CHECK(w.said().empty());
}

TEST_CASE("a page that another ASID reads meanwhile belongs to that one") {
  World w;
  w.walk(1, kTable);
  w.walk(2, kTable);
  CHECK(w.said() == "read 1 ");
  w.invalidate(1, false);
  CHECK(w.said().empty());
  w.invalidate(2, false);
  CHECK(w.said() == "forgotten 1 ");
}

}  // namespace smmu_vp::tb::test
