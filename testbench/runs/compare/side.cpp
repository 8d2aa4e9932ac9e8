// A folder with a sweep.json is a sweep.
#include "testbench/runs/compare/side.h"

#include <fmt/format.h>

#include <filesystem>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string file_of(const std::string& path) {
  if (!fs::is_directory(path)) return path;
  for (const char* name : {"sweep.json", "summary.json"})
    if (fs::exists(fs::path(path) / name)) return (fs::path(path) / name).string();
  throw ConfigError(path + ": holds neither a run (summary.json) nor a sweep (sweep.json)");
}

// "window 256, devices 2"
std::string label_of(const json& at) {
  std::string label;
  for (const auto& [axis, value] : at.items())
    label += fmt::format("{}{} {}", label.empty() ? "" : ", ", axis, value.get<std::string>());
  return label;
}

}  // namespace

std::size_t Side::runs() const {
  std::size_t n = 0;
  for (const auto& [label, seeds] : points) n += seeds.size();
  return n;
}

Side read_side(const std::string& path) {
  const std::string file = file_of(path);
  const json content = read_json(file);
  Side side{.path = path, .title = {}, .scenario = {}, .points = {}};
  if (!content.contains("axes")) {
    Measures m = measures_of(content, file);
    side.title = side.scenario = m.scenario;
    side.points[""].push_back(std::move(m));
    return side;
  }
  try {
    side.title = content.at("title");
    side.scenario = content.at("scenario");
    const fs::path folder = fs::path(file).parent_path();
    for (const json& point : content.at("points")) {
      if (!point.contains("numbers")) continue;
      const std::string summary = (folder / point.at("folder").get<std::string>() / "summary.json").string();
      side.points[label_of(point.at("at"))].push_back(measures_of(read_json(summary), summary));
    }
  } catch (const json::exception& e) {
    throw ConfigError(fmt::format("{}: not the results of a sweep: {}", file, e.what()));
  }
  return side;
}

}  // namespace smmu_vp::tb
