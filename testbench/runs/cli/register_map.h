// Every register of the programming interface with its values in the default configuration: what `smmu-vp list
// registers` prints in all its formats.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

struct MappedRegister {
  std::string name;  // with the prefix PMCG_ in the counter group
  u32 offset;        // from smmu.base; of element 0
  unsigned width;    // bits
  spec::RegisterAccess access;
  const char* section;
  std::span<const spec::NamedField> fields;
  spec::WriteEffect write = spec::WriteEffect::kReplace;
  u64 reset = 0;
  bool counter_group = false;
  unsigned count = 1, stride = 0;  // of an array: elements, bytes from one to the next
  // Not for the counter group:
  u64 writable = 0;
  std::string guard;  // "CR0.CMDQEN"; 6.2
};

std::vector<MappedRegister> register_map();

// The fields of a register in views without overlaps: GATOS_PAR has one of a success and one of a fault (6.3.40).
// A register without fields has one, VALUE, that is the whole register.
std::vector<std::vector<spec::NamedField>> field_views(const MappedRegister& r);

// As IP-XACT and CMSIS-SVD name them; null where nothing needs saying.
const char* xml_name(spec::RegisterAccess access);
const char* xml_name(spec::WriteEffect effect);

}  // namespace smmu_vp::tb
