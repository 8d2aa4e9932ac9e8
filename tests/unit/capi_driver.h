// A minimal driver on the C ABI. Everything it writes is a literal word of the manual.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "smmu_vp.h"

namespace smmu_vp_test {

inline constexpr std::uint64_t kUs = 1'000'000;

// An open platform; REQUIREs that it opens.
class Machine {
 public:
  explicit Machine(const std::vector<std::string>& settings = {}) {
    std::vector<const char*> overrides;
    for (const std::string& s : settings) overrides.push_back(s.c_str());
    overrides.push_back(nullptr);
    const smmu_vp_status status = smmu_vp_open(nullptr, overrides.data(), &vp);
    REQUIRE_MESSAGE(status == SMMU_VP_OK, std::string(smmu_vp_last_error(nullptr)));
    REQUIRE(smmu_vp_get_info(vp, &info) == SMMU_VP_OK);
  }
  ~Machine() { smmu_vp_close(vp); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  std::uint32_t read(std::uint64_t reg) const {
    std::uint64_t value = 0;
    CHECK(smmu_vp_mmio_read(vp, info.smmu_base + reg, 4, &value) == SMMU_VP_OK);
    return static_cast<std::uint32_t>(value);
  }
  void write(std::uint64_t reg, std::uint64_t value, unsigned size = 4) const {
    CHECK(smmu_vp_mmio_write(vp, info.smmu_base + reg, size, value) == SMMU_VP_OK);
  }
  std::uint64_t* ram(std::uint64_t offset) const {
    return static_cast<std::uint64_t*>(smmu_vp_mem_ptr(vp, info.ram_base + offset, 8));
  }
  // Polls a register; each read takes simulated time.
  bool until(std::uint64_t reg, std::uint32_t value) const {
    for (int i = 0; i < 100'000; ++i) {
      if (read(reg) == value) return true;
    }
    return false;
  }

  // Sets up stream table, CDs and tables for one stream and PASID 1: stage 1, 4 KB, 48 bits. `cd_bits` gives
  // the fault model: R (bit 45), A (46) and S (44).
  void enable(std::uint32_t sid, std::uint64_t cd_bits) {
    const std::uint64_t base = info.ram_base;
    ram(kCds + 64)[1] = base + kRoot;
    ram(kCds + 64)[3] = 0xFF;
    ram(kCds + 64)[0] = 0x0007'8205'C000'3510 | cd_bits;
    ram(kStreams + 64 * sid)[1] = std::uint64_t{1} << 28;
    ram(kStreams + 64 * sid)[0] = (base + kCds) | std::uint64_t{4} << 59 | 0xB;
    *ram(kRoot + 8 * (kVa >> 39 & 511)) = (base + kRoot + 0x1000) | 3;
    *ram(kRoot + 0x1000 + 8 * (kVa >> 30 & 511)) = (base + kRoot + 0x2000) | 3;
    *ram(kRoot + 0x2000 + 8 * (kVa >> 21 & 511)) = (base + kRoot + 0x3000) | 3;
    write(0x80, base + kStreams, 8);
    write(0x88, 9);
    write(0x90, (base + kCommands) | 4, 8);
    write(0xA0, (base + kEvents) | 4, 8);
    write(0xC0, (base + kPageRequests) | 4, 8);
    write(0x50, 0x7);
    write(0x20, 0xF);
    CHECK(until(0x24, 0xF));
  }
  // Page `n` of the 512 from kVa on.
  void map(unsigned n, std::uint64_t offset) const {
    *ram(kRoot + 0x3000 + 8 * n) = (info.ram_base + offset) | 0x0060'0000'0000'0F43;
  }
  void command(std::uint64_t word0, std::uint64_t word1) const {
    const std::uint32_t prod = read(0x98);
    ram(kCommands + 16 * (prod & 15))[0] = word0;
    ram(kCommands + 16 * (prod & 15))[1] = word1;
    write(0x98, (prod + 1) & 31);
    CHECK(until(0x9C, (prod + 1) & 31));
  }

  static constexpr std::uint64_t kCommands = 0x1000, kEvents = 0x2000, kPageRequests = 0x3000,
                                 kStreams = 0x1'0000, kCds = 0x2'0000, kRoot = 0x3'0000, kPage = 0x10'0000;
  static constexpr std::uint64_t kVa = 0x7612'3440'0000 & ~0x1F'FFFFull;

  smmu_vp* vp = nullptr;
  smmu_vp_info info{};
};

inline smmu_vp_dma_request access(std::uint32_t endpoint, smmu_vp_dma_kind kind, std::uint64_t address,
                                  void* data, std::size_t length, bool write) {
  smmu_vp_dma_request r{};
  r.endpoint = endpoint;
  r.kind = kind;
  r.address = address;
  r.data = data;
  r.length = length;
  r.write = write ? 1 : 0;
  r.last = 1;
  return r;
}

inline std::string last_error() {
  return smmu_vp_last_error(nullptr);
}

}  // namespace smmu_vp_test
