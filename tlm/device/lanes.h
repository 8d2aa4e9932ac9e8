// Runs several pieces of a job at once: one on the channel's own thread, each
// further one on a thread of its own.
#pragma once

#include <functional>
#include <systemc>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::device {

class Lanes {
 public:
  static constexpr unsigned kBuffer = 4096;
  using More = std::function<bool()>;
  // Performs the next piece, with its own buffer of kBuffer bytes. Returns false if it failed.
  using Piece = std::function<bool(u8* buffer)>;

  // At most `limit` pieces at once. Construct during elaboration.
  explicit Lanes(unsigned limit);

  // Starts pieces while `more()` holds and none has failed; returns when every started piece has ended. Call
  // from one thread at a time.
  void run(const More& more, const Piece& piece);
  // Notified whenever a piece ends, for pieces that wait for another.
  const sc_core::sc_event& ended() const { return ended_; }

 private:
  void help(u8* buffer);
  void work(u8* buffer);

  std::vector<std::vector<u8>> buffers_;
  const More* more_ = nullptr;  // of the current run
  const Piece* piece_ = nullptr;
  bool failed_ = false;
  unsigned working_ = 0;
  sc_core::sc_event start_, ended_;
};

}  // namespace smmu_vp::device
