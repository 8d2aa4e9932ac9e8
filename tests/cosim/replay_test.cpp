// Lists of operations: read as they were written, played as they were taken, and shortened to what a fault needs.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "testbench/machine/rtl_adapter/mutants.h"
#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "testbench/runs/cosim/first_difference.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_fifo_cache(const std::string& name);  // Verilated

namespace {

constexpr Mutant kFaults[] = {
#include "mutants.inc"
};

Bench bench_with(const char* fault) {
  return {.make =
              [fault] {
                return make_mutant({kFaults, make_fifo_cache}, "cache", fault);
              },
          .reference = {}};
}

OperationList list_of(const Bench& bench) {
  return list_to_difference(bench, traffic_profiles().front(), 1, 3'000);
}

std::string refusal(const char* text) {
  std::istringstream in(text);
  try {
    read_operations(in);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a list of operations is read as it was written") {
  const std::string text = text_of(list_of(bench_with("")));
  std::istringstream in("# a comment\n\n" + text);
  CHECK(text_of(read_operations(in)) == text);
  for (const char* kind : {" lookup ", " fill ", " fault ", " invalidate ", " take "})
    CHECK(text.find(kind) != std::string::npos);
}

TEST_CASE("a line that is no operation is refused with its number and what is wrong") {
  CHECK(refusal("# comment\n@1 flush\n") ==
        "line 2: 'flush' is no operation; there are lookup, fill, fault, invalidate and take");
  CHECK(refusal("@1 fault lookup=x\n") == "line 1: lookup=x: expected a number up to 18446744073709551615");
  CHECK(refusal("@1 fault\n") == "line 1: no lookup=");
  CHECK(refusal("@1 fault lookup=0 va=1\n") == "line 1: unknown field va");
  CHECK(refusal("@5 fault lookup=0\n@4 fault lookup=0\n") ==
        "line 2: the cycle is before the previous line's");
  CHECK(refusal("@1 take lookup=2 fill=0 invalidate=0\n") == "line 1: lookup=2: expected a number up to 1");
}

TEST_CASE("a list gives the same answers as the traffic that it was taken from") {
  const auto model = make_cache_model({.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4}, "cache");
  const core::CacheConfig config{.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4};
  RandomTraffic traffic(*model, config, 5);
  traffic.keep_list();
  traffic.run(2'000);
  const TrafficResult& original = traffic.finish();
  const Bench bench{.make = [&config] { return make_cache_model(config, "cache"); }, .reference = config};
  const TrafficResult played = Replay(bench).play(traffic.list());
  CHECK(played.difference == "");
  CHECK(played.compared == original.compared);
  CHECK(played.hits == original.hits);
  CHECK(played.merged == original.merged);
  CHECK(played.overtaken == original.overtaken);
  CHECK(played.hits > 50);
}

TEST_CASE(
    "a fault is shrunk to operations none of which can be left out, among them a lookup, a fill and an "
    "invalidation") {
  const Bench bench = bench_with("no_invalidation");
  const OperationList list = list_of(bench);
  const OperationList shortest = shrink(bench, list);
  CHECK(list.size() > 50);
  REQUIRE(shortest.size() >= 4);
  CHECK(shortest.size() <= 5);  // one more where an answer has to be late
  for (std::size_t i = 0; i < shortest.size(); ++i) {
    OperationList rest = shortest;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    CAPTURE(i);
    CHECK(Replay(bench).play(rest).clean());
  }
  CHECK(std::holds_alternative<ListedLookup>(shortest[0].what));
  CHECK(std::ranges::any_of(shortest,
                            [](const auto& o) { return std::holds_alternative<ListedFill>(o.what); }));
  CHECK(std::ranges::any_of(
      shortest, [](const auto& o) { return std::holds_alternative<core::Invalidation>(o.what); }));
  CHECK(Replay(bench).play(shortest).violations.front().rule == ContractRule::kStaleHit);
}

TEST_CASE("the waves of a list come with a layout that marks the difference") {
  const Bench bench = bench_with("no_invalidation");
  const std::string path = std::filesystem::temp_directory_path() / "smmu_vp_replay_test";
  replay_with_waves(bench, list_of(bench), path, "cache");
  std::ifstream layout(path + ".gtkw");
  std::stringstream text;
  text << layout.rdbuf();
  CHECK(text.str().find("mismatch") != std::string::npos);
  CHECK(text.str().find("cache.lookup_rsp_o.status[1:0]") != std::string::npos);
  CHECK(text.str().find("tlm.judgement.cache_mismatch") != std::string::npos);
  CHECK(std::filesystem::file_size(path + ".fst") > 1'000);
  for (const char* ending : {".fst", ".gtkw"}) std::filesystem::remove(path + ending);
}

}  // namespace smmu_vp::tb
