// What a driver from outside has in place of a scenario.
#include "testbench/api/capi/recording.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "testbench/machine/config/effective.h"
#include "testbench/observe/output/output_file.h"
#include "testbench/observe/report/verdict.h"

namespace smmu_vp::tb {

namespace {

RunRecord record_of(const Config& config, std::span<const std::unique_ptr<Monitor>> monitors,
                    const std::string& directory) {
  RunRecord record;
  record.scenario = "own_driver";
  record.seed = config.seed;
  record.config = std::make_shared<nlohmann::json>(effective_config(config, {}));
  record.sources = std::make_shared<nlohmann::json>(effective_sources(config));
  record.uncalibrated = any_uncalibrated(*record.sources);
  record.monitors = monitors;
  // The caller may change its working directory.
  record.directory = std::filesystem::absolute(directory).string();
  return record;
}

}  // namespace

Recording::Recording(trace::Bus& bus, const Config& config,
                     std::span<const std::unique_ptr<Monitor>> monitors, const std::string& directory,
                     const RecordedParts& parts)
    : record_(record_of(config, monitors, directory)), recorder_(bus, record_, parts) {}

std::string Recording::close(const Platform& platform, u64 t_ps, const Ending& ending) {
  record_.signal = ending.signal;
  if (!ending.judged)
    record_.not_judged.push_back(
        {t_ps, {}, "what only the end shows: the driver did not say that it had finished"});
  const std::string unwritten = recorder_.close(platform, t_ps);
  if (!unwritten.empty()) throw WriteError(unwritten);
  return verdict(record_);
}

}  // namespace smmu_vp::tb
