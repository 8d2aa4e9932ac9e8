// The register map against the manual: 6.2.1 and 6.2.2 for offsets, sizes and access; 6.3.n for defined bits.
#include "tlm/spec/registers.h"

#include <doctest/doctest.h>

#include <string_view>

#include "tests/support/registers.h"
#include "tlm/spec/pmcg_registers.h"

namespace smmu_vp::spec {
namespace {

struct ManualRegister {
  std::string_view name;
  u32 offset;
  unsigned width;
  RegisterAccess access;
  std::string_view section;
  u64 defined;  // bits that 6.3.n does not call RES0
};

constexpr RegisterAccess kRO = RegisterAccess::kRO, kRW = RegisterAccess::kRW;

constexpr ManualRegister kManual[] = {
    {"IDR0", 0x00000, 32, kRO, "6.3.1", 0x5FFFFFFF},
    {"IDR1", 0x00004, 32, kRO, "6.3.2", 0xFFFFFFFF},
    {"IDR2", 0x00008, 32, kRO, "6.3.3", 0x000003FF},
    {"IDR3", 0x0000C, 32, kRO, "6.3.4", 0x00FFFFBC},
    {"IDR4", 0x00010, 32, kRO, "6.3.5", 0xFFFFFFFF},
    {"IDR5", 0x00014, 32, kRO, "6.3.6", 0xFFFF0DF7},
    {"IIDR", 0x00018, 32, kRO, "6.3.7", 0xFFFFFFFF},
    {"AIDR", 0x0001C, 32, kRO, "6.3.8", 0x000000FF},
    {"CR0", 0x00020, 32, kRW, "6.3.9", 0x000005DF},
    {"CR0ACK", 0x00024, 32, kRO, "6.3.10", 0x000005DF},
    {"CR1", 0x00028, 32, kRW, "6.3.11", 0x00000FFF},
    {"CR2", 0x0002C, 32, kRW, "6.3.12", 0x0000000F},
    {"S2PII", 0x00030, 64, kRW, "6.3.17", 0xFFFFFFFFFFFFFFFF},
    {"STATUSR", 0x00040, 32, kRO, "6.3.13", 0x00000001},
    {"GBPA", 0x00044, 32, kRW, "6.3.14", 0x801F3F1F},
    {"AGBPA", 0x00048, 32, kRW, "6.3.15", 0xFFFFFFFF},
    {"IRQ_CTRL", 0x00050, 32, kRW, "6.3.16", 0x00000007},
    {"IRQ_CTRLACK", 0x00054, 32, kRO, "6.3.18", 0x00000007},
    {"GERROR", 0x00060, 32, kRO, "6.3.19", 0x000007FD},
    {"GERRORN", 0x00064, 32, kRW, "6.3.20", 0x000007FD},
    {"GERROR_IRQ_CFG0", 0x00068, 64, kRW, "6.3.21", 0x00FFFFFFFFFFFFFC},
    {"GERROR_IRQ_CFG1", 0x00070, 32, kRW, "6.3.22", 0xFFFFFFFF},
    {"GERROR_IRQ_CFG2", 0x00074, 32, kRW, "6.3.23", 0x0000003F},
    {"STRTAB_BASE", 0x00080, 64, kRW, "6.3.24", 0x40FFFFFFFFFFFFC0},
    {"STRTAB_BASE_CFG", 0x00088, 32, kRW, "6.3.25", 0x000307FF},
    {"CMDQ_BASE", 0x00090, 64, kRW, "6.3.26", 0x40FFFFFFFFFFFFFF},
    {"CMDQ_PROD", 0x00098, 32, kRW, "6.3.27", 0x000FFFFF},
    {"CMDQ_CONS", 0x0009C, 32, kRW, "6.3.28", 0x7F0FFFFF},
    {"EVENTQ_BASE", 0x000A0, 64, kRW, "6.3.29", 0x40FFFFFFFFFFFFFF},
    {"EVENTQ_IRQ_CFG0", 0x000B0, 64, kRW, "6.3.30", 0x00FFFFFFFFFFFFFC},
    {"EVENTQ_IRQ_CFG1", 0x000B8, 32, kRW, "6.3.31", 0xFFFFFFFF},
    {"EVENTQ_IRQ_CFG2", 0x000BC, 32, kRW, "6.3.32", 0x0000003F},
    {"PRIQ_BASE", 0x000C0, 64, kRW, "6.3.33", 0x40FFFFFFFFFFFFFF},
    {"PRIQ_IRQ_CFG0", 0x000D0, 64, kRW, "6.3.34", 0x00FFFFFFFFFFFFFC},
    {"PRIQ_IRQ_CFG1", 0x000D8, 32, kRW, "6.3.35", 0xFFFFFFFF},
    {"PRIQ_IRQ_CFG2", 0x000DC, 32, kRW, "6.3.36", 0x8000003F},
    {"GATOS_CTRL", 0x00100, 32, kRW, "6.3.37", 0x00000001},
    {"GATOS_SID", 0x00108, 64, kRW, "6.3.38", 0x001FFFFFFFFFFFFF},
    {"GATOS_ADDR", 0x00110, 64, kRW, "6.3.39", 0xFFFFFFFFFFFFFFC0},
    {"GATOS_PAR", 0x00118, 64, kRO, "6.3.40", 0xFFFFFFFFFFFFFFF7},
    {"MPAMIDR", 0x00130, 32, kRO, "6.3.41", 0x00FFFFFF},
    {"GMPAM", 0x00138, 32, kRW, "6.3.42", 0x80FFFFFF},
    {"GBPMPAM", 0x0013C, 32, kRW, "6.3.43", 0x80FFFFFF},
    {"VATOS_SEL", 0x00180, 32, kRW, "6.3.44", 0x0000FFFF},
    {"IDR6", 0x00190, 32, kRO, "6.3.45", 0x0F0F0000},
    {"DPT_BASE", 0x00200, 64, kRW, "6.3.46", 0x40FFFFFFFFFFF000},
    {"DPT_BASE_CFG", 0x00208, 32, kRW, "6.3.47", 0x00F0C007},
    {"DPT_CFG_FAR", 0x00210, 64, kRW, "6.3.48", 0x00FFFFFFFFFFF0F3},
    {"CMDQ_CONTROL_PAGE_BASE0", 0x04000, 64, kRO, "6.3.49", 0x00FFFFFFFFFF0007},
    {"CMDQ_CONTROL_PAGE_CFG0", 0x04008, 32, kRO, "6.3.50", 0x00000001},
    {"CMDQ_CONTROL_PAGE_STATUS0", 0x0400C, 32, kRO, "6.3.51", 0x00000001},
    {"EVENTQ_PROD", 0x100A8, 32, kRW, "6.3.95", 0x800FFFFF},
    {"EVENTQ_CONS", 0x100AC, 32, kRW, "6.3.96", 0x800FFFFF},
    {"PRIQ_PROD", 0x100C8, 32, kRW, "6.3.97", 0x800FFFFF},
    {"PRIQ_CONS", 0x100CC, 32, kRW, "6.3.98", 0x800FFFFF},
};

TEST_CASE("every non-secure register has the manual's offset, size, access, section and defined bits") {
  REQUIRE(std::size(kRegisters) == std::size(kManual));
  for (std::size_t i = 0; i < std::size(kManual); ++i) {
    const ManualRegister& expected = kManual[i];
    const Register& r = kRegisters[i];
    CAPTURE(expected.name);
    CHECK(r.name == expected.name);
    CHECK(r.offset == expected.offset);
    CHECK(r.width == expected.width);
    CHECK(r.access == expected.access);
    CHECK(r.section == expected.section);
    CHECK(r.defined() == expected.defined);
  }
}

TEST_CASE("every register of the counter group has the offset and size and access of 10.5.1") {
  struct ManualGroupRegister {
    std::string_view name;
    u32 offset;  // from page 0; page 1 is 64 KB above
    unsigned width;
    std::string_view access;
    unsigned stride;
  };
  constexpr ManualGroupRegister kGroup[] = {
      {"EVTYPERn", 0x400, 32, "RW", 4},  {"SMRn", 0xA00, 32, "RW", 4},
      {"CNTENSET0", 0xC00, 64, "RW", 0}, {"CNTENCLR0", 0xC20, 64, "RW", 0},
      {"INTENSET0", 0xC40, 64, "RW", 0}, {"INTENCLR0", 0xC60, 64, "RW", 0},
      {"CFGR", 0xE00, 32, "RO", 0},      {"CR", 0xE04, 32, "RW", 0},
      {"CEID0", 0xE20, 64, "RO", 0},     {"CEID1", 0xE28, 64, "RO", 0},
      {"IRQ_CTRL", 0xE50, 32, "RW", 0},  {"IRQ_CTRLACK", 0xE54, 32, "RO", 0},
      {"IRQ_CFG0", 0xE58, 64, "RW", 0},  {"IRQ_CFG1", 0xE60, 32, "RW", 0},
      {"IRQ_CFG2", 0xE64, 32, "RW", 0},  {"IRQ_STATUS", 0xE68, 32, "RO", 0},
      {"AIDR", 0xE70, 32, "RO", 0},      {"EVCNTRn", 0x10000, 64, "RW", 8},
      {"SVRn", 0x10600, 64, "RO", 8},    {"OVSCLR0", 0x10C80, 64, "RW", 0},
      {"OVSSET0", 0x10CC0, 64, "RW", 0}, {"CAPR", 0x10D88, 32, "WO", 0},
  };
  namespace other = test::pmcg_reg;  // as other tests name them, from page 0 or page 1
  const std::pair<std::string_view, u32> names[] = {
      {"EVTYPERn", other::EVTYPER0},
      {"SMRn", other::SMR0},
      {"SVRn", 0x10000 + other::SVR0},
      {"CAPR", 0x10000 + other::CAPR},
      {"CEID0", other::CEID0},
      {"CNTENSET0", other::CNTENSET0},
      {"CNTENCLR0", other::CNTENCLR0},
      {"INTENSET0", other::INTENSET0},
      {"INTENCLR0", other::INTENCLR0},
      {"CFGR", other::CFGR},
      {"CR", other::CR},
      {"IRQ_CTRL", other::IRQ_CTRL},
      {"IRQ_CTRLACK", other::IRQ_CTRLACK},
      {"IRQ_CFG0", other::IRQ_CFG0},
      {"IRQ_CFG1", other::IRQ_CFG1},
      {"IRQ_CFG2", other::IRQ_CFG2},
      {"IRQ_STATUS", other::IRQ_STATUS},
      {"EVCNTRn", 0x10000 + other::EVCNTR0},
      {"OVSCLR0", 0x10000 + other::OVSCLR0},
      {"OVSSET0", 0x10000 + other::OVSSET0},
  };
  for (const auto& [name, offset] : names) {
    CAPTURE(name);
    bool found = false;
    for (const ManualGroupRegister& r : kGroup) found = found || (r.name == name && r.offset == offset);
    CHECK(found);
  }
  const std::pair<Field, u64> bits[] = {
      {pmcg::EVTYPER::FILTER_SID_SPAN, test::evtyper::FILTER_SID_SPAN},
      {pmcg::EVTYPER::OVFCAP, test::evtyper::OVFCAP},
      {pmcg::CFGR::NCTR, test::cfgr::nctr(0b11'1111)},
      {pmcg::CFGR::SIZE, test::cfgr::size(0b11'1111)},
      {pmcg::CFGR::RELOC_CTRS, test::cfgr::RELOC_CTRS},
      {pmcg::CFGR::MSI, test::cfgr::MSI},
      {pmcg::CFGR::CAPTURE, test::cfgr::CAPTURE},
  };
  for (const auto& [field, value] : bits) CHECK(field.mask() == value);
  REQUIRE(std::size(pmcg::kGroupRegisters) == std::size(kGroup));
  for (std::size_t i = 0; i < std::size(kGroup); ++i) {
    const pmcg::GroupRegister& r = pmcg::kGroupRegisters[i];
    CAPTURE(kGroup[i].name);
    CHECK(r.name == kGroup[i].name);
    CHECK(r.offset == kGroup[i].offset);
    CHECK(r.width == kGroup[i].width);
    CHECK(to_string(r.access) == kGroup[i].access);
    CHECK(r.stride == kGroup[i].stride);
  }
}

TEST_CASE("a register is found by its offset, a 64-bit one by its upper half too, and gaps by nothing") {
  CHECK(find_register(0x0020)->name == std::string_view("CR0"));
  CHECK(find_register(0x0080)->name == std::string_view("STRTAB_BASE"));
  CHECK(find_register(0x0084)->name == std::string_view("STRTAB_BASE"));
  CHECK(find_register(0x100CC)->name == std::string_view("PRIQ_CONS"));
  CHECK(find_register(0x008C) == nullptr);
  CHECK(find_register(0x00A8) == nullptr);  // page 0's optional alias of EVENTQ_PROD is not a register
  CHECK(find_register(0x8000) == nullptr);  // secure registers
}

TEST_CASE("ID register words decode as the manual numbers their bits") {
  // A stage 1 SMMU with two-level tables, ATS, PRI, MSI, SEV, 16-bit ASIDs, VMSAv8-64, forced stalls.
  constexpr u64 kIdr0 = 0x0A49741A;
  CHECK(IDR0::ST_LEVEL.get(kIdr0) == 0b01);
  CHECK(IDR0::STALL_MODEL.get(kIdr0) == 0b10);
  CHECK(IDR0::TTENDIAN.get(kIdr0) == 0b10);
  CHECK(IDR0::CD2L.get(kIdr0) == 1);
  CHECK(IDR0::PRI.get(kIdr0) == 1);
  CHECK(IDR0::SEV.get(kIdr0) == 1);
  CHECK(IDR0::MSI.get(kIdr0) == 1);
  CHECK(IDR0::ASID16.get(kIdr0) == 1);
  CHECK(IDR0::ATS.get(kIdr0) == 1);
  CHECK(IDR0::COHACC.get(kIdr0) == 1);
  CHECK(IDR0::TTF.get(kIdr0) == 0b10);
  CHECK(IDR0::S1P.get(kIdr0) == 1);
  CHECK(IDR0::S2P.get(kIdr0) == 0);
  CHECK(IDR0::HTTU.get(kIdr0) == 0);

  // 2^19 commands, 2^18 events, 2^17 page requests, 20-bit SubstreamIDs, 16-bit StreamIDs.
  constexpr u64 kIdr1 = 0x02728D10;
  CHECK(IDR1::CMDQS.get(kIdr1) == 19);
  CHECK(IDR1::EVENTQS.get(kIdr1) == 18);
  CHECK(IDR1::PRIQS.get(kIdr1) == 17);
  CHECK(IDR1::SSIDSIZE.get(kIdr1) == 20);
  CHECK(IDR1::SIDSIZE.get(kIdr1) == 16);

  CHECK(IDR3::RIL.get(u64{0x00000400}) == 1);
  CHECK(IDR5::OAS.get(u64{0x00100075}) == 5);
  CHECK(IDR5::GRAN4K.get(u64{0x00100010}) == 1);
  CHECK(IDR5::STALL_MAX.get(u64{0x00100075}) == 16);
}

TEST_CASE("control words are built as the manual numbers their bits") {
  CHECK(CR0::SMMUEN.set(0, 1) == 0x001);
  CHECK(CR0::PRIQEN.set(0, 1) == 0x002);
  CHECK(CR0::EVENTQEN.set(0, 1) == 0x004);
  CHECK(CR0::CMDQEN.set(0, 1) == 0x008);
  CHECK(CR0::ATSCHK.set(0, 1) == 0x010);
  CHECK(GBPA::Update.set(0, 1) == 0x80000000);
  CHECK(GBPA::ABORT.set(0, 1) == 0x00100000);
  CHECK(CMDQ_CONS::ERR.set(0, 3) == 0x03000000);
  CHECK(STRTAB_BASE_CFG::SPLIT.set(0, 8) == 0x00000200);
  CHECK(STRTAB_BASE_CFG::FMT.set(0, 1) == 0x00010000);
  CHECK(STRTAB_BASE::ADDR.in_place(u64{0x4012345678ABCDFF}) == 0x0012345678ABCDC0);
  CHECK(CMDQ_BASE::ADDR.in_place(u64{0x400000008000001F}) == 0x0000000080000000);
}

TEST_CASE("guards name the enable that must be clear, in the register and in its acknowledgement") {
  const Guard* strtab = find_register(0x0080)->guard();
  REQUIRE(strtab != nullptr);
  CHECK(strtab->offset == 0x20);
  CHECK(strtab->ack_offset == 0x24);
  CHECK(strtab->field.mask() == 0x1);
  CHECK(find_register(0x002C)->guard()->field.mask() == 0x1);   // CR2: SMMUEN
  CHECK(find_register(0x0090)->guard()->field.mask() == 0x8);   // CMDQ_BASE: CMDQEN
  CHECK(find_register(0x009C)->guard()->field.mask() == 0x8);   // CMDQ_CONS: CMDQEN
  CHECK(find_register(0x00A0)->guard()->field.mask() == 0x4);   // EVENTQ_BASE: EVENTQEN
  CHECK(find_register(0x100A8)->guard()->field.mask() == 0x4);  // EVENTQ_PROD: EVENTQEN
  CHECK(find_register(0x00C0)->guard()->field.mask() == 0x2);   // PRIQ_BASE: PRIQEN
  CHECK(find_register(0x100C8)->guard()->field.mask() == 0x2);  // PRIQ_PROD: PRIQEN
  CHECK(find_register(0x0068)->guard()->field.mask() == 0x1);   // GERROR_IRQ_CFG0: GERROR_IRQEN
  CHECK(find_register(0x00B0)->guard()->field.mask() == 0x4);   // EVENTQ_IRQ_CFG0: EVENTQ_IRQEN
  CHECK(find_register(0x00B0)->guard()->offset == 0x50);
  CHECK(find_register(0x00B0)->guard()->ack_offset == 0x54);
  CHECK(find_register(0x00D0)->guard()->field.mask() == 0x2);  // PRIQ_IRQ_CFG0: PRIQ_IRQEN
  CHECK(find_register(0x0044)->guard()->field.mask() == 0x80000000);
  CHECK(find_register(0x0044)->guard()->ack_offset == 0x44);
  CHECK(find_register(0x0020)->guard() == nullptr);   // CR0
  CHECK(find_register(0x0098)->guard() == nullptr);   // CMDQ_PROD
  CHECK(find_register(0x100AC)->guard() == nullptr);  // EVENTQ_CONS
}

TEST_CASE("other tests name registers by the manual's offsets") {
  namespace reg = test::reg;
  const std::pair<std::string_view, u32> registers[] = {
      {"IDR0", reg::IDR0},
      {"IDR1", reg::IDR1},
      {"IDR3", reg::IDR3},
      {"IDR5", reg::IDR5},
      {"AIDR", reg::AIDR},
      {"CR0", reg::CR0},
      {"CR0ACK", reg::CR0ACK},
      {"CR1", reg::CR1},
      {"CR2", reg::CR2},
      {"STATUSR", reg::STATUSR},
      {"GBPA", reg::GBPA},
      {"IRQ_CTRL", reg::IRQ_CTRL},
      {"IRQ_CTRLACK", reg::IRQ_CTRLACK},
      {"GERROR", reg::GERROR},
      {"GERRORN", reg::GERRORN},
      {"GERROR_IRQ_CFG0", reg::GERROR_IRQ_CFG0},
      {"GERROR_IRQ_CFG1", reg::GERROR_IRQ_CFG1},
      {"GERROR_IRQ_CFG2", reg::GERROR_IRQ_CFG2},
      {"STRTAB_BASE", reg::STRTAB_BASE},
      {"STRTAB_BASE_CFG", reg::STRTAB_BASE_CFG},
      {"CMDQ_BASE", reg::CMDQ_BASE},
      {"CMDQ_PROD", reg::CMDQ_PROD},
      {"CMDQ_CONS", reg::CMDQ_CONS},
      {"EVENTQ_BASE", reg::EVENTQ_BASE},
      {"EVENTQ_IRQ_CFG0", reg::EVENTQ_IRQ_CFG0},
      {"EVENTQ_IRQ_CFG1", reg::EVENTQ_IRQ_CFG1},
      {"EVENTQ_IRQ_CFG2", reg::EVENTQ_IRQ_CFG2},
      {"PRIQ_BASE", reg::PRIQ_BASE},
      {"PRIQ_IRQ_CFG0", reg::PRIQ_IRQ_CFG0},
      {"PRIQ_IRQ_CFG1", reg::PRIQ_IRQ_CFG1},
      {"PRIQ_IRQ_CFG2", reg::PRIQ_IRQ_CFG2},
      {"EVENTQ_PROD", reg::EVENTQ_PROD},
      {"EVENTQ_CONS", reg::EVENTQ_CONS},
      {"PRIQ_PROD", reg::PRIQ_PROD},
      {"PRIQ_CONS", reg::PRIQ_CONS},
  };
  for (const auto& [name, offset] : registers) {
    CAPTURE(name);
    bool found = false;
    for (const ManualRegister& r : kManual) found = found || (r.name == name && r.offset == offset);
    CHECK(found);
  }
  CHECK(reg::CIDR0 == kCIDR0);
  CHECK(reg::CIDR3 == kCIDR0 + 4 * 3);
}

}  // namespace
}  // namespace smmu_vp::spec
