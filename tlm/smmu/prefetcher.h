// CMD_PREFETCH_ADDR: a thread that looks up translations while commands continue (4.2.2). CMD_SYNC waits only
// for the address being looked up, as for any transaction (4.8).
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "tlm/core/command.h"
#include "tlm/smmu/routing.h"
#include "tlm/smmu/tbu.h"

namespace smmu_vp::smmu {

class Prefetcher {
 public:
  using Tbus = std::vector<std::unique_ptr<Tbu>>;
  Prefetcher(State& state, const Tbus& tbus, const PortOfStream& tbu_of_stream);

  // Dropped if the stream has no known TBU or kWaiting requests are waiting:
  // prefetches are only hints (4.2.2).
  void request(const spec::Requester& who, const core::PrefetchSpan& span);
  bool idle() const { return !busy_ && waiting_.empty(); }

 private:
  static constexpr std::size_t kWaiting = 16;
  struct Request {
    unsigned tbu;
    spec::Access access;  // the next address
    u64 stride, left;
  };
  void run();
  void fetch(Request request);

  State& state_;
  const Tbus& tbus_;
  const PortOfStream& tbu_of_stream_;
  std::deque<Request> waiting_;
  bool busy_ = false;
  sc_core::sc_event requested_;
};

}  // namespace smmu_vp::smmu
