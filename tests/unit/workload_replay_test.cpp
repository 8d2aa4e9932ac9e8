// Replay: entries as the accelerator reads them, and the expected memory contents they are compared with.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "testbench/runs/workload/replay.h"
#include "tests/unit/workload_temporary.h"

namespace smmu_vp::tb::test {

namespace {
const std::vector<Vma> kVmas = {{0x1000, 0x4000, true, true, false, ""}};
}

TEST_CASE("untouched memory holds the page source's bytes for any page size") {
  const ShadowMemory shadow(5);
  std::vector<u8> small(4096), large(16384), read(4096);
  InitialContents{5}.fill(0x6000, small);
  InitialContents{5}.fill(0x4000, large);
  shadow.read(0x6000, read);
  CHECK(read == small);
  CHECK(std::equal(small.begin(), small.end(), large.begin() + 0x2000));
  InitialContents{6}.fill(0x6000, small);
  CHECK(read != small);
}

TEST_CASE("written bytes are read back, across page borders too") {
  ShadowMemory shadow(5);
  shadow.write_pattern({0x1ffe, 4}, 9);
  std::vector<u8> before(1), read(6);
  InitialContents{5}.fill(0x1ffd, before);
  shadow.read(0x1ffd, read);
  CHECK(read[0] == before[0]);
  for (u64 i = 0; i < 4; ++i) CHECK(read[1 + i] == spec::accel::pattern_byte(9, 0x1ffe + i));
  CHECK(shadow.written_pages() == 2);
}

TEST_CASE("a memory difference is found, with its address") {
  ShadowMemory shadow(5);
  shadow.write_pattern({0x2010, 8}, 9);
  const auto memory = [&shadow](u64 va, std::span<u8> bytes) { shadow.read(va, bytes); };
  CHECK(!shadow.first_difference(memory));
  const auto wrong = shadow.first_difference([&](u64 va, std::span<u8> bytes) {
    memory(va, bytes);
    bytes[0x13] ^= 0xff;
  });
  REQUIRE(wrong);
  CHECK(wrong->starts_with("byte 0x2013 is "));
}

TEST_CASE("accesses become entries of the accelerator's list, and reads a checksum") {
  const TemporaryFile file;
  write_steps(file.path(), "x", kVmas,
              {Access{0x1008, 8, false}, Access{0x1000, 16, true}, Access{0x1008, 8, false},
               Access{0x2000, 4, true}});
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
  InitialContents{3}.fill(0x1008, bytes);
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

TEST_CASE("a replay stops at its limit of accesses") {
  const TemporaryFile file;
  write_steps(file.path(), "x", kVmas, std::vector<Step>(10, Access{0x1000, 8, false}));
  Replay replay(file.path(), {.batch_entries = 4, .max_accesses = 6});
  CHECK(replay.next()->entries.size() == 4);
  CHECK(replay.next()->entries.size() == 2);
  CHECK(!replay.next());
}

namespace {

const MapEvent kUnmapLast{MapEvent::Kind::kUnmap, {0x3000, 0x4000, {}, ""}};
const MapEvent kMapLast{MapEvent::Kind::kMap, {0x3000, 0x4000, {true, true, false}, ""}};

}  // namespace

TEST_CASE("remapped pages hold their initial bytes, and others hold what was written") {
  const TemporaryFile file;
  write_steps(file.path(), "x", kVmas,
              {Access{0x2000, 4, true}, Access{0x3000, 4, true}, kUnmapLast, Access{0x2000, 4, false},
               kMapLast, Access{0x3000, 4, false}});
  Replay replay(file.path(), {.mm_seed = 3, .write_seed = 100});
  replay.initial_map();
  CHECK(replay.next()->before.empty());

  const auto after_unmap = replay.next();
  REQUIRE(after_unmap);
  CHECK(after_unmap->before.empty());
  REQUIRE(after_unmap->beside.size() == 1);  // nothing that follows needs it: the device keeps working
  CHECK(after_unmap->beside[0].kind == MapEvent::Kind::kUnmap);
  CHECK(after_unmap->beside[0].start == 0x3000);
  CHECK(after_unmap->beside[0].end == 0x4000);
  Crc32c written;
  for (u64 i = 0; i < 4; ++i) written.add(std::array{spec::accel::pattern_byte(100, 0x2000 + i)});
  CHECK(after_unmap->expected_crc == written.value());

  const auto after_map = replay.next();
  REQUIRE(after_map);
  CHECK(after_map->beside.empty());
  REQUIRE(after_map->before.size() == 1);
  CHECK(after_map->before[0].kind == MapEvent::Kind::kMap);
  std::vector<u8> fresh(4);
  InitialContents{3}.fill(0x3000, fresh);
  Crc32c initial;
  initial.add(fresh);
  CHECK(after_map->expected_crc == initial.value());
  CHECK(!replay.next());
  CHECK(replay.shadow().written_pages() == 1);
}

TEST_CASE(
    "a change that grants rights precedes the accesses that need it, one that only removes rights runs "
    "beside others") {
  const TemporaryFile file;
  const MapEvent seal{MapEvent::Kind::kProtect, {0x1000, 0x2000, {true, false, false}, ""}};
  const MapEvent unseal{MapEvent::Kind::kProtect, {0x1000, 0x2000, {true, true, false}, ""}};
  write_steps(file.path(), "x", kVmas,
              {Access{0x1000, 4, true}, seal, Access{0x1000, 4, false}, kUnmapLast, unseal,
               Access{0x1000, 4, true}, unseal, kUnmapLast, seal});
  Replay replay(file.path(), {});
  replay.initial_map();
  replay.next();
  const auto sealed = replay.next();
  CHECK(sealed->before.empty());
  CHECK(sealed->beside.size() == 1);
  const auto unsealed = replay.next();
  CHECK(unsealed->before.size() == 2);  // the unmap precedes the change that must precede the store
  CHECK(unsealed->beside.empty());
  const auto last = replay.next();
  CHECK(last->entries.empty());
  CHECK(last->before.size() + last->beside.size() == 3);
  CHECK(!replay.next());
}

TEST_CASE("changes after the last replayed access are not made") {
  const TemporaryFile file;
  write_steps(file.path(), "x", kVmas, {Access{0x1000, 8, false}, kUnmapLast, Access{0x1000, 8, false}});
  Replay replay(file.path(), {.max_accesses = 1});
  replay.initial_map();
  CHECK(replay.next()->entries.size() == 1);
  CHECK(!replay.next());
}

TEST_CASE("the shipped workloads can be replayed completely with any page size") {
  for (const u64 page : {u64{4096}, u64{16384}, u64{65536}}) {
    for (const char* name : {"/sort.workload", "/gzip.workload"}) {
      Replay replay(SMMU_VP_WORKLOADS + std::string(name), {.page_bytes = page});
      const auto aligned = [page](const std::vector<PageChange>& changes) {
        return std::all_of(changes.begin(), changes.end(), [page](const PageChange& c) {
          return (c.start | c.end) % page == 0 && c.start < c.end;
        });
      };
      CHECK(aligned(replay.initial_map()));
      u64 accesses = 0;
      while (const auto batch = replay.next()) {
        accesses += batch->entries.size();
        CHECK(aligned(batch->before));
        CHECK(aligned(batch->beside));
      }
      CHECK(accesses == replay.info().kept);
    }
  }
}

}  // namespace smmu_vp::tb::test
