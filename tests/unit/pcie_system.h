// A host bridge, a root port and an endpoint, with a small SMMU and memory that the test can inspect.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/config_space.h"
#include "tlm/core/reference_cache.h"
#include "tlm/device/accelerator.h"
#include "tlm/pcie/endpoint.h"
#include "tlm/pcie/host_bridge.h"
#include "tlm/spec/accelerator.h"
#include "tlm/spec/pcie.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::test {

namespace accel = spec::accel;
using transport::MessageExtension;
using transport::MessageKind;

inline constexpr u64 kRam = 0x1'0000'0000, kRamBytes = 0x10'0000;
inline constexpr u64 kNanosecond = 1000, kMicrosecond = 1'000'000;

inline void sleep_ps(u64 ps) {
  transport::Timing::wait_ps(ps);
}

// Translates by table, answers ATS, keeps every message, and records all traffic.
struct FakeSmmu : sc_core::sc_module {
  struct Page {
    u64 pa = 0;
    bool write = true;
  };
  struct Seen {
    transport::DmaExtension request;
    u64 address = 0;
    bool write = false;
    u64 arrived_ps = 0, done_ps = 0;
  };

  explicit FakeSmmu(sc_core::sc_module_name name)
      : sc_module(name),
        dma_in("dma_in"),
        messages_in("messages_in"),
        messages_out("messages_out"),
        memory(kRamBytes) {
    dma_in.register_b_transport(this, &FakeSmmu::dma);
    messages_in.register_b_transport(this, &FakeSmmu::message);
  }

  void map(u32 context, u64 va, u64 pa, bool write = true) { pages[{context, va >> 12}] = {pa, write}; }
  void unmap(u32 context, u64 va) { pages.erase({context, va >> 12}); }
  u8* at(u64 pa) { return memory.data() + (pa - kRam); }
  void send(MessageExtension message) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_IGNORE_COMMAND);
    payload.set_extension(&message);
    sc_core::sc_time delay;
    messages_out->b_transport(payload, delay);
    sent_status = payload.get_response_status();
    payload.clear_extension(&message);
  }
  std::vector<MessageExtension> messages_of(MessageKind kind) const {
    std::vector<MessageExtension> found;
    for (const MessageExtension& m : messages)
      if (m.kind == kind) found.push_back(m);
    return found;
  }
  u64 count(transport::AddressType at_type) const {
    u64 n = 0;
    for (const Seen& s : seen) n += s.request.at == at_type ? 1 : 0;
    return n;
  }

  tlm_utils::simple_target_socket<FakeSmmu> dma_in, messages_in;
  tlm_utils::simple_initiator_socket<FakeSmmu> messages_out;
  std::map<std::pair<u32, u64>, Page> pages;
  std::vector<u8> memory;
  std::vector<Seen> seen;
  std::vector<MessageExtension> messages;
  std::vector<u64> message_times;
  std::function<void(const MessageExtension&)> on_message;
  u64 translation_ps = 0;  // time from answering a Translation Request until the answer leaves
  u64 memory_ps = 0;       // time before an access reaches memory
  transport::DmaStatus translation_status = transport::DmaStatus::kSuccess;
  tlm::tlm_response_status sent_status = tlm::TLM_INCOMPLETE_RESPONSE;

 private:
  std::optional<Page> find(const transport::DmaExtension& x, u64 va) const {
    const auto found = pages.find({x.who.pasid.value_or(core::kNoPasid), va >> 12});
    return found == pages.end() ? std::nullopt : std::optional(found->second);
  }
  static transport::AtsTranslation answer(const Page& page, const transport::DmaExtension& x) {
    return {.address = page.pa, .read = true, .write = page.write && !x.no_write};
  }
  void dma(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    auto& x = *payload.get_extension<transport::DmaExtension>();
    const u64 va = payload.get_address();
    const u64 arrived = transport::Timing::now_ps();
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (x.at == transport::AddressType::kTranslationRequest) {
      x.status = translation_status;
      if (const auto page = find(x, va)) x.translation = answer(*page, x);
      for (u64 next = va + 0x1000; x.following.count + 1u < x.translations_asked; next += 0x1000) {
        const auto page = find(x, next);
        x.following.entries[x.following.count++] =
            page ? answer(*page, x) : transport::AtsTranslation{.address = next};
      }
      if (translation_ps != 0) sleep_ps(translation_ps);
    } else {
      access(payload, x, va);
    }
    seen.push_back({x, va, payload.is_write(), arrived, transport::Timing::now_ps()});
  }
  void access(tlm::tlm_generic_payload& payload, transport::DmaExtension& x, u64 va) {
    u64 pa = va;
    if (x.at == transport::AddressType::kUntranslated && !pages.empty()) {
      const auto page = find(x, va);
      if (!page) {
        x.status = transport::DmaStatus::kAborted;
        return;
      }
      pa = page->pa | (va & 0xFFF);
    }
    if (memory_ps != 0) sleep_ps(memory_ps);
    if (pa < kRam || pa + payload.get_data_length() > kRam + kRamBytes) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else if (payload.is_write()) {
      std::memcpy(at(pa), payload.get_data_ptr(), payload.get_data_length());
    } else {
      std::memcpy(payload.get_data_ptr(), at(pa), payload.get_data_length());
    }
  }
  void message(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    const MessageExtension m = *payload.get_extension<MessageExtension>();
    messages.push_back(m);
    message_times.push_back(transport::Timing::now_ps());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (on_message) on_message(m);
  }
};

