// The interrupt lines as software outside sees them: pending bits, set by an edge and cleared by the call that reports
// it; and a listener that hears of every edge and foreign MSI when it happens.
#pragma once

#include <vector>

#include "testbench/machine/platform/platform.h"

namespace smmu_vp::tb {

// Hears of what happens in the machine without having asked for it.
class NoticeListener {
 public:
  virtual ~NoticeListener() = default;
  virtual void edge(u32 line, u64 t_ps) = 0;
  virtual void message(const ForeignMsi& msi, u64 t_ps) = 0;
  // An SMMU reads this page of memory by itself; it holds nothing of it any more (pages_read.h).
  virtual void page_read(u64 page) = 0;
  virtual void page_forgotten(u64 page) = 0;
};

class IrqPending {
 public:
  explicit IrqPending(Platform& platform) : pending_(platform.interrupts().count(), false) {
    for (u32 line = 0; line < pending_.size(); ++line) {
      platform.interrupts().listen(line, [this, line] {
        pending_[line] = true;
        if (listener_ != nullptr) listener_->edge(line, sc_core::sc_time_stamp().value());
      });
    }
    platform.on_foreign_msi([this](const ForeignMsi& msi) {
      if (listener_ != nullptr) listener_->message(msi, sc_core::sc_time_stamp().value());
    });
  }
  IrqPending(const IrqPending&) = delete;
  IrqPending& operator=(const IrqPending&) = delete;

  void listen(NoticeListener* listener) { listener_ = listener; }

  bool exists(u32 line) const { return line < pending_.size(); }
  bool pending(u32 line) const { return pending_[line]; }
  // The pending lines in `mask`, lines 0 to 63.
  u64 pending_of(u64 mask) const {
    u64 found = 0;
    for (u32 line = 0; line < 64 && exists(line); ++line) found |= u64{pending_[line]} << line;
    return found & mask;
  }
  void clear(u64 mask) {
    for (u32 line = 0; line < 64 && exists(line); ++line) {
      if ((mask >> line & 1) != 0) pending_[line] = false;
    }
  }

 private:
  std::vector<bool> pending_;
  NoticeListener* listener_ = nullptr;
};

}  // namespace smmu_vp::tb
