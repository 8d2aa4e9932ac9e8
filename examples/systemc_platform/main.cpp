// A minimal SystemC platform: memory, interconnect and initiators that do not depend on smmu-vp, with its SMMU
// between a DMA engine and memory. The processor sets up one stream, the DMA engine writes through it, and the
// result is checked; exit status 0: all checks passed.
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

#include "tlm/core/reference_cache.h"
#include "tlm/smmu/smmu.h"

namespace {

constexpr std::uint64_t kRam = 0x8000'0000, kRamBytes = 64u << 20, kRegisters = 0x1000'0000,
                        kRegisterBytes = 0x4'0000;

struct Memory : sc_core::sc_module {
  explicit Memory(sc_core::sc_module_name name) : sc_module(name), in("in"), bytes(kRamBytes) {
    in.register_b_transport(this, &Memory::access);
  }
  void access(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    if (p.get_address() > kRamBytes || p.get_data_length() > kRamBytes - p.get_address())
      return p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    std::uint8_t* const at = bytes.data() + p.get_address();
    if (p.is_read()) std::memcpy(p.get_data_ptr(), at, p.get_data_length());
    if (p.is_write()) std::memcpy(at, p.get_data_ptr(), p.get_data_length());
    wait(50, sc_core::SC_NS);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm_utils::simple_target_socket<Memory> in;  // addresses are offsets into RAM
  std::vector<std::uint8_t> bytes;
};

struct Interconnect : sc_core::sc_module {
  explicit Interconnect(sc_core::sc_module_name name)
      : sc_module(name), in("in"), to_memory("to_memory"), to_smmu("to_smmu") {
    in.register_b_transport(this, &Interconnect::route);
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
  explicit Initiator(sc_core::sc_module_name name) : sc_module(name), out("out") {}
  bool access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes,
              smmu_vp::transport::DmaExtension* extension = nullptr) {
    tlm::tlm_generic_payload p;
    p.set_command(command);
    p.set_address(address);
    p.set_data_ptr(static_cast<unsigned char*>(data));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    if (extension != nullptr) p.set_extension(extension);
    sc_core::sc_time delay;
    out->b_transport(p, delay);
    if (extension != nullptr) p.clear_extension(extension);
    return p.is_response_ok();
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
};

struct Machine : sc_core::sc_module {
  static constexpr std::uint32_t kStream = 5, kPasid = 3;
  static constexpr std::uint64_t kTables = kRam + 0x10'0000, kPage = kRam + 0x80'0000, kVa = 0x40'0000'0000;

  explicit Machine(sc_core::sc_module_name name)
      : sc_module(name),
        timing(smmu_vp::transport::TimingMode::kTimed),
        facts([] { return smmu_vp::transport::Timing::now_ps(); }),
        tlb(config.tlb),
        smmu("smmu", config, timing, facts, {&tlb}),
        memory("memory"),
        interconnect("interconnect"),
        cpu("cpu"),
        dma_engine("dma_engine") {
    interconnect.to_memory.bind(memory.in);
    interconnect.to_smmu.bind(smmu.programming);
    cpu.out.bind(interconnect.in);
    smmu.walk_out.bind(interconnect.in);
    dma_engine.out.bind(smmu.dma_in(0));
    smmu.dma_out(0).bind(interconnect.in);
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
    const std::uint64_t cd = kTables + 0x4000, stream_table = kTables + 0x8000, queues = kTables + 0x1'0000;
    // CD (IHI 0070, 5.4) and STE (5.2).
    cpu.write(cd + 64 * kPasid + 8, kTables);
    cpu.write(cd + 64 * kPasid + 24, 0xFF);
    cpu.write(cd + 64 * kPasid, 0x0001'E205'C000'3510);
    cpu.write(stream_table + 64 * kStream + 8, 0);
    cpu.write(stream_table + 64 * kStream, cd | std::uint64_t{2} << 59 | 0xB);
    // Registers (6.3): stream table, queues, CR0.
    cpu.write(kRegisters + 0x80, stream_table);
    cpu.write(kRegisters + 0x88, 6, 4);
    cpu.write(kRegisters + 0x90, queues | 4);
    cpu.write(kRegisters + 0xA0, (queues + 0x1000) | 4);
    cpu.write(kRegisters + 0x20, 0xD, 4);
    while (cpu.read32(kRegisters + 0x24) != 0xD) wait(10, sc_core::SC_NS);

    std::uint64_t data = 0x1234'5678'9ABC'DEF0;
    smmu_vp::transport::DmaExtension stream;
    stream.who = {kStream, kPasid};
    const bool written = dma_engine.access(tlm::TLM_WRITE_COMMAND, kVa + 0x18, &data, sizeof data, &stream);
    check(written && std::memcmp(memory.bytes.data() + (kPage - kRam) + 0x18, &data, sizeof data) == 0,
          "a DMA write reaches the page its stream maps");
    const bool wrong = dma_engine.access(tlm::TLM_WRITE_COMMAND, kVa + 0x1000, &data, sizeof data, &stream);
    check(!wrong && cpu.read32(kRegisters + 0x100A8) == 1,
          "a DMA write to an unmapped page is aborted with an event");
    sc_core::sc_stop();
  }

  void check(bool holds, const char* what) {
    std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
    ++checked;
    if (!holds) ++failures;
  }

  static smmu_vp::core::SmmuConfig one_tbu() {
    smmu_vp::core::SmmuConfig c;
    c.tbus = 1;
    return c;
  }

  const smmu_vp::core::SmmuConfig config = one_tbu();
  smmu_vp::transport::Timing timing;
  smmu_vp::trace::Bus facts;  // announces everything that the SMMU does
  smmu_vp::core::ReferenceCache tlb;
  smmu_vp::smmu::Smmu smmu;
  Memory memory;
  Interconnect interconnect;
  Initiator cpu, dma_engine;
  int checked = 0, failures = 0;
};

}  // namespace

int sc_main(int, char**) {
  Machine machine("machine");
  sc_core::sc_start();
  std::cout << machine.checked << " checks, " << machine.failures << " failed, at "
            << sc_core::sc_time_stamp() << '\n';
  return machine.checked == 2 && machine.failures == 0 ? 0 : 1;
}
