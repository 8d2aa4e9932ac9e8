// The weak memory model and the page allocator, without time.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <set>

#include "testbench/machine/os/page_allocator.h"
#include "testbench/machine/os/store_buffer.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

struct Memory {
  std::array<u64, 64> words{};
  StoreBuffer stores;
  explicit Memory(u64 seed)
      : stores(Random(seed, 1), 1000, [this](u64 pa, const void* data, std::size_t n) {
          std::memcpy(reinterpret_cast<u8*>(words.data()) + pa, data, n);
        }) {}
};

}  // namespace

TEST_CASE("a store is invisible to other threads until it is due or its thread executes a barrier") {
  Memory m(1);
  const u64 due = m.stores.store(1, 8, 0x55, 8, 0);
  CHECK(m.words[1] == 0);
  m.stores.drain(2);
  CHECK(m.words[1] == 0);
  m.stores.drain(1);
  CHECK(m.words[1] == 0x55);
  CHECK(due <= 1000);
}

TEST_CASE("a thread sees its own stores, also several in one read") {
  Memory m(1);
  m.words[0] = ~u64{0};
  m.stores.store(1, 0, 0, 4, 0);
  m.stores.store(1, 2, 0xabcd, 2, 0);
  u64 mine = m.words[0], others = m.words[0];
  m.stores.overlay(1, {0, 8}, &mine);
  m.stores.overlay(2, {0, 8}, &others);
  CHECK(mine == 0xffff'ffff'abcd'0000);
  CHECK(others == ~u64{0});
}

TEST_CASE("stores of one thread to the same bytes keep their order") {
  for (u64 seed = 0; seed < 200; ++seed) {
    Memory m(seed);
    for (u64 v = 1; v <= 5; ++v) m.stores.store(1, 0, v, 8, v);
    u64 last = 0;
    for (u64 t = 0; t <= 1100; t += 10) {
      m.stores.expire(t);
      CHECK(m.words[0] >= last);
      last = m.words[0];
    }
    CHECK(last == 5);
  }
}

TEST_CASE("stores to different words become visible in both orders, depending on the seed") {
  std::set<bool> first_came_first;
  for (u64 seed = 0; seed < 50; ++seed) {
    Memory m(seed);
    m.stores.store(1, 0, 1, 8, 0);
    m.stores.store(1, 8, 1, 8, 0);
    for (u64 t = 0; m.words[0] == 0 && m.words[1] == 0; ++t) m.stores.expire(t);
    if (m.words[0] != m.words[1]) first_came_first.insert(m.words[0] == 1);
  }
  CHECK(first_came_first.size() == 2);
}

TEST_CASE("pages are allocated lowest first, aligned to their size, and reused at once") {
  PageAllocator pages(0x8000'0000, 64 * 4096);
  CHECK(pages.allocate(1) == 0x8000'0000);
  CHECK(pages.allocate(1) == 0x8000'1000);
  CHECK(pages.allocate(4) == 0x8000'4000);
  CHECK(pages.allocate(1) == 0x8000'2000);
  pages.release(0x8000'1000, 1);
  CHECK(pages.allocate(1) == 0x8000'1000);
}

TEST_CASE("freed neighbours merge, and exhaustion is reported") {
  PageAllocator pages(0x1'0000, 16 * 4096);
  const u64 all = pages.allocate(16);
  REQUIRE(all == 0x1'0000);
  CHECK(pages.allocate(1) == 0);
  for (u64 i : {3, 1, 2, 0}) pages.release(all + i * 4 * 4096, 4);
  CHECK(pages.free_bytes() == 16 * 4096);
  CHECK(pages.allocate(16) == all);
}

TEST_CASE("pages that are not allocated are not freed, whatever a corrupted table says") {
  constexpr u64 kBase = 0x8000'0000, kPage = PageAllocator::kPage;
  PageAllocator pages(kBase, 8 * kPage);
  const u64 four = pages.allocate(4);
  REQUIRE(four == kBase);
  const u64 left = pages.free_bytes();
  CHECK(!pages.release(kBase + 4 * kPage, 1));    // free already
  CHECK(!pages.release(kBase + 2 * kPage, 4));    // partly free
  CHECK(!pages.release(kBase - kPage, 1));        // below memory
  CHECK(!pages.release(kBase + 8 * kPage, 1));    // beyond it
  CHECK(!pages.release(~u64{0} - kPage + 1, 2));  // wraps
  CHECK(pages.free_bytes() == left);
  CHECK(pages.release(four, 4));
  CHECK(!pages.release(four, 4));
  CHECK(pages.allocate(8) == kBase);
}
