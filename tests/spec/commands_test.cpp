// At least one whole command word per opcode, typed from chapter 4.
#include "tlm/spec/commands.h"

#include <doctest/doctest.h>

#include <set>
#include <string_view>

#include "tests/spec/record_check.h"
#include "tests/support/commands.h"

namespace smmu_vp::spec {
namespace {

struct Example {
  u64 opcode;
  std::string_view name;
  NamedValues parameters;
  std::array<u64, 2> words;
};

const std::vector<Example> kExamples = {
    {0x01,
     "CMD_PREFETCH_CONFIG",
     {{"SSV", 1}, {"SubstreamID", 0x54321}, {"StreamID", 0x89ABCDEF}},
     {0x89ABCDEF54321801, 0}},
    {0x02,
     "CMD_PREFETCH_ADDR",
     {{"SSV", 1},
      {"SubstreamID", 0x54321},
      {"StreamID", 0x89ABCDEF},
      {"Size", 0x13},
      {"Stride", 0x0A},
      {"Address", 0xFEDCBA9876543}},
     {0x89ABCDEF54321802, 0xFEDCBA9876543153}},
    {0x03, "CMD_CFGI_STE", {{"StreamID", 0x89ABCDEF}, {"Leaf", 1}}, {0x89ABCDEF00000003, 1}},
    {0x03, "CMD_CFGI_STE", {{"SSec", 1}, {"StreamID", 1}}, {0x0000000100000403, 0}},
    {0x04, "CMD_CFGI_STE_RANGE", {{"StreamID", 0x89ABCDEF}, {"Range", 31}}, {0x89ABCDEF00000004, 0x1F}},
    {0x05,
     "CMD_CFGI_CD",
     {{"SubstreamID", 0x54321}, {"StreamID", 0x89ABCDEF}, {"Leaf", 1}},
     {0x89ABCDEF54321005, 1}},
    {0x06, "CMD_CFGI_CD_ALL", {{"StreamID", 0x89ABCDEF}}, {0x89ABCDEF00000006, 0}},
    {0x07, "CMD_CFGI_VMS_PIDM", {{"VMID", 0x7A5C}}, {0x00007A5C00000007, 0}},
    {0x10, "CMD_TLBI_NH_ALL", {{"VMID", 0x7A5C}}, {0x00007A5C00000010, 0}},
    {0x11, "CMD_TLBI_NH_ASID", {{"VMID", 0x7A5C}, {"ASID", 0xB3D1}}, {0xB3D17A5C00000011, 0}},
    {0x12,
     "CMD_TLBI_NH_VA",
     {{"NUM", 0x15},
      {"SCALE", 0x2A},
      {"VMID", 0x7A5C},
      {"ASID", 0xB3D1},
      {"Leaf", 1},
      {"TTL128", 1},
      {"TTL", 2},
      {"TG", 3},
      {"Address", 0xFEDCBA9876543}},
     {0xB3D17A5C02A15012, 0xFEDCBA9876543E81}},
    {0x13,
     "CMD_TLBI_NH_VAA",
     {{"NUM", 0x15},
      {"SCALE", 0x2A},
      {"VMID", 0x7A5C},
      {"Leaf", 1},
      {"TTL128", 0},
      {"TTL", 1},
      {"TG", 2},
      {"Address", 0xFEDCBA9876543}},
     {0x00007A5C02A15013, 0xFEDCBA9876543901}},
    {0x20, "CMD_TLBI_EL2_ALL", {}, {0x20, 0}},
    {0x21, "CMD_TLBI_EL2_ASID", {{"ASID", 0xB3D1}}, {0xB3D1000000000021, 0}},
    {0x22,
     "CMD_TLBI_EL2_VA",
     {{"NUM", 0x15},
      {"SCALE", 0x2A},
      {"ASID", 0xB3D1},
      {"Leaf", 0},
      {"TTL128", 1},
      {"TTL", 3},
      {"TG", 1},
      {"Address", 0xFEDCBA9876543}},
     {0xB3D1000002A15022, 0xFEDCBA9876543780}},
    {0x23,
     "CMD_TLBI_EL2_VAA",
     {{"NUM", 0x15},
      {"SCALE", 0x2A},
      {"Leaf", 1},
      {"TTL128", 0},
      {"TTL", 3},
      {"TG", 1},
      {"Address", 0xFEDCBA9876543}},
     {0x0000000002A15023, 0xFEDCBA9876543701}},
    {0x28, "CMD_TLBI_S12_VMALL", {{"VMID", 0x7A5C}}, {0x00007A5C00000028, 0}},
    {0x2A,
     "CMD_TLBI_S2_IPA",
     {{"NUM", 0x15},
      {"SCALE", 0x2A},
      {"VMID", 0x7A5C},
      {"Leaf", 1},
      {"TTL128", 1},
      {"TTL", 2},
      {"TG", 3},
      {"Address", 0xDCBA9876543}},
     {0x00007A5C02A1502A, 0x00DCBA9876543E81}},
    {0x30, "CMD_TLBI_NSNH_ALL", {}, {0x30, 0}},
    {0x40,
     "CMD_ATC_INV",
     {{"Global", 1},
      {"SSV", 1},
      {"SubstreamID", 0x54321},
      {"StreamID", 0x89ABCDEF},
      {"Size", 52},
      {"Address", 0xFEDCBA9876543}},
     {0x89ABCDEF54321A40, 0xFEDCBA9876543034}},
    {0x40, "CMD_ATC_INV", {{"StreamID", 1}, {"Size", 52}}, {0x0000000100000040, 0x34}},
    {0x41,
     "CMD_PRI_RESP",
     {{"SSV", 1}, {"SubstreamID", 0x54321}, {"StreamID", 0x89ABCDEF}, {"PRGIndex", 0x1A5}, {"Resp", 2}},
     {0x89ABCDEF54321841, 0x00000000000021A5}},
    {0x44,
     "CMD_RESUME",
     {{"Ac", 1}, {"StreamID", 0x89ABCDEF}, {"STAG", 0xBEEF}},
     {0x89ABCDEF00001044, 0xBEEF}},
    {0x44, "CMD_RESUME", {{"Ac", 0}, {"Ab", 1}, {"StreamID", 1}, {"STAG", 1}}, {0x0000000100002044, 1}},
    {0x45, "CMD_STALL_TERM", {{"StreamID", 0x89ABCDEF}}, {0x89ABCDEF00000045, 0}},
    {0x46,
     "CMD_SYNC",
     {{"CS", 1}, {"MSH", 3}, {"MSIAttr", 0xF}, {"MSIData", 0xCAFEF00D}, {"MSIAddress", 0x2956848D159E27}},
     {0xCAFEF00D0FC01046, 0x00A55A123456789C}},
    {0x46, "CMD_SYNC", {{"CS", 2}}, {0x0000000000002046, 0}},
    {0x70, "CMD_DPTI_ALL", {}, {0x70, 0}},
    {0x73, "CMD_DPTI_PA", {{"Leaf", 1}, {"SIZE", 9}, {"Address", 0xDCBA9876543}}, {0x73, 0x00DCBA9876543901}},
};

TEST_CASE("every command's parameters are at the bits of its diagram") {
  for (const Example& example : kExamples) {
    CAPTURE(example.name);
    const CommandInfo* info = find_command(example.opcode);
    REQUIRE(info != nullptr);
    CHECK(info->name == example.name);
    NamedValues values = example.parameters;
    values.emplace_back("Opcode", example.opcode);
    CHECK(encode<2>(info->fields, values) == example.words);
  }
}

TEST_CASE("every command in the table has an example, in opcode order and once") {
  u64 previous = 0;
  for (const CommandInfo& info : kCommands) {
    CAPTURE(info.name);
    const u64 opcode = static_cast<u64>(info.opcode);
    CHECK(opcode > previous);
    previous = opcode;
    bool found = false;
    for (const Example& example : kExamples) found = found || example.name == info.name;
    CHECK(found);
  }
  CHECK(std::size(kCommands) == 25);
}

TEST_CASE("opcodes of other security states and Reserved ones are not commands of this interface") {
  for (u64 opcode : {0x00, 0x08, 0x14, 0x18, 0x1A, 0x24, 0x29, 0x2B, 0x31, 0x42, 0x47, 0x50, 0x58, 0x5A, 0x60,
                     0x71, 0x74, 0x80, 0xFF}) {
    CAPTURE(opcode);
    CHECK(find_command(opcode) == nullptr);
  }
}

// 4.1.6; the TLB, ATC and PRI commands and CMD_SYNC have no SSec.
TEST_CASE("prefetches, configuration invalidations, CMD_RESUME and CMD_STALL_TERM carry SSec") {
  std::set<std::string_view> carriers;
  for (const CommandInfo& info : kCommands) {
    if (info.field(FieldKind::kSsec) != nullptr) carriers.insert(info.name);
  }
  CHECK(carriers == std::set<std::string_view>{"CMD_PREFETCH_CONFIG", "CMD_PREFETCH_ADDR", "CMD_CFGI_STE",
                                               "CMD_CFGI_STE_RANGE", "CMD_CFGI_CD", "CMD_CFGI_CD_ALL",
                                               "CMD_CFGI_VMS_PIDM", "CMD_RESUME", "CMD_STALL_TERM"});
}

TEST_CASE("a command is identified by its opcode, and an unknown one is Reserved") {
  CHECK(opcode_of({{0xB3D17A5C02A15012, 0}}) == Opcode::CMD_TLBI_NH_VA);
  CHECK(to_string(Opcode::CMD_TLBI_NH_VA) == "CMD_TLBI_NH_VA");
  CHECK(to_string(static_cast<Opcode>(0x14)) == "Reserved");
  CHECK(is_tlbi(Opcode::CMD_TLBI_NSNH_ALL));
  CHECK(!is_tlbi(Opcode::CMD_ATC_INV));
}

TEST_CASE("the codes carried in commands and reported for them are the manual's") {
  CHECK(static_cast<unsigned>(Resp::kResponseFailure) == 0);
  CHECK(static_cast<unsigned>(Resp::kInvalidRequest) == 1);
  CHECK(static_cast<unsigned>(Resp::kSuccess) == 2);
  CHECK(static_cast<unsigned>(SyncSignal::kNone) == 0);
  CHECK(static_cast<unsigned>(SyncSignal::kIrq) == 1);
  CHECK(static_cast<unsigned>(SyncSignal::kSev) == 2);
  CHECK(static_cast<unsigned>(Cerror::CERROR_ILL) == 1);
  CHECK(static_cast<unsigned>(Cerror::CERROR_ABT) == 2);
  CHECK(static_cast<unsigned>(Cerror::CERROR_ATC_INV_SYNC) == 3);
}

TEST_CASE("addresses read in place are the addresses") {
  const Command tlbi{{0xB3D17A5C02A15012, 0xFEDCBA9876543E81}};
  CHECK(cmd::tlbi::Address.in_place(tlbi.w) == 0xFEDCBA9876543000);
  const Command sync{{0xCAFEF00D0FC01046, 0x00A55A123456789C}};
  CHECK(cmd::sync::MSIAddress.in_place(sync.w) == 0x00A55A123456789C);
}

TEST_CASE("the words that other tests write commands in are the manual's") {
  // The first example of that name; `n` more to skip.
  const auto words = [](std::string_view name, int n = 0) {
    for (const Example& example : kExamples)
      if (example.name == name && n-- == 0) return example.words;
    return std::array<u64, 2>{};
  };
  namespace cmd = test::cmd;
  constexpr u32 kSid = 0x89ABCDEF, kSsid = 0x54321;
  constexpr u16 kVmid = 0x7A5C, kAsid = 0xB3D1;
  constexpr u64 kAddress = 0xFEDCBA9876543000, kIpa = 0x00DCBA9876543000;
  CHECK(cmd::prefetch_config(kSid, kSsid) == words("CMD_PREFETCH_CONFIG"));
  CHECK(cmd::prefetch_addr(kSid, kSsid, kAddress, 0x13, 0x0A) == words("CMD_PREFETCH_ADDR"));
  CHECK(cmd::cfgi_ste(kSid) == words("CMD_CFGI_STE"));
  CHECK(cmd::cfgi_ste_range(kSid, 31) == words("CMD_CFGI_STE_RANGE"));
  CHECK(cmd::cfgi_all() == std::array<u64, 2>{0x04, 0x1F});
  CHECK(cmd::cfgi_cd(kSid, kSsid) == words("CMD_CFGI_CD"));
  CHECK(cmd::cfgi_cd_all(kSid) == words("CMD_CFGI_CD_ALL"));
  CHECK(cmd::cfgi_vms_pidm()[0] == (words("CMD_CFGI_VMS_PIDM")[0] & cmd::kOpcode));
  CHECK(cmd::tlbi_nh_all(kVmid) == words("CMD_TLBI_NH_ALL"));
  CHECK(cmd::tlbi_nh_asid(kAsid, kVmid) == words("CMD_TLBI_NH_ASID"));
  const auto span = [](bool leaf, unsigned tg, unsigned ttl, bool ttl128) {
    return cmd::Span{.leaf = leaf, .tg = tg, .num = 0x15, .scale = 0x2A, .ttl = ttl, .ttl128 = ttl128};
  };
  CHECK(cmd::tlbi_nh_va(kAsid, kAddress, span(true, 3, 2, true), kVmid) == words("CMD_TLBI_NH_VA"));
  CHECK(cmd::tlbi_nh_vaa(kAddress, span(true, 2, 1, false), kVmid) == words("CMD_TLBI_NH_VAA"));
  CHECK(cmd::tlbi_el2_all() == words("CMD_TLBI_EL2_ALL"));
  CHECK(cmd::tlbi_el2_asid(kAsid) == words("CMD_TLBI_EL2_ASID"));
  CHECK(cmd::tlbi_el2_va(kAsid, kAddress, span(false, 1, 3, true)) == words("CMD_TLBI_EL2_VA"));
  CHECK(cmd::tlbi_el2_vaa(kAddress, span(true, 1, 3, false)) == words("CMD_TLBI_EL2_VAA"));
  CHECK(cmd::tlbi_s12_vmall(kVmid) == words("CMD_TLBI_S12_VMALL"));
  CHECK(cmd::tlbi_s2_ipa(kVmid, kIpa, span(true, 3, 2, true)) == words("CMD_TLBI_S2_IPA"));
  CHECK(cmd::tlbi_nsnh_all() == words("CMD_TLBI_NSNH_ALL"));
  CHECK(cmd::atc_inv(kSid, kSsid, kAddress, 52, true) == words("CMD_ATC_INV"));
  CHECK(cmd::atc_inv_all(1) == words("CMD_ATC_INV", 1));
  CHECK(cmd::pri_resp(kSid, kSsid, 0x1A5, cmd::kSuccess) == words("CMD_PRI_RESP"));
  CHECK(cmd::resume(kSid, 0xBEEF, cmd::kRetry) == words("CMD_RESUME"));
  CHECK(cmd::resume(1, 1, cmd::kAbort) == words("CMD_RESUME", 1));
  CHECK(cmd::stall_term(kSid) == words("CMD_STALL_TERM"));
  CHECK(cmd::sync_irq({.address = 0x00A55A123456789C, .data = 0xCAFEF00D, .sh = 3, .attr = 0xF}) ==
        words("CMD_SYNC"));
  CHECK(cmd::sync_sev() == words("CMD_SYNC", 1));
  CHECK(find_command(cmd::reserved()[0]) == nullptr);
}

}  // namespace
}  // namespace smmu_vp::spec
