// Stage 1 walks with descriptors as the A-profile manual has them (D8.2, D8.3), for each granule.
#include <doctest/doctest.h>

#include "tests/support/structures.h"
#include "tests/unit/core_memory.h"
#include "tlm/core/walk.h"

namespace smmu_vp::test {

using namespace core;
using spec::EventId;

namespace {

// User, read-write, executable; page or block.
constexpr u64 kRights = pte::kUser | pte::kAf | pte::kNg, kLeaf = kRights | pte::kBlock,
              kPage = kRights | pte::kPage;

struct Fixture {
  WordMemory memory;
  WalkCache cache{64};
  Stage2Walker stage2{memory, cache, 48, silent_facts()};
  Walker walker{memory, cache, stage2, 48, silent_facts()};
  Context context;

  Fixture() {
    context.asid = 7;
    context.tables[1].walk_disabled = true;
    context.tables[0].base = 0x10'0000;
    context.mair = mair::kWriteBack;
  }
  void granule(Granule g, u8 input_bits) {
    context.tables[0].granule = g;
    context.tables[0].input_bits = input_bits;
  }
  WalkResult walk(u64 va) { return walker.walk(1, {.stage1 = &context}, {.address = va, .probe = true}); }
  EventId fault(u64 va) {
    const WalkResult r = walk(va);
    REQUIRE(r.fault.has_value());
    return r.fault->event;
  }
};

}  // namespace

TEST_CASE("a 4KB granule with 48 bits has four levels to a page") {
  Fixture f;
  f.memory.words = {{0x10'0000 + 8 * 0x0FE, 0x20'0000 | pte::kTable},
                    {0x20'0000 + 8 * 0x048, 0x30'0000 | pte::kTable},
                    {0x30'0000 + 8 * 0x1A2, 0x40'0000 | pte::kTable},
                    {0x40'0000 + 8 * 0x167, 0x12'3456'7000 | kPage}};
  const WalkResult r = f.walk(0x7F12'3456'7ABC);
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.va == 0x7F12'3456'7000);
  CHECK(r.translation.pa == 0x12'3456'7000);
  CHECK(r.translation.log2_size == 12);
  CHECK(r.translation.memory_attributes == mair::kWriteBack);
  CHECK_FALSE(r.translation.global);
  CHECK(f.memory.reads == std::vector<u64>{0x10'07F0, 0x20'0240, 0x30'0D10, 0x40'0B38});
}

TEST_CASE("a 4KB granule has 2MB and 1GB blocks, and offsets within them") {
  Fixture f;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTable},
                    {0x20'0000, 0x30'0000 | pte::kTable},
                    {0x20'0008, 0x40'4000'0000 | kLeaf},
                    {0x30'0008, 0x80'0020'0000 | kLeaf}};
  WalkResult r = f.walk(0x0034'5678);
  CHECK(r.translation.pa == 0x80'0020'0000);
  CHECK(r.translation.va == 0x20'0000);
  CHECK(r.translation.log2_size == 21);
  CHECK(r.translation.leaf_log2_size == 21);
  r = f.walk(0x7654'3210);
  CHECK(r.translation.pa == 0x40'4000'0000);
  CHECK(r.translation.va == 0x4000'0000);
  CHECK(r.translation.log2_size == 30);
}

TEST_CASE("a 16KB granule has three levels for 47 bits, four for 48, and a 32MB block") {
  Fixture f;
  f.granule(Granule::k16K, 47);
  f.memory.words = {{0x10'0000 + 8 * 0x001, 0x20'0000 | pte::kTable},  // VA[46:36]
                    {0x20'0000 + 8 * 0x002, 0x30'0000 | pte::kTable},  // VA[35:25]
                    {0x30'0000 + 8 * 0x003, 0x5'0000'C000 | kPage},    // VA[24:14]
                    {0x20'0000 + 8 * 0x004, 0x6'0200'0000 | kLeaf}};
  WalkResult r = f.walk(0x10'0400'E123);
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.pa == 0x5'0000'C000);
  CHECK(r.translation.va == 0x10'0400'C000);
  CHECK(r.translation.log2_size == 14);
  r = f.walk(0x10'0800'0000);
  CHECK(r.translation.pa == 0x6'0200'0000);
  CHECK(r.translation.log2_size == 25);

  Fixture g;
  g.granule(Granule::k16K, 48);
  g.memory.words = {{0x10'0008, 0x20'0000 | pte::kTable}};  // level 0 holds two entries: VA[47]
  CHECK(g.fault(0x8000'0000'0000) == EventId::F_TRANSLATION);
  CHECK(g.memory.reads == std::vector<u64>{0x10'0008, 0x20'0000});
}

TEST_CASE("a 64KB granule has two levels for 42 bits, three for 48, a 512MB block, and 52-bit output") {
  Fixture f;
  f.granule(Granule::k64K, 42);
  f.memory.words = {{0x10'0000 + 8 * 0x005, 0x20'0000 | pte::kTable},  // VA[41:29]
                    {0x20'0000 + 8 * 0x006, 0x7'0001'0000 | kPage},
                    {0x10'0000 + 8 * 0x007, 0x8'2000'0000 | kLeaf}};
  WalkResult r = f.walk(0xA006'1234);
  CHECK(r.translation.pa == 0x7'0001'0000);
  CHECK(r.translation.log2_size == 16);
  r = f.walk(0xE123'4567);
  CHECK(r.translation.pa == 0x8'2000'0000);
  CHECK(r.translation.log2_size == 29);

  Fixture wide;
  Stage2Walker stage2(wide.memory, wide.cache, 52, silent_facts());
  Walker walker(wide.memory, wide.cache, stage2, 52, silent_facts());
  wide.granule(Granule::k64K, 48);
  wide.context.output_bits = 52;
  wide.memory.words = {{0x10'0000, 0x20'3000 | pte::kTable},  // OA[51:48] = 3 in bits [15:12]
                       {0x3'0000'0020'0000, 0x40'0000 | pte::kTable},
                       {0x40'0000, 0x5'0000'F000 | kPage}};
  r = walker.walk(1, {.stage1 = &wide.context}, {.address = 0x1234, .probe = true});
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.pa == 0xF'0005'0000'0000);
}

TEST_CASE("TTB1 translates addresses with VA[55] set, with its own size and granule") {
  Fixture f;
  f.context.tables[1] = {.base = 0x50'0000, .granule = Granule::k64K, .input_bits = 42};
  f.memory.words = {{0x50'0000 + 8 * 0x1FFF, 0x60'0000 | pte::kTable},
                    {0x60'0000 + 8 * 0x1FFF, 0x9'0000'0000 | kPage}};
  const WalkResult r = f.walk(0xFFFF'FFFF'FFFF'1000);
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.pa == 0x9'0000'0000);
  CHECK(r.translation.va == 0xFFFF'FFFF'FFFF'0000);
}

TEST_CASE("16 input bits with 4KB need one level, whose small table is aligned to its own size") {
  Fixture f;
  f.granule(Granule::k4K, 16);
  f.context.tables[0].base = 0x10'0080;
  f.memory.words = {{0x10'0080 + 8 * 0xF, 0x77'0000 | kPage}};
  CHECK(f.walk(0xF123).translation.pa == 0x77'0000);
}

TEST_CASE("descriptors that are invalid at their level are F_TRANSLATION") {
  Fixture f;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTable},
                    {0x20'0000, 0x30'0000 | pte::kTable},
                    {0x30'0000, 0x40'0000 | pte::kTable}};
  CHECK(f.fault(0x0) == EventId::F_TRANSLATION);  // level 3, 0
  f.memory.words[0x40'0000] = 0x5000 | kLeaf;     // 0b01 at level 3
  CHECK(f.fault(0x0) == EventId::F_TRANSLATION);
  f.memory.words[0x40'0000] = 0x5000 | (kPage & ~pte::kValid);
  CHECK(f.fault(0x0) == EventId::F_TRANSLATION);
  f.memory.words[0x10'0008] = kLeaf;  // a block at level 0
  CHECK(f.fault(0x80'0000'0000) == EventId::F_TRANSLATION);
  f.granule(Granule::k16K, 47);
  f.memory.words[0x10'0010] = kLeaf;  // a block at level 1 of 16KB
  CHECK(f.fault(0x20'0000'0000) == EventId::F_TRANSLATION);
}

TEST_CASE("EPD disables walks, and an output address beyond IPS is an address size fault at every level") {
  Fixture f;
  CHECK(f.fault(0xFFFF'0000'0000'0000) == EventId::F_TRANSLATION);  // EPD1
  CHECK(f.memory.reads.empty());
  f.context.output_bits = 40;
  f.memory.words = {{0x10'0000, 0x100'0000'0000 | pte::kTable},
                    {0x10'0008, 0x20'0000 | pte::kTable},
                    {0x20'0000, 0x100'0000'0000 | kLeaf}};
  CHECK(f.fault(0x0) == EventId::F_ADDR_SIZE);  // a table's address
  CHECK(f.fault(0x80'0000'0000) == EventId::F_ADDR_SIZE);
}

TEST_CASE("a clear AF faults last unless AFFD says to ignore it") {
  Fixture f;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTable}, {0x20'0000, 0x4000'0000 | (kLeaf & ~pte::kAf)}};
  CHECK(f.fault(0x0) == EventId::F_ACCESS);
  f.context.access_flag_ignored = true;
  CHECK_FALSE(f.walk(0x0).fault.has_value());
}

TEST_CASE("an abort on a descriptor's fetch is F_WALK_EABT with its address") {
  Fixture f;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTable}};
  f.memory.aborts = {0x20'0008};
  const WalkResult r = f.walk(0x4000'0000);
  REQUIRE(r.fault.has_value());
  CHECK(r.fault->event == EventId::F_WALK_EABT);
  CHECK(r.fault->fetch_address == 0x20'0008);
}

TEST_CASE("hierarchical permissions restrict everything below, unless HAD disables them") {
  Fixture f;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTableReadOnly | pte::kTable},
                    {0x20'0000, 0x30'0000 | pte::kTableUxn | pte::kTablePxn | pte::kTable},
                    {0x30'0000, 0x40'0000 | pte::kTable},
                    {0x40'0000, 0x5000 | kPage}};
  Rights r = f.walk(0x0).translation.rights;
  CHECK(r.user_read);
  CHECK_FALSE(r.user_write);
  CHECK_FALSE(r.priv_write);
  CHECK_FALSE(r.user_exec);
  CHECK_FALSE(r.priv_exec);
  // The walk cache remembers the restriction with the table.
  CHECK(f.walk(0x0).translation.rights == r);
  CHECK(f.memory.reads.size() == 5);

  Fixture g;
  g.context.tables[0].hierarchy_ignored = true;
  g.memory.words = f.memory.words;
  r = g.walk(0x0).translation.rights;
  CHECK(r.user_write);
  CHECK(r.user_exec);
}

TEST_CASE("the Contiguous bit makes one entry of a group only if the group is aligned") {
  Fixture f;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTable},
                    {0x20'0000, 0x30'0000 | pte::kTable},
                    {0x30'0000, 0x40'0000 | pte::kTable}};
  f.memory.words[0x40'0000 + 8 * 0x13] = 0x55'3000 | kPage | pte::kContiguous;
  f.memory.words[0x40'0000 + 8 * 0x23] = 0x55'4000 | kPage | pte::kContiguous;  // not at its place
  WalkResult r = f.walk(0x1'3456);
  CHECK(r.translation.va == 0x1'0000);
  CHECK(r.translation.pa == 0x55'0000);
  CHECK(r.translation.log2_size == 16);
  CHECK(r.translation.leaf_log2_size == 16);
  r = f.walk(0x2'3456);
  CHECK(r.translation.log2_size == 12);
  CHECK(r.translation.pa == 0x55'4000);
}

TEST_CASE("global translations are found but not cached, as TLB tags have no ASET to distinguish them") {
  Fixture f;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTable}, {0x20'0000, 0x4000'0000 | (kLeaf & ~pte::kNg)}};
  const WalkResult r = f.walk(0x0);
  CHECK(r.translation.global);
  CHECK_FALSE(r.cacheable);
}

TEST_CASE("an input address must be sign-extended from TxSZ, and TBI and E0PD take effect") {
  Context c;
  c.tables[0].input_bits = 39;
  c.tables[1].input_bits = 39;
  const auto canonical = [&](u64 va, bool priv = false) {
    return canonical_address(c, spec::Access{.address = va, .intent = {.read = true, .priv = priv}});
  };
  CHECK(canonical(0x0000'007F'FFFF'FFFF) == 0x0000'007F'FFFF'FFFF);
  CHECK_FALSE(canonical(0x0000'0080'0000'0000).has_value());
  CHECK(canonical(0xFFFF'FF80'0000'0000) == 0xFFFF'FF80'0000'0000);
  CHECK_FALSE(canonical(0xFFFF'FF7F'FFFF'FFFF).has_value());
  CHECK_FALSE(canonical(0xAB00'0000'0000'1000).has_value());
  c.tables[0].top_byte_ignored = true;
  CHECK(canonical(0xAB00'0000'0000'1000) == 0x1000);
  CHECK_FALSE(canonical(0xAB7F'0000'0000'1000).has_value());
  c.tables[1].top_byte_ignored = true;
  CHECK(canonical(0x00FF'FFFF'FFFF'F000) == 0xFFFF'FFFF'FFFF'F000);
  c.tables[0].unprivileged_denied = true;
  CHECK_FALSE(canonical(0x1000).has_value());
  CHECK(canonical(0x1000, true) == 0x1000);
}

TEST_CASE("a walk that starts before an invalidation of its space does not fill the walk cache after it") {
  WalkCache cache(64);
  const WalkCache::Space space{World::kNsEl1, 0, 7}, other{World::kNsEl1, 0, 8};
  {
    const WalkCache::Ticket ticket(cache, space), bystander(cache, other);
    cache.invalidate({.scope = Invalidation::Scope::kContext, .context = 7}, false);
    cache.fill(ticket, 0x20'0000, 21, {.address = 0x5000, .hierarchy = {}});
    cache.fill(bystander, 0x20'0000, 21, {.address = 0x6000, .hierarchy = {}});
  }
  CHECK(cache.find(space, 0x20'0000, 21) == nullptr);
  REQUIRE(cache.find(other, 0x20'0000, 21) != nullptr);
  CHECK(cache.find(other, 0x20'0000, 21)->address == 0x6000);
}

TEST_CASE("without walk cache entries each walk starts at the top") {
  WordMemory memory;
  WalkCache none(0);
  Stage2Walker stage2(memory, none, 48, silent_facts());
  Walker walker(memory, none, stage2, 48, silent_facts());
  Context context;
  memory.words = {{0x0, 0x20'0000 | pte::kTable}, {0x20'0000, 0x4000'0000 | kLeaf}};
  walker.walk(1, {.stage1 = &context}, {.address = 0});
  walker.walk(2, {.stage1 = &context}, {.address = 0});
  CHECK(memory.reads == std::vector<u64>{0x0, 0x20'0000, 0x0, 0x20'0000});
  CHECK(none.invalidate({}, false) == 0);
}

TEST_CASE("invalidation by VA drops table descriptors over the address, unless it is leaf only") {
  WalkCache cache(64);
  const WalkCache::Space space{World::kNsEl1, 0, 7};
  const auto fill = [&] {
    const WalkCache::Ticket ticket(cache, space);
    cache.fill(ticket, 0x20'0000, 21, {.address = 0x5000, .hierarchy = {}});
  };
  Invalidation va{.scope = Invalidation::Scope::kVa, .context = 7, .first = 0x3F'F000, .last = 0x3F'FFFF};
  fill();
  CHECK(cache.invalidate(va, true) == 0);
  CHECK(cache.find(space, 0x20'0000, 21) != nullptr);
  CHECK(cache.invalidate(va, false) == 1);
  fill();
  va.first = 0x40'0000;
  va.last = 0x40'0FFF;
  CHECK(cache.invalidate(va, false) == 0);
  va = {.scope = Invalidation::Scope::kVa,
        .context = 8,
        .any_context = true,
        .first = 0x20'0000,
        .last = 0x20'0FFF};
  CHECK(cache.invalidate(va, false) == 1);
}

}  // namespace smmu_vp::test
