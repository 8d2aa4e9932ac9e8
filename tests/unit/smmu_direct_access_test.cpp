// The SMMU's socket for other TLM-2.0 models: debug transport, direct memory pointers, non-blocking transport.
#include <array>
#include <map>
#include <string>

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kVa = Bench::kVa, kPage = Bench::kPage, kOther = 0x30'0000;
constexpr u64 kValue = 0x1122'3344'5566'7788;

// Access to the first device's socket in the ways that Bench::send does not use.
class Direct : public Bench {
 public:
  using Bench::Bench;
  void start() {
    enable();
    bind_process();
    map(1, kOther);
  }
  // How many bytes a debug access moves.
  unsigned debug(u64 va, void* data, unsigned bytes, bool write = false) {
    DmaExtension ext;
    ext.who = {kSid, kPasid};
    tlm::tlm_generic_payload p;
    set_up(p, va, data, bytes, write);
    p.set_extension(&ext);
    const unsigned moved = (*devices[0])->transport_dbg(p);
    p.clear_extension(&ext);
    return moved;
  }
  // The place in memory that a pointer for `va` leads to; nothing if none is granted.
  std::optional<u64> pointer(u64 va, bool write, tlm::tlm_dmi& dmi) {
    DmaExtension ext;
    ext.who = {kSid, kPasid};
    tlm::tlm_generic_payload p;
    set_up(p, va, nullptr, 8, write);
    p.set_extension(&ext);
    const bool granted = (*devices[0])->get_direct_mem_ptr(p, dmi);
    p.clear_extension(&ext);
    CHECK(dmi.get_start_address() <= va);
    CHECK(dmi.get_end_address() >= va);
    if (!granted) return std::nullopt;
    u64 value = 0;
    std::memcpy(&value, dmi.get_dmi_ptr() + (va - dmi.get_start_address()), 8);
    return value;
  }
  static void set_up(tlm::tlm_generic_payload& p, u64 address, void* data, unsigned bytes, bool write) {
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(address);
    p.set_data_ptr(static_cast<unsigned char*>(data));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
  }
  std::map<std::string, u64> counters() const {
    std::map<std::string, u64> all;
    smmu.visit_counters([&](const std::string& name, u64 value) { all[name] = value; });
    return all;
  }
};

}  // namespace

TEST_CASE("a debug access goes where the tables lead, across pages, and leaves no trace") {
  Direct b;
  b.run([&] {
    b.start();
    b.memory.store(kPage + 0xFF8, kValue);
    b.memory.store(kOther, kValue + 1);
    const auto before = b.counters();
    std::array<u64, 2> data{};
    CHECK(b.debug(kVa + 0xFF8, data.data(), 16) == 16);
    CHECK(data == std::array<u64, 2>{kValue, kValue + 1});
    data = {7, 8};
    CHECK(b.debug(kVa + 0xFF8, data.data(), 16, true) == 16);
    CHECK(b.memory.load(kPage + 0xFF8) == 7);
    CHECK(b.memory.load(kOther) == 8);
    CHECK(b.debug(kVa + 0x2000, data.data(), 8) == 0);   // not mapped
    CHECK(b.debug(kVa + 0x1FF8, data.data(), 16) == 8);  // as far as pages are mapped
    CHECK(b.counters() == before);
    CHECK(b.events() == 0);
    // What a debug access saw is in no TLB: the first access still walks.
    CHECK(b.dma(kVa, false).ok);
    CHECK(b.counter("smmu.tlb.misses") == 1);
  });
}

TEST_CASE("a debug access may not write to a read-only page") {
  Direct b;
  b.run([&] {
    b.start();
    b.map(0, kPage, false);
    u64 value = 9;
    CHECK(b.debug(kVa, &value, 8, true) == 0);
    CHECK(b.memory.load(kPage) == 0);
    CHECK(b.debug(kVa, &value, 8) == 8);
  });
}

