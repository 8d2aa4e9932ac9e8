// I/O page faults: grouping, answers, draining, and reports in the log.
#include <doctest/doctest.h>

#include "tests/support/commands.h"
#include "tests/support/events.h"
#include "tests/support/page_requests.h"
#include "tests/unit/driver_machine.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::Machine;
using namespace smmu_vp::test;

namespace {

constexpr u64 kVa = 0x4000'0000;
constexpr u64 kSettle = 100'000'000;

std::array<u64, 2> page_request(u32 pasid, u32 group, u64 va, bool write, bool last) {
  return ppr::entry(Machine::kPcieSid, pasid, va, group,
                    ppr::kR | (write ? ppr::kW : 0) | (last ? ppr::kLast : 0));
}
std::array<u64, 4> fault(event::Type type, u32 sid, bool read, u64 va, u64 more = 0) {
  return {event::head(type, sid, 1), event::cls(event::kClassIN) | (read ? event::kRnW : 0) | more, va, 0};
}
std::array<u64, 4> stalled(u32 stag, bool read, u64 va) {
  return fault(event::F_TRANSLATION, Machine::kStallSid, read, va, event::kStall | stag);
}

std::vector<cmd::Command> answers(const Machine& m) {
  std::vector<cmd::Command> out;
  for (const spec::Command& c : m.smmu_model.commands) {
    const std::string name = sw_test::short_name(c);
    if (name == "PRI_RESP" || name == "RESUME") out.push_back(c.w);
  }
  return out;
}
cmd::Command pri_answer(u32 group, u64 resp) {
  return cmd::pri_resp(Machine::kPcieSid, {}, group, resp);
}
cmd::Command resumed(u32 stag, u64 action) {
  return cmd::resume(Machine::kStallSid, stag, action);
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
    CHECK(answers(m) == std::vector<cmd::Command>{pri_answer(7, cmd::kSuccess)});
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
    CHECK(answers(m) == std::vector<cmd::Command>{pri_answer(3, cmd::kSuccess)});
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
    std::sort(got.begin(), got.end(), [](const auto& a, const auto& b) { return a[1] < b[1]; });
    CHECK(got == std::vector<cmd::Command>{pri_answer(1, cmd::kInvalidRequest),
                                           pri_answer(2, cmd::kInvalidRequest),
                                           pri_answer(3, cmd::kInvalidRequest)});
    m.smmu_model.forget();
    mm->mmput();
    m.smmu_model.put_page_request(page_request(1, 4, kVa, false, true));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<cmd::Command>{pri_answer(4, cmd::kInvalidRequest)});
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
    CHECK(answers(m) == std::vector<cmd::Command>{pri_answer(1, cmd::kInvalidRequest)});
    CHECK(mapped == 1);
  });
}

TEST_CASE("a Stop Marker is not answered") {
  Machine m;
  m.run([&] {
    bound(m, m.pcie);
    m.smmu_model.put_page_request(ppr::entry(Machine::kPcieSid, 1, 0, 0, ppr::kLast));
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
    CHECK(answers(m) == std::vector<cmd::Command>{pri_answer(5, cmd::kResponseFailure)});
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
    CHECK(answers(m) == std::vector<cmd::Command>{pri_answer(5, cmd::kInvalidRequest)});
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
    CHECK((m.smmu_model.read(reg::PRIQ_CONS, 4) & queue::OVFLG) != 0);  // acknowledged
    m.smmu_model.put_page_request(page_request(1, 9, kVa + 0x1000, true, true));
    m.os.sleep_ps(kSettle);
    CHECK(mapped == 1);
    CHECK(answers(m) == std::vector<cmd::Command>{pri_answer(9, cmd::kSuccess)});
  });
}

TEST_CASE("a stalled fault is retried after paging in, and aborted without a VMA") {
  Machine m;
  m.run([&] {
    bound(m, m.stalling);
    m.smmu_model.put_event(stalled(0x1234, false, kVa));
    m.os.sleep_ps(kSettle);
    m.smmu_model.put_event(stalled(0x42, true, 0x1000));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<cmd::Command>{resumed(0x1234, cmd::kRetry), resumed(0x42, cmd::kAbort)});
    CHECK(m.os.log.empty());
  });
}

TEST_CASE("a stall without a handler is terminated and logged") {
  Machine m;
  m.run([&] {
    m.smmu_model.put_event(stalled(7, true, kVa));
    m.os.sleep_ps(kSettle);
    CHECK(answers(m) == std::vector<cmd::Command>{resumed(7, cmd::kAbort)});
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
    m.smmu_model.put_event(fault(event::F_TRANSLATION, Machine::kPcieSid, true, kVa));
    m.os.sleep_ps(kSettle);
    CHECK(m.os.log.empty());
    mm->mmput();
    m.sva.unbind(bond);
    m.smmu_model.put_event(fault(event::C_BAD_CD, Machine::kPcieSid, true, kVa));
    m.os.sleep_ps(kSettle);
    REQUIRE(m.os.log.size() == 1);
    CHECK(m.os.log[0].find("C_BAD_CD sid 0x100 ssid 0x1") != std::string::npos);
  });
}

TEST_CASE("a storm of events is logged ten times in five seconds") {
  Machine m;
  m.run([&] {
    for (int i = 0; i < 100; ++i) {
      m.smmu_model.put_event(fault(event::C_BAD_CD, 0x999, true, kVa));
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
    const auto of = [&](u32 offset) { return m.smmu_model.read(offset, 4); };
    const auto error = [&](u32 code) {
      m.smmu_model.set_register(reg::CMDQ_CONS, of(reg::CMDQ_CONS) | cerror::err(code));
      m.smmu_model.set_register(reg::GERROR, of(reg::GERROR) ^ gerror::CMDQ_ERR);
      m.os.raise_irq(sw_test::FakeSmmu::kIrqGerror);
      m.os.sleep_ps(kSettle);
      CHECK(of(reg::GERRORN) == of(reg::GERROR));
      m.smmu_model.set_register(reg::CMDQ_CONS, of(reg::CMDQ_CONS) & ~u64{cerror::err(0b111'1111)});
    };
    error(cerror::ILL);
    const u64 base = queue::addr(m.smmu_model.read(reg::CMDQ_BASE, 8));
    const u64 at = base + (of(reg::CMDQ_CONS) & 0xFF) * 16;
    CHECK((m.os.load64(at) & (cmd::kCs | cmd::kOpcode)) == cmd::sync_sev()[0]);
    error(cerror::ATC_INV_SYNC);
    REQUIRE(m.os.log.size() == 4);
    CHECK(m.os.log[1].find("illegal command") != std::string::npos);
    CHECK(m.os.log[3].find("ATC invalidation") != std::string::npos);
  });
}
