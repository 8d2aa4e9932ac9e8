// A DMA device as the iommu layer sees it, and what an IOMMU driver does for it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sw_driver/iommu/fault.h"
#include "sw_driver/mm/mm.h"

namespace smmu_vp::sw {

class Iommu;

// An IOMMU driver's view of an address space, shared by all devices bound to the same mm.
class Domain {
 public:
  explicit Domain(std::shared_ptr<Mm> mm) : mm_(std::move(mm)) {}
  virtual ~Domain() = default;

  const std::shared_ptr<Mm>& mm() const { return mm_; }
  unsigned users = 0;  // bonds that use this domain

 private:
  std::shared_ptr<Mm> mm_;
};

struct DeviceInfo {
  std::string name;
  u32 stream_id = 0;
  unsigned pasid_bits = 0;
  bool can_stall = false;
};

class Device {
 public:
  explicit Device(DeviceInfo information) : info(std::move(information)) {}
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // ATS and PRI, for devices that support them. The IOMMU driver decides when to enable them.
  virtual bool has_ats() const { return false; }
  virtual void enable_ats(unsigned /*smallest_granule_shift*/) {}
  virtual void disable_ats() {}
  virtual bool has_pri() const { return false; }
  virtual bool enable_pri(unsigned /*allocation*/) { return false; }
  virtual void disable_pri() {}
  virtual bool prg_response_needs_pasid() const { return false; }
  // Uses the device's own controls to stop its DMA, as far as it obeys them.
  virtual void block() {}
  // Resets the device and restores its configuration. Returns false if it does not come back.
  virtual bool reset() { return false; }

  const DeviceInfo info;
  // Translated requests bypass translation (SMMU manual, 3.9.1.1), so an untrusted device gets no ATS.
  bool trusted = true;
  Iommu* iommu = nullptr;                           // set when an IOMMU driver adds the device
  std::map<u32, std::shared_ptr<Domain>> by_pasid;  // handles the faults of each PASID
  FaultQueue faults;
};

class Iommu {
 public:
  virtual ~Iommu() = default;

  // The device may use PASIDs 1 .. max - 1. 0: it cannot share an address space.
  virtual u32 max_pasids(const Device& device) const = 0;
  // Returns null if no domain can be allocated. The domain holds a reference
  // (mm count) until free_sva_domain().
  virtual std::shared_ptr<Domain> alloc_sva_domain(std::shared_ptr<Mm> mm) = 0;
  virtual void free_sva_domain(const std::shared_ptr<Domain>& domain) = 0;
  virtual bool attach(Device& device, u32 pasid, Domain& domain) = 0;
  virtual void detach(Device& device, u32 pasid, Domain& domain) = 0;
  // Returns once every fault that the hardware had queued has been reported.
  virtual void drain_faults() = 0;
  virtual void respond(Device& device, const Fault& last, FaultResponse response) = 0;
  // No DMA of the device reaches memory from now on.
  virtual void block(Device& device) = 0;
};

}  // namespace smmu_vp::sw
