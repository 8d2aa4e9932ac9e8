// --explain of nested translation and of the answer to a Translation Request (3.9.1, 13.6.3).
#include <doctest/doctest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>

#include "testbench/machine/platform/platform.h"
#include "testbench/observe/inspect/explain.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kRam = 0x8000'0000, kStrtab = kRam, kCd = kRam + 0x1'0000, kS1 = kRam + 0x2'0000,
              kS2 = kRam + 0x3'0000;
constexpr u64 kS2Block = s2::kData | pte::kBlock;
// 21 bits of VA: one table of pages.
constexpr u64 kCd0 = (cd::asid(0x42) | cd::kTtb0 | cd::kAborts) ^ cd::t0sz(16) ^ cd::t0sz(43);
// VA 0x5000 to IPA 0xA000'0000, user, read and write.
constexpr u64 kLeaf = 0xA000'0000 | pte::kUser | pte::kInnerShareable | pte::kAf | pte::kNg | pte::kPage;
constexpr u64 kNested = ste::kNested | ste::V;
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
    ste(kNested | kCd, 0);  // one CD
    store(kStrtab + 64 * kSid + 16, ste::kInput32Bits | ste::s2_vmid(9));
    store(kStrtab + 64 * kSid + 24, kS2);
    store(kCd, kCd0);
    store(kCd + 8, kS1);
    store(kCd + 24, mair::kWriteBack);
    store(kS1 + 8 * 5, kLeaf);
    store(kS2 + 8 * 2, (kS2 + 0x1000) | pte::kTable);
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
      write(reg::STRTAB_BASE, kStrtab, 8);
      write(reg::STRTAB_BASE_CFG, strtab::linear(7), 4);
      write(reg::CR0, cr0, 4);
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
  m.ste(kNested | kCd, ste::kSplitAts);
  m.run(cr0::SMMUEN | cr0::ATSCHK, [&] {
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
  m.ste(kNested | kCd, ste::kSplitAts);
  m.run(cr0::SMMUEN, [&] {
    check_has(m.explain(0x5678), "Unsupported Request, F_BAD_ATS_TREQ  (3.9.1.2)");
    m.ste(kNested | kCd, ste::kFullAts);
    check_has(m.explain(0x5678),
              "Success, PA 0x80800000, 4 KB, RW; a Translated access to it passes unchanged");
    check_has(m.explain(0x6000), "Success without rights, no record");
    m.store(kStrtab + 64 * kSid, 0);
    check_has(m.explain(0x5678), "Completer Abort, no record");
  });
}

TEST_CASE("explain names the field that forbids a walk and those that suppress the record") {
  Machine m;
  m.ste(kNested | kCd, ste::kFullAts);
  m.store(kCd, (kCd0 | cd::EPD0) & ~cd::R);
  m.run(cr0::SMMUEN, [&] {
    const std::string text = m.explain(0x5678);
    check_has(text, "CD.EPD0 is 1: no walk");
    check_has(text, "aborted, not recorded, as CD.S is 0, R 0, A 1");
  });
}

TEST_CASE("explain says why stage 1 is bypassed and whether the configuration cache agrees with memory") {
  Machine m;
  m.ste(ste::s1_cd_max(1) | kCd | ste::kStage1 | ste::V, ste::kDssBypass | ste::kFullAts);
  m.run(cr0::SMMUEN, [&] {
    const std::string text = m.explain(0x5678);
    check_has(text, "as STE.S1DSS 0b01 skips stage 1 without a SubstreamID");
    check_has(text, "Success, PA 0x5000, 4 KB, RW");
    m.ste(ste::kBypass | ste::V, 0);
    check_has(m.explain(0x5678), "as STE.Config says");
  });
}

TEST_CASE("explain applies GBPA overrides, and aborts addresses beyond the output size") {
  Machine m;
  m.run(0, [&] {
    m.write(reg::GBPA, gbpa::Update | gbpa::instcfg(0b11) | gbpa::privcfg(0b11), 4);
    const std::string text = m.explain(0x5678);
    check_has(text, "GBPA.PRIVCFG         makes it privileged  (6.3.14)");
    check_has(text, "GBPA.INSTCFG         makes it an instruction read  (6.3.14)");
    check_has(text, "result               passes to 0x5678  (6.3.14)");
    check_has(m.explain(bit(48)), "the address has more than 48 bits: aborted, not recorded  (3.4)");
    m.write(reg::GBPA, gbpa::Update | gbpa::ABORT, 4);
    check_has(m.explain(0x5678), "GBPA.ABORT is 1: aborted, not recorded  (6.3.14)");
  });
}

TEST_CASE("explain says with which attributes an access leaves the SMMU") {
  Machine m;
  m.run(0, [&] {
    // As PCIe supplies them (13.6.1).
    check_has(m.explain(0x5678), "Normal-iWB/RAWAnTR-oWB/RAWAnTR-ISH, data, unprivileged  (13.2)");
  });
}

TEST_CASE("explain applies INSTCFG: data that may not be executed cannot be read as instructions") {
  Machine m;
  m.store(kS1 + 8 * 5, kLeaf | pte::kUxn);
  m.ste(kNested | kCd, ste::instcfg(0b11));
  m.run(cr0::SMMUEN, [&] {
    const std::string text = m.explain(0x5678);
    check_has(text, "STE.INSTCFG          makes it an instruction read  (5.2)");
    check_has(text, "read                 not permitted  (13.4)");
    check_has(text, "write                permitted: goes to 0x80800678");
  });
}

}  // namespace smmu_vp::test
