// Reads a workload file as a stream: one checked block of accesses at a time.
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "testbench/workload/workload.h"

namespace smmu_vp::tb {

class WorkloadReader {
 public:
  // Reads up to the first access. Throws WorkloadError, as next() does.
  explicit WorkloadReader(const std::string& path);

  const WorkloadInfo& info() const { return info_; }
  // The next access; nothing at the end of the file. Every access lies in one VMA that has the right it
  // needs.
  std::optional<Access> next();

 private:
  struct Section {
    u32 tag = 0;
    u64 offset = 0;  // of the payload in the file
    std::vector<u8> payload;
  };
  Section read_section();
  void read_vmas(const Section& section);
  bool next_block();
  [[noreturn]] void fail(u64 offset, const std::string& reason) const;

  std::string path_;
  std::ifstream file_;
  u64 offset_ = 0;
  WorkloadInfo info_;
  std::vector<Access> block_;
  std::size_t position_ = 0;
  u64 loads_ = 0, stores_ = 0;
  bool ended_ = false;
};

}  // namespace smmu_vp::tb
