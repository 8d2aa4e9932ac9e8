// An address space's PASID: one for all its devices, from a number space of the whole system.
#pragma once

#include "sw_driver/iommu/ida.h"
#include "sw_driver/mm/mm.h"

namespace smmu_vp::sw {

// An address space's PASID, from its first bind until the last reference to the address space goes.
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
