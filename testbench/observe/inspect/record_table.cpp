// Reads the tables of tlm/spec.
#include "testbench/observe/inspect/record_table.h"

#include <nlohmann/json.hpp>

#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::tb {

using nlohmann::json;

namespace {

json entry(const char* name, u64 number, const char* section, std::span<const spec::NamedField> fields) {
  return {{"name", name}, {"number", number}, {"section", section}, {"fields", fields_json(fields)}};
}

}  // namespace

json fields_json(std::span<const spec::NamedField> fields) {
  json out = json::array();
  for (const spec::NamedField& f : fields) {
    out.push_back({{"name", f.name}, {"msb", f.field.hi}, {"lsb", f.field.lo}});
    if (spec::is_address(f.kind)) out.back()["address"] = true;
  }
  return out;
}

std::optional<json> record_table(std::string_view what) {
  json out = json::array();
  if (what == "commands") {
    for (const spec::CommandInfo& c : spec::kCommands)
      out.push_back(entry(c.name, static_cast<u64>(c.opcode), c.section, c.fields));
  } else if (what == "events") {
    for (const spec::EventInfo& e : spec::kEvents)
      out.push_back(entry(e.name, static_cast<u64>(e.id), e.section, e.fields));
  } else if (what == "page_requests") {
    out.push_back(entry("PAGE_REQUEST", 0, "8", spec::ppr::kFields));
  } else {
    return std::nullopt;
  }
  return out;
}

}  // namespace smmu_vp::tb
