// A DMA device as the machine sees it, however it is attached.
#pragma once

#include "tlm/device/counters.h"
#include "tlm/device/injection.h"

namespace smmu_vp::device {

class Device {
 public:
  virtual ~Device() = default;
  virtual u32 stream_id() const = 0;

  // Whether it can request translations (ATS) and pages (PRI).
  virtual bool has_ats() const = 0;
  // Whether its accesses may stall until software has handled a fault; those of a
  // PCIe function must not (3.12).
  virtual bool can_stall() const = 0;

  // Raw traffic. Call from an SC_THREAD; blocks until the access has ended or the page request is answered.
  virtual InjectResult inject(const Injection& what) = 0;

  // Whether none of its work or traffic is in flight.
  virtual bool idle() const = 0;
  virtual void visit_counters(const CounterVisitor& visit) const = 0;
};

}  // namespace smmu_vp::device
