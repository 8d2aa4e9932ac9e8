// Which translations the endpoint's DMA is using right now. An invalidation completes only when every access
// made with the old translation has finished at memory (4.5.1), so it waits here.
#pragma once

#include <optional>
#include <systemc>
#include <utility>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

class TranslationUses {
 public:
  // Starts before the cache is asked and lasts until the access is done or this is destroyed.
  class Use {
   public:
    Use(TranslationUses& owner, u32 context) : owner_(&owner), slot_(owner.begin(context)) {}
    Use(Use&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), slot_(other.slot_) {}
    Use& operator=(Use&&) = delete;
    ~Use() { end(); }
    void end() {
      if (owner_ != nullptr) std::exchange(owner_, nullptr)->end(slot_);
    }
    // Sets the range of the translation found. Before this call the use counts for every address of its
    // context, because the cache may already have looked up a translation that it has not returned yet.
    void narrow(u64 first, u64 last) { owner_->narrow(slot_, first, last); }

   private:
    TranslationUses* owner_;
    std::size_t slot_;
  };

  // Blocks until no use that began before this call still touches [first, last] of `context`
  // (of any context when absent).
  void wait_until_unused(std::optional<u32> context, u64 first, u64 last) {
    const u64 now = next_;
    while (in_use(now, context, first, last)) sc_core::wait(changed_);
  }
  bool idle() const { return !in_use(next_, std::nullopt, 0, ~u64{0}); }

 private:
  struct Slot {
    bool active = false;
    u64 number = 0;
    u32 context = 0;
    u64 first = 0, last = 0;
  };

  std::size_t begin(u32 context) {
    std::size_t free = 0;
    while (free < slots_.size() && slots_[free].active) ++free;
    if (free == slots_.size()) slots_.emplace_back();
    slots_[free] = {true, next_++, context, 0, ~u64{0}};
    return free;
  }
  void narrow(std::size_t slot, u64 first, u64 last) {
    slots_[slot].first = first;
    slots_[slot].last = last;
    changed_.notify();
  }
  void end(std::size_t slot) {
    slots_[slot].active = false;
    changed_.notify();
  }
  bool in_use(u64 before, std::optional<u32> context, u64 first, u64 last) const {
    for (const Slot& s : slots_)
      if (s.active && s.number < before && (!context || *context == s.context) && s.first <= last &&
          s.last >= first)
        return true;
    return false;
  }

  std::vector<Slot> slots_;  // as many as the most accesses at once so far
  u64 next_ = 0;
  sc_core::sc_event changed_;
};

}  // namespace smmu_vp::pcie
