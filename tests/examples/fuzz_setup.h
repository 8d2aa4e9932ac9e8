// The machine that random calls meet: two streams, four PASIDs and one page, as a driver sets them up.
#pragma once

#include <cstdint>

#include "tests/support/c_abi.h"
#include "tests/support/config_space.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"

namespace smmu_vp::test::fuzz {

using std::uint32_t;
using std::uint64_t;

inline constexpr uint64_t kCommands = 0x1000, kEvents = 0x2000, kPageRequests = 0x3000, kQueueSize = 4,
                          kStreams = 0x1'0000, kCds = 0x2'0000, kRoot = 0x3'0000, kVa = 0x40'0000'0000;
inline constexpr uint64_t kFunctionSid = 0x100, kDeviceSid = 0x8;      // of the default configuration
inline constexpr uint32_t kPasid = 0x100, kAts = 0x110, kPri = 0x120;  // the function's capabilities

struct SetUp {
  smmu_vp_handle* vp;
  const smmu_vp_info& info;

  void store(uint64_t offset, uint64_t v) { smmu_vp_mem_write(vp, info.ram_base + offset, &v, sizeof v); }
  void set(uint64_t reg, uint64_t v, unsigned bytes = 4) {
    smmu_vp_mmio_write(vp, info.smmu_base + reg, bytes, v);
  }

  // Streams 0x100 and 0x8, PASIDs 0 to 3 whose faults abort or stall, one mapped page.
  void bring_up() {
    const uint64_t base = info.ram_base;
    for (uint64_t pasid = 0; pasid < 4; ++pasid) {
      store(kCds + 64 * pasid + 8, base + kRoot);
      store(kCds + 64 * pasid + 24, mair::kWriteBack);
      store(kCds + 64 * pasid, cd::kTtb0 | cd::asid(1) | (pasid % 2 == 0 ? cd::kAborts : cd::kStalls));
    }
    for (const uint64_t sid : {kFunctionSid, kDeviceSid}) {
      store(kStreams + 64 * sid + 8, ste::kFullAts | ste::kDssSubstream0);
      store(kStreams + 64 * sid,
            ste::s1_context_ptr(base + kCds) | ste::s1_cd_max(2) | ste::kStage1 | ste::V);
    }
    store(kRoot, pte::address(base + kRoot + 0x1000) | pte::kTable);
    store(kRoot + 0x1000 + 8 * 256, pte::address(base + kRoot + 0x2000) | pte::kTable);
    store(kRoot + 0x2000, pte::address(base + kRoot + 0x3000) | pte::kTable);
    store(kRoot + 0x3000, pte::address(base + 0x10'0000) | pte::kUserData | pte::kPage);
    configure(pci::COMMAND, pci::kMemorySpace | pci::kBusMaster);
    configure(kPasid + pci::pasid::CONTROL, pci::pasid::kEnable);
    configure(kPri + pci::pri::ALLOCATION, 8);
    configure(kPri + pci::pri::CONTROL, pci::pri::kEnable);
    configure(kAts + pci::ats::CONTROL, pci::ats::kEnable);
    enable();
  }
  void configure(uint32_t offset, uint64_t v) { smmu_vp_mmio_write(vp, function() + offset, 2, v); }
  uint64_t function() const { return info.ecam_base + (kFunctionSid << 12); }
  void enable() {
    const uint64_t base = info.ram_base;
    set(reg::CR0, 0);
    smmu_vp_advance(vp, 1'000'000);
    set(reg::STRTAB_BASE, base + kStreams, 8);
    set(reg::STRTAB_BASE_CFG, strtab::linear(9));
    set(reg::CMDQ_BASE, queue::addr(base + kCommands) | queue::log2size(kQueueSize), 8);
    set(reg::EVENTQ_BASE, queue::addr(base + kEvents) | queue::log2size(kQueueSize), 8);
    set(reg::PRIQ_BASE, queue::addr(base + kPageRequests) | queue::log2size(kQueueSize), 8);
    for (const uint64_t index :
         {reg::CMDQ_PROD, reg::CMDQ_CONS, reg::EVENTQ_PROD, reg::EVENTQ_CONS, reg::PRIQ_PROD, reg::PRIQ_CONS})
      set(index, 0);
    set(reg::IRQ_CTRL, irq_ctrl::kAll);
    set(reg::CR0, cr0::kAll);
    smmu_vp_advance(vp, 1'000'000);
  }
};

}  // namespace smmu_vp::test::fuzz
