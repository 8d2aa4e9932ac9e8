// An address space's PASID: the same one on all devices, allocated from a system-wide number space.
#pragma once

#include "sw_driver/iommu/ida.h"
#include "sw_driver/mm/mm.h"

namespace smmu_vp::sw {

// Lives from the first bind of the address space until the last reference to it is dropped.
class MmPasid : public Mm::IommuData {
 public:
  MmPasid(Env& env, Ida& allocator, u32 pasid, u64 mm)
      : env_(env), allocator_(allocator), pasid_(pasid), mm_(mm) {
    env_.announce(trace::PasidAllocated{pasid_, mm_});
  }
  void dropped() override {
    env_.announce(trace::PasidFreed{pasid_, mm_});
    allocator_.free(pasid_);
  }
  u32 pasid() const { return pasid_; }

 private:
  Env& env_;
  Ida& allocator_;
  u32 pasid_;
  u64 mm_;
};

}  // namespace smmu_vp::sw
