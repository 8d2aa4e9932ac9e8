// What a run reports to people and scripts: verdicts, the first cause, and lines that fit the terminal.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "testbench/observe/report/account.h"
#include "testbench/observe/report/first_cause.h"
#include "testbench/observe/report/summary.h"
#include "testbench/observe/report/text.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

constexpr u64 kUs = 1'000'000;

constexpr MonitorInfo kInfo[] = {{"stale_translation", "", "", ""}, {"isolation", "", "", ""}};

// A monitor that reports what the test tells it to.
class Told : public Monitor {
 public:
  Told(trace::Bus& bus, const MonitorInfo& info) : Monitor(bus, info) {}
  using Monitor::judge;
  using Monitor::report;
};

class Story {
 public:
  Story() {
    run.scenario = "smoke";
    run.seed = 7;
    run.command = {"./smmu-vp", "run", "smoke", "--seed", "7", "--set", "link.gen=3", "--out", "my out"};
  }
  Told& monitor(unsigned which) {
    auto told = std::make_unique<Told>(bus_, kInfo[which]);
    Told& it = *told;
    monitors_.push_back(std::move(told));
    run.monitors = monitors_;
    return it;
  }
  std::string text(std::size_t width = 110, bool colour = false) const {
    return account(run, {width, colour});
  }
  bool says(const std::string& what) const { return text().find(what) != std::string::npos; }

  RunRecord run;

