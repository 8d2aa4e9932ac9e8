// 4.3.1 to 4.3.4: the least that each command removes.
#include "testbench/observe/monitors/cfgi_scope.h"

#include <fmt/format.h>

namespace smmu_vp::tb {

namespace {

using spec::Opcode;

// Whether the 2^log2_ids ids from `first` on, which are aligned, have one within [low, high].
constexpr bool overlaps(u32 first, unsigned log2_ids, u32 low, u32 high) {
  return first >> log2_ids <= high >> log2_ids && first >> log2_ids >= low >> log2_ids;
}

}  // namespace

bool CfgiScope::covers(const StructureId& id) const {
  if (id.smmu != smmu) return false;
  const bool of_cds = opcode == Opcode::CMD_CFGI_CD || opcode == Opcode::CMD_CFGI_CD_ALL;
  switch (id.kind) {
    case Structure::kL1Std:
      return !of_cds && !leaf && overlaps(id.sid, id.log2_ids, first_sid, last_sid);
    case Structure::kSte:
      return !of_cds && id.sid >= first_sid && id.sid <= last_sid;
    case Structure::kL1Cd:
      // 4.3.1: those of a stream go with its STE, whatever Leaf says.
      if (id.sid < first_sid || id.sid > last_sid) return false;
      return !ssid || (!leaf && overlaps(id.ssid, id.log2_ids, *ssid, *ssid));
    case Structure::kCd:
      return id.sid >= first_sid && id.sid <= last_sid && (!ssid || id.ssid == *ssid);
  }
  return false;
}

std::optional<CfgiScope> cfgi_scope(const spec::Command& c, u8 smmu) {
  namespace cmd = spec::cmd;
  const auto sid = static_cast<u32>(cmd::SID.get(c.w));
  CfgiScope scope{.opcode = spec::opcode_of(c), .smmu = smmu, .first_sid = sid, .last_sid = sid};
  switch (scope.opcode) {
    case Opcode::CMD_CFGI_STE:
      scope.leaf = cmd::cfgi::Leaf.get(c.w) != 0;
      return scope;
    case Opcode::CMD_CFGI_STE_RANGE: {
      const u64 range = (u64{2} << cmd::cfgi::Range.get(c.w)) - 1;
      scope.first_sid = static_cast<u32>(sid & ~range);
      scope.last_sid = static_cast<u32>(sid | range);
      return scope;
    }
    case Opcode::CMD_CFGI_CD:
      scope.ssid = static_cast<u32>(cmd::SSID.get(c.w));
      scope.leaf = cmd::cfgi::Leaf.get(c.w) != 0;
      return scope;
    case Opcode::CMD_CFGI_CD_ALL:
      return scope;
    default:
      return std::nullopt;
  }
}

std::string text_of(const CfgiScope& s) {
  std::string text = fmt::format("{} of StreamID {:#x}", to_string(s.opcode), s.first_sid);
  if (s.last_sid != s.first_sid) text += fmt::format(" to {:#x}", s.last_sid);
  if (s.ssid) text += fmt::format(", SubstreamID {}", *s.ssid);
  if (s.opcode == Opcode::CMD_CFGI_STE || s.opcode == Opcode::CMD_CFGI_CD)
    text += fmt::format(", Leaf {}", s.leaf ? 1 : 0);
  return text;
}

std::string invalidation_of(const StructureId& id) {
  CfgiScope s{.opcode = Opcode::CMD_CFGI_STE, .first_sid = id.sid, .last_sid = id.sid};
  if (is_of_cds(id.kind)) {
    s.opcode = Opcode::CMD_CFGI_CD;
    s.ssid = id.ssid;
  }
  s.leaf = words_of(id.kind) != 1;
  return text_of(s);
}

}  // namespace smmu_vp::tb
