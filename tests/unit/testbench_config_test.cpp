// The configuration as users see it: values taken, and one clear line when something is wrong.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "testbench/machine/config/effective.h"
#include "testbench/machine/config/load.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

Config set(const std::vector<std::string>& overrides) {
  return load_config({.defaults = {}, .file = {}, .overrides = overrides});
}

std::string complaint(const std::vector<std::string>& overrides) {
  try {
    set(overrides);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

// A file that is deleted at the end of the test.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("smmu_vp_config_" + std::to_string(::getpid()) + ".toml")) {
    std::ofstream(path_) << text;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Config load(const ScratchFile& file, const std::vector<std::string>& overrides = {}) {
  return load_config({.defaults = {}, .file = file.path(), .overrides = overrides});
}

}  // namespace

TEST_CASE("an override sets the value that its key names") {
  const Config c = set({"seed=7", "smmu.tbu.tlb.sets=128", "smmu.tbu.tlb.impl=rtl", "memory.size=1073741824",
                        "endpoint.1.channels=2", "link.latency_ns=250", "smmu.features.granules=[\"4k\"]"});
  CHECK(c.seed == 7);
  CHECK(c.smmu.tlb.sets == 128);
  CHECK(c.tlb.impl == CacheImpl::kRtl);
  CHECK(c.memory.size == u64{1} << 30);
  CHECK(c.endpoints[1].accelerator.channels == 2);
  CHECK(c.link.latency_ns == 250);
  CHECK(c.smmu.features.granule_4k);
  CHECK_FALSE(c.smmu.features.granule_16k);
}

TEST_CASE("durations are written in nanoseconds and kept in picoseconds") {
  CHECK(set({"smmu.tbu.tlb.hit_ns=1.5"}).tlb.hit_ps == 1500);
}

TEST_CASE("an unknown key is refused with the nearest one") {
  CHECK(complaint({"smmu.tbu.tlb.set=64"}) ==
        "--set: unknown key 'smmu.tbu.tlb.set'; did you mean 'smmu.tbu.tlb.sets'?");
}

TEST_CASE("a wrong type, a value out of range and an unknown word each name key, value and limit") {
  CHECK(complaint({"cpu.count=many"}) == "--set: cpu.count = 'many': expected an integer in 1..256 (CPUs)");
  CHECK(complaint({"cpu.count=1.5"}) == "--set: cpu.count = 1.5: expected an integer in 1..256 (CPUs)");
  CHECK(complaint({"cpu.count=0"}) == "--set: cpu.count = 0: expected an integer in 1..256 (CPUs)");
  CHECK(complaint({"smmu.tbu.tlb.ways=3"}) ==
        "--set: smmu.tbu.tlb.ways = 3: expected an integer in 1..16, a power of two (ways)");
  CHECK(complaint({"timing.mode=fast"}) == "--set: timing.mode = 'fast': expected untimed|loose|timed");
  CHECK(complaint({"link.latency_ns=nan"}).find("expected an integer") != std::string::npos);
  CHECK(complaint({"smmu.tbu.tlb.hit_ns=nan"}).find("expected a number in 0..10000") != std::string::npos);
}

TEST_CASE("each misbehaviour is a switch and a feature out of range is named") {
  CHECK(complaint({"endpoint.0.misbehave.wrong_tag=true"}).empty());
  CHECK(complaint({"endpoint.0.misbehave.wrong_tag=3"}).find("expected true or false") != std::string::npos);
  CHECK(complaint({"smmu.features.httu=3"}).find("smmu.features.httu") != std::string::npos);
}

TEST_CASE("rules between keys are checked") {
  CHECK(complaint({"endpoint.1.stream_id=256"}).find("another one than endpoint.0's") != std::string::npos);
  CHECK(complaint({"pcie.ecam_size=0x1000000", "endpoint.0.stream_id=0x1000"}) ==
        "configuration: endpoint.0.stream_id = 4096: expected less than 0x1000 (pcie.ecam_size)");
}

TEST_CASE("any address map without overlaps is accepted") {
  for (const std::vector<std::string>& map : std::vector<std::vector<std::string>>{
           {"smmu.base=0", "memory.base=0x40000", "memory.size=0x100000"},
           {"memory.base=0x8000000000", "smmu.base=0xffffffff0000", "pcie.ecam_base=0"},
           {"platform.devices_base=0x2b440000", "platform.doorbell_base=0x2b3ff000"},
           {"pcie.window_base=0x7ff00000", "pcie.window_size=0x100000"},
           {"platform.foreign_doorbell_base=0x2f030040", "platform.foreign_doorbell_size=4"}})
    CHECK(complaint(map).empty());
}

TEST_CASE("places that overlap are refused, whichever two they are") {
  CHECK(complaint({"memory.base=0x2b000000", "memory.size=0x1000000"}) ==
        "configuration: smmu.base = 0x2b400000: 0x2b400000..0x2b43ffff overlaps 0x2b000000..0x2bffffff at "
        "memory.base");
  const char* keys[] = {"smmu.base",
                        "pcie.ecam_base",
                        "pcie.window_base",
                        "platform.doorbell_base",
                        "platform.devices_base",
                        "platform.foreign_doorbell_base",
                        "memory.base"};
  for (const std::string one : keys) {
    for (const std::string other : keys) {
      if (one == other) continue;
      CAPTURE(one);
      CAPTURE(other);
      const std::string said = complaint({one + "=0x60000000", other + "=0x60000000"});
      CHECK(said.find(" overlaps 0x60000000..") != std::string::npos);
      CHECK(said.find(one) != std::string::npos);
      CHECK(said.find(other) != std::string::npos);
    }
  }
}

TEST_CASE("a place that is not aligned is refused with its alignment") {
  CHECK(complaint({"pcie.ecam_base=0x48000000"}) ==
        "configuration: pcie.ecam_base = 0x48000000: expected a multiple of 0x10000000 (pcie.ecam_size)");
  CHECK(complaint({"platform.devices_base=0x2c001000"}) ==
        "configuration: platform.devices_base = 0x2c001000: expected a multiple of 0x10000");
  CHECK(complaint({"pcie.window_base=0xf0000000", "pcie.window_size=0x20000000"}) ==
        "configuration: pcie.window_size = 0x20000000: expected at most 0x10000000, so that it ends at 4 GB");
}

TEST_CASE("a doorbell that MSIs cannot reach is refused") {
  CHECK(complaint({"platform.doorbell_base=0x100000000000", "smmu.features.oas_bits=44"}) ==
        "configuration: platform.doorbell_base = 0x100000000000: expected it to end below 2^44 "
        "(smmu.features.oas_bits)");
}

TEST_CASE("the shipped address maps are accepted") {
  for (const char* map : {"qemu_virt", "fvp_base"})
    CHECK_NOTHROW(load_config({.defaults = {},
                               .file = std::string(SMMU_VP_EXAMPLES) + "/config/" + map + ".toml",
                               .overrides = {}}));
}

TEST_CASE("a file's endpoints replace the default ones, and overrides come after the file") {
  const ScratchFile file("seed = 3\n[[endpoint]]\nkind = \"pcie\"\nstream_id = 0x200\nchannels = 8\n");
  const Config c = load(file, {"seed=4"});
  REQUIRE(c.endpoints.size() == 1);
  CHECK(c.endpoints[0].stream_id == 0x200);
  CHECK(c.endpoints[0].accelerator.channels == 8);
  CHECK(c.seed == 4);
}

TEST_CASE("an endpoint table that sets some keys keeps the default endpoint's others") {
  const ScratchFile file("[[endpoint]]\nchannels = 8\n[[endpoint]]\nchannels = 2\n");
  const Config c = load(file);
  REQUIRE(c.endpoints.size() == 2);
  CHECK(c.endpoints[0].stream_id == 0x100);
  CHECK(c.endpoints[1].kind == EndpointKind::kPlatform);
  CHECK(c.endpoints[1].stream_id == 0x8);
  CHECK(c.endpoints[1].accelerator.channels == 2);
}

TEST_CASE("a scenario's own endpoint keeps the keys that a file's table does not set") {
  const ScratchFile file("[[endpoint]]\n[[endpoint]]\nchannels = 2\n");
  const Config c = load_config({.defaults = {"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x200"},
                                .file = file.path(),
                                .overrides = {}});
  REQUIRE(c.endpoints.size() == 2);
  CHECK(c.endpoints[1].kind == EndpointKind::kPcie);
  CHECK(c.endpoints[1].stream_id == 0x200);
}

TEST_CASE("an additional endpoint, from a file or by --set, is a function alone on its bus") {
  const ScratchFile file("[[endpoint]]\n[[endpoint]]\n[[endpoint]]\nchannels = 2\n");
  const Config c = load(file, {"endpoint.3.channels=4"});
  REQUIRE(c.endpoints.size() == 4);
  CHECK(c.endpoints[2].stream_id == 0x200);
  CHECK(c.endpoints[3].stream_id == 0x300);
}

TEST_CASE("an error in a file is reported with file and line") {
  const ScratchFile file("seed = 3\n[cpu]\ncount = 1000\n");
  CHECK_THROWS_WITH_AS(load(file),
                       (file.path() + ":3: cpu.count = 1000: expected an integer in 1..256 (CPUs)").c_str(),
                       ConfigError);
}

TEST_CASE("a missing file is reported by name") {
  CHECK_THROWS_WITH_AS(load_config({.defaults = {}, .file = "/nowhere.toml", .overrides = {}}),
                       "/nowhere.toml: File could not be opened for reading", ConfigError);
}

TEST_CASE("the effective configuration applied as overrides changes nothing") {
  const Config first = set({"cpu.count=3", "driver.bug=no_tlbi", "endpoint.0.atc.impl=lockstep"});
  std::vector<std::string> again;
  for (const Key& key : platform_keys()) {
    std::string name = key.name;
    if (const auto n = name.find(".N."); n != std::string::npos) name.replace(n, 3, ".0.");
    again.push_back(name + "=" + value_text(key, first, 0));
  }
  Config second = set(again);
  CHECK(effective_config(second, {}) == effective_config(first, {}));
}

TEST_CASE("every key has help and a default within its own limits") {
  for (const Key& key : platform_keys()) {
    CAPTURE(key.name);
    CHECK_FALSE(key.help.empty());
    CHECK(complaint({(key.name.starts_with("endpoint.N") ? "endpoint.0" + key.name.substr(10) : key.name) +
                     "=" + value_text(key, Config{}, 0)}) == "");
  }
}

TEST_CASE("every duration and rate of the machine has a source, and limits that are chosen have none") {
  const auto sources = effective_sources(set({}));
  for (const char* key : {"memory.latency_ns", "memory.bandwidth_gbps", "cpu.costs.syscall_ns",
                          "link.latency_ns", "endpoint.0.invalidate_ns", "endpoint.1.invalidate_ns"}) {
    CAPTURE(key);
    CHECK(sources.at(key).at("kind") == "uncalibrated");
  }
  for (const char* key : {"time_limit_ns", "monitors.grace_us", "smmu.cmdq.atc_inv_timeout_ns"})
    CHECK_FALSE(sources.contains(key));
  CHECK(any_uncalibrated(sources));
}

TEST_CASE("a file gives its values sources, and an override takes its key's source away") {
  const ScratchFile file(
      "[memory]\nlatency_ns = 95\nbandwidth_gbps = 100\n[[endpoint]]\ninvalidate_ns = 70\n"
      "[sources]\n\"memory.latency_ns\" = {data_sheet = \"page 7\"}\n\"endpoint.0.invalidate_ns\" = "
      "{published = \"figure 3\"}\n");
  const auto sources = effective_sources(load(file));
  CHECK(sources.at("memory.latency_ns") ==
        nlohmann::json{{"value", 95}, {"unit", "ns"}, {"kind", "data_sheet"}, {"text", "page 7"}});
  CHECK(sources.at("endpoint.0.invalidate_ns").at("kind") == "published");
  CHECK(sources.at("memory.bandwidth_gbps").at("kind") == "uncalibrated");
  CHECK(sources.at("memory.bandwidth_gbps").at("text").get<std::string>().find(file.path() + ":3") !=
        std::string::npos);
  const auto overridden = effective_sources(load(file, {"memory.latency_ns=96"}));
  CHECK(overridden.at("memory.latency_ns").at("kind") == "uncalibrated");
  CHECK(overridden.at("memory.latency_ns").at("text") == "set by --set");
}

TEST_CASE("a source of something else than a duration or rate, or of no known kind, is refused in one line") {
  const auto refused = [](const std::string& text) -> std::string {
    const ScratchFile file("[sources]\n" + text);
    try {
      load(file);
    } catch (const ConfigError& e) {
      return std::string(e.what()).substr(file.path().size());
    }
    return "";
  };
  CHECK(refused("\"cpu.count\" = {published = \"x\"}") ==
        ":2: sources: cpu.count is neither a duration nor a rate of the machine");
  CHECK(refused("\"memory.latency_ns\" = {rumour = \"x\"}")
            .find(":2: sources: memory.latency_ns: expected {published") == 0);
  CHECK(refused("\"memory.latncy_ns\" = {published = \"x\"}") ==
        ":2: unknown key 'memory.latncy_ns'; did you mean 'memory.latency_ns'?");
}