 private:
  trace::Bus bus_{[] { return u64{0}; }};
  std::vector<std::unique_ptr<Monitor>> monitors_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Fills in a run with long texts everywhere.
void fill(Story& story) {
  const std::string path(290, 'p'),
      prose = "a rather long sentence that says what happened to whom, and why it matters";
  Told& found = story.monitor(0);
  found.judge();
  for (u64 i = 0; i < 9; ++i)
    found.report(i * kUs, prose + " 0x7f0000001000 at physical 0x80001000 (translated, StreamID 0x100)",
                 {.sid = 0x100, .pasid = 1, .address = 0x7f00'0000'1000, .physical = 0x8000'1000});
  story.monitor(1);
  story.run.status = RunStatus::kViolation;
  story.run.notes.push_back({kUs, {}, prose + " — µs " + path});
  story.run.not_judged.push_back({kUs, {}, prose});
  story.run.expectations.push_back({kUs, false, prose + prose});
  story.run.kernel_log.push_back({kUs, trace::LogLevel::kErr, prose + path});
  story.run.phases.add({.pasid = 1,
                        .stream_id = 0x12345,
                        .traffic = Traffic::kTranslationRequest,
                        .what = "page request, then ATS, then access",
                        .expected = "ok, own data, F_TRANSLATION, stalled",
                        .observed = "ok, WRONG DATA, F_TRANSLATION, F_PERMISSION, stalled"});
  story.run.latency["invalidate_range"] = {
      .count = 123456,
      .min_ps = 1,
      .mean_ps = 123'456'789,
      .p50_ps = 123'456'789,
      .p90_ps = 123'456'789,
      .p99_ps = 123'456'789,
      .max_ps = 123'456'789,
      .parts = {{"atc+sync", 123'456}, {"driver", 12}, {"tlbi+sync", 3}, {"queue", 4}},
      .edges_ps = {},
      .counts = {}};
  static const TableKind kWide = [] {
    static std::vector<std::string> names;
    TableKind kind{.name = "wide", .help = "", .columns = {}};
    for (unsigned c = 0; c < 20; ++c) names.push_back("column " + std::to_string(c));
    for (const std::string& name : names) kind.columns.push_back({.name = name, .help = ""});
    return kind;
  }();
  MeasuredTable table{.kind = &kWide, .title = prose + prose, .rows = {{}}};
  for (u64 c = 0; c < 20; ++c) table.rows[0].push_back(c * 1'000'000);
  story.run.tables.push_back(table);
  story.run.command.back() = path + " " + path;
  story.run.directory = "/" + path;
  story.run.outputs = {"/" + path + "/summary.json", "/" + path + "/events.jsonl"};
}

}  // namespace

TEST_CASE("no line of the report is longer than the terminal is wide") {
  Story story;
  fill(story);
  for (const std::size_t width : {80u, 81u, 100u, 110u, 132u, 200u}) {
    CAPTURE(width);
    for (const std::string& line : lines_of(story.text(width))) {
      CAPTURE(line);
      CHECK(columns_of(line) <= width);
      CHECK((line.empty() || line.back() != ' '));
    }
  }
}

TEST_CASE(
    "a table too wide for the terminal continues below, with its first column repeated and nothing omitted") {
  Story story;
  fill(story);
  const std::string text = story.text(80);
  for (unsigned c = 0; c < 20; ++c) CHECK(text.find("column " + std::to_string(c)) != std::string::npos);
  std::size_t times = 0;
  for (const std::string& line : lines_of(text)) times += line.find("column 0 ") != std::string::npos;
  CHECK(times > 1);
}

TEST_CASE("colours do not change the text, and without them the report has no escape sequences") {
  Story story;
  fill(story);
  const std::string plain = story.text(80, false), painted = story.text(80, true);
  CHECK(plain.find('\033') == std::string::npos);
  std::string stripped;
  for (std::size_t i = 0; i < painted.size(); ++i) {
    if (painted[i] == '\033') {
      i = painted.find('m', i);
    } else {
      stripped += painted[i];
    }
  }
  CHECK(painted != plain);
  CHECK(stripped == plain);
}

TEST_CASE("a monitor that checked nothing has no verdict in the report or in summary.json") {
  Story story;
  story.monitor(0).judge();
  story.monitor(1);
  CHECK(story.says("stale_translation              1 checks  clean"));
  CHECK(story.says("isolation                      0 checks  not judged"));
  CHECK(story.says("\nOK; not judged: 1 monitor\n"));
  const auto all = summary(story.run);
  CHECK(all["monitors"][0]["verdict"] == "clean");
  CHECK(all["monitors"][1]["verdict"] == "not judged");
  CHECK(all["status"] == "ok");
}

TEST_CASE("cases that did not occur are reported and counted, but do not fail a run") {
  Story story;
  story.run.not_judged.push_back({3 * kUs, {}, "no page request was in flight at the kill"});
  story.run.phases.add({.pasid = 1,
                        .phase = spec::Phase::kLive,
                        .traffic = Traffic::kStall,
                        .what = "mapped page",
                        .expected = "ok",
                        .observed = "the device cannot stall",
                        .judged = false});
  CHECK(story.run.failed_rows() == 0);
  CHECK(story.says("3.00 us  no page request was in flight at the kill"));
  CHECK(story.says("not judged\n        the device cannot stall"));
  // The row, and the 19 other cells of four phases and five kinds of traffic.
  CHECK(story.says("OK; not judged: 20 rows of the phase table, 1 case that did not occur"));
  const auto all = summary(story.run);
  CHECK(all["not_judged"].size() == 1 + 19);
  CHECK(all["not_judged"][0]["text"] == "no page request was in flight at the kill");
  CHECK(all["phases"][0]["judged"] == false);
  CHECK(all["phases"][0]["ok"].is_null());
}

TEST_CASE("a run without a phase table has no unexercised cells") {
  Story story;
  CHECK(story.run.unjudged_rows() == 0);
  CHECK(summary(story.run)["not_judged"].empty());
}

TEST_CASE("the report of a failed run begins with the earliest failure of any monitor, row or expectation") {
  Story story;
  story.monitor(0).report(9 * kUs, "later");
  story.monitor(1).report(
      5 * kUs, "first of all",
      {.sid = 0x100, .pasid = 3, .address = 0x7f00'0000'1000, .physical = 0x8000'1000, .write = true});
  story.run.expectations.push_back({7 * kUs, false, "between"});
  story.run.status = RunStatus::kViolation;
  const auto lines = lines_of(story.text());
  REQUIRE(lines.size() > 6);
  CHECK(lines[2] == "First cause");
  CHECK(lines[3] == "  isolation at 5.00 us (5000000 ps)");
  CHECK(lines[4] == "    first of all");
  CHECK(lines[5] == "    PASID 3, StreamID 0x100, address 0x7f0000001000, physical 0x80001000");
  const auto cause = summary(story.run)["first_cause"];
  CHECK(cause["finder"] == "isolation");
  CHECK(cause["t_ps"] == 5 * kUs);
  CHECK(cause["pasid"] == 3);
  CHECK(cause["address"] == "0x7f0000001000");
}

TEST_CASE("the suggested commands repeat the run with the failure's time and access") {
  Story story;
  story.monitor(0).report(5 * kUs + 300, "wrong",
                          {.sid = 0x100, .pasid = 3, .address = 0x1000, .write = true});
  const auto looks = closer_looks(story.run, *first_cause(story.run));
  REQUIRE(looks.size() == 2);
  for (const auto& look : looks)
    CHECK(std::equal(story.run.command.begin(), story.run.command.end(), look.begin()));
  CHECK(looks[0].end()[-2] == "--wave-window");
  CHECK(looks[0].back() == "4000ns:6001ns");
  CHECK(looks[1].end()[-2] == "--explain");
  CHECK(looks[1].back() == "0x100:3:0x1000:w@5000300ps");
  CHECK(story.says("--out \"my out\" --wave-window 4000ns:6001ns\n"));
}

TEST_CASE("an access without a PASID is explained without one, and one without an address not at all") {
  Story without_pasid, without_address;
  without_pasid.monitor(0).report(0, "wrong", {.sid = 8, .address = 0x1000});
  CHECK(closer_looks(without_pasid.run, *first_cause(without_pasid.run))[1].back() == "0x8:-:0x1000:r@0ps");
  without_address.monitor(0).report(0, "wrong", {.sid = 8, .pasid = 1, .physical = 0x8000'0000});
  const auto looks = closer_looks(without_address.run, *first_cause(without_address.run));
  REQUIRE(looks.size() == 1);
  CHECK(looks[0].back() == "0ns:1001ns");
}

TEST_CASE("a row of the phase table names its PASID, address and moment as the first cause") {
  Story story;
  story.run.phases.add({.pasid = 4,
                        .phase = spec::Phase::kUnbound,
                        .stream_id = 0x100,
                        .t_ps = 2 * kUs,
                        .address = 0x5000,
                        .traffic = Traffic::kUntranslated,
                        .what = "stray access",
                        .expected = "aborted",
                        .observed = "ok"});
  const auto cause = first_cause(story.run);
  REQUIRE(cause);
  CHECK(cause->t_ps == 2 * kUs);
  CHECK(cause->what == "phase 3, untranslated, stray access: expected aborted; observed ok");
  CHECK(closer_looks(story.run, *cause)[1].back() == "0x100:4:0x5000:r@2000000ps");
}

TEST_CASE("a clean run has no first cause") {
  Story story;
  story.monitor(0).judge();
  story.run.expectations.push_back({kUs, true, "held"});
  CHECK(!first_cause(story.run));
  CHECK(!story.says("First cause"));
  CHECK(!summary(story.run).contains("first_cause"));
}

TEST_CASE("an interrupted run names its signal, and is neither clean nor a violation") {
  Story story;
  story.run.status = RunStatus::kInterrupted;
  story.run.signal = "SIGHUP";
  story.run.sim_time_ps = 12 * kUs;
  CHECK(story.says("\nINTERRUPTED by SIGHUP at 12.0 us\n"));
  CHECK(summary(story.run)["status"] == "interrupted");
  CHECK(summary(story.run)["signal"] == "SIGHUP");
}

TEST_CASE("arguments are quoted so that a shell reads them unchanged") {
  CHECK(shell_quoted("--set") == "--set");
  CHECK(shell_quoted("smmu.tbu.tlb.impl=rtl") == "smmu.tbu.tlb.impl=rtl");
  CHECK(shell_quoted("") == "\"\"");
  CHECK(shell_quoted("a b") == "\"a b\"");
  CHECK(shell_quoted("granules=[\"4k\"]") == "\"granules=[\\\"4k\\\"]\"");
  CHECK(shell_quoted("$HOME`x`\\") == "\"\\$HOME\\`x\\`\\\\\"");
}

TEST_CASE("text is wrapped by characters, and a word longer than a line is broken") {
  CHECK(columns_of("µs — ok") == 7);
  CHECK(wrapped("ab cd ef", 7, 2) == "ab cd\n  ef");
  CHECK(wrapped("abcdefgh", 5, 2) == "abc\n  def\n  gh");
  CHECK(wrapped("µµµµµ", 5, 2) == "µµµ\n  µµ");
}
