// The threads of the lanes.
#include "tlm/device/lanes.h"

namespace smmu_vp::device {

namespace {
constexpr int kStackBytes = 256 << 10;  // a piece runs through SMMU and RTL
}

Lanes::Lanes(unsigned limit) : buffers_(limit, std::vector<u8>(kBuffer)) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kStackBytes);
  for (unsigned i = 1; i < limit; ++i)
    sc_core::sc_spawn([this, i] { help(buffers_[i].data()); }, sc_core::sc_gen_unique_name("lane"), &options);
}

void Lanes::run(const More& more, const Piece& piece) {
  more_ = &more;
  piece_ = &piece;
  failed_ = false;
  if (buffers_.size() > 1) start_.notify();
  work(buffers_[0].data());
  while (working_ != 0) sc_core::wait(ended_);
  more_ = nullptr;
  piece_ = nullptr;
}

void Lanes::help(u8* buffer) {
  for (;;) {
    sc_core::wait(start_);
    if (more_ != nullptr) work(buffer);
  }
}

void Lanes::work(u8* buffer) {
  ++working_;
  while (!failed_ && (*more_)()) {
    if (!(*piece_)(buffer)) failed_ = true;
    ended_.notify();
  }
  --working_;
  ended_.notify();
}

}  // namespace smmu_vp::device
