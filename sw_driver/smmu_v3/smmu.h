// The SMMUv3 driver: brings up the SMMU, adds devices, and serves the iommu layer.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "sw_driver/iommu/ida.h"
#include "sw_driver/rate_limit.h"
#include "sw_driver/smmu_v3/master.h"
#include "sw_driver/smmu_v3/output_queue.h"
#include "sw_driver/smmu_v3/stage2.h"

namespace smmu_vp::sw {

struct SmmuResources {
  u64 base = 0;
  u32 irq_event = 0, irq_pri = 0, irq_gerror = 0;
};

class Smmu : public Iommu {
 public:
  Smmu(Env& env, IoPageFaults& faults, const SmmuResources& resources);

  // Returns false and logs a message if the driver cannot use the SMMU.
  bool probe();
  void shutdown();

  // Adds the device; its traffic without a PASID bypasses translation.
  bool add_device(Device& device);

  // A hint that the device will use this page of the process soon (4.2.2). Nothing waits for it.
  void prefetch(const Device& device, u32 pasid, u64 va);
  // Puts an identity stage 2 below the device's address spaces, as a hypervisor does that keeps the device in a VM of its
  // own, until lift_stage2(). False if the SMMU or memory does not allow it.
  bool lay_stage2(const Device& device);
  void lift_stage2(const Device& device) { change_stage2(device, {}); }

  u32 max_pasids(const Device& device) const override;
  std::shared_ptr<Domain> alloc_sva_domain(std::shared_ptr<Mm> mm) override;
  void free_sva_domain(const std::shared_ptr<Domain>& domain) override;
  bool attach(Device& device, u32 pasid, Domain& domain) override;
  void detach(Device& device, u32 pasid, Domain& domain) override;
  // The domain of the device's traffic without a PASID, until it is detached; null if it cannot have one.
  std::unique_ptr<DmaDomain> attach_dma(Device& device);
  void detach_dma(Device& device, std::unique_ptr<DmaDomain> domain);
  void drain_faults() override;
  void respond(Device& device, const Fault& last, FaultResponse response) override;
  void block(Device& device) override { contain({&device.info.stream_id, 1}); }

 private:
  bool allocate();
  bool reset();
  bool enable(u32 cr0_bit);
  void setup_interrupts();
  void invalidate_everything();

  void change_stage2(const Device& device, std::optional<Stage2Tables> tables);

  void event_thread();
  void handle_event(std::span<const u64> event);
  bool expected_fault(std::span<const u64> event) const;
  void pri_thread();
  void handle_page_request(std::span<const u64> entry);
  void gerror_thread();
  void handle_command_error();
  void contain(std::span<const u32> stream_ids);
  void containment_thread();

  Device* find_device(u32 stream_id) const;
  void issue_unsynced(const spec::Command& command) { queue_.issue({&command, 1}, false); }

  Env& env_;
  IoPageFaults& faults_;
  SmmuResources resources_;
  Registers registers_;
  Features features_{};
  CommandQueue queue_;
  StreamTable streams_;
  OutputQueue event_queue_, pri_queue_;
  u32 cr0_ = 0;
  Ida asids_;
  std::optional<Stage2Tables> identity_;            // made when it is first used
  std::map<u32, std::unique_ptr<Master>> masters_;  // by StreamID
  std::vector<u32> blocked_;                        // StreamIDs whose aborting STE is not in effect yet
  std::unique_ptr<WaitQueue> containment_;
  RateLimit log_;
};

}  // namespace smmu_vp::sw
