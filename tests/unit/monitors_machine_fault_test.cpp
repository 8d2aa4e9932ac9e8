// How any software must answer faults: CMD_RESUME and CMD_STALL_TERM, in time, and to some effect.
#include "tests/unit/monitors_history.h"

#include "tests/support/commands.h"
#include "tests/support/events.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb::test {

namespace {

namespace cmd = smmu_vp::test::cmd;
namespace event = smmu_vp::test::event;
constexpr u32 kStag = 0x21;
constexpr u64 kLeaf = 0x9'0000'5000, kSte = 0x9'0000'6000;

trace::Command command(const cmd::Command& words) {
  return {.index = 0, .w0 = words[0], .w1 = words[1]};
}
trace::Command resume(u32 stag = kStag, u32 sid = kSid) {
  return command(cmd::resume(sid, stag, cmd::kRetry));
}
trace::Command stall_term() {
  return command(cmd::stall_term(kSid));
}
trace::Command cfgi_ste() {
  return command(cmd::cfgi_ste(kSid));
}
trace::Command pri_resp(u32 index, u64 answer = cmd::kSuccess) {
  return command(cmd::pri_resp(kSid, kPasid, index, answer));
}

// A transaction that walks to the leaf at kLeaf, stalls and is recorded.
History& stalled(History& h, u64 transaction = 1, u32 stag = kStag) {
  h.begin(transaction).add(trace::WalkRead{transaction, 3, kLeaf, 0});
  h.add(trace::EventRecord{EventId::F_TRANSLATION, kWho, true, false, kVa, 0,
                           event::kStall | event::kRnW | stag, kVa, 0});
  return h.at_once(trace::Stalled{transaction, kWho, stag, kVa});
}
History& resumed(History& h, u64 transaction = 1, u32 stag = kStag) {
  return h.add(trace::Resumed{transaction, kSid, stag, spec::StallAction::kRetry})
      .end(transaction, TransactionResult::kRetried);
}
trace::PageRequestReceived queued(u32 index, bool last = true) {
  return {kWho, index, last, {.read = true}, kVa, trace::PageRequestOutcome::kQueued};
}
trace::ConfigFetched ste(u64 word0) {
  return {spec::Structure::kSte, {.sid = kSid}, kSte, {word0}};
}
constexpr u64 kCds = 0x9'0002'0000;
constexpr u64 kTranslates = kCds | 0b1011, kAborts = 0b0001;  // V, and Config = 0b101 or 0b000 (5.2)

}  // namespace

TEST_CASE("a stall answered by one CMD_RESUME is as it should be, its STAG used again after that too") {
  History h;
  resumed(stalled(h).add(resume()));
  resumed(stalled(h, 2).add(resume()), 2).finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("fault_answers").checked() == 2);
}

TEST_CASE("a second CMD_RESUME of one stall is caught") {
  History h;
  resumed(stalled(h).add(resume())).add(resume());
  CHECK(h.says("fault_answers", "StreamID 0x100, STAG 0x21: that stall has been answered already"));
}

TEST_CASE("a CMD_RESUME with a STAG that no event gave, or with another's StreamID, is caught") {
  History h;
  stalled(h).add(resume(kStag + 1));
  CHECK(h.says("fault_answers", "no event record gave this STAG"));
  History other;
  stalled(other).add(resume(kStag, kSid + 1));
  CHECK(other.says("fault_answers", "is of another StreamID"));
}

TEST_CASE("a stall that nobody answers is found when software's time is over and not again at the end") {
  History h;
  stalled(h).wait(MachineTraits{}.software_delay_ps).begin(2);
  CHECK(h.says("fault_answers",
               "a read to 0x7f0000000000 of StreamID 0x100, PASID 1 has been stalled for 1000 us"));
  h.end(2).finish();
  CHECK(h.violations("fault_answers") == 1);
}

TEST_CASE("a stall left at the end is found there") {
  History h;
  stalled(h).finish();
  CHECK(h.says("fault_answers", "is still stalled at the end"));
}

TEST_CASE("a stall that ends with SMMUEN needs no CMD_RESUME and may still get one") {
  History h;
  resumed(stalled(h).add(trace::RegisterWrite{spec::offset::CR0, 0, 4}));
  SUBCASE("none") {}
  SUBCASE("one") {
    h.add(resume());
  }
  h.wait(2 * MachineTraits{}.software_delay_ps).begin(2).end(2).finish();
  CHECK(h.violations("fault_answers") == 0);
}

