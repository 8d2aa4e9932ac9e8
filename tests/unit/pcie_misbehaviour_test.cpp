// Devices that break the rules: each switch has its effect, and only when it is on.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;
using spec::Misbehaviour;
using transport::AddressType;

namespace {

constexpr u32 kPasid = 5;
constexpr u64 kVa = 0x7fff'1234'5000, kPa = kRam + 0x4000;

pcie::EndpointConfig rogue(std::initializer_list<Misbehaviour> on) {
  pcie::EndpointConfig config = default_endpoint();
  for (const Misbehaviour m : on) config.misbehave.on[index_of(m)] = true;
  return config;
}

// Some jobs, so that the device has seen traffic, and then its own reaction to them.
void work(System& s, unsigned jobs = 8) {
  s.enable();
  s.smmu.map(kPasid, kVa, kPa);
  for (unsigned i = 0; i < jobs; ++i) s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + 64 * i, 64));
  s.until_idle();
}
u64 misbehaviours(const System& s, const std::string& name) {
  u64 n = 0;
  s.endpoint.visit_counters([&](const std::string& counter, u64 value) {
    if (counter.ends_with(".misbehave." + name)) n = value;
  });
  return n;
}
template <typename Predicate>
auto count(const std::vector<FakeSmmu::Seen>& seen, Predicate p) {
  return std::count_if(seen.begin(), seen.end(), p);
}

}  // namespace

TEST_CASE("a device without misbehaviours breaks no rule") {
  System s;
  u64 announced = 0;
  s.facts.on<trace::Misbehaves>([&](const auto&, u64) { ++announced; });
  s.run([&] {
    work(s);
    s.invalidate(0, kPasid, 0, 64);
    s.stop(kPasid, true);
  });
  CHECK(announced == 0);
}

TEST_CASE("forge_translated reads at addresses that it never got as translations") {
  System s(rogue({Misbehaviour::kForgeTranslated}));
  s.run([&] { work(s); });
  const auto forged = count(s.smmu.seen, [](const FakeSmmu::Seen& a) {
    return a.request.at == AddressType::kTranslated && (a.address & ~u64{0xFFF}) != kPa && !a.write;
  });
  CHECK(forged > 0);
  CHECK(static_cast<u64>(forged) <= misbehaviours(s, "forge_translated"));  // some may hit its own page
}

TEST_CASE("stale_translated reads through an invalidated translation") {
  System s(rogue({Misbehaviour::kStaleTranslated}));
  s.run([&] {
    work(s);
    s.invalidate(0, kPasid, kVa, 12);
    sleep_ps(100 * kMicrosecond);
    s.until_idle();
    CHECK(s.smmu.messages_of(MessageKind::kInvalidateCompletion).size() == 1);
    CHECK(s.smmu.seen.back().request.at == AddressType::kTranslated);
    CHECK(s.smmu.seen.back().address == kPa);
    CHECK(s.smmu.seen.back().arrived_ps > s.smmu.message_times.back());
  });
  CHECK(misbehaviours(s, "stale_translated") > 0);
}

TEST_CASE("ignore_invalidations completes none and keeps the translation") {
  System s(rogue({Misbehaviour::kIgnoreInvalidations}));
  s.run([&] {
    work(s);
    const u64 asked = s.smmu.count(AddressType::kTranslationRequest);
    s.invalidate(0, kPasid, kVa, 12);
    sleep_ps(100 * kMicrosecond);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 64));
    s.until_idle();
    CHECK(s.smmu.count(AddressType::kTranslationRequest) == asked);
  });
  CHECK(s.smmu.messages_of(MessageKind::kInvalidateCompletion).empty());
}

TEST_CASE("slow_completions completes no earlier than the configured delay") {
  pcie::EndpointConfig config = rogue({Misbehaviour::kSlowCompletions});
  config.misbehave.slow_ps = 300 * kMicrosecond;
  System s(config);
  s.run([&] { s.invalidate(7, kPasid, 0, 64); });
  REQUIRE(s.smmu.messages.size() == 1);
  CHECK(s.smmu.messages[0].itag_vector == 1u << 7);
  CHECK(s.smmu.message_times[0] >= 300 * kMicrosecond);
}

TEST_CASE("wrong_tag completes another ITag than the one it received") {
  System s(rogue({Misbehaviour::kWrongTag}));
  s.run([&] { s.invalidate(31, kPasid, 0, 64); });
  REQUIRE(s.smmu.messages.size() == 1);
  CHECK(s.smmu.messages[0].itag_vector != 1u << 31);
}

