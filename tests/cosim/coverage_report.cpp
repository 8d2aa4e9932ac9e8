// Reads Verilator's coverage data: lines of `C '<fields>' <count>`, where a field is \001 key \002 value.
#include "tests/cosim/coverage_report.h"

#include <fstream>
#include <stdexcept>

namespace smmu_vp::tb {

namespace {

std::map<std::string, std::string> fields(const std::string& text) {
  std::map<std::string, std::string> found;
  for (std::size_t at = text.find('\001'); at != std::string::npos;) {
    const std::size_t middle = text.find('\002', at);
    const std::size_t next = text.find('\001', middle);
    found[text.substr(at + 1, middle - at - 1)] = text.substr(middle + 1, next - middle - 1);
    at = next;
  }
  return found;
}

}  // namespace

CoverageReport::CoverageReport(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("C '")) continue;
    const std::size_t end = line.rfind("' ");
    auto point = fields(line.substr(3, end - 3));
    const std::string& page = point["page"];
    const CoverageKind kind = page.starts_with("v_toggle") ? CoverageKind::kToggle
                              : page.starts_with("v_user") ? CoverageKind::kPoint
                                                           : CoverageKind::kLine;
    std::string file = point["f"].substr(point["f"].rfind('/') + 1);

    counts_[kind][file + ":" + point["l"] + " " + point["o"]] += std::stoull(line.substr(end + 2));
  }
}

CoverageReport::Tally CoverageReport::tally(CoverageKind kind) const {
  Tally tally;
  if (!counts_.contains(kind)) return tally;
  for (const auto& [name, count] : counts_.at(kind)) {
    ++tally.all;
    tally.reached += count != 0;
  }
  return tally;
}

std::vector<std::string> CoverageReport::missed(CoverageKind kind) const {
  std::vector<std::string> names;
  if (!counts_.contains(kind)) return names;
  for (const auto& [name, count] : counts_.at(kind))
    if (count == 0) names.push_back(name);
  return names;
}

}  // namespace smmu_vp::tb
