// The timeline of given facts, as a viewer that counts in nanoseconds reads it.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "testbench/observe/trace_sinks/timeline.h"
#include "tests/support/commands.h"
#include "tests/support/events.h"

using namespace smmu_vp;
namespace cmd = smmu_vp::test::cmd;
using nlohmann::json;

namespace {

struct Recording {
  u64 now_ps = 0;
  std::string path = "timeline_test_" + std::to_string(::getpid()) + ".json";
  trace::Bus bus{[this] { return now_ps; }};
  tb::Timeline timeline{bus, path};

  ~Recording() { std::remove(path.c_str()); }

  template <typename Fact>
  void at(u64 t_ps, const Fact& fact) {
    now_ps = t_ps;
    bus.announce(fact);
  }
  // Closes the timeline; returns the events of one name in file order.
  std::vector<json> events(const std::string& name) {
    timeline.close(now_ps);
    std::ifstream file(path);
    std::vector<json> found;
    const json whole = json::parse(file);
    for (const json& e : whole["traceEvents"]) {
      if (e["name"] == name) found.push_back(e);
    }
    return found;
  }
};

trace::DeviceAccess access(u64 latency_ps) {
  return {.who = {8, 1},
          .kind = spec::pcie::At::kUntranslated,
          .va = 0x1000,
          .address = 0x1000,
          .bytes = 64,
          .write = false,
          .status = spec::DmaStatus::kSuccess,
          .latency_ps = latency_ps};
}

}  // namespace

TEST_CASE("accesses that follow each other within a nanosecond share a lane and do not overlap in it") {
  Recording r;
  // If begin and length were rounded separately, the first would end at 4 ns.
  r.at(3'100, access(1'600));  // from 1.5 ns
  r.at(5'000, access(1'900));  // from 3.1 ns
  const auto drawn = r.events("untranslated");
  REQUIRE(drawn.size() == 2);
  CHECK(drawn[0]["tid"] == drawn[1]["tid"]);
  CHECK(drawn[0]["ts"] == 0.001);
  CHECK(drawn[0]["dur"] == 0.002);
  CHECK(drawn[1]["ts"] == 0.003);
  CHECK(drawn[1]["dur"] == 0.002);
}

TEST_CASE("accesses at the same time have a lane each") {
  Recording r;
  r.at(20'000, access(15'000));
  r.at(25'000, access(15'000));
  const auto drawn = r.events("untranslated");
  REQUIRE(drawn.size() == 2);
  CHECK(drawn[0]["tid"] != drawn[1]["tid"]);
}

TEST_CASE("an operation of less than a nanosecond is drawn as one, with its true duration") {
  Recording r;
  r.at(5'700, access(300));
  const auto drawn = r.events("untranslated");
  REQUIRE(drawn.size() == 1);
  CHECK(drawn[0]["dur"] == 0.001);
  CHECK(drawn[0]["args"]["duration_ps"] == 300);
}

TEST_CASE("a command shows its arguments by the manual's names instead of its words") {
  Recording r;
  const cmd::Command words =
      cmd::tlbi_nh_va(3, 0x7fff'fbff'4000, {.leaf = true, .tg = 1, .num = 2, .scale = 3, .ttl = 3});
  r.at(1'000'000, trace::Command{7, words[0], words[1]});
  r.at(1'080'000, trace::QueueState{spec::QueueKind::kCmdq, 8, 8});
  const auto drawn = r.events("CMD_TLBI_NH_VA");
  REQUIRE(drawn.size() == 1);
  const json& args = drawn[0]["args"];
  CHECK(args["ASID"] == 3);
  CHECK(args["SCALE"] == 3);
  CHECK(args["NUM"] == 2);
  CHECK(args["TG"] == "4K");
  CHECK(args["TTL"] == 3);
  CHECK(args["Leaf"] == 1);
  CHECK(args["VA"] == "0x7ffffbff4000");
  CHECK(!args.contains("w0"));
}

TEST_CASE("an arrow leads from a stalled access through the event queue and CMD_RESUME to the access again") {
  Recording r;
  const auto begin = [](u64 number) {
    return trace::TransactionBegin{number, 0, {8, 1}, spec::pcie::At::kUntranslated, 0x5000, 64, true};
  };
  r.at(1'000'000, begin(1));
  namespace event = test::event;
  r.at(2'000'000, trace::EventRecord{spec::EventId::F_TRANSLATION,
                                     {8, 1},
                                     true,
                                     false,
                                     0x5000,
                                     event::head(event::F_TRANSLATION, 8, 1),
                                     event::kStall | 9,
                                     0x5000,
                                     0});
  r.at(2'000'000, trace::Stalled{1, {8, 1}, 9, 0x5000});
  const cmd::Command resume = cmd::resume(8, 9, cmd::kRetry);
  r.at(3'000'000, trace::Command{0, resume[0], resume[1]});
  r.at(3'000'000, trace::Resumed{1, 8, 9, spec::StallAction::kRetry});
  r.at(3'000'000, trace::TransactionEnd{1, trace::TransactionResult::kRetried});
  r.at(3'000'000, begin(2));
  r.at(4'000'000, trace::TransactionEnd{2, trace::TransactionResult::kOk});
  const auto arrows = r.events("stalled access");
  REQUIRE(arrows.size() == 4);
  const std::pair<const char*, double> expected[] = {{"s", 1.0}, {"t", 2.0}, {"t", 3.0}, {"f", 3.0}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(arrows[i]["ph"] == expected[i].first);
    CHECK(arrows[i]["ts"] == expected[i].second);
    CHECK(arrows[i]["id"] == arrows[0]["id"]);
  }
  CHECK(arrows[0]["pid"] == arrows[3]["pid"]);
}
