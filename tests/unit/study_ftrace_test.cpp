// Traces as Linux tools print them.
#include <doctest/doctest.h>

#include <sstream>

#include "testbench/runs/estimate/ftrace.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

FtraceText read(const std::string& text) {
  std::istringstream in(text);
  return read_ftrace(in);
}

std::string why(const std::string& line) {
  const FtraceText t = read(line);
  return t.malformed == 1 ? t.first_malformed.at(0).why : "";
}

}  // namespace

TEST_CASE("an unmapping reads the same from trace-cmd, perf script and ftrace itself") {
  for (const char* line : {"           nginx-1234  [002] 12345.678901: unmap:                IOMMU: "
                           "iova=0x00000000fffff000 - 0x0000000100001000 size=8192 unmapped_size=8192",
                           "           nginx-1234  [002] d..1. 12345.678901: unmap: IOMMU: "
                           "iova=0x00000000fffff000 - 0x0000000100001000 size=8192 unmapped_size=8192",
                           "nginx  1234 [002] 12345.678901:                iommu:unmap: IOMMU: "
                           "iova=0x00000000fffff000 - 0x0000000100001000 size=8192 unmapped_size=8192"}) {
    CAPTURE(line);
    const FtraceText t = read(line);
    CHECK(t.malformed == 0);
    REQUIRE(t.operations.size() == 1);
    CHECK(t.operations[0].kind == TracedKind::kUnmap);
    CHECK(t.operations[0].t_ns == 12345'678'901'000);
    CHECK(t.operations[0].thread == 1234);
    CHECK(t.operations[0].address == 0xffff'f000);
    CHECK(t.operations[0].bytes == 8192);
  }
}

TEST_CASE("a system call's mapping has the address that it returns, and a failed one is none") {
  const FtraceText t = read(
      " a b-7 [000] 1.000001: sys_enter_mmap: addr: 0x00000000, len: 0x00003000, prot: 0x3\n"
      " a b-7 [000] 1.000002: sys_exit_mmap: 0x7f0000001000\n"
      " a b-7 [000] 1.000003: sys_enter_mmap: addr: 0x00000000, len: 0x00003000, prot: 0x3\n"
      " a b-7 [000] 1.000004: sys_exit_mmap: 0xfffffffffffffff4\n"
      " a b-7 [000] 1.000005: sys_enter_munmap: addr: 0x7f0000001000, len: 0x00003000\n");
  CHECK(t.malformed == 0);
  REQUIRE(t.operations.size() == 2);
  CHECK(t.operations[0].kind == TracedKind::kMap);
  CHECK(t.operations[0].address == 0x7f00'0000'1000);
  CHECK(t.operations[0].bytes == 0x3000);
  CHECK(t.operations[1].kind == TracedKind::kUnmap);
}

TEST_CASE("flushes of CPU TLBs, exits, other events and comments are counted as what they are") {
  const FtraceText t = read(
      "# tracer: nop\ncpus=4\n\n"
      "  x-7 [001] 2.000001: tlb_flush: pages:-1 reason:flush on task switch (0)\n"
      "  x-7 [001] 2.000002: tlb:tlb_flush: pages:3 reason:remote shootdown (1)\n"
      "  x-7 [001] 2.000003: sched_switch: prev_comm=x\n"
      "  x-7 [001] 2.000004: sys_enter_exit_group: error_code: 0x00000000\n");
  CHECK(t.lines == 4);
  CHECK(t.malformed == 0);
  CHECK(t.other_events == 1);
  REQUIRE(t.operations.size() == 3);
  CHECK(t.operations[0].bytes == ~u64{0});
  CHECK(t.operations[1].bytes == 3);
  CHECK(t.operations[2].kind == TracedKind::kExit);
}

TEST_CASE("operations of several CPUs are in order of time") {
  const FtraceText t = read(
      " x-7 [001] 2.000002: sys_enter_munmap: addr: 0x2000, len: 0x1000\n"
      " y-8 [000] 2.000001: sys_enter_munmap: addr: 0x1000, len: 0x1000\n");
  CHECK(t.operations.at(0).thread == 8);
}

TEST_CASE("a malformed line is counted and named by its number with what is wrong") {
  CHECK(why("nonsense") == "no [CPU]");
  CHECK(why(" x-7 [zero] 1.000001: unmap: iova=0x0 size=1") == "the CPU is no number");
  CHECK(why(" x [000] 1.000001: unmap: iova=0x0 size=1") == "no thread number in front of the CPU");
  CHECK(why(" x-7 [000] 1.0001: unmap: iova=0x0 size=1") == "'1.0001' is no time");
  CHECK(why(" x-7 [000] 1.000001: unmap") == "no event");
  CHECK(why(" x-7 [000] 1.000001: unmap: IOMMU: iova=0x1000") == "no size");
  CHECK(why(" x-7 [000] 1.000001: unmap: iova=zz size=4096") == "iova is no number");
  CHECK(why(" x-7 [000] 1.000001: unmap: iova=0x0 size=0") == "0 bytes are no size of a mapping");
  CHECK(why(" x-7 [000] 1.000001: unmap: iova=0x0 size=99999999999999999999999") == "size is no number");
  CHECK(why(" x-7 [000] 99999999999999999999.000001: unmap: iova=0x0 size=1").find("is no time") !=
        std::string::npos);
  std::string many;
  for (int i = 0; i < 20; ++i) many += "# comment\nbroken\n";
  const FtraceText t = read(many);
  CHECK(t.malformed == 20);
  CHECK(t.first_malformed.size() == FtraceText::kNamed);
  CHECK(t.first_malformed[1].line == 4);
}
