// `smmu-vp list registers`: the non-secure register map as JSON and as the page docs/registers.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "tlm/spec/field.h"

namespace smmu_vp::tb {

// An object a register: name, offset, width (bits), access, guarded_by, section, fields; reset and writable
// are those of the default configuration. Of the counter group instead: no guard, writable bits and fields,
// but count and stride (bytes) of an array. Offsets and register values are hexadecimal text.
nlohmann::json registers_json();
std::string registers_markdown();

// [{"name", "msb", "lsb"}], in the manual's absolute bit numbers.
nlohmann::json fields_json(std::span<const spec::NamedField> fields);
// "SMMUEN[0] …", likewise.
std::string fields_text(std::span<const spec::NamedField> fields);

}  // namespace smmu_vp::tb