TEST_CASE("a direct memory pointer covers the page, with its rights") {
  Direct b;
  b.run([&] {
    b.start();
    b.memory.store(kPage + 0x18, kValue);
    tlm::tlm_dmi dmi;
    CHECK(b.pointer(kVa + 0x18, false, dmi) == kValue);
    CHECK(dmi.get_start_address() == kVa);
    CHECK(dmi.get_end_address() == kVa + 0xFFF);
    CHECK(dmi.is_read_write_allowed());
    b.map(0, kPage, false);
    CHECK(b.pointer(kVa, false, dmi));
    CHECK_FALSE(dmi.is_write_allowed());
    CHECK_FALSE(b.pointer(kVa, true, dmi));
    CHECK_FALSE(b.pointer(kVa + 0x2000, false, dmi));
    CHECK(b.events() == 0);
  });
}

TEST_CASE("an invalidation that covers a page takes its pointer back before CMD_SYNC completes") {
  Direct b;
  b.run([&] {
    b.start();
    tlm::tlm_dmi dmi;
    REQUIRE(b.pointer(kVa, true, dmi));
    REQUIRE(b.pointer(kVa + 0x1000, true, dmi));
    b.command(cmd::tlbi_nh_va(Bench::kAsid, kVa + 0x1000));
    b.sync();
    CHECK(b.taken_back == std::vector<std::pair<u64, u64>>{{kVa + 0x1000, kVa + 0x1FFF}});
    b.command(cmd::tlbi_nh_va(Bench::kAsid, kVa + 0x5000));
    b.sync();
    CHECK(b.taken_back.size() == 1);
    b.command(cmd::tlbi_nsnh_all());
    b.sync();
    CHECK(b.taken_back.size() == 2);
  });
}

TEST_CASE("changes of configuration take every pointer back") {
  Direct b;
  b.run([&] {
    b.start();
    tlm::tlm_dmi dmi;
    REQUIRE(b.pointer(kVa, true, dmi));
    b.command(cmd::cfgi_ste(Bench::kSid));
    CHECK(b.taken_back.size() == 1);
    REQUIRE(b.pointer(kVa, true, dmi));
    b.set_cr0(cr0::all_but(cr0::SMMUEN));
    CHECK(b.taken_back.size() == 2);
    // Now addresses are memory's own, and a pointer reaches all of it.
    REQUIRE(b.pointer(kPage, true, dmi));
    CHECK(dmi.get_start_address() == 0);
    b.set_cr0(cr0::kAll);
    CHECK(b.taken_back.size() == 3);
  });
}

TEST_CASE("non-blocking accesses overlap, and each is answered once") {
  Direct b({}, transport::TimingMode::kTimed);
  struct Manager : tlm::tlm_mm_interface {
    void free(tlm::tlm_generic_payload*) override { ++freed; }
    int freed = 0;
  } manager;
  std::array<DmaExtension, 3> ext;
  std::array<u64, 3> data{1, 2, 3};
  std::array<tlm::tlm_generic_payload, 3> p;
  b.run([&] {
    b.start();
    Gate gate(b, kPage);  // holds the first access at memory
    for (unsigned i = 0; i < 3; ++i) {
      ext[i].who = {Bench::kSid, Bench::kPasid};
      Direct::set_up(p[i], i == 2 ? kVa + 0x2000 : kVa + 0x1000 * i, &data[i], 8, true);
      p[i].set_extension(&ext[i]);
      p[i].set_mm(&manager);
      p[i].acquire();
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay(i, sc_core::SC_NS);
      CHECK((*b.devices[0])->nb_transport_fw(p[i], phase, delay) == tlm::TLM_UPDATED);
      CHECK(phase == tlm::END_REQ);
    }
    b.until([&] { return b.responses.size() == 2; });  // the other two overtake it
    CHECK(gate.reached);
    gate.let_go();
    b.until([&] { return b.responses.size() == 3; });
    CHECK(b.responses.back() == &p[0]);
    CHECK(p[0].is_response_ok());
    CHECK(p[1].is_response_ok());
    CHECK_FALSE(p[2].is_response_ok());  // not mapped
    CHECK(b.memory.load(kPage) == 1);
    CHECK(b.memory.load(kOther) == 2);
    for (auto& payload : p) payload.release();
    CHECK(manager.freed == 3);
    for (unsigned i = 0; i < 3; ++i) p[i].clear_extension(&ext[i]);
  });
}

}  // namespace smmu_vp::test
