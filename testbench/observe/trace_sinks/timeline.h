// timeline.json, for Perfetto: processes by PASID, CPUs and their threads, page faults and unmaps,
// queues, TBUs and TCU, link and endpoints; counters of operations in progress; and arrows along the
// path of a fault and of an unmap.
#pragma once

#include <deque>
#include <functional>

#include "testbench/observe/trace_sinks/fault_flows.h"
#include "testbench/observe/trace_sinks/thread_tracks.h"
#include "testbench/observe/trace_sinks/timeline_groups.h"
#include "testbench/observe/trace_sinks/unmap_flows.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class Timeline {
 public:
  Timeline(trace::Bus& bus, const std::string& path, TraceWriter::Limit limit = {});
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  // Sets a function that returns the name of the kernel thread announcing a fact; empty outside threads.
  void tell_thread(std::function<std::string_view()> running) { running_ = std::move(running); }
  // A kernel thread held a CPU.
  void ran(std::string_view thread, unsigned cpu, u64 begin_ps, u64 end_ps);

  // Ends whatever is still open at `t_ps`.
  void close(u64 t_ps);

 private:
  // A queue that the SMMU writes: its records stay until the driver takes them.
  struct Records {
    Track* track;
    std::deque<Track::Key> waiting;
    u64 ever = 0;
  };

  std::string_view running() const;
  Track& track(Group group, const TrackName& name);
  Counter& counter(Group group, const TrackName& name, const char* unit);
  void scenario(trace::Bus& bus);
  void kernel(trace::Bus& bus);
  void unmaps(trace::Bus& bus);
  void command_queue(trace::Bus& bus);
  void record_queues(trace::Bus& bus);
  void queue_state(const trace::QueueState& q, u64 t_ps);
  Place record(Records& records, const std::string& name, std::string args, u64 t_ps);
  void translation(trace::Bus& bus);
  void stalls(trace::Bus& bus);
  void ats(trace::Bus& bus);
  void pri(trace::Bus& bus);
  void dma(trace::Bus& bus);

  TraceWriter writer_;
  std::deque<Track> tracks_;
  std::map<std::pair<Group, TrackName>, Track*> track_by_name_;
  std::deque<Counter> counters_;
  std::map<std::pair<Group, TrackName>, Counter*> counter_by_name_;

  std::function<std::string_view()> running_;
  ThreadTracks threads_;
  std::map<std::string, u64, std::less<>> taken_ps_;  // by thread: when it took the page fault it is handling

  Flows flows_;
  FaultFlows faults_{flows_};
  UnmapFlows unmaps_{flows_};

  struct Transaction {
    Track* track;
    Place place;
  };
  std::map<std::pair<u8, u64>, Transaction> transactions_;  // by SMMU and number
  std::map<spec::QueueKind, unsigned> log2size_;
  std::map<spec::QueueKind, u32> cons_;
  Records events_{}, page_requests_{};
  Place command_;  // the command being executed
  bool command_is_tlbi_ = false;
  struct Tlbi {
    u64 number;
    Place command;
  };
  std::deque<Tlbi> tlbis_;  // that have not taken effect
  u64 tlbis_ever_ = 0;
  std::map<std::pair<spec::Requester, u64>, std::deque<u64>> translation_requests_;  // numbers, by address
  u64 translation_requests_ever_ = 0;
};

}  // namespace smmu_vp::tb
