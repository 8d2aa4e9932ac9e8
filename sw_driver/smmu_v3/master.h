// A device behind the SMMU: its STE, its CD table, and attach and detach of a PASID's address space.
#pragma once

#include "sw_driver/iommu/io_pgfault.h"
#include "sw_driver/smmu_v3/cd_table.h"
#include "sw_driver/smmu_v3/dma_domain.h"
#include "sw_driver/smmu_v3/ranges.h"
#include "sw_driver/smmu_v3/stream_table.h"
#include "sw_driver/smmu_v3/sva_domain.h"

namespace smmu_vp::sw {

class Master {
 public:
  Master(Env& env, CommandQueue& queue, StreamTable& streams, IoPageFaults& faults, const Features& features,
         Device& device);
  Master(const Master&) = delete;
  Master& operator=(const Master&) = delete;

  Device& device() const { return device_; }
  bool ats_enabled() const { return ats_enabled_; }
  // Writes an aborting STE. The caller issues the CMD_CFGI_STE that brings it into effect.
  void block();
  bool blocked() const { return blocked_; }
  // PASIDs 1 .. max - 1; 0 if this device cannot share address spaces.
  u32 max_pasids() const;

  // The DMA API's domain, for traffic without a PASID; at most one at a time.
  bool attach_dma(DmaDomain& domain);
  void detach_dma(DmaDomain& domain);
  bool attach(u32 pasid, SvaDomain& domain);
  void detach(u32 pasid, SvaDomain& domain);
  // Puts stage 2 below the streams of all PASIDs, or takes it away. The caller invalidates what the TLBs know.
  void put_below(std::optional<Stage2Tables> tables);
  // Quiesces the CD after process exit: DMA with the PASID aborts from now on, without events.
  void quiesce(u32 pasid);
  void clear_cd(u32 pasid) { cds_.write(pasid, Entry{}); }

  // Without a PASID it invalidates the entries of all of them.
  void atc_invalidate_all(std::optional<u32> pasid) const;
  void add_atc_inv(CommandBatch& batch, std::optional<u32> pasid, const AtcBlock& block) const;
  void announce_phase(u32 pasid, const SvaDomain& domain, spec::Phase phase) const;

 private:
  bool stall_enabled() const {
    return (features_.stalls && device_.info.can_stall) || features_.stall_forced;
  }
  bool ats_supported() const { return features_.ats && device_.has_ats() && device_.trusted; }
  bool pri_supported() const { return ats_supported() && features_.pri && device_.has_pri(); }
  void write_ste(const Entry& wanted);
  Entry cd_table_entry() const;
  bool prepare_cd(u32 ssid);
  void enter_cd_table();
  void leave_cd_table();

  Env& env_;
  CommandQueue& queue_;
  StreamTable& streams_;
  IoPageFaults& faults_;
  const Features& features_;
  Device& device_;
  CdTable cds_;
  std::unique_ptr<Mutex> lock_;
  unsigned contexts_in_use_ = 0;
  bool dma_ = false;  // one of them is the DMA API's
  std::optional<Stage2Tables> below_;
  bool ats_enabled_ = false;
  bool blocked_ = false;
};

}  // namespace smmu_vp::sw
