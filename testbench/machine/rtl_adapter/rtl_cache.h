// The Verilated translation cache as a TranslationCachePort. Any number of threads may call at once; each
// blocks until the RTL has answered. In timed mode the clock runs, aligned to multiples of its period, while
// an operation is in flight, and stops otherwise. In untimed and loose mode the caller clocks the RTL itself;
// in loose mode it is charged the cycles.
#pragma once

#include <systemc>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "testbench/machine/rtl_adapter/cache_driver.h"
#include "testbench/machine/rtl_adapter/cache_facts.h"
#include "testbench/machine/rtl_adapter/wave_source.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::tb {

class RtlCache : public sc_core::sc_module, public core::TranslationCachePort, public WaveSource {
 public:
  // The module's name is the site in its facts.
  RtlCache(sc_core::sc_module_name name, std::unique_ptr<CacheModel> model, u64 clock_ps,
           transport::Timing& timing, const trace::Bus& bus);

  core::LookupResult lookup(const core::LookupKey& key) override;
  core::FillResult fill(u8 mshr, const core::Translation* entry_or_null) override;
  core::InvalidateResult invalidate(const core::Invalidation& what) override;

  void attach(VerilatedFstC& file) override { model_->trace(file); }

  u64 cycles() const { return cycles_; }

 protected:
  CacheModel& model() { return *model_; }
  const CacheFacts& facts() const { return facts_; }
  void listen(CommitListener& listener) { driver_.listen(listener); }
  // Whether answers are judged.
  virtual bool judges() const = 0;

 private:
  SC_HAS_PROCESS(RtlCache);

  // An operation in flight and the event its thread waits for. Reused: creating an sc_event is expensive.
  template <typename Operation>
  struct Pending : Operation {
    sc_core::sc_event answered;
  };
  template <typename Operation>
  struct Pool {
    std::vector<std::unique_ptr<Pending<Operation>>> free;
    std::unique_ptr<Pending<Operation>> take();
  };

  template <typename Operation, typename Request>
  auto perform(Pool<Operation>& pool, const Request& request);
  void cycle();
  void run_clock();
  void wake_clock();
  void report_assertion(const std::string& what);
  void finished(const LookupOperation& op);
  void finished(const FillOperation& op);
  void finished(const InvalidateOperation& op);
  template <typename Operation>
  void finish(Operation* op);

  std::unique_ptr<CacheModel> model_;
  CacheDriver driver_;
  u64 clock_ps_;
  transport::Timing& timing_;
  CacheFacts facts_;
  sc_core::sc_event rising_;
  bool clock_runs_ = false;
  u64 cycles_ = 0;
  Pool<LookupOperation> lookups_;
  Pool<FillOperation> fills_;
  Pool<InvalidateOperation> invalidations_;
  std::set<std::string> assertions_reported_;
};

}  // namespace smmu_vp::tb
