// The functions of a driver from outside, by address: who it is that stores, in names.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class FunctionNames {
 public:
  // Lines of "ADDRESS NAME", the address in hexadecimal: where a function begins. It ends where the next one does.
  // Adds to what was given before. Throws Refusal.
  void add(const std::string& lines);

  // The functions that a CPU is in, the innermost first, joined by " < ", down to where it came into the kernel.
  // `code`: the instruction, the link register, and the return addresses of the frame records. Addresses in no known
  // function are written as such.
  std::string path(std::span<const u64> code) const;

 private:
  // Nothing where no function is known.
  std::string_view at(u64 address) const;

  std::map<u64, std::string> begins_;
};

}  // namespace smmu_vp::tb
