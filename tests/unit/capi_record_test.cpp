// smmu_vp_record(): the run folder of a driver of one's own.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/capi_driver.h"
#include "tests/unit/capi_folder.h"

using namespace smmu_vp::test;
using nlohmann::json;

namespace {

// A history with everything a folder tells of: commands, a translated DMA, a fault, a note and a phase.
void drive(Machine& m) {
  CHECK(smmu_vp_phase(m.vp, "bring-up") == SMMU_VP_OK);
  m.enable(kPlatformSid, cd::kAborts);
  m.map(0, Machine::kPage);
  CHECK(smmu_vp_phase(m.vp, "traffic") == SMMU_VP_OK);
  CHECK(smmu_vp_note(m.vp, "one access, one fault") == SMMU_VP_OK);
  char data[8] = {};
  for (const std::uint64_t address : {Machine::kVa, Machine::kVa + 0x1000}) {
    smmu_vp_dma_request r = access(1, SMMU_VP_UNTRANSLATED, address, data, sizeof data, false);
    r.has_pasid = 1;
    r.pasid = 1;
    smmu_vp_dma_result result{};
    REQUIRE(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  }
  m.command(cmd::sync());
  CHECK(smmu_vp_phase(m.vp, nullptr) == SMMU_VP_OK);
  CHECK(smmu_vp_settle(m.vp, 100 * kUs) == SMMU_VP_OK);
}

}  // namespace

TEST_CASE("through the C ABI a run folder holds what a run leaves and the verdict") {
  const Folder folder;
  Machine m;
  REQUIRE(smmu_vp_record(m.vp, folder.c_str(), nullptr) == SMMU_VP_OK);
  drive(m);
  REQUIRE(smmu_vp_finish(m.vp) == SMMU_VP_OK);
  const std::uint64_t end = smmu_vp_now_ps(m.vp);
  REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);
  CHECK(folder.files() == std::set<std::string>{"summary.json", "account.txt", "events.jsonl", "report.html",
                                                "timeline.json", "waves.fst", "waves.gtkw"});
  const json summary = json::parse(folder.text("summary.json"));
  CHECK(summary["status"] == "ok");
  CHECK(summary["sim_time_ps"] == end);
  CHECK(summary["not_judged"].empty());
  CHECK(summary["counters"]["smmu.commands.CMD_SYNC"] == 1);
  CHECK(summary["latency"]["dma"]["count"] == 2);
  CHECK(summary["notes"].size() == 4);
  CHECK(summary["notes"][2]["text"] == "one access, one fault");
  CHECK(folder.text("account.txt").find("\nOK; not judged: ") != std::string::npos);
  std::set<std::string> spans;
  const json timeline = json::parse(folder.text("timeline.json"));
  for (const json& event : timeline["traceEvents"])
    if (event["ph"] == "X") spans.insert(event["name"]);
  CHECK(spans.contains("bring-up"));
  CHECK(spans.contains("traffic"));
}

TEST_CASE("through the C ABI recording changes nothing of the history") {
  const Folder all, events;
  Machine m;
  drive(m);
  const std::uint64_t unrecorded = smmu_vp_now_ps(m.vp);
  for (const auto& [folder, what] : {std::pair(&all, "events,timeline,waves,latency"), {&events, "events"}}) {
    REQUIRE(smmu_vp_reset(m.vp) == SMMU_VP_OK);
    REQUIRE(smmu_vp_record(m.vp, folder->c_str(), what) == SMMU_VP_OK);
    drive(m);
    CHECK(smmu_vp_now_ps(m.vp) == unrecorded);
    REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);
  }
  CHECK(all.text("events.jsonl") == events.text("events.jsonl"));
  CHECK(events.files() == std::set<std::string>{"summary.json", "account.txt", "events.jsonl"});
  CHECK(json::parse(events.text("summary.json"))["latency"].empty());
}

TEST_CASE("through the C ABI a folder that was opened late has the facts from then on") {
  const Folder folder;
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  const std::uint64_t begin = smmu_vp_now_ps(m.vp);
  REQUIRE(smmu_vp_record(m.vp, folder.c_str(), "events,timeline") == SMMU_VP_OK);
  m.command(cmd::sync());
  REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);
  m.command(cmd::sync());
  std::istringstream lines(folder.text("events.jsonl"));
  unsigned syncs = 0;
  for (std::string line; std::getline(lines, line);) {
    const json fact = json::parse(line);
    CHECK(fact["t_ps"] >= begin);
    if (fact["ev"] == "smmu.sync_begin") ++syncs;
  }
  CHECK(syncs == 1);
}

