// Commands as software writes them, typed from chapter 4 of the manual: what tests put into the command
// queue. A test must not share code with what it checks, so nothing here uses tlm/spec or the driver;
// tests/spec compares every word with theirs.
#pragma once

#include <array>
#include <optional>

#include "tlm/spec/types.h"

namespace smmu_vp::test::cmd {

using Command = std::array<u64, 2>;

// Of the first word; CS is of CMD_SYNC.
inline constexpr u64 kOpcode = 0xFF, kSsec = u64{1} << 10, kCs = u64{0b11} << 12;

// StreamID, and SSV and SubstreamID where there is one.
inline constexpr u64 requester(u32 sid, std::optional<u32> ssid) {
  return u64{sid} << 32 | (ssid ? u64{*ssid} << 12 | u64{1} << 11 : 0);
}

// SSV is 0, but the SubstreamID's bits are set.
inline constexpr Command without_ssv(const Command& command) {
  return {command[0] & ~(u64{1} << 11), command[1]};
}

// ---- Prefetch and configuration (4.2, 4.3)
inline constexpr Command prefetch_config(u32 sid, std::optional<u32> ssid = {}) {
  return {requester(sid, ssid) | 0x01, 0};
}
// 2^size addresses, 2^(12 + stride) apart.
inline constexpr Command prefetch_addr(u32 sid, std::optional<u32> ssid, u64 address, u64 size = 0,
                                       u64 stride = 0) {
  return {requester(sid, ssid) | 0x02, (address & ~u64{0xFFF}) | stride << 5 | size};
}
inline constexpr Command cfgi_ste(u32 sid, bool leaf = true) {
  return {u64{sid} << 32 | 0x03, leaf};
}
// The 2^(range + 1) streams around `sid`.
inline constexpr Command cfgi_ste_range(u32 sid, u64 range) {
  return {u64{sid} << 32 | 0x04, range};
}
inline constexpr Command cfgi_all() {
  return cfgi_ste_range(0, 31);
}
inline constexpr Command cfgi_cd(u32 sid, u32 ssid, bool leaf = true) {
  return {u64{sid} << 32 | u64{ssid} << 12 | 0x05, leaf};
}
inline constexpr Command cfgi_cd_all(u32 sid) {
  return {u64{sid} << 32 | 0x06, 0};
}
inline constexpr Command cfgi_vms_pidm() {
  return {0x07, 0};
}

// ---- TLB invalidation (4.4). By address: one, or with TG (NUM + 1) * 2^SCALE granules (4.4.1.1).
struct Span {
  bool leaf = false;
  unsigned tg = 0, num = 0, scale = 0, ttl = 0;
  bool ttl128 = false;
};
inline constexpr Command by_address(u64 opcode, u64 upper, u64 address, const Span& s) {
  return {upper << 32 | u64{s.scale} << 20 | u64{s.num} << 12 | opcode,
          (address & ~u64{0xFFF}) | u64{s.tg} << 10 | u64{s.ttl} << 8 | u64{s.ttl128} << 7 | u64{s.leaf}};
}
inline constexpr Command tlbi_nh_all(u16 vmid = 0) {
  return {u64{vmid} << 32 | 0x10, 0};
}
inline constexpr Command tlbi_nh_asid(u16 asid, u16 vmid = 0) {
  return {u64{asid} << 48 | u64{vmid} << 32 | 0x11, 0};
}
inline constexpr Command tlbi_nh_va(u16 asid, u64 va, const Span& span = {}, u16 vmid = 0) {
  return by_address(0x12, u64{asid} << 16 | vmid, va, span);
}
inline constexpr Command tlbi_nh_vaa(u64 va, const Span& span = {}, u16 vmid = 0) {
  return by_address(0x13, vmid, va, span);
}
inline constexpr Command tlbi_el2_all() {
  return {0x20, 0};
}
inline constexpr Command tlbi_el2_asid(u16 asid) {
  return {u64{asid} << 48 | 0x21, 0};
}
inline constexpr Command tlbi_el2_va(u16 asid, u64 va, const Span& span = {}) {
  return by_address(0x22, u64{asid} << 16, va, span);
}
inline constexpr Command tlbi_el2_vaa(u64 va, const Span& span = {}) {
  return by_address(0x23, 0, va, span);
}
inline constexpr Command tlbi_s12_vmall(u16 vmid) {
  return {u64{vmid} << 32 | 0x28, 0};
}
inline constexpr Command tlbi_s2_ipa(u16 vmid, u64 ipa, const Span& span = {}) {
  return by_address(0x2A, vmid, ipa, span);
}
inline constexpr Command tlbi_nsnh_all() {
  return {0x30, 0};
}

// ---- ATS and PRI (4.5). `size`: 2^size pages.
inline constexpr Command atc_inv(u32 sid, std::optional<u32> ssid, u64 address, u64 size,
                                 bool global = false) {
  return {requester(sid, ssid) | u64{global} << 9 | 0x40, (address & ~u64{0xFFF}) | size};
}
inline constexpr Command atc_inv_all(u32 sid, std::optional<u32> ssid = {}) {
  return atc_inv(sid, ssid, 0, 52);
}
inline constexpr u64 kResponseFailure = 0b00, kInvalidRequest = 0b01, kSuccess = 0b10;  // Resp
inline constexpr Command pri_resp(u32 sid, std::optional<u32> ssid, u64 prg_index, u64 response) {
  return {requester(sid, ssid) | 0x41, response << 12 | prg_index};
}

// ---- Stalls (4.6)
// As RAZ/WI, with Ac, and with Ab.
inline constexpr u64 kTerminate = 0, kRetry = u64{1} << 12, kAbort = u64{1} << 13;
inline constexpr Command resume(u32 sid, u64 stag, u64 action) {
  return {u64{sid} << 32 | action | 0x44, stag};
}
inline constexpr Command stall_term(u32 sid) {
  return {u64{sid} << 32 | 0x45, 0};
}

// ---- Synchronisation (4.7.3)
inline constexpr Command sync() {
  return {0x46, 0};
}
struct Msi {
  u64 address = 0;
  u32 data = 0;
  u64 sh = 0, attr = 0;  // MSH, MSIAttr
};
inline constexpr Command sync(u64 cs, const Msi& msi) {
  return {u64{msi.data} << 32 | msi.attr << 24 | msi.sh << 22 | cs << 12 | 0x46, msi.address};
}
// Reserved, in every security state (4.1.3).
inline constexpr Command reserved() {
  return {0xFF, 0};
}
inline constexpr Command sync_irq(const Msi& msi) {
  return sync(0b01, msi);
}
inline constexpr Command sync_sev(const Msi& msi = {}) {
  return sync(0b10, msi);
}

// Every kind, for random traffic, which synchronises often.
inline constexpr Command kEveryKind[] = {prefetch_config(0),
                                         prefetch_addr(0, {}, 0),
                                         cfgi_ste(0),
                                         cfgi_ste_range(0, 0),
                                         cfgi_cd(0, 0),
                                         cfgi_cd_all(0),
                                         tlbi_nh_all(),
                                         tlbi_nh_asid(0),
                                         tlbi_nh_va(0, 0),
                                         tlbi_nh_vaa(0),
                                         tlbi_el2_all(),
                                         tlbi_el2_asid(0),
                                         tlbi_el2_va(0, 0),
                                         tlbi_el2_vaa(0),
                                         tlbi_s12_vmall(0),
                                         tlbi_s2_ipa(0, 0),
                                         tlbi_nsnh_all(),
                                         atc_inv(0, {}, 0, 0),
                                         pri_resp(0, {}, 0, 0),
                                         resume(0, 0, kTerminate),
                                         stall_term(0),
                                         sync(),
                                         sync(),
                                         sync(),
                                         sync()};

}  // namespace smmu_vp::test::cmd
