// A test bench around Smmu: flat memory, a CPU that programs it, devices, and endpoints that answer messages.
// Everything software writes here uses the tests' own definitions (tests/support), so that the model's field
// tables do not verify themselves.
#pragma once

#include <doctest/doctest.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <systemc>
#include <tlm>
#include <vector>

#include "tests/support/commands.h"
#include "tests/support/events.h"
#include "tests/support/page_requests.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tlm/core/reference_cache.h"
#include "tlm/smmu/smmu.h"

namespace smmu_vp::test {

using transport::DmaExtension;
using transport::MessageExtension;
using transport::MessageKind;

// 32 MB of RAM at 0. `before_access` may block, to hold an access at memory.
class FlatMemory : public sc_core::sc_module {
 public:
  explicit FlatMemory(sc_core::sc_module_name name) : sc_module(name), in("in"), bytes_(32u << 20) {
    in.register_b_transport(this, &FlatMemory::access);
    in.register_transport_dbg(this, &FlatMemory::debug);
  }
  tlm_utils::simple_target_socket<FlatMemory> in;
  std::function<void(u64 address, bool write)> before_access;
  u64 aborts_at = ~u64{0};                          // accesses that include this byte are aborted
  std::map<u64, transport::Attributes> attributes;  // of the last access to an address

  u64 load(u64 pa) const {
    u64 value = 0;
    std::memcpy(&value, bytes_.data() + pa, 8);
    return value;
  }
  u32 load32(u64 pa) const { return static_cast<u32>(load(pa)); }
  void store(u64 pa, u64 value) { std::memcpy(bytes_.data() + pa, &value, 8); }

  void access(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    if (before_access) before_access(p.get_address(), p.is_write());
    if (const auto said = transport::attributes_of(p)) attributes[p.get_address()] = *said;
    if (p.get_address() > bytes_.size() || p.get_data_length() > bytes_.size() - p.get_address() ||
        aborts_at - p.get_address() < p.get_data_length())
      return p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    unsigned char* place = bytes_.data() + p.get_address();
    if (p.is_write()) std::memcpy(place, p.get_data_ptr(), p.get_data_length());
    if (p.is_read()) std::memcpy(p.get_data_ptr(), place, p.get_data_length());
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned debug(tlm::tlm_generic_payload& p) {
    if (p.get_address() > bytes_.size() || p.get_data_length() > bytes_.size() - p.get_address()) return 0;
    unsigned char* place = bytes_.data() + p.get_address();
    if (p.is_write()) std::memcpy(place, p.get_data_ptr(), p.get_data_length());
    if (p.is_read()) std::memcpy(p.get_data_ptr(), place, p.get_data_length());
    return p.get_data_length();
  }
  bool direct_memory(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(bytes_.data());
    dmi.set_start_address(0);
    dmi.set_end_address(bytes_.size() - 1);
    dmi.allow_read_write();
    return true;
  }

 private:
  std::vector<unsigned char> bytes_;
};

struct DmaResult {
  bool ok = false;
  transport::DmaStatus status{};
  transport::AtsTranslation translation;
  u64 data = 0;
  transport::AtsFollowing following = {};
};

class Bench : public sc_core::sc_module {
 public:
  // Addresses of tables and queues.
  static constexpr u64 kCmdq = 0x1'0000, kEventq = 0x2'0000, kPriq = 0x3'0000, kStrtab = 0x4'0000,
                       kCds = 0x6'0000;
  static constexpr u64 kPgd = 0x10'0000, kPud = 0x10'1000, kPmd = 0x10'2000, kPte = 0x10'3000;
  static constexpr u64 kPage = 0x20'0000;  // data pages
  static constexpr u32 kSid = 3, kPasid = 5;
  static constexpr u16 kAsid = 0x42;
  static constexpr u64 kVa = 0x7F12'3456'7000;