TEST_CASE("CMD_STALL_TERM answers a stream's stalls once its STE terminates and that is synchronised") {
  History h;
  h.add(ste(kTranslates));
  stalled(h);
  h.memory()[kSte] = kAborts;
  h.add(cfgi_ste()).sync();
  resumed(h.add(stall_term())).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("CMD_STALL_TERM for a stream that lets accesses in is caught") {
  History h;
  h.memory()[kSte] = kTranslates;
  h.add(ste(kTranslates));
  stalled(h).add(stall_term());
  CHECK(h.says("fault_answers", "while its STE does not terminate accesses"));
}

TEST_CASE("CMD_STALL_TERM before the terminating STE is synchronised is caught") {
  History h;
  h.add(ste(kTranslates));
  stalled(h);
  h.memory()[kSte] = kAborts;
  h.add(cfgi_ste()).add(stall_term());
  CHECK(h.says("fault_answers", "before the CMD_CFGI_STE of its terminating STE was synchronised"));
}

TEST_CASE("a CMD_RESUME after CMD_STALL_TERM is caught") {
  History h;
  stalled(h).add(stall_term());
  resumed(h).add(resume());
  CHECK(h.says("fault_answers", "answered already"));
}

TEST_CASE("a queued page-request group without an answer is found when software's time is over") {
  History h;
  h.add(queued(7)).wait(MachineTraits{}.software_delay_ps);
  SUBCASE("answered just before") {
    h.add(pri_resp(7)).add(trace::PrgResponseSent{kWho, 7, spec::ResponseCode::kSuccess}).begin(1).end(1);
    CHECK(h.violations("fault_answers") == 1);  // the command itself came late
  }
  SUBCASE("never answered") {
    h.begin(1);
    CHECK(h.says("fault_answers",
                 "page-request group 7 of StreamID 0x100, PASID 1 at 0x7f0000000000 has been queued"));
  }
}

TEST_CASE(
    "nothing is owed to an incomplete group, to one of a function that was reset, nor with SMMUEN = 0") {
  History h;
  SUBCASE("incomplete") {
    h.add(queued(7, false));
  }
  SUBCASE("answered in time") {
    h.add(queued(7)).add(pri_resp(7)).add(trace::PrgResponseSent{kWho, 7, spec::ResponseCode::kSuccess});
  }
  SUBCASE("answered by the SMMU") {
    h.add(queued(7, false)).add(trace::PrgResponseSent{kWho, 7, spec::ResponseCode::kSuccess});
  }
  SUBCASE("reset") {
    h.add(queued(7)).add(trace::FunctionControls{
        .sid = kSid, .pasid = false, .ats = false, .pri = false, .allocation = 0, .reset = true});
  }
  SUBCASE("SMMUEN = 0") {
    h.add(queued(7)).add(trace::RegisterWrite{spec::offset::CR0, 0, 4});
  }
  SUBCASE("a device that breaks rules") {
    h.add(trace::Misbehaves{{kSid, {}}, spec::Misbehaviour::kPageRequestFlood, 0}).add(queued(7));
  }
  h.wait(2 * MachineTraits{}.software_delay_ps).begin(1).end(1).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a stall retried again and again with its descriptor unchanged is a livelock") {
  History h;
  for (u64 n = 1; n <= 16; ++n) resumed(stalled(h, n).add(resume()), n);
  CHECK(h.says("fault_answers", "the descriptor at 0x900005000 is 0x0 all the time"));
}

TEST_CASE("retries that find another descriptor each time are no livelock") {
  History h;
  for (u64 n = 1; n <= 40; ++n) {
    h.memory()[kLeaf] = n;
    resumed(stalled(h, n).add(resume()), n);
  }
  CHECK(h.violations() == 0);
}

TEST_CASE("a page that comes and goes between faults is no livelock") {
  History h;
  for (u64 n = 1; n <= 40; ++n) {
    stalled(h, n);
    h.memory()[kLeaf] = 1;
    resumed(h.add(resume()), n);
    h.memory()[kLeaf] = 0;
  }
  CHECK(h.violations() == 0);
}

TEST_CASE("page requests answered Success again and again with nothing done are a livelock") {
  History h;
  const auto round = [&](u64 n, u64 answer) {
    h.begin(n, At::kTranslationRequest).add(trace::WalkRead{n, 3, kLeaf, 0}).end(n);
    h.add(trace::AtsCompletion{kWho, kVa, 0, 12, false, false, spec::DmaStatus::kSuccess});
    h.add(queued(7)).add(pri_resp(7, answer));
    h.add(trace::PrgResponseSent{kWho, 7, spec::ResponseCode::kSuccess});
  };
  SUBCASE("Success") {
    for (u64 n = 1; n <= 16; ++n) round(n, cmd::kSuccess);
    CHECK(h.says("fault_answers",
                 "a read to 0x7f0000000000 of StreamID 0x100, PASID 1 faults for the 16th time"));
  }
  SUBCASE("Success for a page requested ahead, which no access has faulted on") {
    for (u64 n = 1; n <= 40; ++n) {
      h.begin(n, At::kTranslationRequest, kVa + kPage).end(n);
      h.add(queued(7)).add(pri_resp(7)).add(trace::PrgResponseSent{kWho, 7, spec::ResponseCode::kSuccess});
    }
    CHECK(h.violations("fault_answers") == 0);
  }
  SUBCASE("Success, and a translation of more than that page each time") {
    for (u64 n = 1; n <= 40; ++n) {
      round(n, cmd::kSuccess);
      h.add(trace::AtsCompletion{kWho, kVa - kPage, kPa, 14, true, true, spec::DmaStatus::kSuccess});
    }
    CHECK(h.violations("fault_answers") == 0);
  }
  SUBCASE("Invalid Request") {
    for (u64 n = 1; n <= 40; ++n) round(n, cmd::kInvalidRequest);
    CHECK(h.violations("fault_answers") == 0);
  }
}

}  // namespace smmu_vp::tb::test
