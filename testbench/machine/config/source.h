// Where the value of a duration or rate comes from. Nothing is better known than uncalibrated unless something says so.
#pragma once

#include <string>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum class SourceKind : u8 {
  kUncalibrated,  // a guess; it shows how things depend on each other, not how long they take
  kPublished,     // a measurement that others published, or fitted to one
  kDataSheet,     // what a manufacturer or a standard states
  kChosen,        // no property of a machine: a limit or a pause that the user or software chooses
};

constexpr std::string_view name_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::kUncalibrated:
      break;
    case SourceKind::kPublished:
      return "published";
    case SourceKind::kDataSheet:
      return "data_sheet";
    case SourceKind::kChosen:
      return "chosen";
  }
  return "uncalibrated";
}

struct Source {
  SourceKind kind = SourceKind::kUncalibrated;
  std::string text;  // which figure, and how the value follows from it; or who set it
};

}  // namespace smmu_vp::tb