struct Cpu : sc_core::sc_module {
  explicit Cpu(sc_core::sc_module_name name) : sc_module(name), config("config"), memory("memory") {}
  tlm_utils::simple_initiator_socket<Cpu> config, memory;

  template <typename Socket>
  static tlm::tlm_response_status access(Socket& socket, bool write, u64 address, void* data,
                                         unsigned bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(bytes);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }
  u32 config_read(u16 rid, unsigned offset, unsigned bytes) {
    u32 value = 0;
    access(config, false, spec::pcie::ecam_offset(rid) + offset, &value, bytes);
    return value;
  }
  void config_write(u16 rid, unsigned offset, unsigned bytes, u32 value) {
    access(config, true, spec::pcie::ecam_offset(rid) + offset, &value, bytes);
  }
};

inline constexpr u16 kRid = 0x0108;  // bus 1, device 1, function 0
inline constexpr u64 kBar = 0x5000'0000;

inline pcie::EndpointConfig default_endpoint() {
  pcie::EndpointConfig config;
  config.stream_id = kRid;
  return config;
}

struct System {
  explicit System(const pcie::EndpointConfig& config = default_endpoint(), const pcie::LinkConfig& link = {},
                  transport::TimingMode mode = transport::TimingMode::kTimed)
      : timing(mode),
        port("port", link, timing),
        endpoint("ep0", config, device::kAccelerator, port, timing, facts, cache) {
    bridge.add(port, 0);
    cpu.config.bind(bridge.config_in);
    cpu.memory.bind(bridge.memory_in);
    port.dma_out.bind(smmu.dma_in);
    port.messages_out.bind(smmu.messages_in);
    smmu.messages_out.bind(port.messages_in);
  }

  // Runs `body` as the CPU's thread, and then everything it started until it ends.
  void run(std::function<void()> body) {
    spawn(std::move(body));
    sc_core::sc_start();
  }
  static void spawn(std::function<void()> body) {
    sc_core::sc_spawn_options options;
    sc_core::sc_spawn(std::move(body), sc_core::sc_gen_unique_name("thread"), &options);
  }

  static unsigned pri(unsigned offset) { return pcie::ConfigSpace::kPri + offset; }
  u32 read(unsigned offset, unsigned bytes) { return cpu.config_read(kRid, offset, bytes); }
  void write(unsigned offset, unsigned bytes, u32 value) { cpu.config_write(kRid, offset, bytes, value); }
  u64 reg(u64 offset) {
    u64 value = 0;
    Cpu::access(cpu.memory, false, kBar + offset, &value, 8);
    return value;
  }
  void set_reg(u64 offset, u64 value) { Cpu::access(cpu.memory, true, kBar + offset, &value, 8); }

