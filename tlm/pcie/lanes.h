// The pieces of one job that a channel has under way at once: its own thread and a helper for each further
// one.
#pragma once

#include <functional>
#include <systemc>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

class Lanes {
 public:
  static constexpr unsigned kBuffer = 4096;
  using More = std::function<bool()>;
  // Performs the next piece with a buffer of kBuffer bytes to itself. False: it failed.
  using Piece = std::function<bool(u8* buffer)>;

  // `limit` pieces at once. Construct during elaboration.
  explicit Lanes(unsigned limit);

  // Starts a piece while `more()` and none has failed, one after another; returns when all that started are
  // over. Call from one thread at a time.
  void run(const More& more, const Piece& piece);
  // Something a piece may wait for has changed: another piece ended.
  const sc_core::sc_event& ended() const { return ended_; }

 private:
  void help(u8* buffer);
  void work(u8* buffer);

  std::vector<std::vector<u8>> buffers_;
  const More* more_ = nullptr;  // of the run under way
  const Piece* piece_ = nullptr;
  bool failed_ = false;
  unsigned working_ = 0;
  sc_core::sc_event start_, ended_;
};

}  // namespace smmu_vp::pcie
