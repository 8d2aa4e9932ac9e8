// Reads symbols, and cuts paths at the kernel's entries.
#include "testbench/api/capi/function_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <vector>

#include "testbench/api/capi/refusal.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kCallBytes = 4;                 // of the instruction in front of a return address
constexpr u64 kLongestFunction = 1ull << 20;  // beyond that an address belongs to something without a name

// Where arm64 Linux begins to work for a program or for itself; what called these says nothing more.
constexpr std::array<std::string_view, 6> kEntries = {
    "__arm64_sys_", "do_mem_abort", "do_one_initcall", "kthread", "do_interrupt_handler", "handle_softirqs"};

bool is_entry(std::string_view name) {
  return std::ranges::any_of(kEntries, [name](std::string_view entry) { return name.starts_with(entry); });
}

}  // namespace

void FunctionNames::add(const std::string& lines) {
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    u64 address = 0;
    const char* const last = line.data() + line.size();
    const auto [end, error] = std::from_chars(line.data(), last, address, 16);
    if (error != std::errc() || last - end < 2 || *end != ' ')
      throw invalid("functions: '" + line + "': expected ADDRESS NAME");
    begins_.insert_or_assign(address, std::string(end + 1, last));
  }
}

std::string_view FunctionNames::at(u64 address) const {
  const auto after = begins_.upper_bound(address);
  if (after == begins_.begin() || address - std::prev(after)->first >= kLongestFunction) return {};
  return std::prev(after)->second;
}

std::string FunctionNames::path(std::span<const u64> code) const {
  std::vector<u64> places;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const u64 place = i == 0 ? code[0] : code[i] - kCallBytes;
    // The link register is the caller's in a function without a frame of its own. In others it is stale: it leads back
    // into the function itself, or is what the frame record has, too.
    const bool stale = i == 1 && (at(place) == at(code[0]) || (code.size() > 2 && code[2] == code[1]));
    if (!stale) places.push_back(place);
  }
  std::string text;
  for (const u64 place : places) {
    const std::string_view name = at(place);
    text += (text.empty() ? "" : " < ") + (name.empty() ? fmt::format("{:#x}", place) : std::string(name));
    if (is_entry(name)) break;
  }
  return text;
}

}  // namespace smmu_vp::tb
