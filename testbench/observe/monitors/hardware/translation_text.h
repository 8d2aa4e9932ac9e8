// Cached translations in the words of a violation.
#pragma once

#include <string>

#include "testbench/observe/monitors/hardware/translation_shadow.h"
#include "testbench/observe/monitors/monitor.h"

namespace smmu_vp::tb {

// "stage 1 level 3 descriptor at 0x80403000: 0x…f43 became 0x0, seen at 1234 ps".
std::string text_of(const MemoryChange& change);
// "the TLB may hold 0x7f00…000..0x7f00…fff to 0x80001000 (ASID 7, VMID 0, NS-EL1, StreamID 0x100, PASID 1)".
std::string holder_text(const CachedEntry& entry, const spec::Requester& who);
// The command that is required to remove it, as software would write it.
std::string command_text(const CachedEntry& entry);
// What the invalidation of an entry that is still usable lacks: the command, or its completion.
std::string missing_text(const CachedEntry& entry);

Subject subject_of(const CachedEntry& entry, const spec::Requester& who);

}  // namespace smmu_vp::tb
