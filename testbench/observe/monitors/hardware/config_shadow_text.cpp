// Old and new words, by what differs.
#include "testbench/observe/monitors/hardware/config_shadow_text.h"

#include <fmt/format.h>

#include "testbench/observe/monitors/hardware/queue_memory.h"

namespace smmu_vp::tb {

namespace {

std::string us_text(u64 ps) {
  return fmt::format("{:.3f} us", static_cast<double>(ps) / 1e6);
}

}  // namespace

std::string place_of(const StructureId& id, u64 pa) {
  return fmt::format("{} at {:#x}", text_of(id), pa);
}

std::string changes_of(const CachedStructure& state) {
  const ConfigDifference& d = *state.difference;
  std::string text;
  if (!d.now.reachable) {
    text = "nothing in memory leads to it any more, ";
  } else if (d.now.pa != state.pa) {
    text = fmt::format("memory has it at {:#x} now, ", d.now.pa);
  } else {
    for (unsigned i = 0; i < state.words.size(); ++i) {
      if ((d.words >> i & 1) != 0)
        text += fmt::format("word {}: {:#x} -> {:#x}, ", i, state.words[i], d.now.words[i]);
    }
  }
  return text + fmt::format("first seen at {}", us_text(d.since_ps));
}

std::string queue_at(const RegisterShadow& registers, u64 pa, u8 smmu) {
  for (const QueueMemory& q : queues_in_use(registers, smmu)) {
    if (pa >= q.base && pa - q.base < q.bytes) return fmt::format("the {} is there", to_string(q.kind));
  }
  return {};
}

Subject subject_of(const StructureId& id, u64 pa) {
  Subject subject{.sid = id.sid, .physical = pa, .descriptor = pa};
  if (is_of_cds(id.kind)) subject.pasid = id.ssid;
  return subject;
}

}  // namespace smmu_vp::tb
