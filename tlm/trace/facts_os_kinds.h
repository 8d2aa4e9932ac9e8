// Kinds of pages, log messages and page faults, shared by the driver and the facts.
#pragma once

#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::trace {

// The use that pages are allocated for; a structure is one that the SMMU reads (STEs, CDs).
enum class PageUse : u8 { kProcess, kPageTable, kDriver, kStructure };

constexpr std::string_view to_string(PageUse use) {
  switch (use) {
    case PageUse::kProcess:
      return "process";
    case PageUse::kPageTable:
      return "page_table";
    case PageUse::kDriver:
      return "driver";
    case PageUse::kStructure:
      return "structure";
  }
  return "?";
}

enum class LogLevel : u8 { kErr, kWarn, kInfo };

constexpr std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kErr:
      return "err";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kInfo:
      return "info";
  }
  return "?";
}

// Whether a page fault came as a page request or as a stalled transaction.
enum class FaultSource : u8 { kPri, kStall };

constexpr std::string_view to_string(FaultSource source) {
  switch (source) {
    case FaultSource::kPri:
      return "pri";
    case FaultSource::kStall:
      return "stall";
  }
  return "?";
}

enum class FaultResponse : u8 { kSuccess, kInvalid, kFailure };

constexpr std::string_view to_string(FaultResponse response) {
  switch (response) {
    case FaultResponse::kSuccess:
      return "Success";
    case FaultResponse::kInvalid:
      return "Invalid";
    case FaultResponse::kFailure:
      return "Failure";
  }
  return "?";
}

}  // namespace smmu_vp::trace