  void reset_function() {
    write(pcie::ConfigSpace::kExpress + pci::express::DEVICE_CONTROL, 2, pci::express::kInitiateFlr);
  }
  // Sets up BAR, bus mastering, PASID, ATS, PRI, then the device, as a driver does.
  void enable(bool ats = true, u32 pri_allocation = 16) {
    write(pci::BAR0, 4, static_cast<u32>(kBar));
    write(pci::COMMAND, 2, pci::kMemorySpace | pci::kBusMaster);
    write(pcie::ConfigSpace::kPasid + pci::pasid::CONTROL, 2, pci::pasid::kEnable);
    if (ats) write(pcie::ConfigSpace::kAts + pci::ats::CONTROL, 2, pci::ats::kEnable);
    if (pri_allocation != 0) {
      write(pri(pci::pri::ALLOCATION), 4, pri_allocation);
      write(pri(pci::pri::CONTROL), 2, pci::pri::kEnable);
    }
    set_reg(accel::reg::CTRL, 1);
  }
  void submit(const device::Descriptor& descriptor) {
    for (unsigned i = 0; i < descriptor.size(); ++i) set_reg(accel::reg::SUBMIT + 8 * i, descriptor[i]);
  }
  void until_idle() {
    while (!endpoint.idle()) sleep_ps(kMicrosecond);
  }
  void stop(u32 pasid, bool abort) {
    set_reg(accel::reg::STOP, accel::stop::ABORT.set(accel::stop::PASID.set(0, pasid), abort ? 1 : 0));
  }
  void respond(const MessageExtension& request, spec::ResponseCode code) {
    MessageExtension m;
    m.kind = MessageKind::kPrgResponse;
    m.who = {kRid, request.who.pasid};
    m.prg_index = request.prg_index;
    m.response_code = static_cast<u8>(code);
    smmu.send(m);
  }
  void invalidate(u8 itag, std::optional<u32> pasid, u64 address, u8 log2_size) {
    MessageExtension m;
    m.kind = MessageKind::kInvalidateRequest;
    m.who = {kRid, pasid};
    m.itag = itag;
    m.address = address;
    m.log2_size = log2_size;
    smmu.send(m);
  }

  transport::Timing timing;
  trace::Bus facts{[] { return transport::Timing::now_ps(); }};
  core::ReferenceCache cache{core::CacheConfig{}};
  FakeSmmu smmu{"smmu"};
  Cpu cpu{"cpu"};
  pcie::HostBridge bridge{"bridge"};
  pcie::RootPort port;
  pcie::Endpoint endpoint;
};

inline constexpr u64 kTag = 0x7A6;  // of every job

// Word 0 of a job's completion record.
constexpr u64 ended(accel::Status status, u64 done) {
  return accel::completion::STATUS.set(0, static_cast<u64>(status)) | accel::completion::DONE.set(0, done);
}
// Of the failed job in the ERROR register.
constexpr accel::Status error_status(u64 error) {
  return accel::error::VALID.get(error) == 0 ? accel::Status::kNone
                                             : static_cast<accel::Status>(accel::error::STATUS.get(error));
}

// A descriptor for `pasid`.
inline device::Descriptor job(accel::Opcode opcode, u32 pasid, u64 source, u64 target, u64 length,
                              u64 completion = 0, u64 seed = 0) {
  device::Descriptor d{};
  accel::desc::OPCODE.set(d, static_cast<u64>(opcode));
  accel::desc::PASID_VALID.set(d, 1);
  accel::desc::PASID.set(d, pasid);
  accel::desc::SRC.set(d, source);
  accel::desc::DST.set(d, target);
  accel::desc::LENGTH.set(d, length);
  accel::desc::COMPLETION.set(d, completion);
  accel::desc::SEED.set(d, seed);
  accel::desc::TAG.set(d, kTag);
  return d;
}

}  // namespace smmu_vp::test
