// I/O page faults: grouping, answers, draining, and reports in the log.
#include <doctest/doctest.h>

#include "tests/unit/driver_machine.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::Machine;

namespace {

constexpr u64 kVa = 0x4000'0000;
constexpr u64 kSettle = 100'000'000;

// A PRI queue entry (8): StreamID, SubstreamID, rights, Last, SSV, PRGIndex, address.
std::array<u64, 2> page_request(u32 pasid, u32 group, u64 va, bool write, bool last,
                                u32 sid = Machine::kPcieSid) {
  return {sid | u64{pasid} << 32 | u64{1} << 60 | u64{write} << 61 | u64{last} << 62 | u64{1} << 63,
          va | group};
}
// An event record (7.3.13): type, SSV, SubstreamID, StreamID; STAG, Stall, RnW, CLASS IN; address.
std::array<u64, 4> event(u8 type, u32 sid, u32 pasid, u32 stag, bool stall, bool read, u64 va) {
  return {type | 1u << 11 | u64{pasid} << 12 | u64{sid} << 32,
          stag | u64{stall} << 31 | u64{read} << 35 | u64{2} << 40, va, 0};
}

struct Answer {
  u64 w0, w1;
  friend bool operator==(const Answer&, const Answer&) = default;
};
std::vector<Answer> answers(const Machine& m) {
  std::vector<Answer> out;
  for (const spec::Command& c : m.smmu_model.commands) {
    if ((c.w[0] & 0xFF) == 0x41 || (c.w[0] & 0xFF) == 0x44) out.push_back({c.w[0], c.w[1]});
  }
  return out;
}
Answer pri_answer(u32 group, u64 resp) {
  return {u64{Machine::kPcieSid} << 32 | 0x41, resp << 12 | group};
}
Answer resumed(u32 stag, bool retry) {
  return {u64{Machine::kStallSid} << 32 | (retry ? 1u << 12 : 1u << 13) | 0x44, stag};
}

std::shared_ptr<Mm> bound(Machine& m, Device& device, Bond** bond = nullptr) {
  const auto mm = m.make_mm();
  REQUIRE(mm->mmap(kVa, 0x10000, kProtReadWrite));
  REQUIRE(mm->mmap(kVa + 0x10000, 0x1000, kProtRead));
  Bond* b = m.sva.bind(device, mm);
  REQUIRE(b != nullptr);
  if (bond != nullptr) *bond = b;
  m.smmu_model.forget();
  return mm;
}

}  // namespace

TEST_CASE("a group is paged in and answered once, after its last request") {
  Machine m;
  m.run([&] {
    const auto mm = bound(m, m.pcie);
    m.smmu_model.put_page_request(page_request(1, 7, kVa, true, false));
    m.smmu_model.put_page_request(page_request(1, 7, kVa + 0x1000, false, false));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m).empty());
    m.smmu_model.put_page_request(page_request(1, 7, kVa + 0x2000, true, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{pri_answer(7, 2)});
    CHECK(m.smmu_model.count(spec::Opcode::CMD_SYNC) == 0);
    u32 value = 1;
    CHECK(mm->read(kVa + 0x1000, &value, 4));
    CHECK(m.os.log.empty());
  });
}

