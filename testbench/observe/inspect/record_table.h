// The records of the SMMU's queues as data, for those who decode them by their fields.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "tlm/spec/field.h"

namespace smmu_vp::tb {

// [{"name", "msb", "lsb"}], in the manual's absolute bit numbers. An address field, whose bits are the address's own,
// has "address": true too.
nlohmann::json fields_json(std::span<const spec::NamedField> fields);

// "commands", "events" or "page_requests": one object for each with name, number (opcode or event number; 0 for page
// requests, which are all alike), section and fields. Nothing for any other name.
std::optional<nlohmann::json> record_table(std::string_view what);

}  // namespace smmu_vp::tb
