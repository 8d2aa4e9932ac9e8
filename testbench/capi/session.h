// A machine without a driver, driven call by call from outside: what the C ABI and the socket front offer.
// Refusals are thrown; see smmu_vp.h for what each call means.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testbench/capi/abi.h"
#include "testbench/capi/cpu_port.h"
#include "testbench/capi/dma_jobs.h"
#include "testbench/capi/irq_pending.h"
#include "testbench/config/load.h"
#include "testbench/monitors/monitor.h"
#include "testbench/platform/platform.h"
#include "testbench/trace_sinks/wave_signals.h"

namespace smmu_vp::tb {

class Session {
 public:
  // Throws ConfigError.
  explicit Session(const ConfigSources& sources);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  smmu_vp_info info() const;
  smmu_vp_layout layout() const;
  smmu_vp_endpoint endpoint(u32 index) const;

  u64 mmio_read(u64 pa, unsigned size);
  void mmio_write(u64 pa, unsigned size, u64 value);
  void tlbi_broadcast(const smmu_vp_tlbi& tlbi);
  void tlbi_sync();
  void mem_read(u64 pa, void* data, std::size_t bytes);
  void mem_write(u64 pa, const void* data, std::size_t bytes);
  u8* mem_ptr(u64 pa, std::size_t bytes) const;

  u64 now() const;
  void advance(u64 ps);
  void settle(u64 max_ps);
  bool irq_pending(u32 irq) const;
  u64 irq_wait(u64 mask, u64 timeout_ps);

  smmu_vp_dma_result dma(const smmu_vp_dma_request& request);
  u64 dma_start(const smmu_vp_dma_request& request);
  // True when done: `result` is final, a read's data is in the request's buffer, and the handle is dead.
  bool dma_poll(u64 handle, smmu_vp_dma_result& result);
  // Nobody will ask for this one any more.
  void dma_drop(u64 handle) { jobs_.drop(handle); }

  u64 counter(const std::string& name) const;
  u64 violations(std::string& text) const;
  void open_waves(const std::string& path);
  void close_waves();

 private:
  // False when what it has to wait for does not end; it stays outstanding.
  bool on_cpu(const char* call, u64 cost_ps, std::function<void()> what);
  u64 access(tlm::tlm_command command, u64 pa, unsigned size, u64 value);
  void spend_memory_time(u64 ps_per_line, std::size_t bytes);
  u64 deadline(u64 ps) const;
  void check(const smmu_vp_dma_request& request) const;
  bool idle() const { return jobs_.idle() && platform_.idle(); }

  const Config config_;
  trace::Bus bus_;
  std::vector<std::unique_ptr<Monitor>> monitors_;
  WaveFile waves_;
  std::optional<WaveSignals> signals_;
  Platform platform_;
  CpuPort cpu_;
  DmaJobs jobs_;
  IrqPending irqs_;
};

// The kind of that number, which may come from anywhere.
smmu_vp_dma_kind dma_kind(u32 number);

}  // namespace smmu_vp::tb
