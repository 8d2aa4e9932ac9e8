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
  for (CommitListener* listener : listeners_) listener->committed(*op);
}

template <typename Operation, typename Result>
Operation* CacheDriver::answer(Channel<Operation>& channel, const Result& result) {
  Operation* op = take_first(channel.committed, channel);
  if (op == nullptr) return nullptr;
  op->result = result;
  op->done = true;
  for (CommitListener* listener : listeners_) listener->answered(*op);
  return op;
}

CacheDriver::Answered CacheDriver::settle(Take take) {
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
  if (edge.fill_accepted) commit(fills_.waiting, fills_);
  if (edge.invalidate_accepted) commit(invalidations_.waiting, invalidations_);
  if (edge.lookup_accepted) {
    if (LookupOperation* op = take_first(lookups_.waiting, lookups_)) lookups_.accepted.push_back(op);
  }
  return answered;
}

}  // namespace smmu_vp::tb
