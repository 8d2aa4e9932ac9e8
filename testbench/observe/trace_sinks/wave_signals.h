// The TLM-level signals of the wave file, updated from facts.
#pragma once

#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "testbench/observe/trace_sinks/wave_file.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class WaveSignals {
 public:
  // `stream_ids` are the endpoints', in their order.
  WaveSignals(trace::Bus& bus, WaveFile& file, unsigned tbus, std::span<const u32> stream_ids);
  WaveSignals(const WaveSignals&) = delete;
  WaveSignals& operator=(const WaveSignals&) = delete;

 private:
  static constexpr unsigned kPasids = 8;  // PASIDs 1.. whose phase is shown
  using Signal = WaveFile::Signal;
  struct Queue {
    Signal prod, cons;
  };
  struct Endpoint {
    Signal jobs, ats_requests, page_groups, invalidations;
    Signal phase[kPasids];
  };

  void queues(trace::Bus& bus);
  void commands(trace::Bus& bus);
  void events(trace::Bus& bus);
  void judgement(trace::Bus& bus);
  void translation(trace::Bus& bus, unsigned tbus);
  void driver(trace::Bus& bus);
  void endpoints(trace::Bus& bus, std::span<const u32> stream_ids);
  void step(Signal signal, bool up, u64 t_ps);
  Endpoint* endpoint(u32 sid);

  WaveFile& file_;
  std::map<std::pair<u8, u64>, Signal> transactions_;  // by SMMU and number: its TBU's count
  std::vector<Signal> tbus_;
  std::unordered_map<u32, Endpoint> endpoints_;  // by StreamID; never iterated
};

}  // namespace smmu_vp::tb
