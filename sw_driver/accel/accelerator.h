// The accelerator's driver, the same for the PCIe endpoint and the platform device.
#pragma once

#include <memory>
#include <optional>

#include "sw_driver/iommu/sva.h"
#include "sw_driver/mm/process.h"
#include "tlm/spec/accelerator.h"

namespace smmu_vp::sw {

// A work descriptor as a program fills it in; addresses are virtual addresses of the process.
struct Job {
  spec::accel::Opcode opcode = spec::accel::Opcode::kNop;
  u64 source = 0, destination = 0;
  u64 length = 0;
  u64 seed = 0;
  u64 completion = 0;  // address of the completion record, 0 for none
  u64 tag = 0;
  bool interrupt = false;
};

struct Completion {
  spec::accel::Status status = spec::accel::Status::kNone;
  u32 done = 0;
  u64 fault_address = 0, result = 0, tag = 0;
};

class Accelerator;

// An open file of the device. It holds the process's bond until it is closed.
class AcceleratorFile {
 public:
  AcceleratorFile(Accelerator& device, Process& process, Bond* bond)
      : device_(device), mm_(process.shared_mm()), bond_(bond) {}
  ~AcceleratorFile() { close(); }
  AcceleratorFile(const AcceleratorFile&) = delete;
  AcceleratorFile& operator=(const AcceleratorFile&) = delete;

  Accelerator& device() { return device_; }
  u32 pasid() const { return bond_ == nullptr ? 0 : bond_->pasid; }
  bool is_open() const { return bond_ != nullptr; }

  // Waits for a free slot. Returns false on timeout or if the file is closed.
  bool submit(const Job& job);
  // Reads the record at `address`; nullopt if the process may not read it.
  std::optional<Completion> read_completion(u64 address);
  // Clears the record, so that wait() does not see an older completion.
  bool clear_completion(u64 address);
  // Waits until the record has a status; nullopt on timeout, or if the process or its memory is gone.
  std::optional<Completion> wait(u64 address, u64 timeout_ps);
  // Clears the job's completion record, submits the job and waits for it.
  std::optional<Completion> run(const Job& job, u64 timeout_ps);

  // Stops the device's work for this process, then unbinds: unbind requires that the device no longer uses
  // the PASID.
  void close();

 private:
  Accelerator& device_;
  std::shared_ptr<Mm> mm_;
  Bond* bond_;
};

class Accelerator {
 public:
  Accelerator(Env& env, Sva& sva, Device& device, u64 registers);
  Accelerator(const Accelerator&) = delete;
  Accelerator& operator=(const Accelerator&) = delete;

  Device& device() { return device_; }
  u64 registers() const { return registers_; }

  // Returns false and logs a message if this is not an accelerator.
  bool probe();
  void remove();
  unsigned channels() const { return channels_; }
  unsigned queue_depth() const { return queue_depth_; }

  // The two interrupt handlers.
  void on_completion();
  void on_event();

  // Returns null if the process cannot be bound.
  std::unique_ptr<AcceleratorFile> open(Process& process);

  bool submit(u32 pasid, const Job& job);
  // Returns once the device has no work of the PASID in flight. `abort`
  // drops its jobs instead of finishing them.
  bool stop(u32 pasid, bool abort);
  // Resets the device whatever it is doing: all jobs are lost, bonds stay. If the device does not come back,
  // blocks it and returns false.
  bool reset();

 private:
  friend class AcceleratorFile;

  Env& env_;
  Sva& sva_;
  Device& device_;
  u64 registers_;
  unsigned channels_ = 0, queue_depth_ = 0;
  std::unique_ptr<Mutex> portal_lock_, stop_lock_;
  std::unique_ptr<WaitQueue> completions_;
  u64 completion_interrupts_ = 0;
};

}  // namespace smmu_vp::sw