  explicit Bench(const core::SmmuConfig& config = {},
                 transport::TimingMode mode = transport::TimingMode::kUntimed,
                 sc_core::sc_module_name name = "bench", u8 index = 0)
      : sc_module(name),
        timing(mode),
        facts([] { return transport::Timing::now_ps(); }),
        memory("memory"),
        caches_(make_caches(config)),
        smmu("smmu", config, timing, facts, pointers(), index),
        cpu("cpu"),
        messages_up("messages_up"),
        messages_down("messages_down") {
    cpu.bind(smmu.programming);
    memory.in.bind(smmu.walk_out);
    for (unsigned i = 0; i < config.tbus; ++i) {
      devices.push_back(std::make_unique<Device>(i == 0 ? "device_0" : "device_1"));
      paths_.push_back(std::make_unique<Path>(i == 0 ? "path_0" : "path_1"));
      devices[i]->bind(smmu.dma_in(i));
      devices[i]->register_nb_transport_bw(this, &Bench::backward);
      devices[i]->register_invalidate_direct_mem_ptr(this, &Bench::take_back);
      smmu.dma_out(i).bind(*paths_[i]);
      paths_[i]->register_b_transport(&memory, &FlatMemory::access);
      paths_[i]->register_transport_dbg(&memory, &FlatMemory::debug);
      paths_[i]->register_get_direct_mem_ptr(&memory, &FlatMemory::direct_memory);
    }
    messages_up.bind(smmu.messages_in(0));
    smmu.messages_out(0).bind(messages_down);
    messages_down.register_b_transport(this, &Bench::downstream);
  }

