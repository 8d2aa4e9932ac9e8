// A process for which one device copies between two of its areas, with fresh contents each
// time; every byte is compared.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

class CopyProcess {
 public:
  enum class Result : u8 {
    kRight,  // done, and the bytes equal the source's
    kWrong,  // reported as done, but the bytes differ
    kLost,   // failed or never answered
  };

  struct Work {
    std::size_t device;
    u64 pages;
  };
  CopyProcess(ScenarioContext& ctx, std::string name, const Work& work);
  CopyProcess(const CopyProcess&) = delete;
  CopyProcess& operator=(const CopyProcess&) = delete;

  const std::string& name() const { return name_; }
  // Binds the process to its device; false when the driver refuses.
  bool open();
  u32 pasid() const { return file_->pasid(); }
  sw::Process& process() { return *process_; }
  u64 source() const;
  u64 destination() const;
  u64 completion() const;
  u64 bytes() const { return data_.size(); }

  // Waits for the job as long as one can take on this configuration, or `timeout_ps`.
  Result copy() {
    return copy(ctx_.pace.longest_without_progress_ps() +
                ctx_.pace.job_ps(2 * bytes() / page_bytes(ctx_.config, 1)));
  }
  Result copy(u64 timeout_ps);
  // Submits a job that nothing waits for.
  bool submit();
  // Unmaps the destination and maps it anew: the device must not access the old pages again.
  void remap();
  // Touches every page, so that the device need not page in any.
  void populate();

  void close() { file_.reset(); }
  void kill() { process_->kill(); }

 private:
  sw::Job job() const;

  ScenarioContext& ctx_;
  std::string name_;
  std::size_t device_;
  std::unique_ptr<sw::Process> process_;
  std::unique_ptr<sw::AcceleratorFile> file_;
  std::vector<u8> data_;
};

}  // namespace smmu_vp::tb
