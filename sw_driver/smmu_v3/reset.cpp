// Bring-up, in an order in which the SMMU never uses a structure that is not set up yet (6.3.9).
#include <algorithm>

#include "sw_driver/smmu_v3/smmu.h"

namespace smmu_vp::sw {

namespace offset = spec::offset;

bool Smmu::probe() {
  const auto features = probe_features(env_, registers_);
  if (!features) return false;
  features_ = *features;
  if (!allocate()) {
    env_.os.printk(LogLevel::kErr, "arm-smmu-v3: out of memory");
    return false;
  }
  if (reset()) return true;
  env_.os.printk(LogLevel::kErr, "arm-smmu-v3: a control register was not acknowledged");
  return false;
}

bool Smmu::allocate() {
  const DriverConfig& config = env_.config;
  return queue_.allocate(features_) &&
         event_queue_.allocate(std::min(config.evtq_log2, features_.evtq_log2_max)) &&
         (!features_.pri || pri_queue_.allocate(std::min(config.priq_log2, features_.priq_log2_max))) &&
         streams_.allocate(features_);
}

bool Smmu::enable(u32 cr0_bit) {
  cr0_ |= cr0_bit;
  return registers_.write_sync({.offset = offset::CR0, .ack_offset = offset::CR0ACK}, cr0_);
}

bool Smmu::reset() {
  const auto bit = [](spec::Field f) { return static_cast<u32>(f.mask()); };
  if (spec::CR0::SMMUEN.get(registers_.read32(offset::CR0))) {
    // The SMMU is already enabled: abort all traffic while it is set up again (6.3.14).
    const auto update_done = [&] { return !spec::GBPA::Update.get(registers_.read32(offset::GBPA)); };
    if (!poll_until(env_.os, kSecond, update_done)) return false;
    u64 gbpa = spec::GBPA::ABORT.set(registers_.read32(offset::GBPA), 1);
    registers_.write32(offset::GBPA, static_cast<u32>(spec::GBPA::Update.set(gbpa, 1)));
    if (!poll_until(env_.os, kSecond, update_done)) return false;
  }
  cr0_ = 0;
  if (!enable(0)) return false;

  u64 cr1 = 0;
  for (const spec::Field f : {spec::CR1::TABLE_SH, spec::CR1::QUEUE_SH}) cr1 = f.set(cr1, spec::kShInner);
  for (const spec::Field f :
       {spec::CR1::TABLE_OC, spec::CR1::TABLE_IC, spec::CR1::QUEUE_OC, spec::CR1::QUEUE_IC})
    cr1 = f.set(cr1, spec::kCacheWriteBack);
  registers_.write32(offset::CR1, static_cast<u32>(cr1));
  u64 cr2 =
      spec::CR2::PTM.set(spec::CR2::RECINVSID.set(0, 1), shares_tlb_maintenance(env_, features_) ? 0 : 1);
  cr2 = spec::CR2::E2H.set(cr2, features_.el2 ? 1 : 0);
  registers_.write32(offset::CR2, static_cast<u32>(cr2));
  streams_.write_registers();

  queue_.write_registers();
  if (!enable(bit(spec::CR0::CMDQEN))) return false;
  invalidate_everything();

  event_queue_.write_registers();
  if (!enable(bit(spec::CR0::EVENTQEN))) return false;
  if (features_.pri) {
    pri_queue_.write_registers();
    if (!enable(bit(spec::CR0::PRIQEN))) return false;
  }
  // Check Translated traffic against the STE (6.3.9.2).
  if (features_.ats && !enable(bit(spec::CR0::ATSCHK))) return false;
  setup_interrupts();
  env_.os.spawn("smmu-containment", [this] { containment_thread(); });
  return enable(bit(spec::CR0::SMMUEN));
}

void Smmu::invalidate_everything() {
  const auto synced = [this](const spec::Command& c) { queue_.issue({&c, 1}, true); };
  synced(command::cfgi_all());
  if (features_.hyp) synced(command::make(spec::Opcode::CMD_TLBI_EL2_ALL));
  synced(command::make(spec::Opcode::CMD_TLBI_NSNH_ALL));
}

// Uses wired interrupts: an IRQ_CFG0 address of zero disables the MSI (3.18); without MSIs the register is RES0.
void Smmu::setup_interrupts() {
  constexpr Registers::Acknowledged kIrqCtrl{.offset = offset::IRQ_CTRL, .ack_offset = offset::IRQ_CTRLACK};
  registers_.write_sync(kIrqCtrl, 0);
  registers_.write64(offset::GERROR_IRQ_CFG0, 0);
  registers_.write64(offset::EVENTQ_IRQ_CFG0, 0);
  if (features_.pri) registers_.write64(offset::PRIQ_IRQ_CFG0, 0);
  // LO = 0: interrupt when the queue becomes non-empty.
  if (features_.pri) registers_.write32(offset::PRIQ_IRQ_CFG2, 0);
  env_.os.request_irq(resources_.irq_event, "smmu-evtq", [this] { event_thread(); });
  env_.os.request_irq(resources_.irq_gerror, "smmu-gerror", [this] { gerror_thread(); });
  u64 enabled = spec::IRQ_CTRL::EVENTQ_IRQEN.mask() | spec::IRQ_CTRL::GERROR_IRQEN.mask();
  if (features_.pri) {
    env_.os.request_irq(resources_.irq_pri, "smmu-priq", [this] { pri_thread(); });
    enabled |= spec::IRQ_CTRL::PRIQ_IRQEN.mask();
  }
  registers_.write_sync(kIrqCtrl, static_cast<u32>(enabled));
}

void Smmu::shutdown() {
  cr0_ = 0;
  enable(0);
}

}  // namespace smmu_vp::sw