  // Runs `body` as a thread until it returns; if it never does, the test fails.
  void run(std::function<void()> body) {
    bool finished = false;
    sc_core::sc_spawn([&, body] {
      body();
      finished = true;
      sc_core::sc_stop();
    });
    sc_core::sc_start();
    CHECK_MESSAGE(finished, "the test's thread is blocked for ever");
  }
  static void spawn(std::function<void()> body) { sc_core::sc_spawn(std::move(body)); }
  static void delay(double ns = 1) { sc_core::wait(ns, sc_core::SC_NS); }
  // Polls `condition`; the test fails after 100 us.
  static void until(const std::function<bool()>& condition) {
    for (int i = 0; i < 100'000 && !condition(); ++i) delay();
    CHECK_MESSAGE(condition(), "waited in vain");
  }

  u32 read32(u32 offset) { return static_cast<u32>(access(offset, 4, false, 0)); }
  // An access of any size and alignment; its outcome is in register_response.
  u64 read(u32 offset, unsigned bytes) { return access(offset, bytes, false, 0); }
  void write32(u32 offset, u32 value) { access(offset, 4, true, value); }
  void write64(u32 offset, u64 value) { access(offset, 8, true, value); }

  // Queues of 8 commands, 8 events, 4 page requests; a linear stream table of 256; everything enabled.
  void enable(u32 features = cr0::kAll) {
    write64(reg::STRTAB_BASE, kStrtab);
    write32(reg::STRTAB_BASE_CFG, strtab::linear(8));
    write64(reg::CMDQ_BASE, kCmdq | queue::log2size(3));
    write64(reg::EVENTQ_BASE, kEventq | queue::log2size(3));
    write64(reg::PRIQ_BASE, kPriq | queue::log2size(2));
    write32(reg::CR2, cr2::RECINVSID);
    set_cr0(features);
    write32(reg::IRQ_CTRL, irq_ctrl::kAll);
  }
  // Writes CR0 and waits for the acknowledgement.
  void set_cr0(u32 value) {
    write32(reg::CR0, value);
    until([&] { return read32(reg::CR0ACK) == value; });
  }
  // Writes CR2, which needs SMMUEN = 0 (6.3.12).
  void set_cr2(u32 value) {
    const u32 before = read32(reg::CR0);
    set_cr0(before & ~cr0::SMMUEN);
    write32(reg::CR2, value);
    set_cr0(before);
  }

  // Submits one command, which has been executed when this returns.
  void command(const cmd::Command& words) {
    submit(words);
    until([&] { return consumed(); });
  }
  void submit(const cmd::Command& words) {
    const u32 prod = read32(reg::CMDQ_PROD);
    memory.store(kCmdq + 16 * (prod & 7), words[0]);
    memory.store(kCmdq + 16 * (prod & 7) + 8, words[1]);
    write32(reg::CMDQ_PROD, (prod + 1) & 0xF);
  }
  void sync() { command(cmd::sync()); }
  u32 commands_read() { return read32(reg::CMDQ_CONS) & 0xF; }  // CMDQ_CONS.RD, and its wrap
  bool consumed() { return commands_read() == (read32(reg::CMDQ_PROD) & 0xF); }
  u32 command_error() { return read32(reg::CMDQ_CONS) >> 24; }  // CMDQ_CONS.ERR
  // Waits until CMDQ_ERR is active and unacknowledged.
  void until_command_error() {
    until([&] { return ((read32(reg::GERROR) ^ read32(reg::GERRORN)) & gerror::CMDQ_ERR) != 0; });
  }

  // The addresses of an STE (64 bytes) and of a CD, by default those of kPasid.
  static constexpr u64 ste_at(u32 sid = kSid) { return kStrtab + 64 * u64{sid}; }
  static constexpr u64 cd_at(u32 ssid = kPasid) { return kCds + 64 * u64{ssid}; }
  // Stage 1, 32 CDs; without a SubstreamID bypass.
  void write_ste(bool ats = true, bool s1stalld = false) {
    memory.store(ste_at(), kCds | ste::s1_cd_max(5) | ste::kStage1 | ste::V);
    memory.store(ste_at() + 8, ste::kDssBypass | (ats ? ste::kFullAts : 0) | (s1stalld ? ste::S1STALLD : 0));
  }
  // 48 bits in and out, 4 KB, write-back and inner shareable walks, no TTB1; faults abort.
  static constexpr u64 kCd0 = cd::asid(kAsid) | cd::kTtb0 | cd::A;
  void write_cd(bool record = true, bool stall = false, bool epd0 = false) {
    memory.store(cd_at() + 8, kPgd);
    memory.store(cd_at() + 24, mair::kWriteBack);
    memory.store(cd_at(), kCd0 | (epd0 ? cd::EPD0 : 0) | (record ? cd::R : 0) | (stall ? cd::S : 0));
  }
  // Writes tables for kVa and its neighbours, then one leaf.
  void write_tables() {
    memory.store(kPgd + 8 * 0xFE, kPud | pte::kTable);
    memory.store(kPud + 8 * 0x48, kPmd | pte::kTable);
    memory.store(kPmd + 8 * 0x1A2, kPte | pte::kTable);
  }
  void map(unsigned page, u64 pa, bool writable = true) {
    memory.store(kPte + 8 * (0x167 + page),
                 pa | pte::kUserData | pte::kPage | (writable ? 0 : pte::kReadOnly));
  }
  void bind_process() {
    write_ste();
    write_cd();
    write_tables();
    map(0, kPage);
  }

  DmaResult dma(u64 va, bool write, u64 value = 0, unsigned bytes = 8, u32 tbu = 0, bool with_pasid = true) {
    DmaExtension ext;
    ext.who = {kSid, spec::substream(with_pasid, kPasid)};
    return send(ext, va, write, value, bytes, tbu);
  }
  DmaResult translation_request(u64 va, bool no_write = false, u8 translations = 1) {
    DmaExtension ext;
    ext.who = {kSid, kPasid};
    ext.at = transport::AddressType::kTranslationRequest;
    ext.no_write = no_write;
    ext.translations_asked = translations;
    return send(ext, va, false, 0, 8u * translations, 0);
  }
  DmaResult translated(u64 pa, bool write, u64 value = 0) {
    DmaExtension ext;
    ext.who.sid = kSid;
    ext.at = transport::AddressType::kTranslated;
    return send(ext, pa, write, value, 8, 0);
  }
  DmaResult send(DmaExtension& ext, u64 address, bool write, u64 value, unsigned bytes, u32 tbu) {
    tlm::tlm_generic_payload p;
    u64 data[1024] = {value};
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(address);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(data));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    p.set_extension(&ext);
    sc_core::sc_time t;
    (*devices[tbu])->b_transport(p, t);
    p.clear_extension(&ext);
    return {p.is_response_ok(), ext.status, ext.translation, data[0], ext.following};
  }

