// Registers as a map, with side effects for the few that have them.
#include "tests/unit/driver_fake_smmu.h"

#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tlm/spec/queue.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::sw_test {

namespace offset = spec::offset;
namespace queue = spec::queue;

std::string short_name(const spec::Command& c) {
  const spec::CommandInfo* info = spec::find_command(spec::cmd::Opcode.get(c.w));
  return info == nullptr ? "?" : std::string(info->name).substr(4);
}

FakeSmmu::FakeSmmu(FakeOs& os) : os_(os) {
  os.plug(kBase, 0x20000, *this);
  using namespace test;
  registers_[offset::IDR0] = idr0::kTwoLevelStreams | idr0::kLittleEndian | idr0::CD2L | idr0::PRI |
                             idr0::SEV | idr0::MSI | idr0::ASID16 | idr0::ATS | idr0::COHACC |
                             idr0::kAArch64 | idr0::S1P;
  registers_[offset::IDR1] =
      idr1::cmdqs(19) | idr1::eventqs(19) | idr1::priqs(19) | idr1::ssidsize(20) | idr1::sidsize(16);
  registers_[offset::IDR3] = idr3::RIL;
  registers_[offset::IDR5] = idr5::kAllGranules | idr5::oas(k48Bits);
}

u64 FakeSmmu::read(u64 at, unsigned) {
  return registers_[static_cast<u32>(at)];
}

void FakeSmmu::write(u64 at, unsigned, u64 value) {
  const auto reg = static_cast<u32>(at);
  writes.push_back({reg, value});
  registers_[reg] = value;
  if (reg == offset::CR0) registers_[offset::CR0ACK] = value;
  if (reg == offset::IRQ_CTRL) registers_[offset::IRQ_CTRLACK] = value;
  if (reg == offset::GBPA) registers_[offset::GBPA] = spec::GBPA::Update.set(value, 0);
  if (reg == offset::CMDQ_PROD) consume();
}

void FakeSmmu::consume() {
  const auto log2 = static_cast<unsigned>(spec::CMDQ_BASE::LOG2SIZE.get(registers_[offset::CMDQ_BASE]));
  const u64 base = spec::CMDQ_BASE::ADDR.in_place(registers_[offset::CMDQ_BASE]);
  const auto prod = static_cast<u32>(registers_[offset::CMDQ_PROD]);
  auto cons = static_cast<u32>(registers_[offset::CMDQ_CONS]);
  while (!held_ && !queue::empty(prod, cons, log2)) {
    spec::Command c;
    const u64 slot = queue::entry_address(base, cons, log2, queue::kCommandBytes);
    for (unsigned i = 0; i < 2; ++i) c.w[i] = os_.load64(slot + 8 * i);
    commands.push_back(c);
    steps_.push_back({os_.stores.size(), short_name(c)});
    os_.trail(steps_.back().name);
    cons = queue::advance(cons, log2);
    registers_[offset::CMDQ_CONS] = cons;
    const bool msi = spec::cmd::sync::CS.get(c.w) == static_cast<u64>(spec::SyncSignal::kIrq);
    if (spec::cmd::Opcode.get(c.w) == static_cast<u64>(spec::Opcode::CMD_SYNC) && msi) {
      const u64 target = spec::cmd::sync::MSIAddress.in_place(c.w);
      const u64 old = os_.load64(target & ~u64{7});
      // The first word of the slot becomes MSIData.
      const u64 data = spec::cmd::sync::MSIData.get(c.w);
      const std::size_t stores = os_.stores.size();
      os_.store64(target & ~u64{7}, (old >> 32 << 32) | data);
      os_.stores.resize(stores);
    }
  }
}

void FakeSmmu::put(u32 base_offset, u32 prod_offset, const u64* words, unsigned bytes) {
  const u64 base = registers_[base_offset];
  const auto log2 = static_cast<unsigned>(spec::EVENTQ_BASE::LOG2SIZE.get(base));
  const auto prod = static_cast<u32>(registers_[prod_offset]);
  const u64 at = queue::entry_address(spec::EVENTQ_BASE::ADDR.in_place(base), prod, log2, bytes);
  os_.write(at, words, bytes);
  registers_[prod_offset] = queue::advance(prod, log2);
}

void FakeSmmu::put_event(const std::array<u64, 4>& record) {
  put(offset::EVENTQ_BASE, offset::EVENTQ_PROD, record.data(), queue::kEventBytes);
  os_.raise_irq(kIrqEvent);
}

void FakeSmmu::put_page_request(const std::array<u64, 2>& entry, bool raise) {
  put(offset::PRIQ_BASE, offset::PRIQ_PROD, entry.data(), queue::kPageRequestBytes);
  if (raise) os_.raise_irq(kIrqPri);
}

void FakeSmmu::set_priq_overflow() {
  registers_[offset::PRIQ_PROD] ^= queue::kOverflow;
  os_.raise_irq(kIrqPri);
}

std::string FakeSmmu::steps(u64 entry) const {
  std::string text;
  std::size_t store = 0;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  const auto stores_until = [&](std::size_t end) {
    for (; store < end; ++store) {
      const u64 pa = os_.stores[store].pa;
      if (pa >= entry && pa < entry + 64) add("dw" + std::to_string((pa - entry) / 8));
    }
  };
  for (const Step& step : steps_) {
    stores_until(step.stores_before);
    add(step.name);
  }
  stores_until(os_.stores.size());
  return text;
}

void FakeSmmu::forget() {
  commands.clear();
  steps_.clear();
  writes.clear();
  os_.stores.clear();
}

std::size_t FakeSmmu::count(spec::Opcode opcode) const {
  std::size_t n = 0;
  for (const spec::Command& c : commands) n += spec::cmd::Opcode.get(c.w) == static_cast<u64>(opcode);
  return n;
}

}  // namespace smmu_vp::sw_test
