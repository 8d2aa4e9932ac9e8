// The I/O page fault core: collects faults into groups, pages them in on workers, answers each group once.
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
  // Drops the device's partial groups. The caller has drained the hardware queues and flushed before.
  void remove_device(Device& device);

  // Accepts one fault. Returns false if the device has no PASID attached; the caller must then answer it.
  bool report(Device& device, const Fault& fault);
  // Drops all partial groups after the hardware lost requests: a group may have lost its last one.
  void discard_partial();
  // Returns once every group that was complete at the call has been answered.
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
  u64 queued_ = 0, taken_ = 0;    // groups since boot
  std::vector<u64> in_progress_;  // numbers of the groups that workers are serving
  std::unique_ptr<WaitQueue> work_, done_;
};

}  // namespace smmu_vp::sw
