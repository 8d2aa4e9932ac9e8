// Which cached translations an invalidation is required to remove: no more than the manual demands (4.4, 4.5.1).
#pragma once

#include <optional>

#include "testbench/observe/monitors/hardware/register_shadow.h"
#include "testbench/observe/monitors/hardware/translation_entry.h"
#include "testbench/observe/monitors/monitor.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::tb {

struct InvalidationScope {
  u8 smmu = 0;
  // By tags.
  bool el1 = false, el2 = false, el2_e2h = false, atc = false;
  bool stage1 = true;   // entries of a VA; else of an IPA alone
  bool stage2 = false;  // entries of an IPA alone
  std::optional<u16> vmid;
  unsigned vmid_wildcard_bits = 0;  // low bits of a VMID that match anything (3.17.6)
  std::optional<u32> context;       // ASID or PASID
  bool globals = true;              // global entries too, whatever the ASID
  bool shared_only = false;         // entries of ASET 1 are not required to go (3.17)
  u32 sid = 0;                      // of an ATC
  // By address.
  bool by_address = false;
  u64 first = 0, last = ~u64{0};
  bool leaf_only = false;
  std::optional<Granule> granule;
  unsigned level = 0;  // of the leaf; 0: any

  // Whether entries with these tags may be covered at all.
  bool meets(const TranslationTags& tags) const;
  bool covers(const CachedEntry& entry) const;
};

// Of a CMD_TLBI_*; nothing when the command is required to remove nothing.
std::optional<InvalidationScope> scope_of(const trace::Command& command, const MachineTraits& machine,
                                          const RegisterShadow& registers);
// Of a broadcast (3.17).
InvalidationScope scope_of(const trace::TlbInvalidated& broadcast);
// Of CMD_ATC_INV as it was sent; `global` is its Global flag.
InvalidationScope scope_of(const trace::AtcInvalidateSent& sent, bool global);

}  // namespace smmu_vp::tb
