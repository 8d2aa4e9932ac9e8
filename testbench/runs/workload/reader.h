// Reads a workload file as a stream, one checked block of accesses or events at a time.
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "testbench/runs/workload/bytes.h"
#include "testbench/runs/workload/memory_map.h"

namespace smmu_vp::tb {

class WorkloadReader {
 public:
  // Reads up to the first access. Throws WorkloadError, as does next().
  explicit WorkloadReader(const std::string& path);

  const WorkloadInfo& info() const { return info_; }
  // Returns the program's next step, nullopt at the end of the file. Every access lies in one VMA with the
  // required permission, given the events before it; every event is applicable.
  std::optional<Step> next();

 private:
  struct Section {
    u32 tag = 0;
    u64 offset = 0;  // of the payload in the file
    std::vector<u8> payload;
  };
  Section expect_section(u32 tag);
  Section read_section();
  void read_vmas(const Section& section);
  bool next_block();
  void read_accesses(ByteReader& r);
  void read_events(ByteReader& r);
  void read_end(ByteReader& r);
  [[noreturn]] void fail(u64 offset, const std::string& reason) const;

  std::string path_;
  std::ifstream file_;
  u64 offset_ = 0;
  WorkloadInfo info_;
  MemoryMap map_;  // after block_
  std::vector<Step> block_;
  std::size_t position_ = 0;
  u64 loads_ = 0, stores_ = 0, events_ = 0;
  bool ended_ = false;
};

}  // namespace smmu_vp::tb
