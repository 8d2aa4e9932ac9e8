// What the monitors say of a client on the C ABI, and the device's read that most of their tests begin with.
#pragma once

#include <initializer_list>

#include "tests/unit/capi_driver.h"

namespace smmu_vp::test {

// All violations, one a line.
inline std::string violations(const Machine& m) {
  std::uint64_t count = 0;
  std::string text(1 << 16, '\0');
  REQUIRE(smmu_vp_violations(m.vp, &count, text.data(), text.size()) == SMMU_VP_OK);
  text.resize(text.find('\0'));
  return text;
}

// Those of some monitors.
inline std::string violations_of(const Machine& m, std::initializer_list<std::string> monitors) {
  const std::string all = violations(m);
  std::string lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = all.substr(begin, end - begin);
    for (const std::string& monitor : monitors)
      if (line.find(" ps: " + monitor + ": ") != std::string::npos) lines += line + '\n';
  }
  return lines;
}

// The platform device reads the first page of PASID 1.
inline smmu_vp_dma_status read_page(const Machine& m) {
  std::uint64_t data = 0;
  auto r = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa, &data, 8, false);
  r.has_pasid = 1;
  r.pasid = 1;
  smmu_vp_dma_result result{};
  CHECK_MESSAGE(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK, last_error());
  return result.status;
}

}  // namespace smmu_vp::test