TEST_CASE("groups with different indexes do not mix, and neither do PASIDs with the same index") {
  Machine m;
  m.run([&] {
    bound(m, m.pcie);
    bound(m, m.pcie);
    std::map<u64, unsigned> pages;  // paged in, by address space
    m.os.bus().on<trace::PageMapped>([&](const trace::PageMapped& f, u64) { ++pages[f.mm]; });
    m.smmu_model.put_page_request(page_request(1, 3, kVa, true, false));
    m.smmu_model.put_page_request(page_request(1, 4, kVa + 0x1000, true, false));
    m.smmu_model.put_page_request(page_request(2, 3, kVa + 0x2000, true, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{pri_answer(3, 2)});
    CHECK(pages == std::map<u64, unsigned>{{2, 1}});
    m.smmu_model.put_page_request(page_request(1, 3, kVa + 0x3000, true, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m).size() == 2);
    CHECK(pages == std::map<u64, unsigned>{{1, 2}, {2, 1}});
  });
}

TEST_CASE("no VMA, no right and no process are Invalid Request, without a log line") {
  Machine m;
  m.run([&] {
    const auto mm = bound(m, m.pcie);
    m.smmu_model.put_page_request(page_request(1, 1, 0x1000, false, true));
    m.smmu_model.put_page_request(page_request(1, 2, kVa + 0x10000, true, true));
    m.smmu_model.put_page_request(page_request(99, 3, kVa, false, true));
    m.os.sleep_ps(kSettle);
    auto got = answers(m);
    std::sort(got.begin(), got.end(), [](const Answer& a, const Answer& b) { return a.w1 < b.w1; });
    CHECK(got == std::vector<Answer>{pri_answer(1, 1), pri_answer(2, 1), pri_answer(3, 1)});
    m.smmu_model.forget();
    mm->mmput();
    m.smmu_model.put_page_request(page_request(1, 4, kVa, false, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{pri_answer(4, 1)});
    CHECK(m.os.log.empty());
  });
}

TEST_CASE("the first page that fails determines its group's response") {
  Machine m;
  m.run([&] {
    const auto mm = bound(m, m.pcie);
    unsigned mapped = 0;
    m.os.bus().on<trace::PageMapped>([&](const auto&, u64) { ++mapped; });
    m.smmu_model.put_page_request(page_request(1, 1, kVa, true, false));
    m.smmu_model.put_page_request(page_request(1, 1, 0x1000, true, false));
    m.smmu_model.put_page_request(page_request(1, 1, kVa + 0x1000, true, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{pri_answer(1, 1)});
    CHECK(mapped == 1);
  });
}

TEST_CASE("a Stop Marker is not answered") {
  Machine m;
  m.run([&] {
    bound(m, m.pcie);
    auto marker = page_request(1, 0, 0, false, true);
    marker[0] &= ~(u64{1} << 60);
    m.smmu_model.put_page_request(marker);
    m.os.sleep_ps(kSettle);
    CHECK(answers(m).empty());
    CHECK(m.os.log.empty());
  });
}

TEST_CASE("a device without paging gets Response Failure, and the request is logged") {
  Machine m;
  m.run([&] {
    m.smmu_model.put_page_request(page_request(1, 5, kVa, false, false));
    m.smmu_model.put_page_request(page_request(1, 5, kVa, false, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{pri_answer(5, 0)});
    CHECK(m.os.log.size() == 2);
  });
}

TEST_CASE("a group for an unbound PASID is refused and not handled") {
  Machine m;
  u64 served = 0;
  m.os.bus().on<trace::FaultGroupBegin>([&](const auto&, u64) { ++served; });
  m.run([&] {
    bound(m, m.pcie);
    m.smmu_model.put_page_request(page_request(9, 5, kVa, false, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{pri_answer(5, 1)});
  });
  CHECK(served == 0);
}

TEST_CASE("after an overflow groups without their last request are dropped") {
  Machine m;
  m.run([&] {
    bound(m, m.pcie);
    unsigned mapped = 0;
    m.os.bus().on<trace::PageMapped>([&](const auto&, u64) { ++mapped; });
    m.smmu_model.put_page_request(page_request(1, 9, kVa, true, false));
    m.smmu_model.set_priq_overflow();
    m.os.sleep_ps(kSettle);
    CHECK((m.smmu_model.read(0x100CC, 4) >> 31) == 1);  // acknowledged
    m.smmu_model.put_page_request(page_request(1, 9, kVa + 0x1000, true, true));
    m.os.sleep_ps(kSettle);
    CHECK(mapped == 1);
    CHECK(answers(m) == std::vector<Answer>{pri_answer(9, 2)});
  });
}

TEST_CASE("a stalled fault is retried after paging in, and aborted without a VMA") {
  Machine m;
  m.run([&] {
    bound(m, m.stalling);
    m.smmu_model.put_event(event(0x10, Machine::kStallSid, 1, 0x1234, true, false, kVa));
    m.os.sleep_ps(kSettle);
    m.smmu_model.put_event(event(0x10, Machine::kStallSid, 1, 0x42, true, true, 0x1000));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{resumed(0x1234, true), resumed(0x42, false)});
    CHECK(m.os.log.empty());
  });
}

TEST_CASE("a stall without a handler is terminated and logged") {
  Machine m;
  m.run([&] {
    m.smmu_model.put_event(event(0x10, Machine::kStallSid, 1, 7, true, true, kVa));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<Answer>{resumed(7, false)});
    CHECK(m.os.log.size() == 1);
  });
}

TEST_CASE(
    "a bound process cannot fill the log with translation faults, and faults of an unbound PASID are "
    "logged") {
  Machine m;
  m.run([&] {
    Bond* bond = nullptr;
    const auto mm = bound(m, m.pcie, &bond);
    bound(m, m.pcie);
    m.smmu_model.put_event(event(0x10, Machine::kPcieSid, 1, 0, false, true, kVa));
    m.os.sleep_ps(kSettle);
    CHECK(m.os.log.empty());
    mm->mmput();
    m.sva.unbind(bond);
    m.smmu_model.put_event(event(0x0A, Machine::kPcieSid, 1, 0, false, true, kVa));
    m.os.sleep_ps(kSettle);
    REQUIRE(m.os.log.size() == 1);
    CHECK(m.os.log[0].find("C_BAD_CD sid 0x100 ssid 0x1") != std::string::npos);
  });
}

TEST_CASE("a storm of events is logged ten times in five seconds") {
  Machine m;
  m.run([&] {
    for (int i = 0; i < 100; ++i) {
      m.smmu_model.put_event(event(0x0A, 0x999, 1, 0, false, true, kVa));
      m.os.sleep_ps(1'000'000);
    }
    CHECK(m.os.log.size() == 10);
  });
}

TEST_CASE("unbind answers every request that was queued before it clears the CD") {
  for (const Bug bug : {Bug::kNone, Bug::kNoDrain}) {
    Machine m({.bug = bug});
    m.run([&] {
      Bond* bond = nullptr;
      bound(m, m.pcie, &bond);
      bound(m, m.pcie);
      std::string trail;
      m.os.trail = [&](const std::string& what) { trail += what + " "; };
      for (u32 i = 0; i < 3; ++i)
        m.smmu_model.put_page_request(page_request(1, i, kVa + i * 0x1000, true, true));
      m.sva.unbind(bond);
      m.os.sleep_ps(kSettle);
      CHECK(m.smmu_model.count(spec::Opcode::CMD_PRI_RESP) == 3);
      CHECK(trail.starts_with("PRI_RESP PRI_RESP PRI_RESP CFGI_CD") == (bug == Bug::kNone));
    });
  }
}

TEST_CASE("an illegal command is replaced and a lost ATC invalidation logged, then the queue continues") {
  Machine m;
  m.run([&] {
    const auto error = [&](u64 code) {
      m.smmu_model.set_register(spec::offset::CMDQ_CONS, m.smmu_model.read(0x9C, 4) | code << 24);
      m.smmu_model.set_register(spec::offset::GERROR, m.smmu_model.read(0x60, 4) ^ 1);
      m.os.raise_irq(sw_test::FakeSmmu::kIrqGerror);
      m.os.sleep_ps(kSettle);
      CHECK(m.smmu_model.read(0x64, 4) == m.smmu_model.read(0x60, 4));
      m.smmu_model.set_register(spec::offset::CMDQ_CONS, m.smmu_model.read(0x9C, 4) & 0xFFFFF);
    };
    error(1);
    const u64 base = m.smmu_model.read(0x90, 8) & 0x00FF'FFFF'FFFF'FFE0;
    const u64 at = base + (m.smmu_model.read(0x9C, 4) & 0xFF) * 16;
    CHECK((m.os.load64(at) & 0x30FF) == 0x2046);  // CMD_SYNC, CS = SEV
    error(3);
    REQUIRE(m.os.log.size() == 4);
    CHECK(m.os.log[1].find("illegal command") != std::string::npos);
    CHECK(m.os.log[3].find("ATC invalidation") != std::string::npos);
  });
}
