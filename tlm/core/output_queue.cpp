// Writing records to a circular queue.
#include "tlm/core/output_queue.h"

#include <algorithm>

#include "tlm/core/own_attributes.h"
#include "tlm/spec/queue.h"

namespace smmu_vp::core {

namespace q = spec::queue;

QueueGeometry queue_geometry(u64 base_register, unsigned log2_max, unsigned oas_bits) {
  // The three BASE registers share one layout. An address beyond the output size is truncated (3.4.3).
  const auto log2size = static_cast<unsigned>(spec::CMDQ_BASE::LOG2SIZE.get(base_register));
  return {spec::CMDQ_BASE::ADDR.in_place(base_register) & ((u64{1} << oas_bits) - 1),
          std::min(log2size, log2_max)};
}

QueueGeometry OutputQueue::geometry() const {
  return queue_geometry(registers_.dword(where_.base), where_.log2_max, where_.oas_bits);
}

bool OutputQueue::full() const {
  const unsigned log2size = geometry().log2size;
  // Inconsistent indexes count as full, so that no record is written to an unknown place (3.5.1).
  return q::full(prod(), cons(), log2size) || !q::consistent(prod(), cons(), log2size);
}

bool OutputQueue::empty() const {
  return q::empty(prod(), cons(), geometry().log2size);
}

bool OutputQueue::overflowed() const {
  return q::overflowed(prod(), cons());
}

void OutputQueue::toggle_overflow() {
  registers_.set_word(where_.prod, prod() ^ q::kOverflow);
}

OutputQueue::Outcome OutputQueue::push(std::span<const u64> record) {
  if (full()) return Outcome::kFull;
  const auto [base, log2size] = geometry();
  const auto bytes = static_cast<unsigned>(record.size_bytes());
  if (!memory_.write(q::entry_address(base, prod(), log2size, bytes), record.data(), bytes,
                     queue_type(registers_, where_.base)))
    return Outcome::kAborted;  // a synchronous abort: PROD does not move (7.2.2)
  // Checked when PROD moves, as software may have emptied the queue while the record was being written.
  const bool was_empty = empty();
  registers_.set_word(where_.prod, q::advance(prod(), log2size));
  return was_empty ? Outcome::kWrittenToEmpty : Outcome::kWritten;
}

}  // namespace smmu_vp::core
