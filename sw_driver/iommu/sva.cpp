// The order of bind and unbind: bind sets up software before hardware, unbind tears down hardware first.
#include "sw_driver/iommu/sva.h"

#include <algorithm>

namespace smmu_vp::sw {

Sva::Sva(Env& env, IoPageFaults& faults)
    : env_(env), faults_(faults), lock_(env.os.make_mutex("iommu_sva_lock")) {}

bool Sva::ensure_pasid(Mm& mm, u32 max) {
  if (mm.iommu != nullptr) return static_cast<const MmPasid&>(*mm.iommu).pasid() < max;
  const bool shared = env_.has(Bug::kPasidShared) && !bonds_.empty();
  const auto pasid = shared ? bonds_.front()->pasid : pasids_.allocate(max);
  if (!pasid) return false;
  mm.iommu = std::make_unique<MmPasid>(env_, pasids_, *pasid, mm.id());
  return true;
}

std::shared_ptr<Domain> Sva::domain_of(const Device& device, const std::shared_ptr<Mm>& mm) {
  for (const auto& bond : bonds_) {
    if (bond->domain->mm() == mm && bond->device->iommu == device.iommu) return bond->domain;
  }
  return device.iommu->alloc_sva_domain(mm);
}

void Sva::put_domain(const std::shared_ptr<Domain>& domain, Iommu& iommu) {
  if (domain->users == 0) iommu.free_sva_domain(domain);
}

Bond* Sva::bind(Device& device, const std::shared_ptr<Mm>& mm) {
  Operation operation(env_, {.name = "bind"});
  env_.os.spend(CpuCost::kSyscall);
  Guard guard(*lock_);
  for (const auto& bond : bonds_) {
    if (bond->device == &device && bond->domain->mm() == mm) {
      ++bond->users;
      return bond.get();
    }
  }
  if (device.iommu == nullptr) return nullptr;
  // Never attach a dying address space, and keep it from being torn down during attach.
  if (!mm->mmget_not_zero()) return nullptr;
  Bond* bound = nullptr;
  if (ensure_pasid(*mm, device.iommu->max_pasids(device))) {
    const u32 pasid = static_cast<const MmPasid&>(*mm->iommu).pasid();
    if (auto domain = domain_of(device, mm)) {
      device.by_pasid[pasid] = domain;
      if (device.iommu->attach(device, pasid, *domain)) {
        ++domain->users;
        bonds_.push_back(std::make_unique<Bond>(Bond{&device, domain, pasid, 1}));
        bound = bonds_.back().get();
      } else {
        device.by_pasid.erase(pasid);
        put_domain(domain, *device.iommu);
      }
    }
  }
  mm->mmput();
  return bound;
}

void Sva::unbind(Bond* bond) {
  Operation operation(env_, {.name = "unbind"});
  Guard guard(*lock_);
  if (--bond->users != 0) return;
  Device& device = *bond->device;
  Iommu& iommu = *device.iommu;
  // Answer every fault of this PASID while it still identifies this address space. The device is stopped and
  // raises no more.
  if (!env_.has(Bug::kNoDrain)) {
    operation.enter("drain");
    iommu.drain_faults();
    faults_.flush();
  }
  operation.enter("detach");
  iommu.detach(device, bond->pasid, *bond->domain);
  device.by_pasid.erase(bond->pasid);
  // A misbehaving device may have raised another fault in the meantime. Its group must end before the PASID
  // is reused; no new group can start from here on.
  if (!env_.has(Bug::kNoDrain)) faults_.flush();
  operation.enter("free");
  const std::shared_ptr<Domain> domain = bond->domain;
  --domain->users;
  put_domain(domain, iommu);
  std::erase_if(bonds_, [&](const auto& b) { return b.get() == bond; });
}

}  // namespace smmu_vp::sw
