// The accelerator of tlm/spec/accelerator.h: registers, work queues, channels that run jobs,
// and the stopping of a PASID.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <systemc>

#include "tlm/device/core.h"
#include "tlm/device/job_engine.h"

namespace smmu_vp::device {

class Accelerator : public sc_core::sc_module, public Core {
 public:
  enum Vector : unsigned { kCompletionVector = 0, kStopOrErrorVector = 1 };

  // An interrupt is raised after the completion record it announces is in memory.
  Accelerator(sc_core::sc_module_name name, const DeviceConfig& config, const CoreSite& site);

  // 32- or 64-bit accesses; a whole descriptor may be written to a portal at once.
  bool read(u64 offset, void* data, unsigned bytes) const override;
  bool write(u64 offset, const void* data, unsigned bytes) override;
  // Same as writing CTRL.RESET.
  void reset() override;

  bool idle() const override { return jobs_.empty() && !stopping_ && !resetting_; }
  void visit_counters(const std::string& prefix, const CounterVisitor& visit) const override;

 private:
  struct Job {
    u64 number;
    Descriptor descriptor;
    bool shared = false;  // came through the shared queue
    bool running = false;
    bool cancelled = false;
  };
  struct Stop {
    u32 pasid;
    bool abort;
  };

  u64 read_register(u64 offset) const;
  void write_register(u64 offset, u64 value);
  void submit(bool shared);
  void run_channel(JobEngine& engine);
  void run_job(JobEngine& engine, Job& job);
  void run_control();
  void finish_stop();
  void finish_reset();
  Job* next_job();
  // Cancels jobs of `pasid`, or all: waiting jobs are dropped, running jobs end at their next access.
  void cancel(std::optional<u32> pasid);
  bool any_job(std::optional<u32> pasid) const;
  u64 waiting_jobs(bool shared) const;
  void record_error(const Job& job, const JobResult& result);
  void announce(const Job& job, trace::JobState state) const;

  const AcceleratorConfig config_;
  const u32 stream_id_;
  const CoreSite site_;

  std::deque<JobEngine> engines_;  // one per channel
  bool enabled_ = false;
  std::array<Descriptor, 2> portals_{};  // dedicated, shared
  bool retry_ = false;
  std::list<Job> jobs_;  // waiting and running, in order of submission
  std::optional<Stop> stopping_;
  bool resetting_ = false;
  u64 error_ = 0, error_address_ = 0;
  sc_core::sc_event work_, control_, ended_;
  u64 submitted_ = 0, done_ = 0, failed_ = 0, cancelled_ = 0, refused_ = 0, retried_ = 0;
};

extern const CoreKind kAccelerator;

}  // namespace smmu_vp::device
