// docs/validation.md: published figure, closed form and measurement side by side, for every study.
#pragma once

#include <string>
#include <vector>

#include "testbench/runs/sweep/plots.h"

namespace smmu_vp::tb {

// What one study contributes to the page.
struct Validation {
  std::string study, title;
  std::vector<Plot> plots;
  std::string section;  // Markdown
};

Validation validation_of(const SweepSpec& sweep, std::vector<Plot> plots);

// The whole page, as Markdown.
std::string validation_page(const std::vector<Validation>& studies);

}  // namespace smmu_vp::tb
