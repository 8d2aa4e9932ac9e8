// The accelerator's own driver: one for the PCIe endpoint and for the platform device alike.
#pragma once

#include <memory>
#include <optional>

#include "sw_driver/iommu/sva.h"
#include "sw_driver/mm/process.h"
#include "tlm/spec/accelerator.h"

namespace smmu_vp::sw {

// A work descriptor as a program fills it in; addresses are the process's own.
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

// What a process holds after opening the device: its bond, until closed.
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

  // Waits for a free slot; false when none came free or the file is closed.
  bool submit(const Job& job);
  // What the record at `address` says now; nothing when the process may not read it.
  std::optional<Completion> read_completion(u64 address);
  // Clears the record, so that a wait for it sees only what is still to come.
  bool clear_completion(u64 address);
  // Waits until the record has a status; nothing when time is up, or the process or its memory is gone.
  std::optional<Completion> wait(u64 address, u64 timeout_ps);
  // Submits and waits; the job's completion record is cleared first.
  std::optional<Completion> run(const Job& job, u64 timeout_ps);

  // Stops the device's work for this process, then unbinds. In that order: the PASID must be quiet.
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

  // False, with a message, when there is no accelerator here.
  bool probe();
  void remove();
  unsigned channels() const { return channels_; }
  unsigned queue_depth() const { return queue_depth_; }

  // Both interrupt handlers.
  void on_completion();
  void on_event();

  // Null when the process cannot be bound.
  std::unique_ptr<AcceleratorFile> open(Process& process);

  bool submit(u32 pasid, const Job& job);
  // Returns when nothing of the PASID is under way in the device. `abort` drops its jobs instead of finishing
  // them.
  bool stop(u32 pasid, bool abort);
  // Resets the device under whatever it is doing: every job is lost, bonds stay. False when the device does
  // not come back; it is blocked then.
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
