// Table D8-65, row by row, and PAN.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/structures.h"
#include "tlm/core/permissions.h"

namespace smmu_vp::test {

using namespace core;

namespace {

// Rights as letters: privileged rwx then unprivileged rwx.
std::string letters(const Rights& r) {
  std::string out;
  out += r.priv_read ? 'r' : '-';
  out += r.priv_write ? 'w' : '-';
  out += r.priv_exec ? 'x' : '-';
  out += ' ';
  out += r.user_read ? 'r' : '-';
  out += r.user_write ? 'w' : '-';
  out += r.user_exec ? 'x' : '-';
  return out;
}

std::string row(bool uxn, bool pxn, u64 ap, bool wxn) {
  Context context;
  context.wxn = wxn;
  const u64 descriptor = (uxn ? pte::kUxn : 0) | (pxn ? pte::kPxn : 0) | pte::ap(ap);
  return letters(leaf_rights(descriptor, {}, context));
}

}  // namespace

TEST_CASE("stage 1 permissions of two privilege levels follow the manual's table") {
  CHECK(row(0, 0, 0b00, 0) == "rwx --x");
  CHECK(row(0, 0, 0b00, 1) == "rw- --x");
  CHECK(row(0, 0, 0b01, 0) == "rw- rwx");
  CHECK(row(0, 0, 0b01, 1) == "rw- rw-");
  CHECK(row(0, 0, 0b10, 0) == "r-x --x");
  CHECK(row(0, 0, 0b10, 1) == "r-x --x");
  CHECK(row(0, 0, 0b11, 0) == "r-x r-x");
  CHECK(row(0, 1, 0b00, 0) == "rw- --x");
  CHECK(row(0, 1, 0b01, 0) == "rw- rwx");
  CHECK(row(0, 1, 0b01, 1) == "rw- rw-");
  CHECK(row(0, 1, 0b10, 0) == "r-- --x");
  CHECK(row(0, 1, 0b11, 0) == "r-- r-x");
  CHECK(row(1, 0, 0b00, 0) == "rwx ---");
  CHECK(row(1, 0, 0b00, 1) == "rw- ---");
  CHECK(row(1, 0, 0b01, 0) == "rw- rw-");
  CHECK(row(1, 0, 0b10, 0) == "r-x ---");
  CHECK(row(1, 0, 0b11, 0) == "r-x r--");
  CHECK(row(1, 1, 0b00, 0) == "rw- ---");
  CHECK(row(1, 1, 0b11, 0) == "r-- r--");
}

TEST_CASE("APTable[0] removes unprivileged access, APTable[1] writes") {
  const Hierarchy none = restricted_by({}, pte::kTableNoUser | pte::kTable);
  const Hierarchy read_only = restricted_by({}, pte::kTableReadOnly | pte::kTable);
  CHECK(letters(leaf_rights(pte::ap(0b01), none, {})) == "rwx --x");
  CHECK(letters(leaf_rights(pte::ap(0b01), read_only, {})) == "r-x r-x");
  CHECK(letters(leaf_rights(pte::ap(0b01), restricted_by(none, pte::kTableReadOnly | pte::kTable), {})) ==
        "r-x --x");
}

TEST_CASE("PAN takes data access from privileged transactions where unprivileged ones have it") {
  Context context;
  context.pan = true;
  CHECK(letters(leaf_rights(pte::ap(0b01), {}, context)) == "--- rwx");
  CHECK(letters(leaf_rights(pte::ap(0b00), {}, context)) == "rwx --x");
  CHECK(letters(leaf_rights(pte::ap(0b11), {}, context)) == "--x r-x");
}

TEST_CASE("an access needs the right for its kind at its privilege level") {
  const Rights user_x{.user_exec = true};
  CHECK(allows(user_x, {.exec = true}));  // execute-only pages can be fetched from
  CHECK_FALSE(allows(user_x, {}));
  CHECK_FALSE(allows(user_x, {.exec = true, .priv = true}));
  const Rights priv_rw{.priv_read = true, .priv_write = true};
  CHECK(allows(priv_rw, {.write = true, .priv = true}));
  CHECK_FALSE(allows(priv_rw, {.write = true}));
}

}  // namespace smmu_vp::test
