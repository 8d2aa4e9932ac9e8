// Configuration space over the C ABI, by RequesterID.
#pragma once

#include <optional>

#include "tests/unit/capi_driver.h"

namespace smmu_vp::test {

class ConfigSpace {
 public:
  ConfigSpace(const Machine& m, std::uint32_t requester_id)
      : vp_(m.vp), base_(m.info.ecam_base + (std::uint64_t{requester_id} << 12)) {}

  std::uint32_t read(std::uint32_t offset, unsigned size) const {
    std::uint64_t value = 0;
    CHECK(smmu_vp_mmio_read(vp_, base_ + offset, size, &value) == SMMU_VP_OK);
    return static_cast<std::uint32_t>(value);
  }
  void write(std::uint32_t offset, unsigned size, std::uint32_t value) const {
    CHECK(smmu_vp_mmio_write(vp_, base_ + offset, size, value) == SMMU_VP_OK);
  }
  bool present() const { return read(0, 2) != 0xFFFF; }

  // The capabilities' offsets in the order of the list; it fails where the list leaves its space or comes back.
  std::vector<std::uint32_t> capabilities() const {
    std::vector<std::uint32_t> found;
    for (std::uint32_t at = read(0x34, 1); at != 0; at = read(at + 1, 1)) {
      REQUIRE(at >= 0x40);
      REQUIRE(at % 4 == 0);
      REQUIRE(found.size() < 48);
      found.push_back(at);
    }
    return found;
  }
  std::vector<std::uint32_t> extended_capabilities() const {
    std::vector<std::uint32_t> found;
    if (read(0x100, 4) == 0) return found;
    for (std::uint32_t at = 0x100; at != 0; at = read(at, 4) >> 20) {
      REQUIRE(at >= 0x100);
      REQUIRE(at % 4 == 0);
      REQUIRE(found.size() < 960);
      found.push_back(at);
    }
    return found;
  }
  std::optional<std::uint32_t> capability(std::uint32_t id) const {
    for (const std::uint32_t at : capabilities())
      if (read(at, 1) == id) return at;
    return std::nullopt;
  }
  std::optional<std::uint32_t> extended_capability(std::uint32_t id) const {
    for (const std::uint32_t at : extended_capabilities())
      if (read(at, 2) == id) return at;
    return std::nullopt;
  }

 private:
  smmu_vp_handle* vp_;
  std::uint64_t base_;
};

}  // namespace smmu_vp::test
