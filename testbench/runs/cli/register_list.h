// `smmu-vp list registers`: the non-secure register map as JSON and as the page docs/registers.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "tlm/spec/field.h"

namespace smmu_vp::tb {

// One object for each register: name, offset, width (bits), access, guarded_by, section, fields, and reset
// and writable bits in the default configuration. Registers of the counter group have count and stride
// (bytes) of an array instead of guard and writable bits. Offsets and register values are hexadecimal text.
nlohmann::json registers_json();
std::string registers_markdown();

// "SMMUEN[0] …", in the manual's absolute bit numbers.
std::string fields_text(std::span<const spec::NamedField> fields);

}  // namespace smmu_vp::tb
