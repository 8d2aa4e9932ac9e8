// A process that lets one device copy between two of its areas, with fresh contents each time, and compares
// every byte.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "testbench/scenarios/scenario.h"

namespace smmu_vp::tb {

class CopyProcess {
 public:
  enum class Result : u8 {
    kRight,  // done, and the bytes are the source's
    kWrong,  // said to be done, but they are not
    kLost,   // failed or never answered
  };

  CopyProcess(ScenarioContext& ctx, std::string name, std::size_t device, u64 pages);
  CopyProcess(const CopyProcess&) = delete;
  CopyProcess& operator=(const CopyProcess&) = delete;

  const std::string& name() const { return name_; }
  // Binds the process to its device; false when the driver refuses.
  bool open();
  u32 pasid() const { return file_->pasid(); }
  sw::Process& process() { return *process_; }
  u64 source() const;
  u64 destination() const;
  u64 bytes() const { return data_.size(); }

  Result copy(u64 timeout_ps);
  // A job without anybody waiting for it.
  bool submit();
  // The destination is unmapped and mapped anew: the device must not see the old pages again.
  void remap();
  // Every page is there, so that the device need not page.
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
