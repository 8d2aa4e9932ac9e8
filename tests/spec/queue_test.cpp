// PROD and CONS arithmetic against 3.5.1 and 7.4.
#include "tlm/spec/queue.h"

#include <doctest/doctest.h>

namespace smmu_vp::spec {
namespace {

// The manual's example: with 128 entries, bits [6:0] are the index and
// bit 7 the wrap flag; [19:8] are ignored.
TEST_CASE("index and wrap flag follow the queue size") {
  CHECK(queue::index(0x000FF0A5, 7) == 0x25);
  CHECK(queue::wrap(0x000FF0A5, 7));
  CHECK_FALSE(queue::wrap(0x000FF025, 7));
  CHECK(queue::index(0x000FFFFF, 19) == 0x7FFFF);
  CHECK(queue::wrap(0x000FFFFF, 19));
}

TEST_CASE("equal positions are empty, equal indexes with different wraps are full") {
  CHECK(queue::empty(0x25, 0x25, 7));
  CHECK(queue::empty(0xA5, 0xA5, 7));
  CHECK_FALSE(queue::empty(0xA5, 0x25, 7));
  CHECK(queue::full(0xA5, 0x25, 7));
  CHECK(queue::full(0x25, 0xA5, 7));
  CHECK_FALSE(queue::full(0x25, 0x25, 7));
  CHECK_FALSE(queue::full(0x26, 0x25, 7));
}

TEST_CASE("advancing wraps the index, toggles the flag and keeps the overflow flag") {
  CHECK(queue::advance(0x00000000, 7) == 0x01);
  CHECK(queue::advance(0x0000007F, 7) == 0x80);
  CHECK(queue::advance(0x000000FF, 7) == 0x00);
  CHECK(queue::advance(0x800000FF, 7) == 0x80000000);
  CHECK(queue::advance(0x0000007E, 7, 4) == 0x82);
  CHECK(queue::advance(0x000FFFFF, 19) == 0x00000000);
}

TEST_CASE("a queue of one entry has no index bits, and its bit zero is the wrap flag") {
  CHECK(queue::index(1, 0) == 0);
  CHECK(queue::wrap(1, 0));
  CHECK(queue::empty(0, 0, 0));
  CHECK(queue::full(1, 0, 0));
  CHECK(queue::advance(0, 0) == 1);
  CHECK(queue::advance(1, 0) == 0);
}

TEST_CASE("entries and space add up to the size") {
  CHECK(queue::used(0x10, 0x0C, 7) == 4);
  CHECK(queue::space(0x10, 0x0C, 7) == 124);
  CHECK(queue::used(0x82, 0x7E, 7) == 4);  // PROD has wrapped
  CHECK(queue::used(0x02, 0xFE, 7) == 4);  // PROD has wrapped twice
  CHECK(queue::used(0xA5, 0x25, 7) == 128);
  CHECK(queue::space(0xA5, 0x25, 7) == 0);
}

TEST_CASE("the two states that 3.5.1 forbids are inconsistent, the four it allows are not") {
  CHECK(queue::consistent(0x05, 0x05, 7));
  CHECK(queue::consistent(0x85, 0x05, 7));
  CHECK(queue::consistent(0x06, 0x05, 7));
  CHECK(queue::consistent(0x84, 0x05, 7));
  CHECK_FALSE(queue::consistent(0x86, 0x05, 7));  // WR > RD, wraps differ
  CHECK_FALSE(queue::consistent(0x04, 0x05, 7));  // WR < RD, wraps equal
  CHECK(queue::space(0x86, 0x05, 7) == 0);
  CHECK(queue::space(0x04, 0x05, 7) == 0);
}

TEST_CASE("an overflow is a difference between OVFLG and OVACKFLG") {
  CHECK(queue::overflowed(0x80000005, 0x00000005));
  CHECK(queue::overflowed(0x00000005, 0x80000005));
  CHECK_FALSE(queue::overflowed(0x80000005, 0x80000001));
}

TEST_CASE("an entry's address counts from the base aligned to the queue's size") {
  CHECK(queue::entry_address(0x88000000, 0x00, 7, 16) == 0x88000000);
  CHECK(queue::entry_address(0x88000000, 0x83, 7, 16) == 0x88000030);
  CHECK(queue::entry_address(0x880007E0, 0x01, 7, 16) ==
        0x88000010);  // 2 KB queue: low bits of the base ignored
  CHECK(queue::entry_address(0x88000030, 0x00, 0, 16) == 0x88000020);  // 32 bytes at least
  CHECK(queue::entry_address(0x88000000, 0x02, 7, 32) == 0x88000040);
}

}  // namespace
}  // namespace smmu_vp::spec
