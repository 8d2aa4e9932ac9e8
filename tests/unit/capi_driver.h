// A minimal driver on the C ABI. What it writes are the tests' own words of the manual (tests/support).
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/support/c_abi.h"
#include "tests/support/commands.h"
#include "tests/support/config_space.h"
#include "tests/support/events.h"
#include "tests/support/page_requests.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"

namespace smmu_vp::test {

// Of the default configuration.
inline constexpr std::uint32_t kFunction = 0, kPlatformDevice = 1, kPlatformSid = 8;

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

  // Sets up stream table, CDs and tables for one stream and PASID 1: stage 1, 4 KB, 48 bits. `faults` are R, A and S
  // of its CD.
  void enable(std::uint32_t sid, std::uint64_t faults) const {
    const std::uint64_t base = info.ram_base;
    cd(1)[1] = base + kRoot;
    cd(1)[3] = mair::kWriteBack;
    cd(1)[0] = kCd0 | faults;
    ste(sid)[1] = ste::kFullAts;
    ste(sid)[0] = (base + kCds) | ste::s1_cd_max(4) | ste::kStage1 | ste::V;
    *ram(kRoot + 8 * (kVa >> 39 & 511)) = (base + kRoot + 0x1000) | pte::kTable;
    *ram(kRoot + 0x1000 + 8 * (kVa >> 30 & 511)) = (base + kRoot + 0x2000) | pte::kTable;
    *ram(kRoot + 0x2000 + 8 * (kVa >> 21 & 511)) = (base + kPtes) | pte::kTable;
    write(reg::STRTAB_BASE, base + kStreams, 8);
    write(reg::STRTAB_BASE_CFG, strtab::linear(9));
    for (const auto& [reg, queue] :
         {std::pair{reg::CMDQ_BASE, kCommands}, {reg::EVENTQ_BASE, kEvents}, {reg::PRIQ_BASE, kPageRequests}})
      write(reg, (base + queue) | queue::log2size(4), 8);
    write(reg::IRQ_CTRL, irq_ctrl::kAll);
    set_cr0(kCr0);
  }
  std::uint64_t* ste(std::uint32_t sid) const { return ram(kStreams + 64 * sid); }
  std::uint64_t* cd(unsigned pasid) const { return ram(kCds + 64 * pasid); }
  // Page `n` of the 512 from kVa on.
  void map(unsigned n, std::uint64_t offset) const {
    *ram(kPtes + 8 * n) = (info.ram_base + offset) | pte::kUserData | pte::kPage;
  }
  void set_cr0(std::uint32_t value) const {
    write(reg::CR0, value);
    CHECK(until(reg::CR0ACK, value));
  }
  // Entry `n` of the command queue.
  void put(unsigned n, const cmd::Command& words) const {
    ram(kCommands + 16 * n)[0] = words[0];
    ram(kCommands + 16 * n)[1] = words[1];
  }
  // Submits a command, which is consumed when this returns.
  void command(const cmd::Command& words) const {
    const std::uint32_t prod = read(reg::CMDQ_PROD), next = (prod + 1) & 31;
    put(prod & 15, words);
    write(reg::CMDQ_PROD, next);
    CHECK(until(reg::CMDQ_CONS, next));
  }
  EventWords event(unsigned n = 0) const {
    EventWords record;
    std::memcpy(record.w.data(), ram(kEvents + 32 * n), sizeof record.w);
    return record;
  }
  // Of the function's configuration space.
  void configure(std::uint32_t sid, std::uint32_t offset, std::uint32_t value) const {
    const std::uint64_t function = info.ecam_base + (std::uint64_t{sid} << 12);
    CHECK(smmu_vp_mmio_write(vp, function + offset, 2, value) == SMMU_VP_OK);
  }
  // A bus master with PASID, PRI for that many page requests, and ATS; returns its StreamID.
  std::uint32_t enable_function(std::uint32_t page_requests) const {
    smmu_vp_endpoint function{};
    REQUIRE(smmu_vp_get_endpoint(vp, kFunction, &function) == SMMU_VP_OK);
    const std::uint32_t sid = function.stream_id;
    configure(sid, pci::COMMAND, pci::kMemorySpace | pci::kBusMaster);
    configure(sid, kPasidControl, pci::pasid::kEnable);
    configure(sid, kPriAllocation, page_requests);
    configure(sid, kPriControl, pci::pri::kEnable);
    configure(sid, kAtsControl, pci::ats::kEnable);
    return sid;
  }

  static constexpr std::uint32_t kCr0 = cr0::all_but(cr0::ATSCHK);
  static constexpr std::uint64_t kCd0 = cd::asid(7) | cd::kTtb0;
  // Where the function has its capabilities.
  static constexpr std::uint32_t kPasidControl = 0x100 + pci::pasid::CONTROL,
                                 kAtsControl = 0x110 + pci::ats::CONTROL,
                                 kPriControl = 0x120 + pci::pri::CONTROL,
                                 kPriAllocation = 0x120 + pci::pri::ALLOCATION;
  // Offsets in RAM.
  static constexpr std::uint64_t kCommands = 0x1000, kEvents = 0x2000, kPageRequests = 0x3000,
                                 kStreams = 0x1'0000, kCds = 0x2'0000, kRoot = 0x3'0000,
                                 kPtes = kRoot + 0x3000, kPage = 0x10'0000;
  static constexpr std::uint64_t kVa = 0x7612'3440'0000;  // of a whole last table

  smmu_vp_handle* vp = nullptr;
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

}  // namespace smmu_vp::test