TEST_CASE("exceed_allocation has more page requests outstanding than allocated") {
  pcie::EndpointConfig config = rogue({Misbehaviour::kExceedAllocation});
  config.accelerator.channels = 8;
  System s(config);
  s.run([&] {
    s.enable(true, 2);
    for (u64 i = 0; i < 8; ++i) s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + (i << 12), 8));
    sleep_ps(20 * kMicrosecond);
    const auto requests = s.smmu.messages_of(MessageKind::kPageRequest);
    CHECK(requests.size() == 8);
    for (const auto& request : requests) s.respond(request, spec::ResponseCode::kInvalidRequest);
    s.until_idle();
  });
}

TEST_CASE("page_request_flood sends page requests that no job needs") {
  System s(rogue({Misbehaviour::kPageRequestFlood}));
  s.run([&] { work(s); });
  const auto requests = s.smmu.messages_of(MessageKind::kPageRequest);
  CHECK(requests.size() >= 48);
  CHECK(std::any_of(requests.begin(), requests.end(), [](const auto& m) { return !m.last; }));
}

TEST_CASE("dma_after_stop uses the PASID after the stop was reported") {
  System s(rogue({Misbehaviour::kDmaAfterStop}));
  u64 stopped_ps = 0;
  s.run([&] {
    work(s);
    s.stop(kPasid, true);
    while (s.reg(accel::reg::STOP_BUSY) != 0) sleep_ps(100 * kNanosecond);
    stopped_ps = transport::Timing::now_ps();
    s.until_idle();
  });
  CHECK(count(s.smmu.seen, [&](const FakeSmmu::Seen& a) {
          return a.arrived_ps > stopped_ps && a.request.who.pasid == kPasid &&
                 a.request.at == AddressType::kUntranslated;
        }) > 0);
}

TEST_CASE("foreign_pasid uses PASIDs that no job had") {
  System s(rogue({Misbehaviour::kForeignPasid}));
  s.run([&] { work(s); });
  CHECK(count(s.smmu.seen, [](const FakeSmmu::Seen& a) {
          return a.request.who.pasid && a.request.who.pasid != kPasid;
        }) > 0);
}

TEST_CASE("foreign_pasid and dma_after_stop ask for no translation while ATS is disabled") {
  System s(rogue({Misbehaviour::kForeignPasid, Misbehaviour::kDmaAfterStop}));
  s.run([&] {
    s.enable(false);
    s.smmu.map(kPasid, kVa, kPa);
    for (u64 i = 0; i < 8; ++i) s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + 64 * i, 64));
    s.until_idle();
    s.stop(kPasid, true);
    sleep_ps(100 * kMicrosecond);
    s.until_idle();
  });
  CHECK(misbehaviours(s, "foreign_pasid") > 0);
  CHECK(misbehaviours(s, "dma_after_stop") > 0);
  CHECK(s.smmu.count(AddressType::kTranslationRequest) == 0);
}

TEST_CASE("ats_while_disabled requests translations with ATS disabled") {
  System s(rogue({Misbehaviour::kAtsWhileDisabled}));
  s.run([&] {
    work(s);
    CHECK(misbehaviours(s, "ats_while_disabled") == 0);  // ATS is on: nothing to break
    const u64 asked = s.smmu.count(AddressType::kTranslationRequest);
    s.write(pcie::ConfigSpace::kAts + pci::ats::CONTROL, 2, 0);
    sleep_ps(100 * kMicrosecond);
    s.until_idle();
    CHECK(s.smmu.count(AddressType::kTranslationRequest) > asked);
  });
}

TEST_CASE("after surprise_removal the device does not answer and nothing hangs") {
  System s(rogue({Misbehaviour::kSurpriseRemoval}));
  s.run([&] {
    for (int n = 0; n < 20 && s.read(0, 4) != pci::kAbsent; ++n) work(s);
    CHECK(s.read(0, 4) == pci::kAbsent);
    s.invalidate(0, kPasid, 0, 64);
    sleep_ps(100 * kMicrosecond);
    s.until_idle();
  });
  CHECK(s.smmu.messages_of(MessageKind::kInvalidateCompletion).empty());
}

TEST_CASE("a removed device commits no write any more") {
  System s(rogue({Misbehaviour::kSurpriseRemoval, Misbehaviour::kForgeTranslated}));
  bool gone = false;
  u64 after = 0;
  s.facts.on<trace::Misbehaves>([&](const trace::Misbehaves& f, u64) {
    after += gone;
    gone |= f.what == Misbehaviour::kSurpriseRemoval;
  });
  s.run([&] {
    for (int n = 0; n < 50 && !gone; ++n) work(s);
    sleep_ps(100 * kMicrosecond);
    s.until_idle();
  });
  CHECK(gone);
  CHECK(after == 0);
}

TEST_CASE("hang_in_flr never comes back from the reset") {
  System s(rogue({Misbehaviour::kHangInFlr}));
  s.run([&] {
    work(s);
    s.reset_function();
    sleep_ps(1000 * kMicrosecond);
    CHECK(s.read(0, 4) == pci::kAbsent);
    s.until_idle();
  });
}
