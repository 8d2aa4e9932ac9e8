// Structures and descriptors in words: the manual's field names and their values.
#pragma once

#include <span>
#include <string>

#include "tlm/core/configuration.h"
#include "tlm/spec/field.h"

namespace smmu_vp::tb {

// Every field that is not zero; address fields in place.
std::string fields_text(std::span<const spec::NamedField> fields, std::span<const u64> words);
std::string words_text(std::span<const u64> words);
// L1STD, STE, L1CD or CD.
std::size_t structure_words(std::string_view structure);
std::string structure_text(std::string_view structure, std::span<const u64> words);
std::string_view structure_section(std::string_view structure);
// A descriptor of stage 1 or 2 met at `level`.
std::string descriptor_text(u64 descriptor, int level, core::Granule granule);
std::string stage2_descriptor_text(u64 descriptor, int level, core::Granule granule);
std::string rights_text(const core::Rights& rights);
std::string translation_text(const core::Translation& t);

}  // namespace smmu_vp::tb
