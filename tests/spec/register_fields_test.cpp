// Every field of every register against 6.3.n: its name and its bits.
#include <doctest/doctest.h>

#include "tests/spec/record_check.h"
#include "tests/support/registers.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::spec {
namespace {

struct ManualFields {
  std::string_view name;
  std::vector<ManualField> fields;
};

const std::vector<ManualFields> kManual = {
    {"IDR0",
     {{"RME_IMPL", 0, 0x40000000},
      {"ST_LEVEL", 0, 0x18000000},
      {"TERM_MODEL", 0, 0x4000000},
      {"STALL_MODEL", 0, 0x3000000},
      {"ATSRECERR", 0, 0x800000},
      {"TTENDIAN", 0, 0x600000},
      {"VATOS", 0, 0x100000},
      {"CD2L", 0, 0x80000},
      {"VMID16", 0, 0x40000},
      {"VMW", 0, 0x20000},
      {"PRI", 0, 0x10000},
      {"ATOS", 0, 0x8000},
      {"SEV", 0, 0x4000},
      {"MSI", 0, 0x2000},
      {"ASID16", 0, 0x1000},
      {"NS1ATS", 0, 0x800},
      {"ATS", 0, 0x400},
      {"Hyp", 0, 0x200},
      {"DORMHINT", 0, 0x100},
      {"HTTU", 0, 0xC0},
      {"BTM", 0, 0x20},
      {"COHACC", 0, 0x10},
      {"TTF", 0, 0xC},
      {"S1P", 0, 0x2},
      {"S2P", 0, 0x1}}},
    {"IDR1",
     {{"ECMDQ", 0, 0x80000000},
      {"TABLES_PRESET", 0, 0x40000000},
      {"QUEUES_PRESET", 0, 0x20000000},
      {"REL", 0, 0x10000000},
      {"ATTR_TYPES_OVR", 0, 0x8000000},
      {"ATTR_PERMS_OVR", 0, 0x4000000},
      {"CMDQS", 0, 0x3E00000},
      {"EVENTQS", 0, 0x1F0000},
      {"PRIQS", 0, 0xF800},
      {"SSIDSIZE", 0, 0x7C0},
      {"SIDSIZE", 0, 0x3F}}},
    {"IDR2", {{"BA_VATOS", 0, 0x3FF}}},
    {"IDR3", {{"AIE", 0, 0x800000}, {"MTEPERM", 0, 0x400000}, {"THE", 0, 0x200000}, {"S2PO", 0, 0x100000},
              {"S2PI", 0, 0x80000}, {"S1PI", 0, 0x40000},     {"EPAN", 0, 0x20000}, {"PASIDTT", 0, 0x10000},
              {"DPT", 0, 0x8000},   {"PTWNNC", 0, 0x4000},    {"E0PD", 0, 0x2000},  {"BBML", 0, 0x1800},
              {"RIL", 0, 0x400},    {"STT", 0, 0x200},        {"FWB", 0, 0x100},    {"MPAM", 0, 0x80},
              {"PPS", 0, 0x20},     {"XNX", 0, 0x10},         {"PBHA", 0, 0x8},     {"HAD", 0, 0x4}}},
    {"IDR4", {{"IMPDEF", 0, 0xFFFFFFFF}}},
    {"IDR5",
     {{"STALL_MAX", 0, 0xFFFF0000},
      {"VAX", 0, 0xC00},
      {"D128", 0, 0x100},
      {"DS", 0, 0x80},
      {"GRAN64K", 0, 0x40},
      {"GRAN16K", 0, 0x20},
      {"GRAN4K", 0, 0x10},
      {"OAS", 0, 0x7}}},
    {"IIDR",
     {{"ProductID", 0, 0xFFF00000},
      {"Variant", 0, 0xF0000},
      {"Revision", 0, 0xF000},
      {"Implementer", 0, 0xFFF}}},
    {"AIDR", {{"ArchMajorRev", 0, 0xF0}, {"ArchMinorRev", 0, 0xF}}},
    {"CR0",
     {{"DPT_WALK_EN", 0, 0x400},
      {"VMW", 0, 0x1C0},
      {"ATSCHK", 0, 0x10},
      {"CMDQEN", 0, 0x8},
      {"EVENTQEN", 0, 0x4},
      {"PRIQEN", 0, 0x2},
      {"SMMUEN", 0, 0x1}}},
    {"CR0ACK",
     {{"DPT_WALK_EN", 0, 0x400},
      {"VMW", 0, 0x1C0},
      {"ATSCHK", 0, 0x10},
      {"CMDQEN", 0, 0x8},
      {"EVENTQEN", 0, 0x4},
      {"PRIQEN", 0, 0x2},
      {"SMMUEN", 0, 0x1}}},
    {"CR1",
     {{"TABLE_SH", 0, 0xC00},
      {"TABLE_OC", 0, 0x300},
      {"TABLE_IC", 0, 0xC0},
      {"QUEUE_SH", 0, 0x30},
      {"QUEUE_OC", 0, 0xC},
      {"QUEUE_IC", 0, 0x3}}},
    {"CR2", {{"REC_CFG_ATS", 0, 0x8}, {"PTM", 0, 0x4}, {"RECINVSID", 0, 0x2}, {"E2H", 0, 0x1}}},
    {"S2PII", {{"S2PII15_0", 0, 0xFFFFFFFFFFFFFFFF}}},
    {"STATUSR", {{"DORMANT", 0, 0x1}}},
    {"GBPA",
     {{"Update", 0, 0x80000000},
      {"ABORT", 0, 0x100000},
      {"INSTCFG", 0, 0xC0000},
      {"PRIVCFG", 0, 0x30000},
      {"SHCFG", 0, 0x3000},
      {"ALLOCCFG", 0, 0xF00},
      {"MTCFG", 0, 0x10},
      {"MemAttr", 0, 0xF}}},
    {"AGBPA", {{"IMPDEF", 0, 0xFFFFFFFF}}},
    {"IRQ_CTRL", {{"EVENTQ_IRQEN", 0, 0x4}, {"PRIQ_IRQEN", 0, 0x2}, {"GERROR_IRQEN", 0, 0x1}}},
    {"IRQ_CTRLACK", {{"EVENTQ_IRQEN", 0, 0x4}, {"PRIQ_IRQEN", 0, 0x2}, {"GERROR_IRQEN", 0, 0x1}}},
    {"GERROR",
     {{"DPT_ERR", 0, 0x400},
      {"CMDQP_ERR", 0, 0x200},
      {"SFM_ERR", 0, 0x100},
      {"MSI_GERROR_ABT_ERR", 0, 0x80},
      {"MSI_PRIQ_ABT_ERR", 0, 0x40},
      {"MSI_EVENTQ_ABT_ERR", 0, 0x20},
      {"MSI_CMDQ_ABT_ERR", 0, 0x10},
      {"PRIQ_ABT_ERR", 0, 0x8},
      {"EVENTQ_ABT_ERR", 0, 0x4},
      {"CMDQ_ERR", 0, 0x1}}},
    {"GERRORN",
     {{"DPT_ERR", 0, 0x400},
      {"CMDQP_ERR", 0, 0x200},
      {"SFM_ERR", 0, 0x100},
      {"MSI_GERROR_ABT_ERR", 0, 0x80},
      {"MSI_PRIQ_ABT_ERR", 0, 0x40},
      {"MSI_EVENTQ_ABT_ERR", 0, 0x20},
      {"MSI_CMDQ_ABT_ERR", 0, 0x10},
      {"PRIQ_ABT_ERR", 0, 0x8},
      {"EVENTQ_ABT_ERR", 0, 0x4},
      {"CMDQ_ERR", 0, 0x1}}},
    {"GERROR_IRQ_CFG0", {{"ADDR", 0, 0xFFFFFFFFFFFFFC}}},
    {"GERROR_IRQ_CFG1", {{"DATA", 0, 0xFFFFFFFF}}},
    {"GERROR_IRQ_CFG2", {{"SH", 0, 0x30}, {"MemAttr", 0, 0xF}}},
    {"STRTAB_BASE", {{"RA", 0, 0x4000000000000000}, {"ADDR", 0, 0xFFFFFFFFFFFFC0}}},
    {"STRTAB_BASE_CFG", {{"FMT", 0, 0x30000}, {"SPLIT", 0, 0x7C0}, {"LOG2SIZE", 0, 0x3F}}},
    {"CMDQ_BASE", {{"RA", 0, 0x4000000000000000}, {"ADDR", 0, 0xFFFFFFFFFFFFE0}, {"LOG2SIZE", 0, 0x1F}}},
    {"CMDQ_PROD", {{"WR", 0, 0xFFFFF}}},
    {"CMDQ_CONS", {{"ERR", 0, 0x7F000000}, {"RD", 0, 0xFFFFF}}},
    {"EVENTQ_BASE", {{"WA", 0, 0x4000000000000000}, {"ADDR", 0, 0xFFFFFFFFFFFFE0}, {"LOG2SIZE", 0, 0x1F}}},
    {"EVENTQ_IRQ_CFG0", {{"ADDR", 0, 0xFFFFFFFFFFFFFC}}},
    {"EVENTQ_IRQ_CFG1", {{"DATA", 0, 0xFFFFFFFF}}},
    {"EVENTQ_IRQ_CFG2", {{"SH", 0, 0x30}, {"MemAttr", 0, 0xF}}},
    {"PRIQ_BASE", {{"WA", 0, 0x4000000000000000}, {"ADDR", 0, 0xFFFFFFFFFFFFE0}, {"LOG2SIZE", 0, 0x1F}}},
    {"PRIQ_IRQ_CFG0", {{"ADDR", 0, 0xFFFFFFFFFFFFFC}}},
    {"PRIQ_IRQ_CFG1", {{"DATA", 0, 0xFFFFFFFF}}},
    {"PRIQ_IRQ_CFG2", {{"LO", 0, 0x80000000}, {"SH", 0, 0x30}, {"MemAttr", 0, 0xF}}},
    {"GATOS_CTRL", {{"RUN", 0, 0x1}}},
    {"GATOS_SID",
     {{"SSID_VALID", 0, 0x10000000000000}, {"SUBSTREAMID", 0, 0xFFFFF00000000}, {"STREAMID", 0, 0xFFFFFFFF}}},
    {"GATOS_ADDR",
     {{"ADDR", 0, 0xFFFFFFFFFFFFF000},
      {"TYPE", 0, 0xC00},
      {"PnU", 0, 0x200},
      {"RnW", 0, 0x100},
      {"InD", 0, 0x80},
      {"HTTUI", 0, 0x40}}},
    {"GATOS_PAR",
     {{"ATTR", 0, 0xFF00000000000000},
      {"ADDR", 0, 0xFFFFFFFFFFF000},
      {"Size", 0, 0x800},
      {"SH", 0, 0x300},
      {"FAULT", 0, 0x1},
      {"FADDR", 0, 0xFFFFFFFFFFF000},
      {"FAULTCODE", 0, 0xFF0},
      {"REASON", 0, 0x6}}},
    {"MPAMIDR", {{"PMG_MAX", 0, 0xFF0000}, {"PARTID_MAX", 0, 0xFFFF}}},
    {"GMPAM", {{"Update", 0, 0x80000000}, {"SO_PMG", 0, 0xFF0000}, {"SO_PARTID", 0, 0xFFFF}}},
    {"GBPMPAM", {{"Update", 0, 0x80000000}, {"GBP_PMG", 0, 0xFF0000}, {"GBP_PARTID", 0, 0xFFFF}}},
    {"VATOS_SEL", {{"VMID", 0, 0xFFFF}}},
    {"IDR6", {{"CMDQ_CONTROL_PAGE_LOG2NUMP", 0, 0xF000000}, {"CMDQ_CONTROL_PAGE_LOG2NUMQ", 0, 0xF0000}}},
    {"DPT_BASE", {{"RA", 0, 0x4000000000000000}, {"BADDR", 0, 0xFFFFFFFFFFF000}}},
    {"DPT_BASE_CFG", {{"L0DPTSZ", 0, 0xF00000}, {"DPTGS", 0, 0xC000}, {"DPTPS", 0, 0x7}}},
    {"DPT_CFG_FAR",
     {{"FADDR", 0, 0xFFFFFFFFFFF000}, {"DPT_FAULTCODE", 0, 0xF0}, {"LEVEL", 0, 0x2}, {"FAULT", 0, 0x1}}},
    {"CMDQ_CONTROL_PAGE_BASE0",
     {{"ADDR", 0, 0xFFFFFFFFFF0000}, {"CMDQGS", 0, 0x6}, {"CMDQ_CONTROL_PAGE_PRESET", 0, 0x1}}},
    {"CMDQ_CONTROL_PAGE_CFG0", {{"EN", 0, 0x1}}},
    {"CMDQ_CONTROL_PAGE_STATUS0", {{"ENACK", 0, 0x1}}},
    {"EVENTQ_PROD", {{"OVFLG", 0, 0x80000000}, {"WR", 0, 0xFFFFF}}},
    {"EVENTQ_CONS", {{"OVACKFLG", 0, 0x80000000}, {"RD", 0, 0xFFFFF}}},
    {"PRIQ_PROD", {{"OVFLG", 0, 0x80000000}, {"WR", 0, 0xFFFFF}}},
    {"PRIQ_CONS", {{"OVACKFLG", 0, 0x80000000}, {"RD", 0, 0xFFFFF}}},
};

TEST_CASE("every register field is where 6.3 puts it") {
  REQUIRE(std::size(kRegisters) == kManual.size());
  for (std::size_t i = 0; i < kManual.size(); ++i) {
    CAPTURE(kManual[i].name);
    CHECK(kRegisters[i].name == kManual[i].name);
    check_fields<1>(kRegisters[i].fields, kManual[i].fields);
  }
}

TEST_CASE("other tests read features where the manual has them in the ID registers") {
  const auto mask = [](std::string_view of, std::string_view name) {
    for (const ManualFields& r : kManual)
      if (r.name == of) return static_cast<u32>(mask_of(r.fields, name));
    return u32{0};
  };
  namespace idr = test::idr;
  CHECK(idr::btm(mask("IDR0", "BTM")));
  CHECK(idr::ns1ats(mask("IDR0", "NS1ATS")));
  CHECK(idr::stall_model(mask("IDR0", "STALL_MODEL")) == 0b11);
  CHECK(idr::term_model(mask("IDR0", "TERM_MODEL")));
  CHECK(idr::ssidsize(mask("IDR1", "SSIDSIZE")) == 0x1F);
  CHECK(idr::attr_perms_ovr(mask("IDR1", "ATTR_PERMS_OVR")));
  CHECK(idr::pps(mask("IDR3", "PPS")));
  CHECK(idr::bbml(mask("IDR3", "BBML")) == 0b11);
  CHECK(idr::stall_max(mask("IDR5", "STALL_MAX")) == 0xFFFF);
}

TEST_CASE("other tests name registers' bits where the manual has them") {
  struct Bit {
    std::string_view of, name;
    u64 value;
  };
  using namespace test;
  const Bit bits[] = {
      {"IDR0", "S2P", idr0::S2P},
      {"IDR0", "S1P", idr0::S1P},
      {"IDR0", "TTF", idr0::ttf(0b11)},
      {"IDR0", "COHACC", idr0::COHACC},
      {"IDR0", "BTM", idr0::BTM},
      {"IDR0", "Hyp", idr0::Hyp},
      {"IDR0", "ATS", idr0::ATS},
      {"IDR0", "ASID16", idr0::ASID16},
      {"IDR0", "MSI", idr0::MSI},
      {"IDR0", "SEV", idr0::SEV},
      {"IDR0", "PRI", idr0::PRI},
      {"IDR0", "VMID16", idr0::VMID16},
      {"IDR0", "CD2L", idr0::CD2L},
      {"IDR0", "TTENDIAN", idr0::ttendian(0b11)},
      {"IDR0", "ATSRECERR", idr0::ATSRECERR},
      {"IDR0", "STALL_MODEL", idr0::stall_model(0b11)},
      {"IDR0", "ST_LEVEL", idr0::st_level(0b11)},
      {"IDR1", "SIDSIZE", idr1::sidsize(0b11'1111)},
      {"IDR1", "SSIDSIZE", idr1::ssidsize(0b1'1111)},
      {"IDR1", "PRIQS", idr1::priqs(0b1'1111)},
      {"IDR1", "EVENTQS", idr1::eventqs(0b1'1111)},
      {"IDR1", "CMDQS", idr1::cmdqs(0b1'1111)},
      {"IDR1", "ATTR_PERMS_OVR", idr1::ATTR_PERMS_OVR},
      {"IDR1", "REL", idr1::REL},
      {"IDR1", "QUEUES_PRESET", idr1::QUEUES_PRESET},
      {"IDR1", "TABLES_PRESET", idr1::TABLES_PRESET},
      {"IDR3", "HAD", idr3::HAD},
      {"IDR3", "PPS", idr3::PPS},
      {"IDR3", "FWB", idr3::FWB},
      {"IDR3", "STT", idr3::STT},
      {"IDR3", "RIL", idr3::RIL},
      {"IDR3", "BBML", idr3::bbml(0b11)},
      {"IDR5", "OAS", idr5::oas(0b111)},
      {"IDR5", "GRAN4K", idr5::GRAN4K},
      {"IDR5", "GRAN16K", idr5::GRAN16K},
      {"IDR5", "GRAN64K", idr5::GRAN64K},
      {"IDR5", "STALL_MAX", idr5::stall_max(0xFFFF)},
      {"CR1", "TABLE_SH", cr1::table_sh(0b11)},
      {"CR1", "TABLE_OC", cr1::table_oc(0b11)},
      {"CR1", "TABLE_IC", cr1::table_ic(0b11)},
      {"CR1", "QUEUE_SH", cr1::queue_sh(0b11)},
      {"CR1", "QUEUE_OC", cr1::queue_oc(0b11)},
      {"CR1", "QUEUE_IC", cr1::queue_ic(0b11)},
      {"STRTAB_BASE", "RA", strtab::RA},
      {"STRTAB_BASE", "ADDR", strtab::addr(~u64{0})},
      {"STRTAB_BASE_CFG", "FMT", strtab::fmt(0b11)},
      {"STRTAB_BASE_CFG", "SPLIT", strtab::split(0b1'1111)},
      {"STRTAB_BASE_CFG", "LOG2SIZE", strtab::log2size(0b11'1111)},
      {"CMDQ_BASE", "RA", queue::HINT},
      {"EVENTQ_BASE", "WA", queue::HINT},
      {"PRIQ_BASE", "WA", queue::HINT},
      {"CMDQ_BASE", "ADDR", queue::addr(~u64{0})},
      {"CMDQ_BASE", "LOG2SIZE", queue::log2size(0b1'1111)},
      {"CMDQ_CONS", "ERR", cerror::err(0b111'1111)},
      {"GERROR", "SFM_ERR", gerror::SFM_ERR},
      {"CR0", "SMMUEN", cr0::SMMUEN},
      {"CR0", "PRIQEN", cr0::PRIQEN},
      {"CR0", "EVENTQEN", cr0::EVENTQEN},
      {"CR0", "CMDQEN", cr0::CMDQEN},
      {"CR0", "ATSCHK", cr0::ATSCHK},
      {"CR0", "VMW", cr0::vmw(0b111)},
      {"CR2", "E2H", cr2::E2H},
      {"CR2", "RECINVSID", cr2::RECINVSID},
      {"CR2", "PTM", cr2::PTM},
      {"CR2", "REC_CFG_ATS", cr2::REC_CFG_ATS},
      {"IRQ_CTRL", "GERROR_IRQEN", irq_ctrl::GERROR_IRQEN},
      {"IRQ_CTRL", "PRIQ_IRQEN", irq_ctrl::PRIQ_IRQEN},
      {"IRQ_CTRL", "EVENTQ_IRQEN", irq_ctrl::EVENTQ_IRQEN},
      {"GERROR", "CMDQ_ERR", gerror::CMDQ_ERR},
      {"GERROR", "EVENTQ_ABT_ERR", gerror::EVENTQ_ABT_ERR},
      {"GERROR", "PRIQ_ABT_ERR", gerror::PRIQ_ABT_ERR},
      {"GERROR", "MSI_CMDQ_ABT_ERR", gerror::MSI_CMDQ_ABT_ERR},
      {"GERROR", "MSI_EVENTQ_ABT_ERR", gerror::MSI_EVENTQ_ABT_ERR},
      {"GERROR", "MSI_PRIQ_ABT_ERR", gerror::MSI_PRIQ_ABT_ERR},
      {"GERROR", "MSI_GERROR_ABT_ERR", gerror::MSI_GERROR_ABT_ERR},
      {"EVENTQ_PROD", "OVFLG", queue::OVFLG},
      {"EVENTQ_CONS", "OVACKFLG", queue::OVFLG},
      {"PRIQ_PROD", "OVFLG", queue::OVFLG},
      {"PRIQ_CONS", "OVACKFLG", queue::OVFLG},
      {"GERROR_IRQ_CFG2", "SH", irq_cfg2::sh(0b11)},
      {"GERROR_IRQ_CFG2", "MemAttr", irq_cfg2::mem_attr(0xF)},
      {"EVENTQ_IRQ_CFG2", "SH", irq_cfg2::sh(0b11)},
      {"PRIQ_IRQ_CFG2", "SH", irq_cfg2::sh(0b11)},
      {"GBPA", "Update", gbpa::Update},
      {"GBPA", "ABORT", gbpa::ABORT},
      {"GBPA", "INSTCFG", gbpa::instcfg(0b11)},
      {"GBPA", "PRIVCFG", gbpa::privcfg(0b11)},
  };
  for (const Bit& b : bits) {
    CAPTURE(b.of);
    CAPTURE(b.name);
    bool found = false;
    for (const ManualFields& r : kManual)
      if (r.name == b.of) found = mask_of(r.fields, b.name) == b.value;
    CHECK(found);
  }
}

}  // namespace
}  // namespace smmu_vp::spec
