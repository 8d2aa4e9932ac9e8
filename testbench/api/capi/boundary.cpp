// Keeps the reason of the last failure.
#include "testbench/api/capi/boundary.h"

#include <algorithm>
#include <cstring>

namespace smmu_vp::tb {

namespace {

// Never destroyed: the caller's static destructors may still read it.
std::string& last_error = *new std::string;

}  // namespace

smmu_vp_status fail(smmu_vp_status status, const char* call, const char* why) noexcept {
  try {
    last_error = std::string(call) + ": " + why;
  } catch (...) {
    last_error.clear();  // not even memory for the text
  }
  return status;
}

void hand_out(const std::string& lines, char* text, std::size_t n) {
  if (n == 0) return;
  need(text, "text");
  const std::size_t kept = std::min(n - 1, lines.size());
  std::memcpy(text, lines.data(), kept);
  text[kept] = '\0';
}

}  // namespace smmu_vp::tb

extern "C" const char* smmu_vp_last_error(const smmu_vp_handle*) {
  return smmu_vp::tb::last_error.c_str();
}
