// Builds the commands that the driver issues from the manual's fields (chapter 4).
#pragma once

#include "sw_driver/smmu_v3/ranges.h"
#include "tlm/spec/access.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::sw::command {

inline spec::Command make(spec::Opcode opcode) {
  spec::Command c;
  spec::cmd::Opcode.set(c.w, static_cast<u64>(opcode));
  return c;
}
inline spec::Command make(spec::Opcode opcode, const spec::Requester& who) {
  spec::Command c = make(opcode);
  spec::cmd::SID.set(c.w, who.sid);
  spec::cmd::SSV.set(c.w, who.ssv());
  spec::cmd::SSID.set(c.w, who.ssid());
  return c;
}

inline spec::Command prefetch_config(u32 sid) {  // 4.2.1
  spec::Command c = make(spec::Opcode::CMD_PREFETCH_CONFIG);
  spec::cmd::SID.set(c.w, sid);
  return c;
}
inline spec::Command cfgi_all() {  // 4.3.6
  spec::Command c = make(spec::Opcode::CMD_CFGI_STE_RANGE);
  spec::cmd::cfgi::Range.set(c.w, spec::cmd::cfgi::kRangeAll);
  return c;
}
inline spec::Command cfgi_ste(u32 sid, bool leaf) {  // 4.3.1
  spec::Command c = make(spec::Opcode::CMD_CFGI_STE);
  spec::cmd::SID.set(c.w, sid);
  spec::cmd::cfgi::Leaf.set(c.w, leaf ? 1 : 0);
  return c;
}
inline spec::Command cfgi_cd(u32 sid, u32 ssid, bool leaf) {  // 4.3.3
  spec::Command c = make(spec::Opcode::CMD_CFGI_CD);
  spec::cmd::SID.set(c.w, sid);
  spec::cmd::SSID.set(c.w, ssid);
  spec::cmd::cfgi::Leaf.set(c.w, leaf ? 1 : 0);
  return c;
}
// 4.2.2; the only address, for `who`.
inline spec::Command prefetch_addr(const spec::Requester& who, u64 va) {
  spec::Command c = make(spec::Opcode::CMD_PREFETCH_ADDR, who);
  spec::cmd::prefetch::Address.set(c.w, va >> 12);
  return c;
}
// 4.4.3.2; stage 1 and 2 of VMID 0.
inline spec::Command tlbi_s12() {
  return make(spec::Opcode::CMD_TLBI_S12_VMALL);
}
// 4.4.2.2, 4.4.2.10; the driver uses VMID 0.
inline spec::Command tlbi_asid(bool el2, u32 asid) {
  spec::Command c = make(el2 ? spec::Opcode::CMD_TLBI_EL2_ASID : spec::Opcode::CMD_TLBI_NH_ASID);
  spec::cmd::tlbi::ASID.set(c.w, asid);
  return c;
}
// 4.4.2.4, 4.4.2.8; with Leaf the tables on the way stay cached.
inline spec::Command tlbi_va(bool el2, u32 asid, u64 va, bool leaf_only = false) {
  spec::Command c = make(el2 ? spec::Opcode::CMD_TLBI_EL2_VA : spec::Opcode::CMD_TLBI_NH_VA);
  spec::cmd::tlbi::ASID.set(c.w, asid);
  spec::cmd::tlbi::Leaf.set(c.w, leaf_only ? 1 : 0);
  spec::cmd::tlbi::Address.set(c.w, va >> 12);
  return c;
}
// 4.5.1; without a PASID it invalidates the entries of all PASIDs.
inline spec::Command atc_inv(const spec::Requester& of, const AtcBlock& block) {
  spec::Command c = make(spec::Opcode::CMD_ATC_INV, of);
  spec::cmd::atc_inv::Size.set(c.w, block.size);
  spec::cmd::atc_inv::Address.set(c.w, block.address >> 12);
  return c;
}
inline spec::Command pri_resp(const spec::Requester& to, u32 prg_index, spec::Resp resp) {  // 4.5.2
  spec::Command c = make(spec::Opcode::CMD_PRI_RESP, to);
  spec::cmd::pri_resp::PRGIndex.set(c.w, prg_index);
  spec::cmd::pri_resp::Resp.set(c.w, static_cast<u64>(resp));
  return c;
}
// 4.7.1; a transaction that is not retried is terminated with an abort.
inline spec::Command resume(u32 sid, u32 stag, bool retry) {
  spec::Command c = make(spec::Opcode::CMD_RESUME);
  spec::cmd::SID.set(c.w, sid);
  spec::cmd::resume::STAG.set(c.w, stag);
  spec::cmd::resume::Ac.set(c.w, retry ? spec::cmd::resume::kRetry : spec::cmd::resume::kTerminate);
  spec::cmd::resume::Ab.set(c.w, retry ? 0 : 1);
  return c;
}
// 4.7.3; the attributes are inner shareable, write-back.
inline spec::Command sync_sev() {
  spec::Command c = make(spec::Opcode::CMD_SYNC);
  spec::cmd::sync::CS.set(c.w, static_cast<u64>(spec::SyncSignal::kSev));
  spec::cmd::sync::MSH.set(c.w, 0b11);
  spec::cmd::sync::MSIAttr.set(c.w, 0xF);
  return c;
}
// Signals completion by writing 0 to `address`.
inline spec::Command sync_msi(u64 address) {
  spec::Command c = sync_sev();
  spec::cmd::sync::CS.set(c.w, static_cast<u64>(spec::SyncSignal::kIrq));
  spec::cmd::sync::MSIAddress.set(c.w, address >> 2);
  return c;
}

}  // namespace smmu_vp::sw::command
