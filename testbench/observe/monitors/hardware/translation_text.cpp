// One line each, in the manual's names.
#include "testbench/observe/monitors/hardware/translation_text.h"

#include <fmt/format.h>

#include "testbench/observe/monitors/shadows.h"

namespace smmu_vp::tb {

std::string text_of(const MemoryChange& c) {
  const std::string values = fmt::format("{:#x} became {:#x}, seen at {} ps", c.before, c.after, c.seen_ps);
  switch (c.where) {
    case MemoryChange::Where::kStream:
      return fmt::format("the STE's word at {:#x}: {}", c.pa, values);
    case MemoryChange::Where::kContext:
      if (c.pa == 0)
        return fmt::format("the context no longer has the table at {:#x}, seen at {} ps", c.before,
                           c.seen_ps);
      return fmt::format("the CD's word at {:#x}: {}", c.pa, values);
    case MemoryChange::Where::kDescriptor:
      break;
  }
  return fmt::format("stage {} level {} descriptor at {:#x}: {}", c.stage, c.level, c.pa, values);
}

std::string holder_text(const CachedEntry& e, const spec::Requester& who) {
  const std::string input = fmt::format("{:#x}..{:#x}", e.first, e.last());
  if (e.kind == CachedKind::kDevice)
    return fmt::format("the ATC of {} may hold {} to {:#x}", text_of(who), input, e.output);
  std::string tags = e.tags.of_ipa ? fmt::format("IPA, VMID {}", e.tags.vmid)
                     : e.tags.world == World::kNsEl1
                         ? fmt::format("ASID {}, VMID {}", e.tags.context, e.tags.vmid)
                     : e.tags.world == World::kNsEl2E2h ? fmt::format("ASID {}", e.tags.context)
                                                        : "no ASID";
  tags += fmt::format(", {}, {}", to_string(e.tags.world), text_of(who));
  if (e.kind == CachedKind::kTable)
    return fmt::format("a walk cache may hold the level {} table for {} ({})", e.level, input, tags);
  return fmt::format("the TLB may hold {} to {:#x} ({})", input, e.output, tags);
}

std::string command_text(const CachedEntry& e) {
  const char* const leaf = e.kind == CachedKind::kTable ? ", Leaf 0" : "";
  if (e.kind == CachedKind::kDevice) {
    return e.tags.context == kNoPasid ? fmt::format("CMD_ATC_INV(StreamID {:#x}, {:#x})", e.tags.sid, e.first)
                                      : fmt::format("CMD_ATC_INV(StreamID {:#x}, SubstreamID {}, {:#x})",
                                                    e.tags.sid, e.tags.context, e.first);
  }
  if (e.tags.of_ipa) return fmt::format("CMD_TLBI_S2_IPA(VMID {}, {:#x}{})", e.tags.vmid, e.first, leaf);
  switch (e.tags.world) {
    case World::kNsEl2:
      return fmt::format("CMD_TLBI_EL2_VA({:#x}{})", e.first, leaf);
    case World::kNsEl2E2h:
      return fmt::format("CMD_TLBI_EL2_VA(ASID {}, {:#x}{})", e.tags.context, e.first, leaf);
    case World::kNsEl1:
    case World::kAtc:
      break;
  }
  return fmt::format("CMD_TLBI_NH_VA(VMID {}, ASID {}, {:#x}{})", e.tags.vmid, e.tags.context, e.first, leaf);
}

std::string missing_text(const CachedEntry& e) {
  switch (e.leaving) {
    case Leaving::kNo:
      return e.timed_out ? command_text(e) + " has timed out" : "no " + command_text(e) + " has come";
    case Leaving::kCommand:
      return "no CMD_SYNC has completed " + command_text(e);
    case Leaving::kBroadcast:
      return "no DSB has completed the broadcast of " + command_text(e);
    case Leaving::kAtcInvalidation:
      return "the Invalidate Completion for " + command_text(e) + " has not come";
  }
  return {};
}

Subject subject_of(const CachedEntry& e, const spec::Requester& who) {
  Subject subject{.sid = who.sid, .pasid = who.pasid, .address = e.first, .physical = e.output};
  if (e.change) {
    subject.descriptor = e.change->pa;
    subject.old_value = e.change->before;
    subject.new_value = e.change->after;
    subject.changed_ps = e.change->seen_ps;
  }
  return subject;
}

}  // namespace smmu_vp::tb