TEST_CASE("through the C ABI a folder whose driver did not finish says so") {
  const Folder folder;
  Machine m;
  REQUIRE(smmu_vp_record(m.vp, folder.c_str(), "none") == SMMU_VP_OK);
  REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);
  const json summary = json::parse(folder.text("summary.json"));
  REQUIRE(summary["not_judged"].size() == 1);
  CHECK(summary["not_judged"][0]["text"].get<std::string>().find("end") != std::string::npos);
  CHECK(folder.files() == std::set<std::string>{"summary.json", "account.txt"});
}

TEST_CASE("through the C ABI a reset closes the folder and the next history has its own") {
  const Folder first, second;
  Machine m;
  REQUIRE(smmu_vp_record(m.vp, first.c_str(), "events") == SMMU_VP_OK);
  m.read(reg::IDR0);
  REQUIRE(smmu_vp_advance(m.vp, kUs) == SMMU_VP_OK);
  REQUIRE(smmu_vp_reset(m.vp) == SMMU_VP_OK);
  CHECK(json::parse(first.text("summary.json"))["sim_time_ps"] > kUs);
  REQUIRE(smmu_vp_record(m.vp, second.c_str(), "events") == SMMU_VP_OK);
  REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);
  CHECK(json::parse(second.text("summary.json"))["sim_time_ps"] < kUs);
}

TEST_CASE("through the C ABI a second folder, a shared one and waves of two are refused as busy") {
  const Folder folder, other;
  Machine m;
  REQUIRE(smmu_vp_record(m.vp, folder.c_str(), nullptr) == SMMU_VP_OK);
  CHECK(smmu_vp_record(m.vp, other.c_str(), nullptr) == SMMU_VP_EBUSY);
  CHECK(last_error().find("already open") != std::string::npos);
  CHECK(smmu_vp_waves(m.vp, (other.path() + ".fst").c_str()) == SMMU_VP_EBUSY);
  CHECK(smmu_vp_waves(m.vp, nullptr) == SMMU_VP_EBUSY);
  REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);

  const std::string waves = other.path() + "/own.fst";
  REQUIRE(smmu_vp_waves(m.vp, waves.c_str()) == SMMU_VP_OK);
  CHECK(smmu_vp_record(m.vp, folder.c_str(), "waves") == SMMU_VP_EBUSY);
  REQUIRE(smmu_vp_record(m.vp, folder.c_str(), "events") == SMMU_VP_OK);
  CHECK(smmu_vp_waves(m.vp, nullptr) == SMMU_VP_OK);
}

TEST_CASE("through the C ABI a folder that another process is using is refused as busy") {
  const Folder folder;
  Machine m;
  const HeldFolder held(folder);
  CHECK(smmu_vp_record(m.vp, folder.c_str(), "none") == SMMU_VP_EBUSY);
  CHECK(last_error().find("another run is using it") != std::string::npos);
}

TEST_CASE("through the C ABI nonsense about what is recorded and where is refused") {
  const Folder folder;
  Machine m;
  for (const char* what : {"", "event", "events,", ",events", "events,none", "events timeline"}) {
    CHECK(smmu_vp_record(m.vp, folder.c_str(), what) == SMMU_VP_EINVAL);
    CHECK(last_error().find("expected a list of") != std::string::npos);
  }
  CHECK(folder.files().empty());
  CHECK(smmu_vp_record(m.vp, "", nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_record(m.vp, "/dev/null/folder", nullptr) == SMMU_VP_EINVAL);
  CHECK(last_error().find("/dev/null/folder") != std::string::npos);
  CHECK(smmu_vp_record(nullptr, folder.c_str(), nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);  // none is open
  CHECK(smmu_vp_record(m.vp, folder.c_str(), "none") == SMMU_VP_OK);
}

TEST_CASE("through the C ABI closing completes the folder") {
  const Folder folder;
  {
    Machine m;
    REQUIRE(smmu_vp_record(m.vp, folder.c_str(), nullptr) == SMMU_VP_OK);
    m.read(reg::IDR0);
  }
  CHECK(json::parse(folder.text("summary.json"))["status"] == "ok");
  CHECK(json::accept(folder.text("timeline.json")));
}
