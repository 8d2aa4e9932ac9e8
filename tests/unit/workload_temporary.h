// A temporary file for one test, and a workload in it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "testbench/runs/workload/encoder.h"
#include "testbench/runs/workload/writer.h"

namespace smmu_vp::tb::test {

class TemporaryFile {
 public:
  TemporaryFile()
      : path_(std::filesystem::temp_directory_path() / ("smmu_vp_workload_" + std::to_string(getpid()))) {}
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string path() const { return path_.string(); }
  std::vector<u8> bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(std::span<const u8> bytes) const {
    std::ofstream out(path_, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::filesystem::path path_;
};

// Writes a workload of a program with exactly these steps; returns the file's size.
inline u64 write_steps(const std::string& path, std::string command, std::vector<Vma> vmas,
                       const std::vector<Step>& steps) {
  WorkloadEncoder encoder(std::move(command), std::move(vmas));
  for (const Step& step : steps) encoder.add(step);
  return write_workload(path, encoder.finish(encoder.loads() + encoder.stores()));
}

}  // namespace smmu_vp::tb::test
