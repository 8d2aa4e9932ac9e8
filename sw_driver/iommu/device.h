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

// An address space as an IOMMU driver holds it: shared by all devices bound to the same mm.
class Domain {
 public:
  explicit Domain(std::shared_ptr<Mm> mm) : mm_(std::move(mm)) {}
  virtual ~Domain() = default;

  const std::shared_ptr<Mm>& mm() const { return mm_; }
  unsigned users = 0;  // bonds that use it

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

  // ATS and PRI, for devices that have them. The IOMMU driver decides when.
  virtual bool has_ats() const { return false; }
  virtual void enable_ats(unsigned /*smallest_granule_shift*/) {}
  virtual void disable_ats() {}
  virtual bool has_pri() const { return false; }
  virtual bool enable_pri(unsigned /*allocation*/) { return false; }
  virtual void disable_pri() {}
  virtual bool prg_response_needs_pasid() const { return false; }
  // Keeps the device from memory by its own controls, as far as it obeys them.
  virtual void block() {}
  // Resets the device and gives it back what it was set to. False when it does not come back.
  virtual bool reset() { return false; }

  const DeviceInfo info;
  // Translated requests are looked up nowhere (SMMU manual, 3.9.1.1): a device that is not trusted gets no
  // ATS.
  bool trusted = true;
  Iommu* iommu = nullptr;                           // set when an IOMMU driver takes the device
  std::map<u32, std::shared_ptr<Domain>> by_pasid;  // who handles the faults of a PASID
  FaultQueue faults;
};

class Iommu {
 public:
  virtual ~Iommu() = default;

  // PASIDs this device may use: 1 .. max - 1; 0 if it cannot share an address space.
  virtual u32 max_pasids(const Device& device) const = 0;
  // Null when it cannot be had. The domain holds a count of the mm until free_sva_domain().
  virtual std::shared_ptr<Domain> alloc_sva_domain(std::shared_ptr<Mm> mm) = 0;
  virtual void free_sva_domain(const std::shared_ptr<Domain>& domain) = 0;
  virtual bool attach(Device& device, u32 pasid, Domain& domain) = 0;
  virtual void detach(Device& device, u32 pasid, Domain& domain) = 0;
  // Returns when every fault the hardware had queued has been reported.
  virtual void drain_faults() = 0;
  virtual void respond(Device& device, const Fault& last, FaultResponse response) = 0;
  // From here on nothing of the device reaches memory.
  virtual void block(Device& device) = 0;
};

}  // namespace smmu_vp::sw