  void upstream(MessageExtension m) {
    tlm::tlm_generic_payload p;
    p.set_command(tlm::TLM_IGNORE_COMMAND);
    p.set_extension(&m);
    sc_core::sc_time t;
    messages_up->b_transport(p, t);
    p.clear_extension(&m);
  }
  void page_request(u16 prg_index, bool last = true, bool read = true) {
    MessageExtension m;
    m.kind = MessageKind::kPageRequest;
    m.who = {kSid, kPasid};
    m.address = kVa;
    m.intent.read = read;
    m.last = last;
    m.prg_index = prg_index;
    upstream(m);
  }
  void complete_invalidation(const MessageExtension& request) {
    MessageExtension m;
    m.kind = MessageKind::kInvalidateCompletion;
    m.who.sid = request.who.sid;
    m.itag_vector = 1u << request.itag;
    upstream(m);
  }

  u32 events() { return read32(reg::EVENTQ_PROD) & 0xF; }
  EventWords event(u32 index) const {
    EventWords out;
    for (unsigned i = 0; i < 4; ++i) out.w[i] = memory.load(kEventq + 32 * (index & 7) + 8 * i);
    return out;
  }
  u64 counter(const std::string& name) const {
    u64 found = ~u64{0};
    smmu.visit_counters([&](const std::string& n, u64 v) {
      if (n == name) found = v;
    });
    return found;
  }

  const core::ReferenceCache& tlb(unsigned tbu) const { return caches_[tbu]; }

  transport::Timing timing;
  trace::Bus facts;
  FlatMemory memory;

 private:
  static std::deque<core::ReferenceCache> make_caches(const core::SmmuConfig& config) {
    std::deque<core::ReferenceCache> caches;
    for (unsigned i = 0; i < config.tbus; ++i) caches.emplace_back(config.tlb);
    return caches;
  }
  std::vector<core::TranslationCachePort*> pointers() {
    std::vector<core::TranslationCachePort*> out;
    for (core::ReferenceCache& c : caches_) out.push_back(&c);
    return out;
  }
  u64 access(u32 offset, unsigned bytes, bool write, u64 value) {
    tlm::tlm_generic_payload p;
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(offset);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    sc_core::sc_time t;
    cpu->b_transport(p, t);
    register_response = p.get_response_status();
    return value;
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_core::sc_time&) {
    if (phase == tlm::BEGIN_RESP) responses.push_back(&p);
    return tlm::TLM_COMPLETED;
  }
  void take_back(sc_dt::uint64 first, sc_dt::uint64 last) { taken_back.emplace_back(first, last); }
  void downstream(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    MessageExtension* m = nullptr;
    p.get_extension(m);
    received.push_back(*m);
    p.set_response_status(message_response);
  }

  std::deque<core::ReferenceCache> caches_;

 public:
  using Device = tlm_utils::simple_initiator_socket<Bench>;
  using Path = tlm_utils::simple_target_socket<FlatMemory>;
  smmu::Smmu smmu;
  tlm_utils::simple_initiator_socket<Bench> cpu;
  tlm_utils::simple_initiator_socket<Bench> messages_up;
  tlm_utils::simple_target_socket<Bench> messages_down;
  std::vector<std::unique_ptr<Device>> devices;
  std::deque<MessageExtension> received;                             // by endpoints
  std::vector<const tlm::tlm_generic_payload*> responses;            // to non-blocking accesses, in order
  std::vector<std::pair<u64, u64>> taken_back;                       // ranges of direct memory pointers
  tlm::tlm_response_status message_response = tlm::TLM_OK_RESPONSE;  // their response to each
  tlm::tlm_response_status register_response = tlm::TLM_OK_RESPONSE;

 private:
  std::vector<std::unique_ptr<Path>> paths_;
};

// Listens to an interrupt wire and counts its pulses.
struct Pulses {
  explicit Pulses(smmu::Smmu::InterruptOut& out) {
    out.bind(line);
    sc_core::sc_spawn([this] {
      for (;;) {
        sc_core::wait(line.posedge_event());
        ++count;
      }
    });
  }
  sc_core::sc_signal<bool> line{"line"};
  int count = 0;
};

// Holds the first access to `address` until it is released.
struct Gate {
  Gate(Bench& bench, u64 address) {
    bench.memory.before_access = [this, address](u64 a, bool) {
      if (a != address || reached) return;
      reached = true;
      while (!open) sc_core::wait(opened);
    };
  }
  void let_go() {
    open = true;
    opened.notify();
  }
  bool reached = false, open = false;
  sc_core::sc_event opened;
};

}  // namespace smmu_vp::test
