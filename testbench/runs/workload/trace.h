// Parses the lines that valgrind writes about a program under lackey: data accesses and system calls.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb::trace_text {

struct DataAccess {
  bool load = false, store = false;  // both: a read-modify-write
  u64 va = 0;
  u32 bytes = 0;
};
// " L 1ffeffe7e0,8": L load, S store, M modify. Returns nullopt for any other line.
std::optional<DataAccess> parse_access(std::string_view line);

struct Syscall {
  std::string_view name;  // as valgrind calls it: "sys_mmap"
  u64 thread = 0;
  std::vector<u64> args;
  std::string_view path;  // the first argument, if it is a path
  bool ended = false;     // false: the result follows in a line without name and arguments
  bool ok = false;
  u64 result = 0;  // or the error number
};
// "SYSCALL[26048,1](11) sys_munmap ( 0x483d000, 4096 )[sync] --> Success(0x0)". An argument that is not a
// number reads as 0.
std::optional<Syscall> parse_syscall(std::string_view line);

}  // namespace smmu_vp::tb::trace_text
