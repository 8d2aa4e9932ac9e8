// RAM and interconnect as a TLM initiator sees them.
#include <doctest/doctest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tlm/memory/interconnect.h"
#include "tlm/memory/ram.h"

namespace {

using namespace smmu_vp;

// A file of zeros that is deleted at the end of the test.
class ScratchFile {
 public:
  explicit ScratchFile(std::size_t bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("smmu_vp_ram_" + std::to_string(::getpid()) + "_" + std::to_string(bytes))) {
    std::ofstream{path_};
    std::filesystem::resize_file(path_, bytes);
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::string path() const { return path_.string(); }
  void write(std::streamoff at, u8 byte) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at).put(static_cast<char>(byte));
  }
  u8 read(std::streamoff at) const {
    std::ifstream file(path_, std::ios::binary);
    return static_cast<u8>(file.seekg(at).get());
  }

 private:
  std::filesystem::path path_;
};

struct Initiator : sc_core::sc_module {
  explicit Initiator(sc_core::sc_module_name name) : sc_module(name), out("out") {}
  tlm::tlm_response_status access(tlm::tlm_command command, u64 address, void* data, unsigned bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    out->b_transport(payload, delay);
    return payload.get_response_status();
  }
  tlm_utils::simple_initiator_socket<Initiator> out;
};

memory::RamConfig small_ram() {
  return {.base = 0x8000'0000, .size = 0x10'0000, .latency_ns = 80, .bandwidth_gbps = 80, .host_address = 0};
}

struct System {
  explicit System(transport::TimingMode mode = transport::TimingMode::kUntimed)
      : timing(mode), ram("ram", small_ram(), timing) {
    cpu.out.bind(interconnect.in);
    device.out.bind(interconnect.in);
    interconnect.add_target({.address = 0x8000'0000, .bytes = 0x10'0000}, 0x8000'0000).bind(ram.in);
  }
  transport::Timing timing;
  memory::Ram ram;
  memory::Interconnect interconnect{"interconnect"};
  Initiator cpu{"cpu"}, device{"device"};
};

}  // namespace

