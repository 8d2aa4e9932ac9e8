// A minimal SystemC platform: memory, interconnect and initiators that do not depend on smmu-vp, with its SMMU
// between two DMA engines and memory. The processor sets up one stream; a loosely timed engine writes through it, looks
// through it as a debugger does and gets a direct memory pointer, and an approximately timed engine keeps several writes
// in flight. Exit status 0: all checks passed.
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <iostream>
#include <systemc>
#include <tlm>
#include <vector>

#include "at_engine.h"
#include "tlm/core/reference_cache.h"
#include "tlm/smmu/smmu.h"

namespace {

constexpr std::uint64_t kRam = 0x8000'0000, kRamBytes = 64u << 20, kRegisters = 0x1000'0000,
                        kRegisterBytes = 0x4'0000;

struct Memory : sc_core::sc_module {
  explicit Memory(sc_core::sc_module_name name) : sc_module(name), in("in"), bytes(kRamBytes) {
    in.register_b_transport(this, &Memory::access);
    in.register_transport_dbg(this, &Memory::debug);
    in.register_get_direct_mem_ptr(this, &Memory::direct);
  }
  void access(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    if (p.get_address() > kRamBytes || p.get_data_length() > kRamBytes - p.get_address())
      return p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    std::uint8_t* const at = bytes.data() + p.get_address();
    if (p.is_read()) std::memcpy(p.get_data_ptr(), at, p.get_data_length());
    if (p.is_write()) std::memcpy(at, p.get_data_ptr(), p.get_data_length());
    // With which memory type the access left the SMMU; a processor's has none.
    if (const auto said = smmu_vp::transport::attributes_of(p)) last_type = said->type;
    wait(50, sc_core::SC_NS);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  // The SMMU's debug accesses and direct memory pointers need both of memory, and of what leads there.
  unsigned debug(tlm::tlm_generic_payload& p) {
    if (p.get_address() > kRamBytes || p.get_data_length() > kRamBytes - p.get_address()) return 0;
    std::uint8_t* const at = bytes.data() + p.get_address();
    if (p.is_read()) std::memcpy(p.get_data_ptr(), at, p.get_data_length());
    if (p.is_write()) std::memcpy(at, p.get_data_ptr(), p.get_data_length());
    return p.get_data_length();
  }
  bool direct(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(bytes.data());
    dmi.set_start_address(0);
    dmi.set_end_address(kRamBytes - 1);
    dmi.allow_read_write();
    return true;
  }
  tlm_utils::simple_target_socket<Memory> in;  // addresses are offsets into RAM
  std::vector<std::uint8_t> bytes;
  smmu_vp::spec::MemoryType last_type;
};

struct Interconnect : sc_core::sc_module {
  explicit Interconnect(sc_core::sc_module_name name)
      : sc_module(name), in("in"), to_memory("to_memory"), to_smmu("to_smmu") {
    in.register_b_transport(this, &Interconnect::route);
    in.register_transport_dbg(this, &Interconnect::debug);
    in.register_get_direct_mem_ptr(this, &Interconnect::direct);
  }
  unsigned debug(int, tlm::tlm_generic_payload& p) {
    const std::uint64_t address = p.get_address();
    if (address - kRam >= kRamBytes) return 0;
    p.set_address(address - kRam);
    const unsigned moved = to_memory->transport_dbg(p);
    p.set_address(address);
    return moved;
  }
  bool direct(int, tlm::tlm_generic_payload& p, tlm::tlm_dmi& dmi) {
    const std::uint64_t address = p.get_address();
    if (address - kRam >= kRamBytes) return false;
    p.set_address(address - kRam);
    const bool granted = to_memory->get_direct_mem_ptr(p, dmi);
    p.set_address(address);
    dmi.set_start_address(dmi.get_start_address() + kRam);
    dmi.set_end_address(dmi.get_end_address() + kRam);
    return granted;
  }
  void route(int, tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    const std::uint64_t address = p.get_address();
    if (address - kRam < kRamBytes) {
      p.set_address(address - kRam);
      to_memory->b_transport(p, delay);
    } else if (address - kRegisters < kRegisterBytes) {
      p.set_address(address - kRegisters);
      to_smmu->b_transport(p, delay);
    } else {
      p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    p.set_address(address);
  }
  tlm_utils::multi_passthrough_target_socket<Interconnect> in;
  tlm_utils::simple_initiator_socket<Interconnect> to_memory, to_smmu;
};

struct Initiator : sc_core::sc_module {
  explicit Initiator(sc_core::sc_module_name name) : sc_module(name), out("out") {
    out.register_invalidate_direct_mem_ptr(this, &Initiator::take_back);
  }
  void take_back(sc_dt::uint64 first, sc_dt::uint64 last) {
    if (first <= pointer.get_end_address() && last >= pointer.get_start_address()) pointer.init();
  }
  // Has `call` take a payload to the socket.
  template <typename Call>
  auto ask(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes,
           smmu_vp::transport::DmaExtension* extension, Call&& call) {
    tlm::tlm_generic_payload p;
    p.set_command(command);
    p.set_address(address);
    p.set_data_ptr(static_cast<unsigned char*>(data));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    if (extension != nullptr) p.set_extension(extension);
    const auto answer = call(p);
    if (extension != nullptr) p.clear_extension(extension);
    return answer;
  }
  bool access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes,
              smmu_vp::transport::DmaExtension* extension = nullptr) {
    return ask(command, address, data, bytes, extension, [this](tlm::tlm_generic_payload& p) {
      sc_core::sc_time delay;
      out->b_transport(p, delay);
      return p.is_response_ok();
    });
  }
  void write(std::uint64_t address, std::uint64_t value, unsigned bytes = 8) {
    access(tlm::TLM_WRITE_COMMAND, address, &value, bytes);
  }
  std::uint32_t read32(std::uint64_t address) {
    std::uint32_t value = 0;
    access(tlm::TLM_READ_COMMAND, address, &value, 4);
    return value;
  }
  tlm_utils::simple_initiator_socket<Initiator> out;
  tlm::tlm_dmi pointer;  // a direct memory pointer; allows nothing once it was taken back
};

struct Machine : sc_core::sc_module {
  static constexpr std::uint32_t kStream = 5, kPasid = 3;
  static constexpr std::uint64_t kTables = kRam + 0x10'0000, kPage = kRam + 0x80'0000, kVa = 0x40'0000'0000,
                                 kQueues = kTables + 0x1'0000;

