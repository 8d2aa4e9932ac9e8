// Three passes of stores if only one word changes what the SMMU uses, else an update through V = 0.
#include "sw_driver/smmu_v3/entry_writer.h"

#include <bit>

namespace smmu_vp::sw {

namespace {
constexpr unsigned kWords = 8;
}

void EntryWriter::set(u64 pa, Entry& current, const Entry& target, unsigned first, unsigned count) {
  bool changed = false;
  for (unsigned i = first; i < first + count; ++i) {
    if (current[i] == target[i]) continue;
    current[i] = target[i];
    env_.os.store64(pa + u64{i} * 8, target[i]);
    changed = true;
  }
  if (changed) sync();
}

void EntryWriter::write(u64 pa, const Entry& target) {
  Entry current;
  for (unsigned i = 0; i < kWords; ++i) current[i] = env_.os.load64(pa + u64{i} * 8);
  env_.os.wmb();  // the tables an entry points to are visible before the entry
  if (env_.has(Bug::kEntryWrittenAtOnce)) return set(pa, current, target, 0, kWords);
  if (env_.has(Bug::kValidClearedLast) && target[0] == 0) set(pa, current, target, 1, kWords - 1);
  const Entry current_used = used(current), target_used = used(target);

  // Set the target's bits wherever the hardware does not use the current ones, then find the words that still
  // differ in bits it will use: the decisive ones.
  Entry prepared;
  unsigned decisive = 0;
  for (unsigned i = 0; i < kWords; ++i) {
    prepared[i] = (current[i] & current_used[i]) | (target[i] & ~current_used[i]);
    if ((prepared[i] & target_used[i]) != target[i]) decisive |= 1u << i;
  }

  if (std::has_single_bit(decisive)) {
    const auto critical = static_cast<unsigned>(std::countr_zero(decisive));
    prepared[critical] = current[critical];
    set(pa, current, prepared, 0, kWords);
    set(pa, current, target, critical, 1);
    set(pa, current, target, 0, kWords);
  } else if (decisive != 0) {
    prepared[0] = 0;
    set(pa, current, prepared, 0, 1);
    set(pa, current, target, 1, kWords - 1);
    set(pa, current, target, 0, 1);
  } else {
    set(pa, current, target, 0, kWords);
  }
}

}  // namespace smmu_vp::sw
