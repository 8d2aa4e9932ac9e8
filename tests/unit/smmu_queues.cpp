// Command queue errors and wrap, completion signals, page requests and automatic responses, registers over
// TLM.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

TEST_CASE("an illegal command stops the queue, and once repaired and acknowledged the queue goes on") {
  Bench b;
  b.run([&] {
    b.enable();
    b.sync();
    b.submit(0x0000'0000'0000'00FF);
    b.submit(0x46);
    Bench::until([&] { return (b.read32(0x60) & 1) != 0; });
    CHECK((b.read32(0x9C) >> 24) == 1);  // CERROR_ILL
    CHECK((b.read32(0x9C) & 0xF) == 1);
    Bench::delay(100);
    CHECK_FALSE(b.consumed());
    b.memory.store(Bench::kCmdq + 16, 0x46);
    b.write32(0x64, 1);
    Bench::until([&] { return b.consumed(); });
  });
}

TEST_CASE("the command queue wraps, any number of times") {
  Bench b;
  b.run([&] {
    b.enable();
    for (int i = 0; i < 50; ++i) b.sync();
    CHECK(b.read32(0x98) == (50 & 0xF));
    CHECK(b.read32(0x9C) == (50 & 0xF));
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 50);
  });
}

TEST_CASE("an aborted command fetch is CERROR_ABT") {
  Bench b;
  b.run([&] {
    b.write64(0x90, 0x8000'0000 | 3);
    b.write32(0x20, 0x8);
    b.write32(0x98, 1);
    Bench::until([&] { return (b.read32(0x60) & 1) != 0; });
    CHECK((b.read32(0x9C) >> 24) == 2);
  });
}

TEST_CASE("clearing CMDQEN stops consumption, and what is written meanwhile is fetched anew") {
  Bench b;
  b.run([&] {
    b.enable();
    b.write32(0x20, 0x17);
    Bench::until([&] { return b.read32(0x24) == 0x17; });
    b.submit(0xFF);
    Bench::delay(50);
    CHECK(b.read32(0x9C) == 0);
    b.memory.store(Bench::kCmdq, 0x46);
    b.write32(0x20, 0x1F);
    Bench::until([&] { return b.consumed(); });
  });
}

TEST_CASE("CMD_SYNC signals by MSI after its consumption is visible, and pulses its wire") {
  Bench b;
  Pulses pulses(b.smmu.irq_cmd_sync());
  b.run([&] {
    b.enable();
    b.memory.store(0x7000, ~u64{0});
    u32 cons_at_msi = 99;
    b.memory.before_access = [&](u64 address, bool write) {
      if (address == 0x7000 && write) cons_at_msi = b.read32(0x9C);
    };
    b.command(0x1234'5678'0000'1046, 0x7000);
    Bench::delay(10);
    CHECK(b.memory.load(0x7000) == 0xFFFF'FFFF'1234'5678);
    CHECK(cons_at_msi == 1);
    CHECK(pulses.count == 1);
  });
}

TEST_CASE("an aborted completion MSI is a global error, and the command is consumed") {
  Bench b;
  b.run([&] {
    b.enable();
    b.command(0x0000'0000'0000'1046, 0x8000'0000);
    CHECK(b.read32(0x60) == 0x10);  // MSI_CMDQ_ABT_ERR
  });
}

TEST_CASE("the event interrupt comes when the queue goes from empty to not empty, by wire and by MSI") {
  Bench b;
  b.run([&] {
    b.write64(0xB0, 0x7000);
    b.write32(0xB8, 0x55);
    b.enable();
    b.dma(Bench::kVa, false);  // C_BAD_STE
    CHECK(b.memory.load32(0x7000) == 0x55);
    b.memory.store(0x7000, 0);
    b.dma(Bench::kVa, false);
    CHECK(b.memory.load32(0x7000) == 0);
    b.write32(0x100AC, 2);
    b.dma(Bench::kVa, false);
    CHECK(b.memory.load32(0x7000) == 0x55);
  });
}

TEST_CASE("a page request is queued as it came, and CMD_PRI_RESP answers it") {
  Bench b;
  b.run([&] {
    b.enable();
    b.page_request(0x155);
    CHECK(b.read32(0x100C8) == 1);
    CHECK(b.memory.load(Bench::kPriq) == 0xD000'0005'0000'0003);
    CHECK(b.memory.load(Bench::kPriq + 8) == (Bench::kVa | 0x155));
    b.command(0x0000'0003'0000'5841, 0x2155);
    Bench::until([&] { return b.received.size() == 1; });
    const MessageExtension& m = b.received.front();
    CHECK(m.kind == MessageKind::kPrgResponse);
    CHECK(m.stream_id == 3);
    CHECK(m.has_pasid);
    CHECK(m.pasid == 5);
    CHECK(m.prg_index == 0x155);
    CHECK(m.response_code == 0);
    b.command(0x0000'0003'0000'0041, 0x1155);
    b.command(0x0000'0003'0000'0041, 0x0155);
    Bench::until([&] { return b.received.size() == 3; });
    CHECK(b.received[1].response_code == 1);
    CHECK(b.received[2].response_code == 0xF);
  });
}

TEST_CASE("a disabled PRI queue answers page requests with Response Failure and drops Stop Markers") {
  Bench b;
  b.run([&] {
    b.enable(0x1D);
    b.page_request(9);
    Bench::until([&] { return b.received.size() == 1; });
    CHECK(b.received[0].response_code == 0xF);
    CHECK_FALSE(b.received[0].has_pasid);
    CHECK(b.received[0].prg_index == 9);
    b.page_request(10, true, false);  // last, neither R nor W, PASID: a Stop Marker
    Bench::delay(50);
    CHECK(b.received.size() == 1);
    CHECK(b.read32(0x100C8) == 0);
  });
}

TEST_CASE(
    "PRI queue overflow: Last is answered with Success, other requests are dropped, until acknowledged") {
  Bench b;
  b.run([&] {
    b.enable();
    b.write_ste();
    for (u16 i = 0; i < 4; ++i) b.page_request(i, false);
    CHECK(b.read32(0x100C8) == 4);
    b.page_request(4, false);
    CHECK(b.read32(0x100C8) == 0x8000'0004);
    b.page_request(5);
    Bench::until([&] { return b.received.size() == 1; });
    CHECK(b.received[0].response_code == 0);
    CHECK_FALSE(b.received[0].has_pasid);  // STE.PPAR is 0
    b.write32(0x100CC, 4);                 // space, but no acknowledgement
    b.page_request(6);
    Bench::until([&] { return b.received.size() == 2; });
    b.write32(0x100CC, 0x8000'0004);
    b.page_request(7);
    CHECK(b.read32(0x100C8) == 0x8000'0005);

    for (u16 i = 0; i < 4; ++i) b.page_request(i, false);
    b.memory.store(Bench::kStrtab + 64 * 3 + 8, 0x1000'0001 | 1u << 18);  // PPAR
    b.command(0x0000'0003'0000'0003, 1);
    b.page_request(8);
    Bench::until([&] { return b.received.size() == 3; });
    CHECK(b.received[2].has_pasid);
    CHECK(b.received[2].pasid == 5);
    b.memory.store(Bench::kStrtab + 64 * 3, 0);
    b.command(0x0000'0003'0000'0003, 1);
    b.page_request(8);
    Bench::until([&] { return b.received.size() == 4; });
    CHECK(b.received[3].response_code == 0xF);  // no valid STE to check
    CHECK_FALSE(b.received[3].has_pasid);
  });
}

TEST_CASE("register accesses of other sizes or alignments are refused, and undefined places read as zero") {
  Bench b;
  b.run([&] {
    CHECK(b.read32(0x3000) == 0);
    CHECK(b.read32(0x2'0000) == 0);
    CHECK(b.register_response == tlm::TLM_OK_RESPONSE);
    b.read32(0x2);
    CHECK(b.register_response == tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_CASE("in timed mode a TLB miss costs its walk, and a hit does not") {
  core::SmmuConfig config;
  Bench b(config, transport::TimingMode::kTimed);
  b.memory.before_access = [](u64, bool) { Bench::delay(100); };
  b.run([&] {
    b.enable();
    b.bind_process();
    const sc_core::sc_time t0 = sc_core::sc_time_stamp();
    b.dma(Bench::kVa, false);
    const sc_core::sc_time t1 = sc_core::sc_time_stamp();
    b.dma(Bench::kVa, false);
    const sc_core::sc_time t2 = sc_core::sc_time_stamp();
    // STE, CD, four descriptors and the access itself at 100 ns; four hops of 10 ns.
    CHECK(t1 - t0 == sc_core::sc_time(740, sc_core::SC_NS));
    CHECK(t2 - t1 == sc_core::sc_time(102, sc_core::SC_NS));  // configuration hit, access
  });
}

}  // namespace smmu_vp::test