TEST_CASE("one initiator reads what the other writes, and so does the host pointer") {
  System s;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  u64 value = 0x0123'4567'89ab'cdef;
  REQUIRE(s.cpu.access(tlm::TLM_WRITE_COMMAND, 0x8000'1000, &value, 8) == tlm::TLM_OK_RESPONSE);
  u64 back = 0;
  REQUIRE(s.device.access(tlm::TLM_READ_COMMAND, 0x8000'1000, &back, 8) == tlm::TLM_OK_RESPONSE);
  CHECK(back == value);
  CHECK(*s.ram.host_pointer({0x8000'1000, 1}) == 0xef);
}

TEST_CASE("RAM that was never written reads as zero") {
  System s;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  u64 back = ~u64{0};
  s.cpu.access(tlm::TLM_READ_COMMAND, 0x800f'fff8, &back, 8);
  CHECK(back == 0);
}

TEST_CASE("an access to a hole or across the end of RAM gets an address error") {
  System s;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  std::array<u8, 16> data{};
  CHECK(s.cpu.access(tlm::TLM_READ_COMMAND, 0x1000, data.data(), 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(s.cpu.access(tlm::TLM_READ_COMMAND, 0x800f'fff8, data.data(), 16) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(s.cpu.access(tlm::TLM_READ_COMMAND, 0xffff'ffff'ffff'fff8, data.data(), 16) ==
        tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(s.ram.host_pointer({0x800f'fff8, 16}) == nullptr);
}

TEST_CASE("overlapping windows are refused") {
  System s;
  CHECK_THROWS_AS(s.interconnect.add_target({.address = 0x800f'fff8, .bytes = 0x10}), std::invalid_argument);
  CHECK_THROWS_AS(s.interconnect.add_target({.address = 0x7fff'fff8, .bytes = 0x10}), std::invalid_argument);
}

TEST_CASE("a direct memory pointer covers the whole RAM at its physical address") {
  System s;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_generic_payload payload;
  tlm::tlm_dmi dmi;
  payload.set_address(0x8000'2000);
  REQUIRE(s.cpu.out->get_direct_mem_ptr(payload, dmi));
  CHECK(dmi.get_start_address() == 0x8000'0000);
  CHECK(dmi.get_end_address() == 0x800f'ffff);
  CHECK(dmi.get_dmi_ptr() == s.ram.host_pointer({0x8000'0000, 1}));
}

TEST_CASE("RAM at a host address in use is refused with the reason") {
  transport::Timing timing(transport::TimingMode::kUntimed);
  memory::RamConfig config = small_ram();
  config.host_address = 0x7000'0000'0000;
  memory::Ram first("first", config, timing);
  CHECK(reinterpret_cast<u64>(first.host_pointer({0x8000'0000, 1})) == 0x7000'0000'0000);
  CHECK_THROWS_AS(memory::Ram("second", config, timing), std::runtime_error);
}

TEST_CASE("RAM that is a file has the file's bytes from the offset on, and the file has the RAM's") {
  const ScratchFile file(0x20'0000);
  transport::Timing timing(transport::TimingMode::kUntimed);
  memory::RamConfig config = small_ram();
  config.file = file.path();
  config.file_offset = 0x10'0000;
  file.write(0x10'0123, 0x5A);
  memory::Ram ram("ram", config, timing);
  CHECK(*ram.host_pointer({0x8000'0123, 1}) == 0x5A);
  *ram.host_pointer({0x8000'0200, 1}) = 0xA5;
  CHECK(file.read(0x10'0200) == 0xA5);
  // Other RAM of that file is the same memory, and power-on leaves it alone.
  memory::Ram other("other", config, timing);
  ram.memory()->power_on();
  CHECK(*other.host_pointer({0x8000'0200, 1}) == 0xA5);
}

TEST_CASE("a file for RAM that is empty gets its size, and a short or special one is refused by name") {
  transport::Timing timing(transport::TimingMode::kUntimed);
  memory::RamConfig config = small_ram();
  const ScratchFile empty(0), small(0x1000);
  config.file = empty.path();
  const memory::Ram ram("ram", config, timing);
  CHECK(std::filesystem::file_size(empty.path()) == 0x10'0000);
  const auto refusal = [&](const std::string& path) -> std::string {
    config.file = path;
    try {
      const memory::HostMemory refused({.size = config.size, .file = path});
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refusal(small.path()) ==
        "memory.file = " + small.path() +
            ": it has 4096 bytes: expected memory.file_offset + memory.size = 1048576 or more");
  CHECK(refusal("/dev/zero") == "memory.file = /dev/zero: it is not a file");
  CHECK(refusal("/nowhere/ram") == "memory.file = /nowhere/ram: No such file or directory");
  CHECK(refusal("/tmp") == "memory.file = /tmp: Is a directory");
}

TEST_CASE("a timed access costs latency and its bytes, and two at once queue for the data bus") {
  System s(transport::TimingMode::kTimed);
  std::array<u64, 2> done{};
  std::array<u8, 1000> data{};
  // 80 Gb/s is 100 ps per byte: 1000 bytes take 100 ns, followed by 80 ns of latency.
  sc_core::sc_spawn([&] {
    s.cpu.access(tlm::TLM_READ_COMMAND, 0x8000'0000, data.data(), 1000);
    done[0] = transport::Timing::now_ps();
  });
  sc_core::sc_spawn([&] {
    s.device.access(tlm::TLM_READ_COMMAND, 0x8000'1000, data.data(), 1000);
    done[1] = transport::Timing::now_ps();
  });
  sc_core::sc_start();
  CHECK(done[0] == 180'000);
  CHECK(done[1] == 280'000);
}
