// Facts only for monitors: each register access and structure read, in more detail than a log should hold.
// They are announced like others, but the event log and the timeline do not get them.
#pragma once

#include <array>

#include "tlm/spec/ats.h"
#include "tlm/spec/structures.h"
#include "tlm/spec/world.h"
#include "tlm/trace/fact.h"

namespace smmu_vp::trace {

struct RegisterRead {
  u64 offset, value;
  unsigned bytes;
  u8 smmu = 0;
};
// A register access that the SMMU aborted because of its size or alignment (6.2).
struct RegisterRefused {
  u64 offset;
  unsigned bytes;
  bool write;
  u8 smmu = 0;
};
// A structure was read, with memory's contents at that moment: one word of a first-level
// descriptor, eight of an STE or CD. `who` has a PASID if it selects the structure; `pa` is
// physical, after stage 2 for CDs at IPAs.
struct ConfigFetched {
  spec::Structure structure;
  spec::Requester who;
  u64 pa;
  std::array<u64, 8> words;
  u8 smmu = 0;
};
// A walk found a translation that may be cached, whether or not it permits the access: caches may hold it
// from now on. Its descriptors were announced as WalkRead, except those that the walk cache held.
struct Walked {
  u64 transaction;
  spec::World world;
  u16 vmid;
  u32 asid;                  // of stage 1
  std::optional<u64> ttb;    // stage 1's table for this address
  std::optional<u64> s2ttb;  // stage 2's
  u64 address;               // canonical VA, or the IPA when stage 2 is alone
  u64 pa;                    // of `address`
  u8 log2_size;              // of the cached range that contains it, bytes
  u8 leaf_log2_size;         // of the stage 1 leaf, or of stage 2's with stage 2 alone
  u8 smmu = 0;
};

// A translation that a Translation Completion names, the first or a further one: what the device's ATC may hold from now
// on. Its address is an IPA under split-stage ATS.
struct AtsGranted {
  u64 transaction;
  spec::Requester who;
  u64 va;  // of the translation's first byte
  spec::AtsTranslation translation;
  u8 smmu = 0;
};
// A function's ATC is empty: it has been reset, or its ATS Enable has changed.
struct AtcFlushed {
  u32 sid;
};
// What a device may do with a PASID by its own protocol: a job tells it to use it; or it has reported that it stopped, and
// all of it that was under way has ended.
struct PasidUse {
  spec::Requester who;
  bool stopped;
};

}  // namespace smmu_vp::trace
