// Counts the walkers' memory accesses for the stream whose walk makes them (10.3, event 4). Several walks run
// at once, each in its own thread. Not used when there is no counter group.
#pragma once

#include <systemc>

#include <map>

#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class CountedPort final : public core::MemoryPort {
 public:
  explicit CountedPort(State& state) : state_(state) {}

  // While this exists, the calling thread's reads count for the stream.
  class For {
   public:
    For(CountedPort& port, u32 sid) : port_(port.state_.pmcg ? &port : nullptr) {
      if (port_ != nullptr) port_->streams_[sc_core::sc_get_current_process_b()] = sid;
    }
    ~For() {
      if (port_ != nullptr) port_->streams_.erase(sc_core::sc_get_current_process_b());
    }
    For(const For&) = delete;
    For& operator=(const For&) = delete;

   private:
    CountedPort* port_;
  };

  bool read(u64 pa, void* data, std::size_t bytes, spec::MemoryType type) override {
    count();
    return state_.memory.read(pa, data, bytes, type);
  }
  bool write(u64 pa, const void* data, std::size_t bytes, spec::MemoryType type) override {
    count();
    return state_.memory.write(pa, data, bytes, type);
  }
  core::Swap compare_and_swap(u64 pa, const core::Exchange& word, spec::MemoryType type) override {
    count();
    return state_.memory.compare_and_swap(pa, word, type);
  }

 private:
  void count() {
    const auto stream = streams_.find(sc_core::sc_get_current_process_b());
    if (stream != streams_.end()) state_.count(spec::pmcg::Event::kTableWalkAccess, stream->second);
  }

  State& state_;
  std::map<const void*, u32> streams_;  // by thread; never iterated
};

}  // namespace smmu_vp::smmu
