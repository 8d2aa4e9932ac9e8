// Recording: the memory map that is learnt, and a real program from end to end.
#include <doctest/doctest.h>

#include <cstdlib>

#include "testbench/workload/memory_map.h"
#include "testbench/workload/reader.h"
#include "testbench/workload/record.h"
#include "tests/unit/workload_temporary.h"

namespace smmu_vp::tb::test {

TEST_CASE("A line of /proc/PID/maps is understood") {
  CHECK(parse_maps_line("0483c000-04847000 r--p 00000000 08:01 123456       /usr/lib/libc.so.6") ==
        Vma{0x483c000, 0x4847000, true, false, false, "libc.so.6"});
  CHECK(parse_maps_line("1ffeffe000-1fff001000 rw-p 00000000 00:00 0 ") ==
        Vma{0x1f'feff'e000, 0x1f'ff00'1000, true, true, false, ""});
  CHECK(parse_maps_line("7ffd8a5f2000-7ffd8a613000 rwxp 00000000 00:00 0                          [stack]") ==
        Vma{0x7ffd'8a5f'2000, 0x7ffd'8a61'3000, true, true, true, "[stack]"});
  CHECK(!parse_maps_line(""));
  CHECK(!parse_maps_line("0483c000"));
  CHECK(!parse_maps_line("5000-4000 rw-p 0 0 0"));
}

TEST_CASE("Rights add up where areas overlap, and neighbours of one kind are joined") {
  MemoryMap map;
  map.add({0x1000, 0x5000, true, false, false, "lib"});
  map.add({0x2000, 0x3000, false, true, false, "lib"});
  map.add({0x5000, 0x6000, true, false, false, "lib"});
  CHECK(map.areas() == std::vector<Vma>{{0x1000, 0x2000, true, false, false, "lib"},
                                        {0x2000, 0x3000, true, true, false, "lib"},
                                        {0x3000, 0x6000, true, false, false, "lib"}});
  CHECK(map.covers({0x1ff8, 16, false}));
  CHECK(!map.covers({0x1ff8, 16, true}));
  CHECK(map.covers({0x2000, 16, true}));
  CHECK(!map.covers({0x5ff8, 16, false}));
}

TEST_CASE("An area that has grown keeps its name") {
  MemoryMap map;
  map.add({0x8000, 0x9000, true, true, false, "[stack]"});
  map.add({0x6000, 0x9000, true, true, false, ""});
  CHECK(map.areas() == std::vector<Vma>{{0x6000, 0x9000, true, true, false, "[stack]"}});
}

TEST_CASE("The map learns files and what is touched, but not the recording tool's own memory") {
  MemoryMap map;
  map.learn({{0x1000, 0x2000, true, false, true, "prog"},
             {0x3000, 0x5000, true, true, false, ""},
             {0x8000, 0x9000, true, true, false, ""},
             {0xa000, 0xb000, true, false, true, "lackey-amd64-linux"}},
            {0x3010, 8, true});
  CHECK(map.areas() == std::vector<Vma>{{0x1000, 0x2000, true, false, true, "prog"},
                                        {0x3000, 0x5000, true, true, false, ""}});
}

TEST_CASE("What was unmapped before the listing could be read is known by its use") {
  MemoryMap map;
  map.learn({}, {0x3ffc, 8, true});
  CHECK(map.areas() == std::vector<Vma>{{0x3000, 0x5000, false, true, false, ""}});
}

TEST_CASE("An access over the border of two areas becomes two") {
  const std::vector<Vma> vmas = {{0x1000, 0x2000, true, true, false, "a"},
                                 {0x2000, 0x3000, true, true, false, "b"}};
  std::vector<Access> pieces;
  split_access(vmas, {0x1ffc, 16, true}, pieces);
  CHECK(pieces == std::vector<Access>{{0x1ffc, 4, true}, {0x2000, 12, true}});
}

TEST_CASE("A real program is recorded") {
  if (std::system("valgrind --version > /dev/null 2>&1") != 0) {
    MESSAGE("valgrind is not installed: nothing recorded");
    return;
  }
  const TemporaryFile file;
  const RecordResult result = record({{"sh", "-c", "exit 3"}, file.path(), 100, 5000});
  CHECK(result.exit_status == 3);
  CHECK(result.limited);
  CHECK(result.loads + result.stores >= 5000);
  CHECK(result.file_bytes == file.bytes().size());

  WorkloadReader reader(file.path());
  CHECK(reader.info().command == "sh -c exit 3");
  u64 accesses = 0;
  while (reader.next()) ++accesses;
  CHECK(accesses == result.loads + result.stores);
  bool stack = false;
  for (const Vma& vma : reader.info().vmas) stack |= vma.name == "[stack]" && vma.write;
  CHECK(stack);
}

TEST_CASE("A command line that makes no sense is one line and exit status 2") {
  const auto status = [](std::vector<const char*> words) {
    words.insert(words.begin(), "record");
    return record_main(static_cast<int>(words.size()), words.data());
  };
  CHECK(status({}) == 2);
  CHECK(status({"--limit", "many", "--", "true"}) == 2);
  CHECK(status({"-o", "/nonexistent/x", "--", "true"}) == 2);
}

}  // namespace smmu_vp::tb::test
