// DMA of the endpoints on behalf of the caller: each job runs on a thread of the simulation, and it is known
// of each whether it waits for software.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <systemc>
#include <utility>
#include <vector>

#include "testbench/capi/abi.h"
#include "testbench/capi/workers.h"
#include "tlm/pcie/inject.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class DmaJobs : public sc_core::sc_module {
 public:
  static constexpr std::size_t kMaxJobs = 1024;
  static constexpr std::size_t kMaxBytes = 16u << 20;

  using Inject = std::function<pcie::InjectResult(std::size_t endpoint, const pcie::Injection& what)>;

  // What is known of a job to whoever started it.
  struct Job {
    smmu_vp_dma_request request;
    std::vector<u8> data;  // a copy: the caller's buffer need not outlive the call that started the job
    smmu_vp_dma_result result{};
    bool done = false;
    bool stalled = false;  // waits for software
  };

  DmaJobs(sc_core::sc_module_name name, trace::Bus& facts, Inject inject);

  // `request` is valid for its endpoint. Throws Refusal when there are too many.
  std::shared_ptr<Job> start(const smmu_vp_dma_request& request);
  bool idle() const { return workers_.busy() == 0; }

  // Handles: a job stays known by one until it is taken. Unknown handles find nothing.
  u64 keep(std::shared_ptr<Job> job);
  std::shared_ptr<Job> find(u64 handle) const;
  void drop(u64 handle) { kept_.erase(handle); }

 private:
  struct Running {
    std::shared_ptr<Job> job;
    std::pair<u32, u32> asked{~0u, ~0u};  // StreamID and PRG index of its last page request
    u64 stall = 0;
  };

  void listen(trace::Bus& facts);
  Running* current();
  void run(Job& job);
  bool part(Job& job, u64 address, u8* data, unsigned bytes);

  Inject inject_;
  Workers workers_;
  std::map<const sc_core::sc_process_b*, Running> running_;  // by the worker's process; order is never used
  std::map<u64, std::shared_ptr<Job>> kept_;
  u64 next_handle_ = 1;
};

}  // namespace smmu_vp::tb
