// System calls in valgrind's trace, and their effect on a program's memory map.
#include <doctest/doctest.h>

#include "testbench/runs/workload/listing.h"
#include "testbench/runs/workload/map_syscalls.h"

namespace smmu_vp::tb::test {

namespace {

using Kind = MapEvent::Kind;
constexpr Rights kRead{true, false, false}, kReadWrite{true, true, false};

// A program that makes these system calls, one line each in valgrind's format.
class Program {
 public:
  explicit Program(std::vector<Vma> areas = {}) : map_(std::move(areas)) {}
  Program& line(std::string_view text) {
    const auto call = trace_text::parse_syscall(text);
    REQUIRE(call);
    for (const MapEvent& event : calls_.events_of(*call, map_)) {
      CHECK(!map_.apply(event));
      events_.push_back(event);
    }
    return *this;
  }
  const std::vector<Vma>& areas() const { return map_.areas(); }
  const std::vector<MapEvent>& events() const { return events_; }
  u64 refused_bytes() const { return calls_.refused_bytes(); }

 private:
  MapSyscalls calls_{[](u64) { return std::string("libc.so.6"); }};
  MemoryMap map_;
  std::vector<MapEvent> events_;
};

}  // namespace

TEST_CASE("the kinds of trace lines are distinguished") {
  const auto load = trace_text::parse_access(" L 1ffeffe7e0,8");
  REQUIRE(load);
  CHECK(load->load);
  CHECK(!load->store);
  CHECK(load->va == 0x1f'feff'e7e0);
  CHECK(load->bytes == 8);
  CHECK(trace_text::parse_access(" M 1000,4")->store);
  CHECK(!trace_text::parse_access("I  04012282,4"));
  CHECK(!trace_text::parse_access("==26772== Process terminating"));
  CHECK(!trace_text::parse_syscall(" L 1ffeffe7e0,8"));
  CHECK(!trace_text::parse_syscall("SYSCALL["));
}

TEST_CASE("mmap maps, with the file's name, and replaces what was there") {
  Program p;
  p.line(
      "SYSCALL[5,1](9) sys_mmap ( 0x0, 8191, 3, 34, 4294967295, 0 ) --> [pre-success] Success(0x4835000) ");
  p.line(
      "SYSCALL[5,1](9) sys_mmap ( 0x4836000, 4096, 1, 18, 3, 4096 ) --> [pre-success] Success(0x4836000) ");
  CHECK(p.areas() ==
        std::vector<Vma>{{0x4835000, 0x4836000, kReadWrite, ""}, {0x4836000, 0x4837000, kRead, "libc.so.6"}});
  REQUIRE(p.events().size() == 3);
  CHECK(p.events()[1].kind == Kind::kUnmap);
}

TEST_CASE("munmap and mprotect change whole pages, and a call that failed changes nothing") {
  Program p({{0x1000, 0x6000, kReadWrite, "a"}});
  p.line("SYSCALL[5,1](11) sys_munmap ( 0x2000, 100 )[sync] --> Success(0x0) ");
  p.line("SYSCALL[5,1](10) sys_mprotect ( 0x4000, 4097, 1 )[sync] --> Success(0x0) ");
  p.line("SYSCALL[5,1](11) sys_munmap ( 0x1001, 100 )[sync] --> Failure(0x16) ");
  CHECK(p.areas() == std::vector<Vma>{{0x1000, 0x2000, kReadWrite, "a"},
                                      {0x3000, 0x4000, kReadWrite, "a"},
                                      {0x4000, 0x6000, kRead, "a"}});
}

TEST_CASE("mprotect of a range not known to be mapped adds it to the map") {
  Program p({{0x1000, 0x2000, kReadWrite, "a"}});
  p.line("SYSCALL[5,1](10) sys_mprotect ( 0x1000, 8192, 1 )[sync] --> Success(0x0) ");
  CHECK(p.areas() == std::vector<Vma>{{0x1000, 0x2000, kRead, "a"}, {0x2000, 0x3000, kRead, ""}});
}

TEST_CASE("brk grows and shrinks the heap by pages") {
  Program p;
  p.line("SYSCALL[5,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035000) ");
  p.line("SYSCALL[5,1](12) sys_brk ( 0x404d6a0 ) --> [pre-success] Success(0x404d6a0) ");
  CHECK(p.areas() == std::vector<Vma>{{0x4035000, 0x404e000, kReadWrite, "[heap]"}});
  p.line("SYSCALL[5,1](12) sys_brk ( 0x4041350 ) --> [pre-success] Success(0x4041350) ");
  CHECK(p.areas() == std::vector<Vma>{{0x4035000, 0x4042000, kReadWrite, "[heap]"}});
  CHECK(p.events().size() == 2);
}

TEST_CASE("mremap grows and shrinks in place, or moves") {
  Program p({{0x1000, 0x3000, kRead, "a"}});
  p.line("SYSCALL[5,1](25) sys_mremap ( 0x1000, 8192, 12288, 0x0 ) --> [pre-success] Success(0x1000) ");
  CHECK(p.areas() == std::vector<Vma>{{0x1000, 0x4000, kRead, "a"}});
  p.line("SYSCALL[5,1](25) sys_mremap ( 0x1000, 12288, 4096, 0x0 ) --> [pre-success] Success(0x1000) ");
  CHECK(p.areas() == std::vector<Vma>{{0x1000, 0x2000, kRead, "a"}});
  p.line("SYSCALL[5,1](25) sys_mremap ( 0x1000, 4096, 8192, 0x1 ) --> [pre-success] Success(0x9000) ");
  CHECK(p.areas() == std::vector<Vma>{{0x9000, 0xb000, kRead, "a"}});
}

TEST_CASE("pages released by madvise are unmapped and mapped again when the call has ended") {
  Program p({{0x1000, 0x4000, kReadWrite, "a"}});
  p.line("SYSCALL[5,2](28) sys_madvise ( 0x2000, 4096, 4 ) --> [async] ... ");
  p.line("SYSCALL[5,1](202) sys_futex ( 0x522d990, 265, 26734, 0x0, 0x0 ) --> [async] ... ");
  CHECK(p.events().empty());
  p.line("SYSCALL[5,2](28) ... [async] --> Success(0x0) ");
  CHECK(p.events() == std::vector<MapEvent>{{Kind::kUnmap, {0x2000, 0x3000, {}, ""}},
                                            {Kind::kMap, {0x2000, 0x3000, kReadWrite, "a"}}});
  p.line("SYSCALL[5,1](28) sys_madvise ( 0x2000, 4096, 3 )[sync] --> Success(0x0) ");  // MADV_WILLNEED
  CHECK(p.events().size() == 2);
}

TEST_CASE("a large refused mapping is reported, a small one is not") {
  Program p;
  p.line("SYSCALL[5,1](9) sys_mmap ( 0x0, 4096, 3, 16418, 4294967295, 0 ) --> [pre-fail] Failure(0x16) ");
  CHECK(p.refused_bytes() == 0);
  p.line(
      "SYSCALL[5,1](9) sys_mmap ( 0x0, 68719476736, 3, 16418, 4294967295, 0 ) --> [pre-fail] Failure(0x16) ");
  CHECK(p.refused_bytes() == u64{64} << 30);
  CHECK(p.events().empty());
}

TEST_CASE("a line of /proc/PID/maps is parsed") {
  CHECK(parse_maps_line("0483c000-04847000 r--p 00000000 08:01 123456       /usr/lib/libc.so.6") ==
        Vma{0x483c000, 0x4847000, kRead, "libc.so.6"});
  CHECK(parse_maps_line("1ffeffe000-1fff001000 rw-p 00000000 00:00 0 ") ==
        Vma{0x1f'feff'e000, 0x1f'ff00'1000, kReadWrite, ""});
  CHECK(parse_maps_line("7ffd8a5f2000-7ffd8a613000 rwxp 00000000 00:00 0                          [stack]") ==
        Vma{0x7ffd'8a5f'2000, 0x7ffd'8a61'3000, {true, true, true}, "[stack]"});
  CHECK(!parse_maps_line(""));
  CHECK(!parse_maps_line("0483c000"));
  CHECK(!parse_maps_line("5000-4000 rw-p 0 0 0"));
}

TEST_CASE("a program's first map has its files and its stack, but not the recording tool's memory") {
  const std::vector<Vma> listing = {{0x1000, 0x2000, kRead, "prog"},
                                    {0x3000, 0x5000, kReadWrite, ""},
                                    {0x8000, 0x9000, kReadWrite, ""},
                                    {0xa000, 0xb000, kRead, "lackey-amd64-linux"},
                                    {0xc000, 0xd000, kReadWrite, "[stack]"}};
  CHECK(first_map(listing, {0x3010, 8, true}) ==
        std::vector<Vma>{{0x1000, 0x2000, kRead, "prog"}, {0x3000, 0x5000, kReadWrite, "[stack]"}});
}

TEST_CASE("mappings without a system call are learnt from the listing as far as they are new") {
  const MemoryMap map({{0x4000, 0x5000, kRead, "x"}, {0x8000, 0x9000, kReadWrite, "[stack]"}});
  CHECK(learn(map, {{0x2000, 0x9000, kReadWrite, ""}}, {0x7ff8, 8, true}) ==
        std::vector<MapEvent>{{Kind::kMap, {0x5000, 0x8000, kReadWrite, "[stack]"}}});
  // Nothing is listed any more: page by page, across the border.
  CHECK(learn(map, {}, {0x2ffc, 8, true}) ==
        std::vector<MapEvent>{{Kind::kMap, {0x2000, 0x3000, kReadWrite, ""}},
                              {Kind::kMap, {0x3000, 0x4000, kReadWrite, ""}}});
  // A missing right.
  CHECK(learn(map, {}, {0x4000, 8, true}) ==
        std::vector<MapEvent>{{Kind::kProtect, {0x4000, 0x5000, kReadWrite, ""}}});
}

}  // namespace smmu_vp::tb::test
