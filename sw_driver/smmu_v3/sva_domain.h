// A process's address space inside the SMMU: its ASID, the devices that use it, and what the mm's notifier
// makes of changes and of the process's death.
#pragma once

#include <memory>
#include <vector>

#include "sw_driver/iommu/device.h"
#include "sw_driver/smmu_v3/command_queue.h"

namespace smmu_vp::sw {

class Master;

class SvaDomain : public Domain, public MmuNotifier {
 public:
  SvaDomain(Env& env, CommandQueue& queue, const Features& features, std::shared_ptr<Mm> mm, u32 asid);

  u32 asid() const { return asid_; }

  // Before the hardware is touched: invalidations must reach a device that can already hold translations.
  void add(Master& master, u32 ssid);
  // Invalidates the device's CD for good: a death at the same moment no longer quiesces it.
  void clear_cd(Master& master, u32 ssid);
  void remove(Master& master, u32 ssid);

  void invalidate_range(u64 start, u64 end) override;
  void release() override;
  void freed() override;

  // Nothing of this ASID remains in the TLBs.
  void tlbi_all();

 private:
  struct User {
    Master* master;
    u32 ssid;
    bool has_cd;
  };
  struct Range {
    u64 start, end;
    bool whole;  // everything of the address space
  };

  // What the mm needs: by the CPU's own broadcasts where they reach the SMMU, else by commands.
  void invalidate_tlb(const Range& range);
  u64 pages_of(const Range& range) const;
  u64 max_single_pages() const;
  void broadcast(const Range& range);
  void tlbi(const Range& range);
  void atc_invalidate(const Range& range);

  Env& env_;
  CommandQueue& queue_;
  const Features& features_;
  u32 asid_;
  std::unique_ptr<Mutex> users_lock_;
  std::vector<User> users_;
  unsigned ats_masters_ = 0;  // users whose device has a translation cache
};

}  // namespace smmu_vp::sw
