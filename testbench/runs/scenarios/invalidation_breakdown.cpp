// A small state machine over facts that charges time to the parts of one invalidation.
#include "testbench/runs/scenarios/invalidation_breakdown.h"

#include <numeric>

namespace smmu_vp::tb {

void InvalidationBreakdown::add_columns(TableKind& table, std::size_t at) {
  std::vector<TableKind::Column>& columns = table.columns;
  columns.insert(columns.begin() + static_cast<std::ptrdiff_t>(at),
                 {{.name = "TLBI", .help = "TLBI commands consumed, or broadcasts of the CPU."},
                  {.name = "ATC", .help = "CMD_ATC_INV commands consumed."},
                  {.name = "SYNC", .help = "CMD_SYNC commands consumed."}});
  const auto part = [](std::string_view name, std::string_view help) {
    return TableKind::Column{.name = name, .unit = Unit::kPicoseconds, .help = help, .part_of = "total"};
  };
  columns.insert(columns.end(), {part("driver", "The driver works; no command is waiting."),
                                 part("queue", "Commands are written but not yet consumed."),
                                 part("tlbi", "A TLBI is on its way to the TBUs or carried out there."),
                                 part("sync", "A CMD_SYNC or DSB waits for older transactions."),
                                 part("link", "An Invalidate Request or Completion is on the link."),
                                 part("atc", "An endpoint drops entries and waits for their users.")});
}

InvalidationBreakdown::InvalidationBreakdown(trace::Bus& bus) {
  bus.on<trace::QueueState>([this](const trace::QueueState& f, u64 t) {
    if (f.queue != spec::QueueKind::kCmdq) return;
    settle(t);
    queue_busy_ = (f.prod ^ f.cons) << 12 != 0;  // index and wrap bits [19:0] (3.5.1)
  });
  bus.on<trace::Command>([this](const trace::Command& f, u64 t) {
    settle(t);
    const bool tlbi = spec::is_tlbi(f.opcode());
    tlbis_ += tlbi;
    if (!running_) return;
    result_.tlbi += tlbi;
    result_.atc_inv += f.opcode() == spec::Opcode::CMD_ATC_INV;
    result_.sync += f.opcode() == spec::Opcode::CMD_SYNC;
  });
  bus.on<trace::TlbInvalidated>([this](const trace::TlbInvalidated& f, u64 t) {
    settle(t);
    if (f.command) {
      tlbis_ -= tlbis_ != 0;
    } else if (running_) {
      ++result_.broadcasts;
    }
  });
  // A CMD_SYNC begins when the TLBIs before it have taken effect.
  bus.on<trace::SyncBegin>([this](const auto&, u64 t) { settle(t), sync_waiting_ = true, tlbis_ = 0; });
  bus.on<trace::SyncEnd>([this](const auto&, u64 t) { settle(t), sync_waiting_ = false; });
  bus.on<trace::BroadcastSyncBegin>([this](const auto&, u64 t) { settle(t), ++broadcast_syncs_; });
  bus.on<trace::BroadcastSyncEnd>([this](const auto&, u64 t) { settle(t), --broadcast_syncs_; });
  bus.on<trace::AtcInvalidateSent>([this](const auto&, u64 t) { settle(t), ++on_link_; });
  bus.on<trace::AtcInvalidateReceived>([this](const auto&, u64 t) { settle(t), --on_link_, ++at_device_; });
  bus.on<trace::AtcInvalidateCompleted>([this](const auto&, u64 t) { settle(t), --at_device_, ++on_link_; });
  bus.on<trace::AtcInvalidateDone>([this](const trace::AtcInvalidateDone& f, u64 t) {
    settle(t);
    if (!f.timed_out) --on_link_;
  });
}

void InvalidationBreakdown::start(u64 now_ps) {
  result_ = {};
  last_ps_ = now_ps;
  running_ = true;
}

InvalidationBreakdown::Result InvalidationBreakdown::stop(u64 now_ps) {
  settle(now_ps);
  running_ = false;
  result_.total_ps = std::accumulate(result_.ps.begin(), result_.ps.end(), u64{0});
  return result_;
}

void InvalidationBreakdown::settle(u64 now_ps) {
  if (running_) result_.ps[current()] += now_ps - last_ps_;
  last_ps_ = now_ps;
}

InvalidationBreakdown::Part InvalidationBreakdown::current() const {
  if (at_device_ > 0) return kAtc;
  if (on_link_ > 0) return kLink;
  if (sync_waiting_ || broadcast_syncs_ > 0) return kSync;
  if (tlbis_ > 0) return kTlbi;
  return queue_busy_ ? kQueue : kDriver;
}

}  // namespace smmu_vp::tb
