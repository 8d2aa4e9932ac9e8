// DMA that the endpoints perform for the caller. Each job runs on a thread of the simulation and knows
// whether it waits for software.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <systemc>
#include <utility>
#include <vector>

#include "testbench/api/capi/abi.h"
#include "testbench/api/capi/workers.h"
#include "tlm/device/injection.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class DmaJobs : public sc_core::sc_module {
 public:
  static constexpr std::size_t kMaxJobs = 1024;
  static constexpr std::size_t kMaxBytes = 16u << 20;

  using Inject = std::function<device::InjectResult(std::size_t endpoint, const device::Injection& what)>;

  // The state of a job, shared with its starter.
  struct Job {
    smmu_vp_dma_request request;
    std::vector<u8> data;  // a copy: the caller's buffer need not outlive the call that started the job
    smmu_vp_dma_result result{};
    std::optional<smmu_vp_attributes> attributes;  // of an access that ended well
    bool done = false;
    bool stalled = false;  // waits for software
    // The last page request that the job issued.
    struct {
      trace::PageRequestIssued asked{};
      bool arrived = false, answered_by_smmu = false;
    } page_request;
  };

  DmaJobs(sc_core::sc_module_name name, trace::Bus& facts, Inject inject);

  // `request` must be valid for its endpoint. Throws Refusal if there are too many jobs.
  std::shared_ptr<Job> start(const smmu_vp_dma_request& request);
  bool idle() const { return workers_.busy() == 0; }

  // Handles: a kept job can be found by its handle until it is dropped. An unknown handle finds null.
  u64 keep(std::shared_ptr<Job> job);
  std::shared_ptr<Job> find(u64 handle) const;
  void drop(u64 handle) { kept_.erase(handle); }

 private:
  struct Running {
    std::shared_ptr<Job> job;
    std::pair<u8, u64> stall{};  // SMMU and number of the transaction that stalls; numbers begin at 1
  };

  void listen(trace::Bus& facts);
  void arrived(const trace::PageRequestReceived& request);
  void answered(const trace::PrgResponseReceived& response);
  Running* current();
  void run(Job& job);
  bool part(Job& job, u64 address, u8* data, unsigned bytes);

  Inject inject_;
  Workers workers_;
  std::map<const sc_core::sc_process_b*, Running> running_;  // by process; the order does not matter
  std::map<u64, std::shared_ptr<Job>> kept_;
  std::vector<std::weak_ptr<Job>> asking_;  // jobs with unanswered page requests, in order of issue
  sc_core::sc_event changed_;
  u64 next_handle_ = 1;
};

}  // namespace smmu_vp::tb
