// Words in memory and registers that make the SMMU translate one PASID of one stream.
#include "tests/perf/machine.h"

#include <cstring>

#include "tests/support/registers.h"
#include "tests/support/structures.h"

namespace smmu_vp::perf {

using namespace test;

namespace {

constexpr memory::RamConfig kRam{
    .base = 0, .size = 64u << 20, .latency_ns = 0, .bandwidth_gbps = 400, .host_address = 0};

}  // namespace

Machine::Machine(sc_core::sc_module_name name, const core::SmmuConfig& config)
    : sc_module(name),
      ram_("ram", kRam, timing_),
      interconnect_("interconnect"),
      tlb_(config.tlb),
      smmu_("smmu", config, timing_, facts_, {&tlb_}),
      hop_("hop"),
      cpu_("cpu"),
      device_("device"),
      bare_("bare") {
  interconnect_.add_target({.address = kRam.base, .bytes = kRam.size}).bind(ram_.in);
  cpu_.bind(smmu_.programming);
  device_.bind(smmu_.dma_in(0));
  smmu_.dma_out(0).bind(interconnect_.in);
  smmu_.walk_out.bind(interconnect_.in);
  bare_.bind(hop_.in);
  hop_.out.bind(interconnect_.in);
}

void Machine::store(u64 pa, u64 value) {
  std::memcpy(ram_.host_pointer({pa, 8}), &value, 8);
}

void Machine::start() {
  store(kStrtab + 64 * kSid, ste::s1_cd_max(5) | kCds | ste::kStage1 | ste::V);
  store(kStrtab + 64 * kSid + 8, ste::kDssBypass | ste::kFullAts);
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

bool Machine::send(tlm_utils::simple_initiator_socket<Machine>& out, transport::DmaExtension* ext,
                   u64 address) {
  u64 data = 0;
  tlm::tlm_generic_payload p;
  p.set_command(tlm::TLM_READ_COMMAND);
  p.set_address(address);
  p.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
  p.set_data_length(8);
  p.set_streaming_width(8);
  if (ext) p.set_extension(ext);
  sc_core::sc_time t;
  out->b_transport(p, t);
  if (ext) p.clear_extension(ext);
  return p.is_response_ok();
}

bool Machine::dma(u64 va) {
  transport::DmaExtension ext;
  ext.who = {kSid, kPasid};
  return send(device_, &ext, va);
}

bool Machine::translation_request(u64 va) {
  transport::DmaExtension ext;
  ext.who = {kSid, kPasid};
  ext.at = transport::AddressType::kTranslationRequest;
  return send(device_, &ext, va) && ext.translation.read;
}

bool Machine::translated(u64 pa) {
  transport::DmaExtension ext;
  ext.who.sid = kSid;
  ext.at = transport::AddressType::kTranslated;
  return send(device_, &ext, pa);
}

bool Machine::bare(u64 pa) {
  return send(bare_, nullptr, pa);
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

u64 Machine::counter(const std::string& name) const {
  u64 found = 0;
  smmu_.visit_counters([&](const std::string& n, u64 v) {
    if (n == name) found = v;
  });
  return found;
}

}  // namespace smmu_vp::perf
