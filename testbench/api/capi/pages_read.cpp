// Learns from facts what is read.
#include "testbench/api/capi/pages_read.h"

#include <algorithm>

#include "tlm/spec/queue.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

PagesRead::PagesRead(trace::Bus& bus, std::function<void(u64)> tell) : tell_(std::move(tell)) {
  bus.on<trace::WalkRead>([this](const trace::WalkRead& w, u64) { read(w.pa); });
  bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& c, u64) { read(c.pa); });
  bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& w, u64) {
    if (w.offset != spec::offset::CMDQ_BASE || w.bytes != 8) return;
    const auto log2size =
        std::min(static_cast<unsigned>(spec::CMDQ_BASE::LOG2SIZE.get(w.value)), spec::queue::kMaxLog2Size);
    const u64 bytes = u64{spec::queue::kCommandBytes} << log2size;
    const u64 base = spec::CMDQ_BASE::ADDR.in_place(w.value) & ~(bytes - 1);
    for (u64 pa = base; pa < base + bytes; pa += kPageBytes) read(pa);
  });
}

void PagesRead::read(u64 pa) {
  const u64 page = pa & ~(kPageBytes - 1);
  if (told_.insert(page).second) tell_(page);
}

}  // namespace smmu_vp::tb
