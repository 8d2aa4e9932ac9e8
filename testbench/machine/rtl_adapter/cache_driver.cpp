// One clock edge of the translation cache, in the order that rtl/translation_cache.sv defines.
#include "testbench/machine/rtl_adapter/cache_driver.h"

namespace smmu_vp::tb {

template <typename Operation>
Operation* CacheDriver::take_first(std::deque<Operation*>& from, const Channel<Operation>& channel) {
  if (from.empty()) {
    for (CommitListener* listener : listeners_) listener->unasked(channel.name);
    return nullptr;
  }
  Operation* op = from.front();
  from.pop_front();
  return op;
}

template <typename Operation>
void CacheDriver::commit(std::deque<Operation*>& from, Channel<Operation>& channel) {
  Operation* op = take_first(from, channel);
  if (op == nullptr) return;
  channel.committed.push_back(op);
  op->order = ++order_;
  for (CommitListener* listener : listeners_) listener->committed(*op);
}

template <typename Operation, typename Result>
Operation* CacheDriver::answer(Channel<Operation>& channel, const Result& result) {
  Operation* op = take_first(channel.committed, channel);
  if (op == nullptr) return nullptr;
  op->result = result;
  op->cycles = cycle_ - op->cycles;
  op->done = true;
  for (CommitListener* listener : listeners_) listener->answered(*op);
  return op;
}

template <typename Operation>
void CacheDriver::note_acceptance(Channel<Operation>& channel) {
  if (!channel.waiting.empty()) channel.waiting.front()->cycles = cycle_;
}

template <typename Operation>
void CacheDriver::watch(Channel<Operation>& channel, bool progress) {
  if (progress || channel.idle()) channel.progress = cycle_;
  const u64 idle = cycle_ - channel.progress;
  if (idle == 0 || idle % kMostIdleCycles != 0) return;
  for (CommitListener* listener : listeners_) listener->stalled(channel.name);
}

CacheDriver::Answered CacheDriver::settle(Take take) {
  ++cycle_;
  CacheModel::Inputs in;
  if (!lookups_.waiting.empty()) in.lookup = &lookups_.waiting.front()->request;
  if (!fills_.waiting.empty()) in.fill = &fills_.waiting.front()->request;
  if (!invalidations_.waiting.empty()) in.invalidate = &invalidations_.waiting.front()->request;
  in.take_lookup = take.lookup;
  in.take_fill = take.fill;
  in.take_invalidate = take.invalidate;
  const CacheModel::Edge edge = model_.settle(in);

  Answered answered;
  if (edge.lookup_answered) answered.lookup = answer(lookups_, model_.lookup_answer());
  if (edge.fill_answered) answered.fill = answer(fills_, model_.fill_answer());
  if (edge.invalidate_answered) answered.invalidate = answer(invalidations_, model_.invalidate_answer());

  if (edge.lookup_committed) commit(lookups_.accepted, lookups_);
  if (edge.fill_accepted) {
    note_acceptance(fills_);
    commit(fills_.waiting, fills_);
  }
  if (edge.invalidate_accepted) {
    note_acceptance(invalidations_);
    commit(invalidations_.waiting, invalidations_);
  }
  if (edge.lookup_accepted) {
    note_acceptance(lookups_);
    if (LookupOperation* op = take_first(lookups_.waiting, lookups_)) lookups_.accepted.push_back(op);
  }
  watch(lookups_, edge.lookup_accepted || edge.lookup_committed || edge.lookup_answered || !take.lookup);
  watch(fills_, edge.fill_accepted || edge.fill_answered || !take.fill);
  watch(invalidations_, edge.invalidate_accepted || edge.invalidate_answered || !take.invalidate);
  return answered;
}

}  // namespace smmu_vp::tb
