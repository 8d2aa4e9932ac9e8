// Learns from facts what is read, and when nothing that was read of a table is cached any more.
#include "testbench/observe/trace_sinks/pages_read.h"

#include <algorithm>

#include "tlm/spec/queue.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

PagesRead::PagesRead(trace::Bus& bus, Listener listener) : listener_(std::move(listener)) {
  bus.on<trace::WalkBegin>([this](const trace::WalkBegin& w, u64) {
    walks_[{w.smmu, w.transaction}] = w.asid;
  });
  bus.on<trace::WalkEnd>([this](const trace::WalkEnd& w, u64) { walks_.erase({w.smmu, w.transaction}); });
  bus.on<trace::WalkRead>([this](const trace::WalkRead& w, u64) {
    const auto walk = walks_.find({w.smmu, w.transaction});
    read(w.pa, w.stage2 || walk == walks_.end() ? Asid{} : walk->second);
  });
  bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& c, u64) { read(c.pa, {}); });
  bus.on<trace::TlbInvalidated>([this](const trace::TlbInvalidated& i, u64) {
    if (i.by_asid && !i.by_va) forget(i.asid);
  });
  bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& w, u64) {
    if (w.offset != spec::offset::CMDQ_BASE || w.bytes != 8) return;
    const auto log2size =
        std::min(static_cast<unsigned>(spec::CMDQ_BASE::LOG2SIZE.get(w.value)), spec::queue::kMaxLog2Size);
    const u64 bytes = u64{spec::queue::kCommandBytes} << log2size;
    const u64 base = spec::CMDQ_BASE::ADDR.in_place(w.value) & ~(bytes - 1);
    for (u64 pa = base; pa < base + bytes; pa += kPageBytes) read(pa, {});
  });
}

void PagesRead::read(u64 pa, Asid asid) {
  const u64 page = pa & ~(kPageBytes - 1);
  const auto [at, first] = told_.try_emplace(page, asid);
  if (first || at->second != asid) {
    at->second = asid;
    if (asid) tables_[*asid].push_back(page);
  }
  if (first) listener_.read(page);
}

// What is read by walks of another ASID as well stays: as its last reader has it.
void PagesRead::forget(u32 asid) {
  const auto pages = tables_.extract(asid);
  if (pages.empty()) return;
  for (const u64 page : pages.mapped()) {
    const auto told = told_.find(page);
    if (told == told_.end() || told->second != asid) continue;
    told_.erase(told);
    listener_.forgotten(page);
  }
}

}  // namespace smmu_vp::tb
