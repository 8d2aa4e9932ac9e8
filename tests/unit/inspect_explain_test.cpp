// --explain of nested translation and of the answer to a Translation Request (3.9.1, 13.6.3).
#include <doctest/doctest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>

#include "testbench/machine/platform/platform.h"
#include "testbench/observe/inspect/explain.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kRam = 0x8000'0000, kStrtab = kRam, kCd = kRam + 0x1'0000, kS1 = kRam + 0x2'0000,
              kS2 = kRam + 0x3'0000, kS2Block = 0x7FD;
constexpr u32 kSid = 0x40;

tb::Config configuration() {
  tb::Config config;
  config.smmu.features.s2 = config.smmu.features.hyp = true;
  config.memory.size = 16u << 20;
  return config;
}

// A machine without software: stream 0x40 is translated by both stages, and StreamIDs fit a table of 128.
struct Machine : sc_core::sc_module {
  tb::Config config = configuration();
  trace::Bus facts{[] { return u64{0}; }};
  tb::Platform platform{"vp", config, facts};
  tlm_utils::simple_initiator_socket<Machine> cpu{"cpu"};

  explicit Machine(sc_core::sc_module_name name = "machine") : sc_module(name) {
    cpu.bind(platform.interconnect().in);
    // STE: both stages, one CD. VMID 9, T0SZ 32, SL0 1, 4 KB, PS 48 bits, AA64, R.
    ste(0xF | kCd, 0);
    store(kStrtab + 64 * kSid + 16, 0x040D'0060'0000'0009);
    store(kStrtab + 64 * kSid + 24, kS2);
    // CD: T0SZ 43 (21 bits of VA: one table of pages), 4 KB, EPD1, V, IPS 48, AA64, A, R, ASID 0x42.
    store(kCd, 0x0042'E205'C000'352B);
    store(kCd + 8, kS1);
    store(kCd + 24, 0xFF);
    store(kS1 + 8 * 5, 0xA000'0F43);  // VA 0x5000 to IPA 0xA000'0000, user, read and write
    store(kS2 + 8 * 2, (kS2 + 0x1000) | 3);
    store(kS2 + 0x1000, kRam | kS2Block);  // the tables are identity-mapped
    store(kS2 + 0x1000 + 8 * 0x100, 0x8080'0000 | kS2Block);
  }
  void ste(u64 w0, u64 w1) {
    store(kStrtab + 64 * kSid, w0);
    store(kStrtab + 64 * kSid + 8, w1);
  }
  void store(u64 pa, u64 word) { std::memcpy(platform.ram().host_pointer({pa, 8}), &word, 8); }
  void write(u32 offset, u64 value, unsigned bytes) {
    tlm::tlm_generic_payload p;
    p.set_write();
    p.set_address(config.smmu.base + offset);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    sc_core::sc_time t;
    cpu->b_transport(p, t);
    CHECK(p.is_response_ok());
  }
  void run(u32 cr0, const std::function<void()>& body) {
    sc_core::sc_spawn([&] {
      write(0x80, kStrtab, 8);
      write(0x88, 7, 4);
      write(0x20, cr0, 4);
      body();
      sc_core::sc_stop();
    });
    sc_core::sc_start();
  }
  std::string explain(u64 va) {
    tb::ExplainRequest request;
    request.sid = kSid;
    request.va = va;
    request.read = request.write = true;
    return tb::explain(platform, request);
  }
};

void check_has(const std::string& text, const char* what) {
  CAPTURE(text);
  CHECK(text.find(what) != std::string::npos);
}

}  // namespace

TEST_CASE("explain names both stages' descriptors and the IPA that split-stage ATS answers") {
  Machine m;
  m.ste(0xF | kCd, u64{2} << 28);
  m.run(0x11, [&] {
    const std::string text = m.explain(0x5678);
    check_has(text, "EATS 0x2");
    check_has(text, "block to 0x80800000, S2AP 0b11");
    check_has(text, "page to 0xa0000000, AP[2:1] 0b01");
    check_has(text, "goes to 0x80800678");
    check_has(
        text,
        "Success, IPA 0xa0000000, 4 KB, RW; a Translated access to it is translated by stage 2  (13.6.3)");
  });
}

TEST_CASE("explain says that split-stage ATS is off without ATSCHK and what full ATS answers") {
  Machine m;
  m.ste(0xF | kCd, u64{2} << 28);
  m.run(0x01, [&] {
    check_has(m.explain(0x5678), "Unsupported Request, F_BAD_ATS_TREQ  (3.9.1.2)");
    m.ste(0xF | kCd, u64{1} << 28);
    check_has(m.explain(0x5678),
              "Success, PA 0x80800000, 4 KB, RW; a Translated access to it passes unchanged");
    check_has(m.explain(0x6000), "Success without rights, no record");
    m.store(kStrtab + 64 * kSid, 0);
    check_has(m.explain(0x5678), "Completer Abort, no record");
  });
}

TEST_CASE("explain names the field that forbids a walk and those that suppress the record") {
  Machine m;
  m.ste(0xF | kCd, u64{1} << 28);
  m.store(kCd, (0x0042'E205'C000'352B | 1u << 14) & ~(u64{1} << 45));  // EPD0, and R 0
  m.run(0x01, [&] {
    const std::string text = m.explain(0x5678);
    check_has(text, "CD.EPD0 is 1: no walk");
    check_has(text, "aborted, not recorded, as CD.S is 0, R 0, A 1");
  });
}

TEST_CASE("explain says why stage 1 is bypassed and whether the configuration cache agrees with memory") {
  Machine m;
  m.ste(0xB | kCd | u64{1} << 59, 0x1 | u64{1} << 28);  // S1CDMax 1, S1DSS bypass
  m.run(0x01, [&] {
    const std::string text = m.explain(0x5678);
    check_has(text, "as STE.S1DSS 0b01 skips stage 1 without a SubstreamID");
    check_has(text, "Success, PA 0x5000, 4 KB, RW");
    m.ste(0x9, 0);
    check_has(m.explain(0x5678), "as STE.Config says");
  });
}

TEST_CASE("explain applies GBPA overrides, and aborts addresses beyond the output size") {
  Machine m;
  m.run(0x00, [&] {
    m.write(0x44, u64{1} << 31 | 0b11 << 18 | 0b11 << 16, 4);  // Update, INSTCFG, PRIVCFG
    const std::string text = m.explain(0x5678);
    check_has(text, "GBPA.PRIVCFG         makes it privileged  (6.3.14)");
    check_has(text, "GBPA.INSTCFG         makes it an instruction read  (6.3.14)");
    check_has(text, "result               passes to 0x5678  (6.3.14)");
    check_has(m.explain(u64{1} << 48), "the address has more than 48 bits: aborted, not recorded  (3.4)");
    m.write(0x44, u64{1} << 31 | u64{1} << 20, 4);
    check_has(m.explain(0x5678), "GBPA.ABORT is 1: aborted, not recorded  (6.3.14)");
  });
}

TEST_CASE("explain applies INSTCFG: data that may not be executed cannot be read as instructions") {
  Machine m;
  m.store(kS1 + 8 * 5, 0xA000'0F43 | u64{1} << 54);  // UXN
  m.ste(0xF | kCd, u64{0b11} << 50);
  m.run(0x01, [&] {
    const std::string text = m.explain(0x5678);
    check_has(text, "STE.INSTCFG          makes it an instruction read  (5.2)");
    check_has(text, "read                 not permitted  (13.4)");
    check_has(text, "write                permitted: goes to 0x80800678");
  });
}

}  // namespace smmu_vp::test
