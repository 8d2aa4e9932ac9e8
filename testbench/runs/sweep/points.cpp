// The last axis and the seed change fastest.
#include "testbench/runs/sweep/points.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "testbench/observe/report/version.h"

namespace smmu_vp::tb {

namespace {

// FNV-1a, 64 bits: the same on every machine.
u64 hash_of(const std::vector<std::string>& words) {
  u64 hash = 0xcbf2'9ce4'8422'2325;
  const auto add = [&hash](char c) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100'0000'01b3;
  };
  for (const std::string& word : words) {
    for (const char c : word) add(c);
    add('\0');
  }
  return hash;
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Point point(const SweepSpec& sweep, const std::vector<std::size_t>& at, u64 seed) {
  Point p{
      .at = at, .seed = seed, .settings = sweep.settings, .arguments = {"run", sweep.scenario}, .folder = {}};
  for (std::size_t a = 0; a < sweep.axes.size(); ++a) {
    const std::vector<std::string>& more = sweep.axes[a].values[at[a]].settings;
    p.settings.insert(p.settings.end(), more.begin(), more.end());
  }
  if (sweep.config) p.arguments.insert(p.arguments.end(), {"--config", *sweep.config});
  for (const std::string& setting : p.settings) p.arguments.insert(p.arguments.end(), {"--set", setting});
  p.arguments.insert(p.arguments.end(), {"--seed", std::to_string(seed), "--record", "latency", "--quiet"});
  std::vector<std::string> words = p.arguments;
  words.insert(words.end(), {std::string(kVersion), sweep.config ? contents_of(*sweep.config) : ""});
  p.folder = fmt::format("points/{:016x}", hash_of(words));
  return p;
}

}  // namespace

std::vector<Point> points_of(const SweepSpec& sweep) {
  std::vector<Point> points;
  std::vector<std::size_t> at(sweep.axes.size(), 0);
  while (true) {
    for (const u64 seed : sweep.seeds) points.push_back(point(sweep, at, seed));
    std::size_t axis = at.size();
    while (axis > 0 && ++at[axis - 1] == sweep.axes[axis - 1].values.size()) at[--axis] = 0;
    if (axis == 0) return points;
  }
}

}  // namespace smmu_vp::tb
