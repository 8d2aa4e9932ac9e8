// Replay: entries as the accelerator reads them, and the ground truth they are compared with.
#include <doctest/doctest.h>

#include "testbench/workload/crc.h"
#include "testbench/workload/replay.h"
#include "testbench/workload/writer.h"
#include "tests/unit/workload_temporary.h"

namespace smmu_vp::tb::test {

namespace {
const std::vector<Vma> kVmas = {{0x1000, 0x4000, true, true, false, ""}};
}

TEST_CASE("Untouched memory holds the page source's bytes, whatever the size of a page") {
  const ShadowMemory shadow(5);
  std::vector<u8> small(4096), large(16384), read(4096);
  fill_initial_page(5, 0x6000, small);
  fill_initial_page(5, 0x4000, large);
  shadow.read(0x6000, read);
  CHECK(read == small);
  CHECK(std::equal(small.begin(), small.end(), large.begin() + 0x2000));
  fill_initial_page(6, 0x6000, small);
  CHECK(read != small);
}

TEST_CASE("What is written is read back, over page borders too") {
  ShadowMemory shadow(5);
  shadow.write_pattern(0x1ffe, 4, 9);
  std::vector<u8> before(1), read(6);
  fill_initial_page(5, 0x1ffd, before);
  shadow.read(0x1ffd, read);
  CHECK(read[0] == before[0]);
  for (u64 i = 0; i < 4; ++i) CHECK(read[1 + i] == spec::accel::pattern_byte(9, 0x1ffe + i));
  CHECK(shadow.written_pages() == 2);
}

TEST_CASE("A memory that differs is found, with the address") {
  ShadowMemory shadow(5);
  shadow.write_pattern(0x2010, 8, 9);
  const auto memory = [&shadow](u64 va, std::span<u8> bytes) { shadow.read(va, bytes); };
  CHECK(!shadow.first_difference(memory));
  const auto wrong = shadow.first_difference([&](u64 va, std::span<u8> bytes) {
    memory(va, bytes);
    bytes[0x13] ^= 0xff;
  });
  REQUIRE(wrong);
  CHECK(wrong->starts_with("byte 0x2013 is "));
}

TEST_CASE("Accesses become entries of the accelerator's list, and reads their checksum") {
  const TemporaryFile file;
  write_workload(
      file.path(), {"x", kVmas},
      std::vector<Access>{{0x1008, 8, false}, {0x1000, 16, true}, {0x1008, 8, false}, {0x2000, 4, true}});
  Replay replay(file.path(), {.mm_seed = 3, .write_seed = 100, .batch_entries = 3, .max_accesses = 4});
  CHECK(replay.info().vmas == kVmas);

  const auto batch = replay.next();
  REQUIRE(batch);
  // ADDRESS [63:0]; SIZE [79:64], WRITE [80], SEED [127:96].
  CHECK(batch->entries ==
        std::vector<std::array<u64, 2>>{{0x1008, 8}, {0x1000, 0x64'0001'0010}, {0x1008, 8}});
  CHECK(batch->bytes_read == 16);
  CHECK(batch->bytes_written == 16);
  std::vector<u8> bytes(8);
  fill_initial_page(3, 0x1008, bytes);
  for (u64 i = 0; i < 8; ++i) bytes.push_back(spec::accel::pattern_byte(100, 0x1008 + i));
  Crc32c crc;
  crc.add(bytes);
  CHECK(batch->expected_crc == crc.value());

  const auto rest = replay.next();
  REQUIRE(rest);
  CHECK(rest->entries == std::vector<std::array<u64, 2>>{{0x2000, 0x65'0001'0004}});
  CHECK(rest->expected_crc == 0);  // of nothing
  CHECK(!replay.next());
  CHECK(replay.shadow().written_pages() == 2);
}

TEST_CASE("A replay stops at its limit of accesses") {
  const TemporaryFile file;
  write_workload(file.path(), {"x", kVmas}, std::vector<Access>(10, {0x1000, 8, false}));
  Replay replay(file.path(), {.batch_entries = 4, .max_accesses = 6});
  CHECK(replay.next()->entries.size() == 4);
  CHECK(replay.next()->entries.size() == 2);
  CHECK(!replay.next());
}

TEST_CASE("Room for buffers is found beside the VMAs") {
  CHECK(unused_range({}, 0x1000) == 0x7fff'ffff'f000);
  const std::vector<Vma> vmas = {{0x1000, 0x2000, true, true, false, ""},
                                 {0x7fff'ffff'e000, 0x7fff'ffff'f000, true, true, false, ""}};
  CHECK(unused_range(vmas, 0x1000) == 0x7fff'ffff'f000);
  CHECK(unused_range(vmas, 0x1001) == 0x7fff'ffff'c000);
}

}  // namespace smmu_vp::tb::test
