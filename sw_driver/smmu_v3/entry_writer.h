// Updates an STE or CD that the SMMU may read at any moment. Only single 64-bit stores are atomic, so the
// writer goes through intermediate states that are each valid to the hardware, or through V = 0 where that is
// not possible (3.21.3).
#pragma once

#include <array>

#include "sw_driver/env.h"

namespace smmu_vp::sw {

using Entry = std::array<u64, 8>;

class EntryWriter {
 public:
  explicit EntryWriter(Env& env) : env_(env) {}
  virtual ~EntryWriter() = default;

  // Makes the entry at `pa` equal to `target`, whose bits outside used(target) are zero.
  void write(u64 pa, const Entry& target);

 protected:
  // The bits that the hardware uses in `entry`.
  virtual Entry used(const Entry& entry) const = 0;
  // Invalidates the SMMU's cached copy of the entry.
  virtual void sync() = 0;

  Env& env_;

 private:
  // Stores the words that differ among [first, first + count) and syncs if there were any.
  void set(u64 pa, Entry& current, const Entry& target, unsigned first, unsigned count);
};

}  // namespace smmu_vp::sw
