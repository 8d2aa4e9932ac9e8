// Page request groups of several pages: what a fault requests at once, and one answer for all of it.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

namespace {

constexpr u32 kPasid = 9;
constexpr u64 kPage = 0x1000, kVa = 0x5555'0000'0000, kPa = kRam + 0x1'0000, kRecordVa = 0x6666'0000'0000,
              kRecordPa = kRam + 0x8000;

pcie::EndpointConfig asking_for(u32 pages) {
  pcie::EndpointConfig config = default_endpoint();
  config.pri.pages_per_group = pages;
  return config;
}
u64 word(System& s, u64 pa) {
  u64 value = 0;
  std::memcpy(&value, s.smmu.at(pa), 8);
  return value;
}
device::Descriptor fill(u64 va, u64 bytes) {
  return job(accel::Opcode::kFill, kPasid, 0, va, bytes, kRecordVa, 3);
}

using Groups = std::vector<std::vector<MessageExtension>>;

// The page requests in order of arrival, split after each Last.
Groups groups_of(System& s) {
  Groups groups(1);
  for (const MessageExtension& m : s.smmu.messages_of(MessageKind::kPageRequest)) {
    groups.back().push_back(m);
    if (m.last) groups.emplace_back();
  }
  CHECK(groups.back().empty());  // no request is left without its Last
  groups.pop_back();
  return groups;
}
std::vector<std::size_t> sizes(const Groups& groups) {
  std::vector<std::size_t> n;
  for (const auto& group : groups) n.push_back(group.size());
  return n;
}

// A host that pages in a group from its first request on and stops at an invalid address. The first `lost`
// groups are answered Success without being handled, as with a full PRI queue (SMMU 8.1).
void serve(System& s, u64 end_of_valid = ~u64{0}, unsigned lost = 0) {
  s.smmu.on_message = [&s, end_of_valid, lost,
                       group = std::vector<MessageExtension>{}](const MessageExtension& m) mutable {
    if (m.kind != MessageKind::kPageRequest) return;
    group.push_back(m);
    if (!m.last) return;
    System::spawn([&s, end_of_valid, group, drop = lost != 0] {
      sleep_ps(5 * kMicrosecond);
      auto code = spec::ResponseCode::kSuccess;
      for (const MessageExtension& r : group) {
        if (drop) break;
        if (r.address >= end_of_valid) code = spec::ResponseCode::kInvalidRequest;
        if (code != spec::ResponseCode::kSuccess) break;
        s.smmu.map(r.who.ssid(), r.address, kPa + (r.address & 0x1'F000));
      }
      s.respond(group.back(), code);
    });
    lost -= lost != 0 ? 1 : 0;
    group.clear();
  };
}

}  // namespace

TEST_CASE("a fault requests in one group the pages that its job touches next") {
  System s(asking_for(4));
  serve(s);
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(fill(kVa, 10 * kPage));
    s.until_idle();
    CHECK(word(s, kRecordPa) == ended(accel::Status::kOk, 10 * kPage));
  });
  const Groups groups = groups_of(s);
  CHECK(sizes(groups) == std::vector<std::size_t>{4, 4, 2});  // ceil(10 / 4) groups, 10 requests
  u64 expected = kVa;
  for (const auto& group : groups)
    for (const MessageExtension& m : group) {
      CHECK(m.address == expected);
      CHECK(m.prg_index == group.front().prg_index);
      CHECK(m.last == (&m == &group.back()));
      CHECK(m.intent.write);
      expected += kPage;
    }
}

TEST_CASE("no page behind the end of the job is requested") {
  System s(asking_for(32));
  serve(s);
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(fill(kVa + kPage - 8, 8));  // to the last byte of its page
    s.until_idle();
    s.submit(fill(kVa + 3 * kPage - 8, 9));  // one byte more
    s.until_idle();
  });
  CHECK(sizes(groups_of(s)) == std::vector<std::size_t>{1, 2});
}

