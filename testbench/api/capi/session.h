// A machine without a driver, controlled call by call: the implementation of the C ABI and the socket server.
// smmu_vp.h specifies the calls; failures are thrown as Refusal.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "testbench/api/capi/abi.h"
#include "testbench/api/capi/cpu_port.h"
#include "testbench/api/capi/dma_jobs.h"
#include "testbench/api/capi/function_names.h"
#include "testbench/api/capi/irq_pending.h"
#include "testbench/api/capi/later_looks.h"
#include "testbench/api/capi/recording.h"
#include "testbench/api/capi/stepping.h"
#include "testbench/machine/config/config.h"
#include "testbench/machine/platform/platform.h"
#include "testbench/observe/judges/judges.h"
#include "testbench/observe/trace_sinks/pages_read.h"

namespace smmu_vp::tb {

class Session {
 public:
  // `ram`, if given, is the RAM of an earlier machine with the same configuration. Throws ConfigError.
  explicit Session(const Config& config, std::shared_ptr<memory::HostMemory> ram = nullptr);
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
  // Does what is due now. When something happens next if nothing is asked; 2^64 - 1: never.
  u64 next_activity();
  void advance(u64 ps);
  void advance_to(u64 t_ps);  // no effect if it is later already
  void settle(u64 max_ps);
  bool irq_pending(u32 irq) const;
  u64 irq_wait(u64 mask, u64 timeout_ps);
  void check_line(u32 line) const;  // throws where there is none
  // Hears of every interrupt when it happens; null ends that.
  void listen(NoticeListener* listener);
  // The listener hears of pages that the SMMU begins to read from now on, too.
  void tell_pages_read();

  smmu_vp_dma_result dma(const smmu_vp_dma_request& request);
  u64 dma_start(const smmu_vp_dma_request& request);
  // Returns true when done: `result` is final, read data is in the request's buffer, the handle is invalid.
  bool dma_poll(u64 handle, smmu_vp_dma_result& result);
  // Of the DMA reported last.
  smmu_vp_attributes dma_attributes() const;
  // Forgets the handle; the job's result is not needed any more.
  void dma_drop(u64 handle) { jobs_.drop(handle); }

  u64 counter(const std::string& name) const;
  std::string counters() const;
  u64 violation_count() const;
  std::string violations() const;
  smmu_vp_finding violation(u64 index) const;
  std::string verdicts() const;
  void finish();
  // Whether the monitors have judged what only the end shows.
  bool finished() const { return finished_; }
  // SID:SSID:VA:ACCESS now; with @TIME it returns nothing, and that time's text goes to the run folders open then.
  std::string explain(const std::string& access);
  void dump(const std::string& directory) const;
  std::string records(const std::string& what) const;

  void note(const std::string& text);
  // A line that the driver's kernel prints, at a level of printk: 0 to 7.
  void kernel_log(u32 level, const std::string& text);
  // The driver's functions, for store(): function_names.h.
  void name_functions(const std::string& lines) { functions_.add(lines); }
  // A CPU has stored to memory, or is about to write a device register; `code` as FunctionNames::path() takes it.
  void store(u32 cpu, u64 pa, std::span<const u64> code);
  void phase(const std::string& name);
  void end_phase();
  // A run folder; each owner may have one: the C caller, or each client of a server.
  static constexpr u64 kCaller = 0;
  void record(const std::string& directory, const RecordedParts& parts, u64 owner = kCaller);
  // Returns the verdict, one line; empty if none was open. `signal`: what ends it, if anything does.
  std::string end_record(u64 owner = kCaller, const std::string& signal = {});
  // What the owner expected of the run in its folder, and whether it came about.
  void expect(bool holds, const std::string& text, u64 owner = kCaller);
  // The command, program and arguments, that repeats the run in the owner's folder.
  void repeated_by(std::vector<std::string> command, u64 owner = kCaller);
  void open_waves(const std::string& path);
  void close_waves();
  // START:END, of the waves opened from now on.
  void set_wave_window(const std::string& window);
  bool recording(u64 owner) const { return recordings_.contains(owner); }
  bool waves_open() const { return waves_.is_open(); }
  // Closes every run folder and the waves. If some could not be written, closes the rest and throws WriteError.
  void close_outputs();

  const Config& config() const { return config_; }
  const std::shared_ptr<memory::HostMemory>& ram() const { return platform_.ram().memory(); }

 private:
  // Returns false if the action does not end in time; it stays outstanding.
  bool on_cpu(const char* call, u64 cost_ps, std::function<void()> what);
  u64 access(tlm::tlm_command command, u64 pa, unsigned size, u64 value);
  void spend_memory_time(u64 ps_per_line, std::size_t bytes);
  u64 deadline(u64 ps) const;
  // As run_until() and run_for(), with a stop at each later look.
  RunEnd reach(const std::function<bool()>& condition, u64 deadline_ps);
  void pass(u64 ps);
  void explained(const std::string& text);
  void check(const smmu_vp_dma_request& request) const;
  bool idle() const { return jobs_.idle() && platform_.idle(); }
  // The violations that are kept, the earliest first.
  struct Found {
    std::string_view monitor;
    const Violation* violation;
  };
  std::vector<Found> found() const;

  static constexpr u64 kCallLimitPs = 100'000'000'000;  // 100 ms, twice the longest ATC invalidation

  const Config config_;
  trace::Bus bus_;
  RamView ram_view_;
  std::optional<PagesRead> pages_;
  std::vector<std::unique_ptr<Monitor>> monitors_;
  bool finished_ = false;
  Platform platform_;
  MachineWaves waves_;
  std::map<u64, std::unique_ptr<Recording>> recordings_;  // by owner
  std::optional<u64> waves_of_;                           // the recording whose folder has the waves
  CpuPort cpu_;
  DmaJobs jobs_;
  std::optional<smmu_vp_attributes> attributes_;  // of the DMA reported last
  IrqPending irqs_;
  NoticeListener* listener_ = nullptr;
  FunctionNames functions_;
  LaterLooks looks_;
};

// The parts of a run folder that a list names. Throws Refusal.
RecordedParts parts_named(const std::string& list);

// Converts an unchecked number. Throws Refusal.
smmu_vp_dma_kind dma_kind(u32 number);

}  // namespace smmu_vp::tb
