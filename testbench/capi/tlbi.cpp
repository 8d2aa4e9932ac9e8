// Which fields each operation has, and what they may be.
#include "testbench/capi/tlbi.h"

#include <fmt/format.h>

#include "testbench/capi/refusal.h"

namespace smmu_vp::tb {

using enum spec::BroadcastOp;

// Both enumerations name the operations in the same order.
static_assert(static_cast<u32>(SMMU_VP_TLBI_IPAS2E1) == static_cast<u32>(kIpaS2E1) &&
              static_cast<u32>(SMMU_VP_TLBI_VAAE2) == static_cast<u32>(kVaaE2));

namespace {

constexpr u64 kPage = 4096;

Refusal invalid(const std::string& why) {
  return {SMMU_VP_EINVAL, "tlbi_broadcast: " + why};
}

bool of_el2(spec::BroadcastOp op) {
  return op >= kAllE2;
}
bool by_vmid(spec::BroadcastOp op) {
  return op != kAllE1 && !of_el2(op);
}
bool by_asid(spec::BroadcastOp op, bool e2h) {
  return op == kAsidE1 || op == kVaE1 || op == kAsidE2 || (op == kVaE2 && e2h);
}
bool by_address(spec::BroadcastOp op) {
  return op == kVaE1 || op == kVaaE1 || op == kIpaS2E1 || op == kVaE2 || op == kVaaE2;
}

u16 tag(const char* name, u32 value) {
  if (value > 0xFFFF) throw invalid(fmt::format("{} {:#x}: expected 16 bits", name, value));
  return static_cast<u16>(value);
}

}  // namespace

smmu_vp_tlbi_op tlbi_op(u32 number) {
  return enumerator("tlbi_broadcast: op", number, SMMU_VP_TLBI_VAAE2);
}

spec::BroadcastTlbi broadcast_of(const smmu_vp_tlbi& t) {
  spec::BroadcastTlbi m{.op = static_cast<spec::BroadcastOp>(t.op)};
  m.e2h = of_el2(m.op) && t.e2h != 0;
  if ((m.op == kAsidE2 || m.op == kVaaE2) && !m.e2h)
    throw invalid(fmt::format("op {} without e2h: there is none such (3.17.5)", static_cast<u32>(t.op)));
  if (by_vmid(m.op)) m.vmid = tag("vmid", t.vmid);
  if (by_asid(m.op, m.e2h)) m.asid = tag("asid", t.asid);
  if (!by_address(m.op)) return m;
  m.address = t.address;
  m.bytes = t.bytes == 0 ? kPage : t.bytes;
  m.last_level = t.last_level != 0;
  if (m.address % kPage != 0 || m.bytes % kPage != 0)
    throw invalid(fmt::format("{} bytes at {:#x}: expected whole 4 KB pages", m.bytes, m.address));
  if (m.address > ~u64{0} - (m.bytes - 1))
    throw invalid(fmt::format("{} bytes at {:#x} wrap", m.bytes, m.address));
  return m;
}

}  // namespace smmu_vp::tb
