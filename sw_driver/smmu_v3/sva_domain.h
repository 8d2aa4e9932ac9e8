// A process's address space in the SMMU: its ASID, the devices that use it, and the mm notifier, which
// invalidates on changes and quiesces on process exit.
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

  // Must precede any hardware setup: invalidations must reach every device that can hold translations.
  void add(Master& master, u32 ssid);
  // Invalidates the device's CD for good: a concurrent process exit no longer quiesces it.
  void clear_cd(Master& master, u32 ssid);
  void remove(Master& master, u32 ssid);

  void invalidate_range(u64 start, u64 end) override;
  void release() override;
  void freed() override;

  // Removes every entry of this ASID from the TLBs.
  void tlbi_all();

 private:
  struct User {
    Master* master;
    u32 ssid;
    bool has_cd;
  };
  struct Range {
    u64 start, end;
    bool whole;  // the whole address space
  };

  // Invalidates by the CPU's broadcast TLBIs if the SMMU takes part in them, else by commands.
  void invalidate_tlb(const Range& range);
  u64 pages_of(const Range& range) const;
  bool by_range() const;
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
  unsigned ats_masters_ = 0;  // users whose device uses ATS
};

}  // namespace smmu_vp::sw
