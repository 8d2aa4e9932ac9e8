// The accelerator of tlm/spec/accelerator.h: registers, work queue, channels that run jobs, and the stop of a
// PASID.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <systemc>

#include "tlm/pcie/counters.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/job_engine.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::pcie {

class Accelerator : public sc_core::sc_module {
 public:
  enum Vector : unsigned { kCompletionVector = 0, kStopOrErrorVector = 1 };

  // `interrupt(vector)` may block; it is called behind the completion record it announces.
  Accelerator(sc_core::sc_module_name name, const AcceleratorConfig& config, u32 stream_id, DmaPort& dma,
              std::function<void(unsigned vector)> interrupt, const trace::Bus& facts);

  // Registers, as 32- or 64-bit accesses; whole descriptors may be written to the portal at once. False: no
  // such access.
  bool read(u64 offset, void* data, unsigned bytes) const;
  bool write(u64 offset, const void* data, unsigned bytes);
  // As writing CTRL.RESET: every job is given up, then the registers are at their reset values.
  void reset();

  bool idle() const { return jobs_.empty() && !stopping_ && !resetting_; }
  void visit_counters(const std::string& prefix, const CounterVisitor& visit) const;

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
  // Cancels jobs of `pasid`, or all: waiting ones vanish, running ones end at their next access.
  void cancel(std::optional<u32> pasid);
  bool any_job(std::optional<u32> pasid) const;
  u64 waiting_jobs(bool shared) const;
  void record_error(const Job& job, const JobResult& result);
  void announce(const Job& job, std::string_view state) const;

  AcceleratorConfig config_;
  u32 stream_id_;
  DmaPort& dma_;
  std::function<void(unsigned)> interrupt_;
  const trace::Bus& facts_;

  std::deque<JobEngine> engines_;  // one a channel
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

}  // namespace smmu_vp::pcie
