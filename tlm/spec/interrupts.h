// Interrupt sources of the SMMU (3.18) and of its counter group (chapter 10).
#pragma once

#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

enum class InterruptSource : u8 { kEventq, kPriq, kGerror, kCmdSync, kPmcg };

constexpr std::string_view to_string(InterruptSource source) {
  switch (source) {
    case InterruptSource::kEventq:
      return "EVENTQ";
    case InterruptSource::kPriq:
      return "PRIQ";
    case InterruptSource::kGerror:
      return "GERROR";
    case InterruptSource::kCmdSync:
      return "CMD_SYNC";
    case InterruptSource::kPmcg:
      return "PMCG";
  }
  return "?";
}

}  // namespace smmu_vp::spec
