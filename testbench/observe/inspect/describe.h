// Structures and descriptors as text: the manual's field names and their values.
#pragma once

#include <span>
#include <string>

#include "tlm/core/configuration.h"
#include "tlm/spec/field.h"
#include "tlm/spec/structures.h"

namespace smmu_vp::tb {

// Every field that is not zero; address fields are shown as addresses.
std::string fields_text(std::span<const spec::NamedField> fields, std::span<const u64> words);
std::string words_text(std::span<const u64> words);
std::size_t structure_words(spec::Structure structure);
std::string structure_text(spec::Structure structure, std::span<const u64> words);
std::string_view structure_section(spec::Structure structure);
// A descriptor of stage 1 or 2 read at `level`.
std::string descriptor_text(u64 descriptor, int level, core::Granule granule);
std::string stage2_descriptor_text(u64 descriptor, int level, core::Granule granule);
// The stages that a transaction goes through, and the reason if stage 1 is not among them.
std::string context_text(const core::Context& context);
std::string bypass_text(const core::Configuration& found);
// As the manual writes it (13.1.1): "Normal-iWB/RAWAnTR-oNC-ISH", "Device-nGnRE".
std::string memory_type_text(spec::MemoryType type);
std::string rights_text(const core::Rights& rights);
std::string translation_text(const core::Translation& t);

}  // namespace smmu_vp::tb
