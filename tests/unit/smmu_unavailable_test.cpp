// Queues and messages while they are unavailable: SMMUEN clear, an overflow, an aborted queue.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

// The SMMU's own answer to the newest page request: Response Failure without a PASID (8.2).
void check_failure(Bench& b, std::size_t answers, u16 prg_index) {
  Bench::until([&] { return b.received.size() == answers; });
  const MessageExtension& m = b.received.back();
  CHECK(m.kind == MessageKind::kPrgResponse);
  CHECK(m.who.sid == Bench::kSid);
  CHECK(m.prg_index == prg_index);
  CHECK(m.response_code == prg::kResponseFailure);
  CHECK_FALSE(m.who.pasid);
}

}  // namespace

TEST_CASE("with SMMUEN clear and PRIQEN set page requests fail and the queue's registers stay guarded") {
  Bench b;
  b.run([&] {
    b.enable();
    b.page_request(1);
    b.write32(reg::CR0, cr0::all_but(cr0::SMMUEN));
    Bench::until([&] { return (b.read32(reg::CR0ACK) & cr0::SMMUEN) == 0; });
    CHECK(b.read32(reg::CR0ACK) ==
          cr0::all_but(cr0::SMMUEN));  // 6.3.9.5: by the bit as written, not its effective value
    b.page_request(2);
    check_failure(b, 1, 2);
    b.page_request(3, false);  // every request is answered, Last or not (8.2)
    check_failure(b, 2, 3);
    CHECK(b.read32(reg::PRIQ_PROD) == 1);
    b.write64(reg::PRIQ_BASE, 0x5'0000 | queue::log2size(4));
    b.write32(reg::PRIQ_PROD, 0);
    CHECK(b.read(reg::PRIQ_BASE, 8) == (Bench::kPriq | 2));
    CHECK(b.read32(reg::PRIQ_PROD) == 1);
    b.set_cr0(cr0::kAll);
    b.page_request(4);
    CHECK(b.read32(reg::PRIQ_PROD) == 2);
    CHECK(b.received.size() == 2);
  });
}

TEST_CASE("CMD_ATC_INV and CMD_PRI_RESP are consumed without effect while SMMUEN is clear") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::SMMUEN));
    b.command(cmd::atc_inv_all(Bench::kSid, Bench::kPasid));
    b.command(cmd::pri_resp(Bench::kSid, Bench::kPasid, 0x1, cmd::kSuccess));
    b.sync();  // and there is nothing to wait for (4.5.1)
    Bench::delay(100);
    CHECK(b.received.empty());
    CHECK(b.read32(reg::GERROR) == 0);
    CHECK(b.read32(reg::CMDQ_CONS) == 3);
  });
}

TEST_CASE("a CMD_PRI_RESP with a Reserved response is illegal even while SMMUEN is clear") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::SMMUEN));
    b.submit(cmd::pri_resp(Bench::kSid, Bench::kPasid, 0x1, 0b11));  // 4.5.2
    Bench::until([&] { return b.read32(reg::GERROR) == gerror::CMDQ_ERR; });
    CHECK(b.read32(reg::CMDQ_CONS) ==
          cerror::err(cerror::ILL));  // 4.1.3: CERROR_ILL takes precedence over IGNORED
  });
}

TEST_CASE("without ATS a CMD_ATC_INV is illegal even while SMMUEN is clear") {
  core::SmmuConfig config;
  config.features.ats = config.features.pri = false;
  Bench b(config);
  b.run([&] {
    b.enable(cr0::EVENTQEN | cr0::CMDQEN);
    b.submit(cmd::atc_inv_all(Bench::kSid, Bench::kPasid));
    Bench::until([&] { return b.read32(reg::GERROR) == gerror::CMDQ_ERR; });
    CHECK(b.read32(reg::CMDQ_CONS) == cerror::err(cerror::ILL));
  });
}

TEST_CASE("the Event queue accepts records again once it has space and reports one overflow at a time") {
  Bench b;
  b.run([&] {
    b.enable();
    const auto fault = [&](int times) {
      for (int i = 0; i < times; ++i) CHECK_FALSE(b.dma(Bench::kVa, false).ok);
    };
    fault(9);
    CHECK(b.read32(reg::EVENTQ_PROD) == (queue::OVFLG | 8));
    b.write32(reg::EVENTQ_CONS, 2);  // space for two, the overflow not acknowledged
    b.memory.store(Bench::kEventq, 0);
    fault(1);
    CHECK(b.read32(reg::EVENTQ_PROD) == (queue::OVFLG | 9));  // 7.4: like any other record
    CHECK(b.event(0).head() == event::head(event::C_BAD_STE, Bench::kSid, Bench::kPasid));
    fault(1);
    CHECK(b.read32(reg::EVENTQ_PROD) == (queue::OVFLG | 10));
    fault(3);
    CHECK(b.read32(reg::EVENTQ_PROD) ==
          (queue::OVFLG | 10));  // 6.3.95: not toggled before it is acknowledged
    b.write32(reg::EVENTQ_CONS, queue::OVFLG | 2);
    CHECK(b.read32(reg::EVENTQ_PROD) == (queue::OVFLG | 10));
    fault(2);
    CHECK(b.read32(reg::EVENTQ_PROD) == 10);  // the next overflow
    b.write32(reg::EVENTQ_CONS, 10);
    fault(1);
    CHECK(b.read32(reg::EVENTQ_PROD) == 11);
  });
}

TEST_CASE("an aborted write to the PRI queue fails its request and all others until it is acknowledged") {
  Bench b;
  b.run([&] {
    b.enable();
    b.memory.aborts_at = Bench::kPriq + 0x10;
    b.page_request(6);
    CHECK(b.read32(reg::PRIQ_PROD) == 1);
    b.page_request(7);
    check_failure(b, 1, 7);
    CHECK(b.read32(reg::GERROR) == gerror::PRIQ_ABT_ERR);
    CHECK(b.read32(reg::PRIQ_PROD) == 1);  // synchronous: PROD stays (7.2.2, 8.2)
    b.memory.aborts_at = ~u64{0};
    b.page_request(8);
    check_failure(b, 2, 8);
    b.page_request(9, false);
    check_failure(b, 3, 9);
    b.page_request(10, true, false);  // a Stop Marker, never answered
    Bench::delay(50);
    CHECK(b.received.size() == 3);
    CHECK(b.read32(reg::PRIQ_PROD) == 1);  // and no overflow either
    b.write32(reg::GERRORN, gerror::PRIQ_ABT_ERR);
    b.page_request(11);
    CHECK(b.read32(reg::PRIQ_PROD) == 2);
    CHECK(b.memory.load(Bench::kPriq + 0x18) == (Bench::kVa | 11));
    CHECK(b.received.size() == 3);
  });
}

}  // namespace smmu_vp::test
