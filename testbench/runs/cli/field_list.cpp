// Collects fields from the tables of tlm/spec.
#include "testbench/runs/cli/field_list.h"

#include <span>

#include "tlm/spec/cd.h"
#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"
#include "tlm/spec/pri.h"
#include "tlm/spec/registers.h"
#include "tlm/spec/ste.h"
#include "tlm/spec/vmsa.h"

namespace smmu_vp::tb {

namespace {

namespace vmsa = spec::vmsa;

constexpr spec::NamedField kL1Std[] = {{"Span", spec::l1std::Span}, {"L2Ptr", spec::l1std::L2Ptr}};
constexpr spec::NamedField kL1Cd[] = {{"V", spec::l1cd::V}, {"L2Ptr", spec::l1cd::L2Ptr}};
constexpr spec::NamedField kTableDescriptor[] = {{"Valid", vmsa::Valid},       {"Type", vmsa::Type},
                                                 {"NSTable", vmsa::NSTable},   {"APTable", vmsa::APTable},
                                                 {"UXNTable", vmsa::UXNTable}, {"PXNTable", vmsa::PXNTable}};
constexpr spec::NamedField kLeafStage1[] = {
    {"Valid", vmsa::Valid}, {"Type", vmsa::Type}, {"AttrIndx", vmsa::AttrIndx},
    {"NS", vmsa::NS},       {"AP", vmsa::AP},     {"SH", vmsa::SH},
    {"AF", vmsa::AF},       {"nG", vmsa::nG},     {"nT", vmsa::nT},
    {"GP", vmsa::GP},       {"DBM", vmsa::DBM},   {"Contiguous", vmsa::Contiguous},
    {"PXN", vmsa::PXN},     {"UXN", vmsa::UXN},   {"PBHA", vmsa::PBHA}};
constexpr spec::NamedField kLeafStage2[] = {{"Valid", vmsa::Valid},
                                            {"Type", vmsa::Type},
                                            {"MemAttr", vmsa::s2::MemAttr},
                                            {"S2AP", vmsa::s2::S2AP},
                                            {"SH", vmsa::SH},
                                            {"AF", vmsa::AF},
                                            {"DBM", vmsa::DBM},
                                            {"Contiguous", vmsa::Contiguous},
                                            {"XN", vmsa::s2::XN}};

struct Structure {
  const char *name, *section;
  std::span<const spec::NamedField> fields;
};
constexpr Structure kStructures[] = {
    {"STE", "5.2", spec::ste::kFields},
    {"L1STD", "5.1", kL1Std},
    {"CD", "5.4", spec::cd::kFields},
    {"L1CD", "5.3", kL1Cd},
    {"table descriptor", "Arm ARM D8.3", kTableDescriptor},
    {"stage 1 block or page descriptor", "Arm ARM D8.3", kLeafStage1},
    {"stage 2 block or page descriptor", "Arm ARM D8.3", kLeafStage2},
    {"PRI queue entry", "8", spec::ppr::kFields},
};

}  // namespace

std::vector<ListedField> all_fields() {
  std::vector<ListedField> all;
  const auto add = [&all](const char* kind, const auto& owner) {
    for (const spec::NamedField& f : owner.fields)
      all.push_back({owner.name, kind, f.name, owner.section, f.field.hi, f.field.lo});
  };
  for (const Structure& s : kStructures) add("structure", s);
  for (const spec::Register& r : spec::kRegisters) add("register", r);
  for (const spec::EventInfo& e : spec::kEvents) add("event", e);
  for (const spec::CommandInfo& c : spec::kCommands) add("command", c);
  return all;
}

}  // namespace smmu_vp::tb
