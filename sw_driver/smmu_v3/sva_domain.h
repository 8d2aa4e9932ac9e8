// A process's address space in the SMMU: the mm notifier, which invalidates on changes and quiesces on process exit.
#pragma once

#include "sw_driver/iommu/device.h"
#include "sw_driver/smmu_v3/stage1.h"

namespace smmu_vp::sw {

class SvaDomain : public Domain, public MmuNotifier, public Stage1 {
 public:
  SvaDomain(Env& env, CommandQueue& queue, const Features& features, std::shared_ptr<Mm> mm, u32 asid);

  // Invalidates the device's CD for good: a concurrent process exit no longer quiesces it.
  void clear_cd(Master& master, u32 ssid);

  void invalidate_range(u64 start, u64 end) override;
  void release() override;
  void freed() override;

 private:
  // Invalidates by the CPU's broadcast TLBIs if the SMMU takes part in them, else by commands.
  void invalidate_tlb(const Range& range);
  bool by_range() const;
  u64 max_single_pages() const;
  void broadcast(const Range& range);
};

}  // namespace smmu_vp::sw
