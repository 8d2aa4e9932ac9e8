// Words in memory and registers that make the SMMU translate one PASID of one stream.
#include "tests/perf/machine.h"

#include <cstring>

namespace smmu_vp::perf {

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
  // STE: V, stage 1, S1CDMax 5, S1DSS bypass, full ATS (5.2). CD: 48-bit VA, 4 KB, EPD1, ASID 0x42 (5.4).
  store(kStrtab + 64 * kSid, 0x2800'0000'0000'000B | kCds);
  store(kStrtab + 64 * kSid + 8, 0x1 | u64{1} << 28);
  store(kCds + 64 * kPasid + 8, kTables);
  store(kCds + 64 * kPasid + 24, 0xFF);
  store(kCds + 64 * kPasid, 0x0042'E205'C000'3510);
  // Four levels down to a full last one; pages are writable by user space, nG.
  for (unsigned level = 0; level < 3; ++level) {
    const unsigned index = kVa >> (39 - 9 * level) & 0x1ff;
    store(kTables + 4096 * level + 8 * index, (kTables + 4096 * (level + 1)) | 3);
  }
  for (unsigned i = 0; i < kPages; ++i) store(kTables + 3 * 4096 + 8 * i, page(i) | 0x0060'0000'0000'0F43);
  access(0x80, 8, true, kStrtab);
  access(0x88, 4, true, 8);
  access(0x90, 8, true, kCmdq | kCmdqLog2);
  access(0x20, 4, true, 0x19);  // CR0: SMMUEN, CMDQEN, ATSCHK
  while (access(0x24, 4, false, 0) != 0x19) sc_core::wait(1, sc_core::SC_NS);
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

void Machine::commands(u64 w0, u64 w1, unsigned count) {
  constexpr u32 kMask = (2u << kCmdqLog2) - 1, kIndex = (1u << kCmdqLog2) - 1;
  for (unsigned i = 0; i <= count; ++i) {
    const u64 at = kCmdq + 16 * u64{prod_ & kIndex};
    store(at, i < count ? w0 : 0x46);
    store(at + 8, i < count ? w1 : 0);
    prod_ = (prod_ + 1) & kMask;
  }
  access(0x98, 4, true, prod_);
  while ((access(0x9C, 4, false, 0) & kMask) != prod_) sc_core::wait(sc_core::SC_ZERO_TIME);
}

u64 Machine::counter(const std::string& name) const {
  u64 found = 0;
  smmu_.visit_counters([&](const std::string& n, u64 v) {
    if (n == name) found = v;
  });
  return found;
}

}  // namespace smmu_vp::perf
