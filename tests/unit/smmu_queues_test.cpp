// Command queue errors and wrap, completion signals, page requests and automatic responses, registers over
// TLM.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

TEST_CASE(
    "an illegal command stops the queue, which continues once the command is replaced and the error "
    "acknowledged") {
  Bench b;
  b.run([&] {
    b.enable();
    b.sync();
    b.submit(cmd::reserved());
    b.submit(cmd::sync());
    b.until_command_error();
    CHECK(b.command_error() == cerror::ILL);
    CHECK(b.commands_read() == 1);
    Bench::delay(100);
    CHECK_FALSE(b.consumed());
    b.memory.store(Bench::kCmdq + 16, cmd::sync()[0]);
    b.write32(reg::GERRORN, gerror::CMDQ_ERR);
    Bench::until([&] { return b.consumed(); });
  });
}

TEST_CASE("the command queue wraps, any number of times") {
  Bench b;
  b.run([&] {
    b.enable();
    for (int i = 0; i < 50; ++i) b.sync();
    CHECK(b.read32(reg::CMDQ_PROD) == (50 & 0xF));
    CHECK(b.read32(reg::CMDQ_CONS) == (50 & 0xF));
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 50);
  });
}

TEST_CASE("an aborted command fetch is CERROR_ABT") {
  Bench b;
  b.run([&] {
    b.write64(reg::CMDQ_BASE, 0x8000'0000 | queue::log2size(3));
    b.write32(reg::CR0, cr0::CMDQEN);
    b.write32(reg::CMDQ_PROD, 1);
    b.until_command_error();
    CHECK(b.command_error() == cerror::ABT);
  });
}

TEST_CASE("clearing CMDQEN stops consumption, and commands written meanwhile are fetched afterwards") {
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr0(cr0::all_but(cr0::CMDQEN));
    b.submit(cmd::reserved());
    Bench::delay(50);
    CHECK(b.read32(reg::CMDQ_CONS) == 0);
    b.memory.store(Bench::kCmdq, cmd::sync()[0]);
    b.write32(reg::CR0, cr0::kAll);
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
      if (address == 0x7000 && write) cons_at_msi = b.read32(reg::CMDQ_CONS);
    };
    b.command(cmd::sync_irq({.address = 0x7000, .data = 0x12345678}));
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
    b.command(cmd::sync_irq({.address = 0x8000'0000}));
    CHECK(b.read32(reg::GERROR) == gerror::MSI_CMDQ_ABT_ERR);
  });
}

TEST_CASE("the event interrupt is raised when the queue becomes non-empty, by wire and by MSI") {
  Bench b;
  b.run([&] {
    b.write64(reg::EVENTQ_IRQ_CFG0, 0x7000);
    b.write32(reg::EVENTQ_IRQ_CFG1, 0x55);
    b.enable();
    b.dma(Bench::kVa, false);  // C_BAD_STE
    CHECK(b.memory.load32(0x7000) == 0x55);
    b.memory.store(0x7000, 0);
    b.dma(Bench::kVa, false);
    CHECK(b.memory.load32(0x7000) == 0);
    b.write32(reg::EVENTQ_CONS, 2);
    b.dma(Bench::kVa, false);
    CHECK(b.memory.load32(0x7000) == 0x55);
  });
}

TEST_CASE("a page request is queued unchanged, and CMD_PRI_RESP answers it") {
  Bench b;
  b.run([&] {
    b.enable();
    b.page_request(0x155);
    CHECK(b.read32(reg::PRIQ_PROD) == 1);
    const auto entry = ppr::entry(Bench::kSid, Bench::kPasid, Bench::kVa, 0x155, ppr::kLast | ppr::kR);
    CHECK(b.memory.load(Bench::kPriq) == entry[0]);
    CHECK(b.memory.load(Bench::kPriq + 8) == entry[1]);
    b.command(cmd::pri_resp(Bench::kSid, Bench::kPasid, 0x155, cmd::kSuccess));
    Bench::until([&] { return b.received.size() == 1; });
    const MessageExtension& m = b.received.front();
    CHECK(m.kind == MessageKind::kPrgResponse);
    CHECK(m.who.sid == 3);
    CHECK(m.who.pasid == 5);
    CHECK(m.prg_index == 0x155);
    CHECK(m.response_code == 0);
    b.command(cmd::pri_resp(Bench::kSid, {}, 0x155, cmd::kInvalidRequest));
    b.command(cmd::pri_resp(Bench::kSid, {}, 0x155, cmd::kResponseFailure));
    Bench::until([&] { return b.received.size() == 3; });
    CHECK(b.received[1].response_code == 1);
    CHECK(b.received[2].response_code == prg::kResponseFailure);
  });
}

TEST_CASE("a disabled PRI queue answers page requests with Response Failure and drops Stop Markers") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::PRIQEN));
    b.page_request(9);
    Bench::until([&] { return b.received.size() == 1; });
    CHECK(b.received[0].response_code == prg::kResponseFailure);
    CHECK_FALSE(b.received[0].who.pasid);
    CHECK(b.received[0].prg_index == 9);
    b.page_request(10, true, false);  // last, neither R nor W, PASID: a Stop Marker
    Bench::delay(50);
    CHECK(b.received.size() == 1);
    CHECK(b.read32(reg::PRIQ_PROD) == 0);
  });
}

TEST_CASE(
    "at a PRI queue overflow Last is answered with Success and others are dropped, until acknowledged") {
  Bench b;
  b.run([&] {
    b.enable();
    b.write_ste();
    for (u16 i = 0; i < 4; ++i) b.page_request(i, false);
    CHECK(b.read32(reg::PRIQ_PROD) == 4);
    b.page_request(4, false);
    CHECK(b.read32(reg::PRIQ_PROD) == (queue::OVFLG | 4));
    b.page_request(5);
    Bench::until([&] { return b.received.size() == 1; });
    CHECK(b.received[0].response_code == 0);
    CHECK_FALSE(b.received[0].who.pasid);  // STE.PPAR is 0
    b.write32(reg::PRIQ_CONS, 4);          // space, but no acknowledgement
    b.page_request(6);
    Bench::until([&] { return b.received.size() == 2; });
    b.write32(reg::PRIQ_CONS, queue::OVFLG | 4);
    b.page_request(7);
    CHECK(b.read32(reg::PRIQ_PROD) == (queue::OVFLG | 5));

    for (u16 i = 0; i < 4; ++i) b.page_request(i, false);
    b.memory.store(Bench::ste_at() + 8, ste::kFullAts | ste::kDssBypass | ste::PPAR);
    b.command(cmd::cfgi_ste(Bench::kSid));
    b.page_request(8);
    Bench::until([&] { return b.received.size() == 3; });
    CHECK(b.received[2].who.pasid == 5);
    b.memory.store(Bench::ste_at(), 0);
    b.command(cmd::cfgi_ste(Bench::kSid));
    b.page_request(8);
    Bench::until([&] { return b.received.size() == 4; });
    CHECK(b.received[3].response_code == prg::kResponseFailure);  // no valid STE to check
    CHECK_FALSE(b.received[3].who.pasid);
  });
}

TEST_CASE(
    "register accesses of other sizes or alignments are refused, and undefined locations read as zero") {
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
    // STE, CD, four descriptors and the access itself at 100 ns each; four hops of 10 ns.
    CHECK(t1 - t0 == sc_core::sc_time(740, sc_core::SC_NS));
    CHECK(t2 - t1 == sc_core::sc_time(102, sc_core::SC_NS));  // configuration hit, access
  });
}

}  // namespace smmu_vp::test
