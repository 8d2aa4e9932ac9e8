// Who waits for what, and who is next.
#include "tlm/smmu/tlb.h"

#include <iterator>
#include <utility>

namespace smmu_vp::smmu {

using core::LookupKey;
using core::LookupResult;
using core::LookupStatus;

namespace {

bool same_page(const LookupKey& a, const LookupKey& b) {
  return a.context == b.context && a.vmid == b.vmid && a.world == b.world && a.granule == b.granule &&
         (a.va ^ b.va) >> core::log2_bytes(a.granule) == 0;
}

}  // namespace

// Takes part for as long as it lives, even if its thread is killed.
class Tlb::Waiting {
 public:
  Waiting(Tlb& tlb, const LookupKey& key) : tlb_(tlb) {
    if (tlb.idle_.empty()) tlb.idle_.emplace_back().in = &tlb.idle_;
    at_ = tlb.idle_.begin();
    at_->key = key;
    at_->age = tlb.ages_++;
  }
  ~Waiting() { tlb_.leave(at_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  Queue::iterator at() const { return at_; }

 private:
  Tlb& tlb_;
  Queue::iterator at_;
};

LookupResult Tlb::wait_and_look_up(const LookupKey& key, LookupResult found, u64 releases) {
  const Waiting waiting(*this, key);
  Waiter& me = *waiting.at();
  do {
    // A walk that ended while the lookup was being answered will wake nobody.
    if (found.status == LookupStatus::kMerged && releases == releases_)
      move(waiting.at(), merged_[found.mshr]);
    else
      queue_by_age(waiting.at());
    call_next();
    while (!me.called) sc_core::wait(me.wake);
    me.called = false;
    releases = releases_;
    found = look_up(key);
  } while (found.status == LookupStatus::kMerged || found.status == LookupStatus::kFull);
  return found;
}

void Tlb::fill(u8 mshr, const core::Translation* entry_or_null) {
  const bool dropped = cache_.fill(mshr, entry_or_null).dropped;
  ++releases_;
  ++spare_;
  Queue& merged = merged_[mshr];
  while (!merged.empty()) {
    const auto waiter = merged.begin();
    if (dropped) {
      waiter->orphan = true;
      ++orphans_;
      queue_by_age(waiter);
    } else {
      call(waiter);
    }
  }
  call_next();
}

// The others that wait for this page need not take a turn each to find out that it is being walked for.
void Tlb::took(const LookupKey& key, u8 mshr) {
  if (spare_ != 0) --spare_;
  for (auto waiter = queue_.begin(); orphans_ != 0 && waiter != queue_.end();) {
    const auto next = std::next(waiter);
    if (waiter->orphan && same_page(waiter->key, key)) move(waiter, merged_[mshr]);
    waiter = next;
  }
}

void Tlb::move(Queue::iterator waiter, Queue& to) {
  Queue& from = *waiter->in;
  if (&from == &queue_ && std::exchange(waiter->orphan, false)) --orphans_;
  waiter->in = &to;
  to.splice(to.end(), from, waiter);
}

void Tlb::queue_by_age(Queue::iterator waiter) {
  auto place = queue_.end();
  while (place != queue_.begin() && std::prev(place)->age > waiter->age) --place;
  Queue& from = *waiter->in;
  waiter->in = &queue_;
  queue_.splice(place, from, waiter);
}

void Tlb::call(Queue::iterator waiter) {
  move(waiter, called_);
  waiter->called = true;
  waiter->wake.notify();
}

void Tlb::call_next() {
  if (spare_ == 0) return;
  if (turn_ == nullptr) {
    if (queue_.empty()) return;
    turn_at_ = queue_.begin();
    turn_ = &*turn_at_;
  }
  if (turn_->in == &queue_) call(turn_at_);
}

void Tlb::leave(Queue::iterator waiter) {
  move(waiter, idle_);
  waiter->called = false;
  if (turn_ != &*waiter) return;
  turn_ = nullptr;
  gate_.notify();
  call_next();
}

}  // namespace smmu_vp::smmu
