// Reads the lines of an event log, compressed or not.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "testbench/observe/output/compression.h"

namespace smmu_vp::tb {

class EventReader {
 public:
  // Throws ConfigError, as does next(): the file cannot be read, or is damaged.
  explicit EventReader(std::string path);

  // The next line, without its end; false after the last. The line is valid until the next call.
  bool next(std::string_view& line);

 private:
  bool refill();

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::unique_ptr<Expander> expander_;  // of a compressed file
  std::string text_;                    // read and not handed out from position_ on
  std::size_t position_ = 0;
};

}  // namespace smmu_vp::tb
