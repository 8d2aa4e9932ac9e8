// Shared virtual addressing: binds an address space to a device under the PASID of that address space.
#pragma once

#include <memory>
#include <vector>

#include "sw_driver/iommu/io_pgfault.h"
#include "sw_driver/iommu/pasid.h"

namespace smmu_vp::sw {

// One (device, mm) pair; binding the pair again only adds a user.
struct Bond {
  Device* device;
  std::shared_ptr<Domain> domain;
  u32 pasid;
  unsigned users;
};

class Sva {
 public:
  Sva(Env& env, IoPageFaults& faults);
  Sva(const Sva&) = delete;
  Sva& operator=(const Sva&) = delete;

  // Returns null if the device does not support it, PASIDs or memory are exhausted, or the mm is dying.
  Bond* bind(Device& device, const std::shared_ptr<Mm>& mm);
  // The caller has stopped the device's use of the PASID.
  void unbind(Bond* bond);

 private:
  bool ensure_pasid(Mm& mm, u32 max);
  std::shared_ptr<Domain> domain_of(const Device& device, const std::shared_ptr<Mm>& mm);
  void put_domain(const std::shared_ptr<Domain>& domain, Iommu& iommu);

  Env& env_;
  IoPageFaults& faults_;
  std::unique_ptr<Mutex> lock_;
  Ida pasids_;
  std::vector<std::unique_ptr<Bond>> bonds_;
};

}  // namespace smmu_vp::sw
