// The calls of the C ABI that observe: verdicts as structures, looks into the machine, notes.
#include <nlohmann/json.hpp>

#include "tests/unit/capi_driver.h"
#include "tests/unit/capi_folder.h"

using namespace smmu_vp::test;
using nlohmann::json;

namespace {

constexpr std::uint32_t kPasid = 1;

// Whatever a call returns as text.
template <typename Call>
std::string text_of(Call call) {
  std::string text(1 << 16, '\0');
  REQUIRE(call(text.data(), text.size()) == SMMU_VP_OK);
  return text.c_str();
}

std::string explained(const Machine& m, const std::string& access) {
  return text_of([&](char* text, std::size_t n) { return smmu_vp_explain(m.vp, access.c_str(), text, n); });
}

std::uint64_t violations(const Machine& m) {
  std::uint64_t count = 0;
  CHECK(smmu_vp_violations(m.vp, &count, nullptr, 0) == SMMU_VP_OK);
  return count;
}

// The PCIe function with all that it can, behind an SMMU set up for it; returns its StreamID.
std::uint32_t enable_function(Machine& m) {
  const std::uint32_t sid = m.enable_function(8);
  m.enable(sid, cd::kAborts);
  return sid;
}

void ask_for_page(const Machine& m, std::uint64_t address, std::uint32_t group) {
  smmu_vp_dma_request r = access(kFunction, SMMU_VP_PAGE_REQUEST, address, nullptr, 0, true);
  r.has_pasid = 1;
  r.pasid = kPasid;
  r.prg_index = group;
  smmu_vp_dma_result result{};
  REQUIRE(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
}

}  // namespace

TEST_CASE("through the C ABI a violation is a structure that says who, where and when") {
  Machine m;
  const std::uint32_t sid = enable_function(m);
  ask_for_page(m, Machine::kVa, 7);
  smmu_vp_finding finding{};
  CHECK(smmu_vp_violation(m.vp, 0, &finding) == SMMU_VP_EINVAL);
  CHECK(last_error().find("there are 0") != std::string::npos);
  const std::uint64_t before = smmu_vp_now_ps(m.vp);
  ask_for_page(m, Machine::kVa + 0x1000, 7);  // a group that waits for its answer (8.1)
  REQUIRE(violations(m) == 1);
  REQUIRE(smmu_vp_violation(m.vp, 0, &finding) == SMMU_VP_OK);
  CHECK(std::string(finding.monitor) == "prg_answered");
  CHECK(finding.t_ps >= before);
  CHECK(finding.t_ps <= smmu_vp_now_ps(m.vp));
  CHECK(finding.has_stream == 1);
  CHECK(finding.stream_id == sid);
  CHECK(finding.has_pasid == 1);
  CHECK(finding.pasid == kPasid);
  CHECK(finding.has_address == 1);
  CHECK(finding.address == Machine::kVa + 0x1000);
  CHECK(finding.has_old_value == 0);
  const std::string line = text_of([&](char* text, std::size_t n) {
    std::uint64_t count = 0;
    return smmu_vp_violations(m.vp, &count, text, n);
  });
  CHECK(line == std::to_string(finding.t_ps) + " ps: prg_answered: " + finding.text + "\n");
  CHECK(smmu_vp_violation(m.vp, 1, &finding) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_violation(m.vp, 0, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_violation(nullptr, 0, &finding) == SMMU_VP_EINVAL);
}

TEST_CASE("through the C ABI what only the end shows is judged once the driver has finished") {
  Machine m;
  enable_function(m);
  ask_for_page(m, Machine::kVa, 7);
  CHECK(violations(m) == 0);
  CHECK(smmu_vp_finish(m.vp) == SMMU_VP_OK);
  CHECK(violations(m) == 1);
  CHECK(smmu_vp_finish(m.vp) == SMMU_VP_OK);
  CHECK(violations(m) == 1);
  REQUIRE(smmu_vp_reset(m.vp) == SMMU_VP_OK);
  enable_function(m);
  ask_for_page(m, Machine::kVa, 7);
  CHECK(smmu_vp_finish(m.vp) == SMMU_VP_OK);
  CHECK(violations(m) == 1);
  CHECK(smmu_vp_finish(nullptr) == SMMU_VP_EINVAL);
}

TEST_CASE("through the C ABI a folder of a driver that broke a rule has the first cause") {
  const Folder folder;
  Machine m;
  enable_function(m);
  REQUIRE(smmu_vp_record(m.vp, folder.c_str(), "none") == SMMU_VP_OK);
  ask_for_page(m, Machine::kVa, 7);
  ask_for_page(m, Machine::kVa, 7);
  REQUIRE(smmu_vp_finish(m.vp) == SMMU_VP_OK);
  REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);
  const json summary = json::parse(folder.text("summary.json"));
  CHECK(summary["status"] == "violation");
  CHECK(summary["first_cause"]["finder"] == "prg_answered");
  CHECK(summary["first_cause"]["commands"].empty());  // no command repeats what a program did
  CHECK(folder.text("account.txt").find("VIOLATION: ") != std::string::npos);
}

TEST_CASE("through the C ABI an access is explained as the SMMU would decide it at that moment") {
  Machine m;
  CHECK(explained(m, "0x8:1:0x1000:r").find("GBPA decides") != std::string::npos);
  m.enable(kPlatformSid, cd::kAborts);
  const std::string access = "8:1:" + std::to_string(Machine::kVa) + ":rw";
  CHECK(explained(m, access).find("F_TRANSLATION") != std::string::npos);
  m.map(0, Machine::kPage);
  const std::uint64_t now = smmu_vp_now_ps(m.vp);
  CHECK(explained(m, access).find("permitted") != std::string::npos);
  CHECK(smmu_vp_now_ps(m.vp) == now);
  char text[10];
  CHECK(smmu_vp_explain(m.vp, access.c_str(), text, sizeof text) == SMMU_VP_OK);
  CHECK(std::string(text) == "explain 8");
  for (const char* wrong : {"", "8", "8:1:0x1000", "8:1:0x1000:", "8:1:0x1000:q", "8:1:0x1000:p", "8:-1:0:r",
                            "0x100000000:-:0:r", "8:0x100000:0:r", "8:1:0x1000:r@soon", "8:1:0x1000:r:w"}) {
    CHECK(smmu_vp_explain(m.vp, wrong, text, sizeof text) == SMMU_VP_EINVAL);
    CHECK(last_error().find("explain") != std::string::npos);
  }
  CHECK(smmu_vp_explain(m.vp, nullptr, text, sizeof text) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_explain(m.vp, access.c_str(), nullptr, 1) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_explain(m.vp, access.c_str(), nullptr, 0) == SMMU_VP_OK);
}

TEST_CASE("through the C ABI explanations also go to the open folder") {
  const Folder folder;
  Machine m;
  const std::string before = explained(m, "8:-:0:r");
  REQUIRE(smmu_vp_record(m.vp, folder.c_str(), "none") == SMMU_VP_OK);
  const std::string during = explained(m, "8:1:0x2000:w");
  REQUIRE(smmu_vp_record(m.vp, nullptr, nullptr) == SMMU_VP_OK);
  CHECK(folder.text("explain.txt") == during);
  CHECK(before != during);
}

TEST_CASE("through the C ABI a dump shows structures, tables and caches") {
  const Folder folder;
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  m.map(3, Machine::kPage);
  const std::string below = folder.path() + "/a/b";
  REQUIRE(smmu_vp_dump(m.vp, below.c_str()) == SMMU_VP_OK);
  CHECK(folder.text("a/b/stream_table.txt").find("StreamID 0x8") != std::string::npos);
  CHECK(folder.text("a/b/context_descriptors.txt").find("SubstreamID 1") != std::string::npos);
  CHECK(folder.text("a/b/page_tables.txt").find("page to") != std::string::npos);
  CHECK(folder.text("a/b/caches.txt").find("TLB of TBU 0") != std::string::npos);
  CHECK(smmu_vp_dump(m.vp, "/dev/null/x") == SMMU_VP_EINVAL);
  CHECK(smmu_vp_dump(m.vp, "") == SMMU_VP_EINVAL);
  CHECK(smmu_vp_dump(m.vp, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_dump(nullptr, below.c_str()) == SMMU_VP_EINVAL);
}

TEST_CASE("through the C ABI notes and names of phases are one line of UTF-8") {
  Machine m;
  for (const char* good : {"a", "\xC2\xB5s", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "quoted \"so\" \\"}) {
    CHECK(smmu_vp_note(m.vp, good) == SMMU_VP_OK);
    CHECK(smmu_vp_phase(m.vp, good) == SMMU_VP_OK);
  }
  // Control characters, what is no UTF-8, longer forms than needed, surrogates, and more than there is.
  for (const char* bad : {"", "two\nlines", "\x1B[1m", "\x7F", "\xC2\x85", "\x80", "\xC3", "\xC0\xAF",
                          "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80"}) {
    CHECK(smmu_vp_note(m.vp, bad) == SMMU_VP_EINVAL);
    CHECK(smmu_vp_phase(m.vp, bad) == SMMU_VP_EINVAL);
  }
  CHECK(smmu_vp_note(m.vp, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_phase(m.vp, nullptr) == SMMU_VP_OK);
  CHECK(smmu_vp_phase(m.vp, nullptr) == SMMU_VP_OK);
  CHECK(smmu_vp_note(nullptr, "a") == SMMU_VP_EINVAL);
}

TEST_CASE("through the C ABI every counter that is listed can be read") {
  Machine m;
  std::istringstream names(
      text_of([&](char* text, std::size_t n) { return smmu_vp_counters(m.vp, text, n); }));
  unsigned read = 0;
  for (std::string name; std::getline(names, name); ++read) {
    std::uint64_t value = 0;
    CHECK(smmu_vp_counter(m.vp, name.c_str(), &value) == SMMU_VP_OK);
  }
  CHECK(read > 50);
  char text[6];
  CHECK(smmu_vp_counters(m.vp, text, sizeof text) == SMMU_VP_OK);
  CHECK(std::strlen(text) == 5);
  CHECK(smmu_vp_counters(m.vp, nullptr, 1) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_counters(nullptr, text, sizeof text) == SMMU_VP_EINVAL);
}

TEST_CASE("through the C ABI records are described by the manual's bit numbers") {
  Machine m;
  const auto table = [&](const char* what) {
    return json::parse(
        text_of([&](char* text, std::size_t n) { return smmu_vp_records(m.vp, what, text, n); }));
  };
  const auto field = [&](const char* what, const char* record, const char* name) {
    for (const json& r : table(what))
      for (const json& f : r["fields"])
        if (r["name"] == record && f["name"] == name) return f;
    return json();
  };
  CHECK(field("commands", "CMD_TLBI_NH_VA", "ASID") ==
        json{{"name", "ASID"}, {"msb", 63}, {"lsb", 48}});  // 4.4.2
  CHECK(field("events", "F_TRANSLATION", "RnW") ==
        json{{"name", "RnW"}, {"msb", 99}, {"lsb", 99}});  // 7.3.13
  CHECK(field("page_requests", "PAGE_REQUEST", "Address") ==
        json{{"name", "Address"}, {"msb", 127}, {"lsb", 76}, {"address", true}});  // 8
  for (const char* wrong : {"", "registers", "Commands"}) {
    char text[8];
    CHECK(smmu_vp_records(m.vp, wrong, text, sizeof text) == SMMU_VP_EINVAL);
  }
  CHECK(smmu_vp_records(m.vp, nullptr, nullptr, 0) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_records(m.vp, "events", nullptr, 1) == SMMU_VP_EINVAL);
}
