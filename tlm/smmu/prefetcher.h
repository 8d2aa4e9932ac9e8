// CMD_PREFETCH_ADDR: a thread that has translations looked up while commands go on (4.2.2). CMD_SYNC waits
// for the address under way, as for any transaction, and for no other (4.8).
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

  // Dropped where no TBU is known for the stream or kWaiting others wait: no prefetch is owed (4.2.2).
  void request(u32 sid, bool ssv, u32 ssid, const core::PrefetchSpan& span);
  bool idle() const { return !busy_ && waiting_.empty(); }

 private:
  static constexpr std::size_t kWaiting = 16;
  struct Request {
    unsigned tbu;
    core::Access access;  // of the next address
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