  explicit Machine(sc_core::sc_module_name name)
      : sc_module(name),
        timing(smmu_vp::transport::TimingMode::kTimed),
        facts([] { return smmu_vp::transport::Timing::now_ps(); }),
        tlb_0(config.tlb),
        tlb_1(config.tlb),
        smmu("smmu", config, timing, facts, {&tlb_0, &tlb_1}),
        memory("memory"),
        interconnect("interconnect"),
        cpu("cpu"),
        dma_engine("dma_engine"),
        at_engine("at_engine") {
    interconnect.to_memory.bind(memory.in);
    interconnect.to_smmu.bind(smmu.programming);
    cpu.out.bind(interconnect.in);
    smmu.walk_out.bind(interconnect.in);
    dma_engine.out.bind(smmu.dma_in(0));
    at_engine.out.bind(smmu.dma_in(1));
    for (unsigned tbu = 0; tbu < config.tbus; ++tbu) smmu.dma_out(tbu).bind(interconnect.in);
    // Interrupts and the sockets of ATS and PRI messages may stay unbound.
    SC_HAS_PROCESS(Machine);
    SC_THREAD(run);
  }

  void run() {
    // Stage 1, 4 KB, 48 bits: four tables, one page (Arm ARM D8).
    for (unsigned level = 0; level < 3; ++level) {
      const std::uint64_t index = kVa >> (39 - 9 * level) & 511;
      cpu.write(kTables + 0x1000 * level + 8 * index, (kTables + 0x1000 * (level + 1)) | 3);
    }
    cpu.write(kTables + 0x3000, kPage | 0x0060'0000'0000'0F43);
    const std::uint64_t cd = kTables + 0x4000, stream_table = kTables + 0x8000;
    // CD (IHI 0070, 5.4) and STE (5.2).
    cpu.write(cd + 64 * kPasid + 8, kTables);
    cpu.write(cd + 64 * kPasid + 24, 0xFF);
    cpu.write(cd + 64 * kPasid, 0x0001'E205'C000'3510);
    cpu.write(stream_table + 64 * kStream + 8, 0);
    cpu.write(stream_table + 64 * kStream, cd | std::uint64_t{2} << 59 | 0xB);
    // Registers (6.3): stream table, queues, CR0.
    cpu.write(kRegisters + 0x80, stream_table);
    cpu.write(kRegisters + 0x88, 6, 4);
    cpu.write(kRegisters + 0x90, kQueues | 4);
    cpu.write(kRegisters + 0xA0, (kQueues + 0x1000) | 4);
    cpu.write(kRegisters + 0x20, 0xD, 4);
    while (cpu.read32(kRegisters + 0x24) != 0xD) wait(10, sc_core::SC_NS);

    std::uint64_t data = 0x1234'5678'9ABC'DEF0;
    smmu_vp::transport::DmaExtension stream;
    stream.who = {kStream, kPasid};
    const bool written = dma_engine.access(tlm::TLM_WRITE_COMMAND, kVa + 0x18, &data, sizeof data, &stream);
    check(written && std::memcmp(memory.bytes.data() + (kPage - kRam) + 0x18, &data, sizeof data) == 0,
          "a DMA write reaches the page its stream maps");
    check(memory.last_type == smmu_vp::spec::MemoryType{0xFF, 0b11},
          "the write left the SMMU as its page says: Normal Write-Back, Inner Shareable");
    const bool wrong = dma_engine.access(tlm::TLM_WRITE_COMMAND, kVa + 0x1000, &data, sizeof data, &stream);
    check(!wrong && cpu.read32(kRegisters + 0x100A8) == 1,
          "a DMA write to an unmapped page is aborted with an event");
    look_through(stream);

    const unsigned done = at_engine.write_all({kStream, kPasid}, kVa + 0x100, 8);
    std::uint64_t last = 0;
    std::memcpy(&last, memory.bytes.data() + (kPage - kRam) + 0x100 + 8 * 7, 8);
    check(done == 8 && last == 0x107 && at_engine.most_in_flight == 8,
          "an approximately timed engine has eight writes in flight");
    sc_core::sc_stop();
  }

  // A debugger's view, and a direct memory pointer that lives as long as the translation.
  void look_through(smmu_vp::transport::DmaExtension& stream) {
    std::uint64_t seen = 0;
    const unsigned moved =
        dma_engine.ask(tlm::TLM_READ_COMMAND, kVa + 0x18, &seen, sizeof seen, &stream,
                       [&](tlm::tlm_generic_payload& p) { return dma_engine.out->transport_dbg(p); });
    check(moved == 8 && seen == 0x1234'5678'9ABC'DEF0, "a debug read goes through the SMMU");
    const bool granted = dma_engine.ask(tlm::TLM_WRITE_COMMAND, kVa + 0x18, nullptr, 8, &stream,
                                        [&](tlm::tlm_generic_payload& p) {
                                          return dma_engine.out->get_direct_mem_ptr(p, dma_engine.pointer);
                                        });
    check(granted && dma_engine.pointer.get_dmi_ptr() == memory.bytes.data() + (kPage - kRam) &&
              dma_engine.pointer.get_end_address() == kVa + 0xFFF,
          "a direct memory pointer covers the page");
    // CMD_TLBI_NH_ALL and CMD_SYNC (IHI 0070, 4.4, 4.7).
    cpu.write(kQueues, 0x10);
    cpu.write(kQueues + 8, 0);
    cpu.write(kQueues + 16, 0x46);
    cpu.write(kQueues + 24, 0);
    cpu.write(kRegisters + 0x98, 2, 4);
    while (cpu.read32(kRegisters + 0x9C) != 2) wait(10, sc_core::SC_NS);
    check(!dma_engine.pointer.is_read_allowed(), "an invalidation takes the pointer back");
  }

  void check(bool holds, const char* what) {
    std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
    ++checked;
    if (!holds) ++failures;
  }

  const smmu_vp::core::SmmuConfig config;  // two TBUs, one for each engine
  smmu_vp::transport::Timing timing;
  smmu_vp::trace::Bus facts;  // announces everything that the SMMU does
  smmu_vp::core::ReferenceCache tlb_0, tlb_1;
  smmu_vp::smmu::Smmu smmu;
  Memory memory;
  Interconnect interconnect;
  Initiator cpu, dma_engine;
  AtEngine at_engine;
  int checked = 0, failures = 0;
};

}  // namespace

int sc_main(int, char**) {
  Machine machine("machine");
  sc_core::sc_start();
  std::cout << machine.checked << " checks, " << machine.failures << " failed, at "
            << sc_core::sc_time_stamp() << '\n';
  return machine.checked == 7 && machine.failures == 0 ? 0 : 1;
}