TEST_CASE("a group is no larger than the remaining allocation") {
  System s(asking_for(8));
  serve(s);
  s.run([&] {
    s.enable(true, 3);
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(fill(kVa, 7 * kPage));
    s.until_idle();
  });
  CHECK(sizes(groups_of(s)) == std::vector<std::size_t>{3, 3, 1});
}

TEST_CASE("groups of several channels together stay within the allocation") {
  pcie::EndpointConfig config = asking_for(4);
  config.accelerator.channels = 4;
  System s(config);
  serve(s);
  std::map<u32, std::size_t> open;
  std::size_t most = 0;
  const auto outstanding = [&] {
    std::size_t n = 0;
    for (const auto& [index, requests] : open) n += requests;
    return n;
  };
  s.facts.on<trace::PageRequestIssued>([&](const auto& r, u64) {
    ++open[r.prg_index];
    most = std::max(most, outstanding());
  });
  s.facts.on<trace::PrgResponseReceived>([&](const auto& r, u64) {
    CHECK(r.expected);
    open.erase(r.prg_index);
  });
  s.run([&] {
    s.enable(true, 6);
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    for (u64 i = 0; i < 4; ++i) s.submit(fill(kVa + 4 * i * kPage, 4 * kPage));
    s.until_idle();
    CHECK(s.reg(accel::reg::ERROR) == 0);
  });
  CHECK(most == 6);
  CHECK(outstanding() == 0);
}

TEST_CASE("an invalid page within a group faults the job at that page and not before") {
  System s(asking_for(4));
  serve(s, kVa + 2 * kPage);
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(fill(kVa, 4 * kPage));
    s.until_idle();
    CHECK(word(s, kRecordPa) == ended(accel::Status::kPageFault, 2 * kPage));
    CHECK(word(s, kRecordPa + 8) == kVa + 2 * kPage);
  });
}

TEST_CASE("a group that an overflow answered is requested again in halves until it is queued") {
  System s(asking_for(4));
  serve(s, ~u64{0}, 2);
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(fill(kVa, 4 * kPage));
    s.until_idle();
    CHECK(word(s, kRecordPa) == ended(accel::Status::kOk, 4 * kPage));
  });
  CHECK(sizes(groups_of(s)) == std::vector<std::size_t>{4, 2, 1, 3});
}

TEST_CASE("one Stop Marker follows an abandoned group of several pages and one response answers it") {
  System s(asking_for(4));
  s.run([&] {
    s.enable(true, 4);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 6 * kPage));
    sleep_ps(5 * kMicrosecond);
    s.stop(kPasid, true);
    while (s.reg(accel::reg::STOP_BUSY) != 0) sleep_ps(100 * kNanosecond);
    REQUIRE(s.smmu.messages.size() == 5);
    CHECK(s.smmu.messages[3].last);
    CHECK(s.smmu.messages[4].last);
    CHECK_FALSE(s.smmu.messages[4].intent.write);
    CHECK_FALSE(s.endpoint.idle());
    s.respond(s.smmu.messages[3], spec::ResponseCode::kInvalidRequest);
    s.until_idle();
    CHECK((s.read(pcie::ConfigSpace::kPri + pci::pri::STATUS, 2) & pci::pri::kUnexpectedGroup) == 0);
  });
}

TEST_CASE("Response Failure to a group of several pages ends all of its requests") {
  System s(asking_for(4));
  s.smmu.on_message = [&s](const MessageExtension& m) {
    if (m.last) System::spawn([&s, m] { s.respond(m, spec::ResponseCode::kResponseFailure); });
  };
  s.run([&] {
    s.enable();
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 4 * kPage));
    s.until_idle();
    CHECK((s.read(pcie::ConfigSpace::kPri + pci::pri::STATUS, 2) & pci::pri::kOutOfService) ==
          pci::pri::kOutOfService);
  });
  CHECK(s.smmu.messages.size() == 4);
}
