// The exit of a device: counts its accesses in flight and announces each when it ends.
#pragma once

#include <functional>
#include <utility>

#include "tlm/device/counters.h"
#include "tlm/device/dma_request.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::device {

class DmaIssuer {
 public:
  DmaIssuer(u32 stream_id, const trace::Bus& facts,
            std::function<transport::DmaAnswer(const DmaRequest&)> send)
      : stream_id_(stream_id), facts_(facts), send_(std::move(send)) {}

  // Blocks until the access is finished. `va` is the device's own address, which a
  // translated request no longer carries.
  transport::DmaAnswer issue(const DmaRequest& request, u64 va);

  u32 stream_id() const { return stream_id_; }
  const trace::Bus& facts() const { return facts_; }
  u64 in_flight() const { return in_flight_; }
  void visit_counters(const std::string& prefix, const CounterVisitor& visit) const;

 private:
  u32 stream_id_;
  const trace::Bus& facts_;
  std::function<transport::DmaAnswer(const DmaRequest&)> send_;
  u64 in_flight_ = 0;
  u64 by_kind_[3] = {};  // indexed by AddressType
  u64 bytes_read_ = 0, bytes_written_ = 0, failed_ = 0;
};

}  // namespace smmu_vp::device
