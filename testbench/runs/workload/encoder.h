// Encodes a program's accesses and memory map changes, one after another, as sections of a workload file.
#pragma once

#include "testbench/runs/workload/format.h"
#include "testbench/runs/workload/memory_map.h"

namespace smmu_vp::tb {

class WorkloadEncoder {
 public:
  // `vmas`: the memory map at the first step.
  WorkloadEncoder(std::string command, std::vector<Vma> vmas);

  // An access must lie in one area with the required permission, and an event must be applicable to map();
  // anything else is a bug of the caller.
  void add(const Step& step);
  // The memory map after all steps added so far.
  const MemoryMap& map() const { return map_; }
  u64 loads() const { return loads_; }
  u64 stores() const { return stores_; }
  u64 events() const { return events_; }

  // Returns all sections. `made`: all loads and stores of the program, including those not added.
  std::vector<format::Section> finish(u64 made);

 private:
  void access(const Access& access);
  void event(const MapEvent& event);
  void close_block();

  std::string command_;
  std::vector<Vma> vmas_;
  MemoryMap map_;
  std::vector<format::Section> blocks_;
  ByteWriter block_;  // the current block of accesses or of events, without its count
  u64 in_block_ = 0;
  bool of_events_ = false;
  format::AccessState state_;
  u64 loads_ = 0, stores_ = 0, events_ = 0;
};

}  // namespace smmu_vp::tb
