// Words in memory and registers that make the SMMU translate one PASID of one stream.
#include "tests/perf/machine.h"

#include <cstring>

#include "testbench/machine/rtl_adapter/make_translation_cache.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"

namespace smmu_vp::perf {

using namespace test;

namespace {

memory::RamConfig ram_of(const MachineConfig& config) {
  const bool timed = config.mode == transport::TimingMode::kTimed;
  return {
      .base = 0, .size = 64u << 20, .latency_ns = timed ? 60u : 0u, .bandwidth_gbps = 400, .host_address = 0};
}

}  // namespace

KeptPayload::KeptPayload(bool of_device) {
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
  payload.set_data_length(sizeof data);
  payload.set_streaming_width(sizeof data);
  if (of_device) payload.set_extension(&extension);
}

Machine::Machine(sc_core::sc_module_name name, const MachineConfig& config)
    : sc_module(name),
      nested_(config.nested),
      timing_(config.mode),
      ram_("ram", ram_of(config), timing_),
      interconnect_("interconnect"),
      tlb_(tb::make_translation_cache(tb::CacheImpl::kReference, "tlb", config.smmu.tlb,
                                      {.hit_ps = 2000, .clock_ps = 1000}, timing_, facts_)),
      smmu_("smmu", config.smmu, timing_, facts_, {tlb_.get()}),
      hop_("hop"),
      cpu_("cpu"),
      device_("device"),
      bare_("bare") {
  interconnect_.add_target({.address = 0, .bytes = ram_.config().size}).bind(ram_.in);
  cpu_.bind(smmu_.programming);
  device_.bind(smmu_.dma_in(0));
  smmu_.dma_out(0).bind(interconnect_.in);
  smmu_.walk_out.bind(interconnect_.in);
  bare_.bind(hop_.in);
  hop_.out.bind(interconnect_.in);
  request_.extension.who = {kSid, kPasid};
  request_.extension.at = transport::AddressType::kTranslationRequest;
  translated_.extension.who = {kSid, {}};
  translated_.extension.at = transport::AddressType::kTranslated;
}

void Machine::store(u64 pa, u64 value) {
  std::memcpy(ram_.host_pointer({pa, 8}), &value, 8);
}

void Machine::start() {
  store(kStrtab + 64 * kSid, ste::s1_cd_max(5) | kCds | (nested_ ? ste::kNested : ste::kStage1) | ste::V);
  store(kStrtab + 64 * kSid + 8, ste::kDssBypass | ste::kFullAts);
  if (nested_) map_stage2();
  store(kCds + 64 * kPasid + 8, kTables);
  store(kCds + 64 * kPasid + 24, mair::kWriteBack);
  store(kCds + 64 * kPasid, cd::asid(kAsid) | cd::kTtb0 | cd::kAborts);
  // Four levels down to a full last one.
  for (unsigned level = 0; level < 3; ++level) {
    const unsigned index = kVa >> (39 - 9 * level) & 0x1ff;
    store(kTables + 4096 * level + 8 * index, (kTables + 4096 * (level + 1)) | pte::kTable);
  }
  for (unsigned i = 0; i < kPages; ++i)
    store(kTables + 3 * 4096 + 8 * i, page(i) | pte::kUserData | pte::kPage);
  access(reg::STRTAB_BASE, 8, true, kStrtab);
  access(reg::STRTAB_BASE_CFG, 4, true, strtab::linear(8));
  access(reg::CMDQ_BASE, 8, true, kCmdq | queue::log2size(kCmdqLog2));
  constexpr u32 kOn = cr0::SMMUEN | cr0::CMDQEN | cr0::ATSCHK;
  access(reg::CR0, 4, true, kOn);
  while (access(reg::CR0ACK, 4, false, 0) != kOn) sc_core::wait(1, sc_core::SC_NS);
}

u64 Machine::access(u32 offset, unsigned bytes, bool write, u64 value) {
  tlm::tlm_generic_payload p;
  p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  p.set_address(offset);
  p.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  p.set_data_length(bytes);
  p.set_streaming_width(bytes);
  sc_core::sc_time t;
  cpu_->b_transport(p, t);
  return value;
}

// Identity, in pages: four levels from a start level of 0 with 48 bits of input.
void Machine::map_stage2() {
  store(kStrtab + 64 * kSid + 16,
        ste::s2_vmid(9) | ste::s2_t0sz(16) | ste::s2_sl0(2) | ste::s2_ps(k48Bits) | ste::S2AA64 | ste::S2R);
  store(kStrtab + 64 * kSid + 24, kStage2);
  store(kStage2, (kStage2 + 4096) | pte::kTable);
  store(kStage2 + 4096, (kStage2 + 2 * 4096) | pte::kTable);
  for (u64 block = 0; block < ram_.config().size >> 21; ++block) {
    const u64 table = kStage2 + (3 + block) * 4096;
    store(kStage2 + 2 * 4096 + 8 * block, table | pte::kTable);
    for (u64 i = 0; i < 512; ++i) store(table + 8 * i, block << 21 | i << 12 | s2::kData | pte::kPage);
  }
}

bool Machine::send(tlm_utils::simple_initiator_socket<Machine>& out, KeptPayload& kept, u64 address) {
  kept.payload.set_address(address);
  kept.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay;
  out->b_transport(kept.payload, delay);
  return kept.payload.is_response_ok();
}

bool Machine::dma(u64 va, KeptPayload& kept) {
  kept.extension.who = {kSid, kPasid};
  return send(device_, kept, va);
}

bool Machine::translation_request(u64 va) {
  return send(device_, request_, va) && request_.extension.translation.read;
}

bool Machine::translated(u64 pa) {
  return send(device_, translated_, pa);
}

bool Machine::bare(u64 pa) {
  return send(bare_, plain_, pa);
}

void Machine::commands(const cmd::Command& words, unsigned count) {
  constexpr cmd::Command kSync = cmd::sync();
  constexpr u32 kMask = (2u << kCmdqLog2) - 1, kIndex = (1u << kCmdqLog2) - 1;
  for (unsigned i = 0; i <= count; ++i) {
    const u64 at = kCmdq + 16 * u64{prod_ & kIndex};
    const cmd::Command& next = i < count ? words : kSync;
    store(at, next[0]);
    store(at + 8, next[1]);
    prod_ = (prod_ + 1) & kMask;
  }
  access(reg::CMDQ_PROD, 4, true, prod_);
  while ((access(reg::CMDQ_CONS, 4, false, 0) & kMask) != prod_) sc_core::wait(sc_core::SC_ZERO_TIME);
}

}  // namespace smmu_vp::perf
