// The I/O page fault core: gathers faults into groups, has workers page them in, answers each group once.
#pragma once

#include <deque>
#include <memory>

#include "sw_driver/iommu/device.h"
#include "sw_driver/operation.h"

namespace smmu_vp::sw {

class IoPageFaults {
 public:
  explicit IoPageFaults(Env& env);
  IoPageFaults(const IoPageFaults&) = delete;
  IoPageFaults& operator=(const IoPageFaults&) = delete;

  void start();  // spawns the workers

  void add_device(Device& device);
  // The device's partial groups are dropped. Whoever calls has drained the hardware and flushed before.
  void remove_device(Device& device);

  // Takes one fault; false when the device takes no part in this, and then nobody answers it.
  bool report(Device& device, const Fault& fault);
  // The hardware lost requests: a group whose end is lost can never be told, so all partial ones go.
  void discard_partial();
  // Returns when every group that was complete at the call has been answered.
  void flush();

 private:
  struct Group {
    Device* device;
    std::shared_ptr<Domain> domain;
    std::vector<Fault> faults;  // the last one at the end
    std::unique_ptr<Operation> operation;
  };

  void worker();
  void serve(Group& group);
  void answer(Group& group, FaultResponse response);
  FaultResponse page_in(Mm& mm, const Fault& fault);

  Env& env_;
  std::vector<Device*> devices_;
  std::deque<std::unique_ptr<Group>> queue_;
  u64 queued_ = 0, taken_ = 0;    // groups, ever
  std::vector<u64> in_progress_;  // numbers of the groups that workers hold
  std::unique_ptr<WaitQueue> work_, done_;
};

}  // namespace smmu_vp::sw
