// The fields that each operation uses, and their ranges.
#include "testbench/api/capi/tlbi.h"

#include <fmt/format.h>

#include "testbench/api/capi/refusal.h"

namespace smmu_vp::tb {

using enum spec::BroadcastOp;

namespace {

constexpr u64 kPage = 4096;

Refusal invalid_tlbi(const std::string& why) {
  return invalid("tlbi_broadcast: " + why);
}

spec::BroadcastOp operation(smmu_vp_tlbi_op op) {
  switch (op) {
    case SMMU_VP_TLBI_ALLE1:
      return kAllE1;
    case SMMU_VP_TLBI_VMALLE1:
      return kVmalleE1;
    case SMMU_VP_TLBI_VMALLS12E1:
      return kVmallS12E1;
    case SMMU_VP_TLBI_ASIDE1:
      return kAsidE1;
    case SMMU_VP_TLBI_VAE1:
      return kVaE1;
    case SMMU_VP_TLBI_VAAE1:
      return kVaaE1;
    case SMMU_VP_TLBI_IPAS2E1:
      return kIpaS2E1;
    case SMMU_VP_TLBI_ALLE2:
      return kAllE2;
    case SMMU_VP_TLBI_ASIDE2:
      return kAsidE2;
    case SMMU_VP_TLBI_VAE2:
      return kVaE2;
    case SMMU_VP_TLBI_VAAE2:
      return kVaaE2;
  }
  throw invalid_tlbi(fmt::format("op {}", static_cast<u32>(op)));
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
  if (value > 0xFFFF) throw invalid_tlbi(fmt::format("{} {:#x}: expected 16 bits", name, value));
  return static_cast<u16>(value);
}

}  // namespace

smmu_vp_tlbi_op tlbi_op(u32 number) {
  return enumerator("tlbi_broadcast: op", number, SMMU_VP_TLBI_VAAE2);
}

spec::BroadcastTlbi broadcast_of(const smmu_vp_tlbi& t) {
  spec::BroadcastTlbi m{.op = operation(t.op)};
  m.e2h = of_el2(m.op) && t.e2h != 0;
  if ((m.op == kAsidE2 || m.op == kVaaE2) && !m.e2h)
    throw invalid_tlbi(fmt::format("op {} exists only with e2h (3.17.5)", static_cast<u32>(t.op)));
  if (by_vmid(m.op)) m.vmid = tag("vmid", t.vmid);
  if (by_asid(m.op, m.e2h)) m.asid = tag("asid", t.asid);
  if (!by_address(m.op)) return m;
  m.address = t.address;
  m.bytes = t.bytes == 0 ? kPage : t.bytes;
  m.last_level = t.last_level != 0;
  if (m.address % kPage != 0 || m.bytes % kPage != 0)
    throw invalid_tlbi(fmt::format("{} bytes at {:#x}: expected whole 4 KB pages", m.bytes, m.address));
  if (m.address > ~u64{0} - (m.bytes - 1))
    throw invalid_tlbi(fmt::format("{} bytes at {:#x} wrap", m.bytes, m.address));
  return m;
}

}  // namespace smmu_vp::tb
