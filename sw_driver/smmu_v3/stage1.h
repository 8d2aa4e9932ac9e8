// The translations of one ASID: the devices that use them, and their invalidation in the TLBs and in the devices' ATCs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sw_driver/smmu_v3/command_queue.h"

namespace smmu_vp::sw {

class Master;

class Stage1 {
 public:
  Stage1(Env& env, CommandQueue& queue, const Features& features, u32 asid);
  Stage1(const Stage1&) = delete;
  Stage1& operator=(const Stage1&) = delete;

  u32 asid() const { return asid_; }

  // Must precede any hardware setup: invalidations must reach every device that can hold translations.
  void add(Master& master, std::optional<u32> pasid);
  void remove(Master& master, std::optional<u32> pasid);
  // Removes every entry of this ASID from the TLBs.
  void tlbi_all() { tlbi({0, 0, true}); }

 protected:
  struct User {
    Master* master;
    std::optional<u32> pasid;  // nothing: requests without a PASID
    bool has_cd;
  };
  struct Range {
    u64 start, end;
    bool whole = false;      // everything of the ASID
    bool leaf_only = false;  // no table was unlinked
    u64 stride = 0;          // bytes that one leaf maps; 0: a page
  };

  u64 pages_of(const Range& range) const;
  // Each returns when the invalidation is complete.
  void tlbi(const Range& range);
  void atc_invalidate(const Range& range);

  Env& env_;
  CommandQueue& queue_;
  const Features& features_;
  std::unique_ptr<Mutex> users_lock_;
  std::vector<User> users_;

 private:
  u32 asid_;
  unsigned ats_masters_ = 0;  // users whose device uses ATS
};

}  // namespace smmu_vp::sw
