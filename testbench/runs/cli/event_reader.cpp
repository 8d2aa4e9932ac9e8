// Reads piece by piece, so that a log may be larger than memory.
#include "testbench/runs/cli/event_reader.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

EventReader::EventReader(std::string path)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "rb"), std::fclose) {
  if (!file_) throw ConfigError(path_ + ": " + std::strerror(errno));
  std::error_code none;
  if (std::filesystem::is_directory(path_, none)) throw ConfigError(path_ + ": is a directory");
  char magic[4];
  const std::size_t n = std::fread(magic, 1, sizeof magic, file_.get());
  std::rewind(file_.get());
  if (Expander::is_compressed({magic, n})) expander_ = std::make_unique<Expander>();
}

bool EventReader::refill() {
  text_.erase(0, position_);
  position_ = 0;
  char piece[1 << 16];
  const std::size_t n = std::fread(piece, 1, sizeof piece, file_.get());
  if (n == 0 && std::ferror(file_.get()) != 0) throw ConfigError(path_ + ": " + std::strerror(errno));
  if (n == 0 && expander_ && !expander_->complete())
    throw ConfigError(path_ + ": the file ends within its contents");
  if (!expander_)
    text_.append(piece, n);
  else if (!expander_->expand({piece, n}, text_))
    throw ConfigError(path_ + ": damaged");
  return n != 0;
}

bool EventReader::next(std::string_view& line) {
  std::size_t end = 0;
  while ((end = text_.find('\n', position_)) == std::string::npos) {
    if (refill()) continue;
    if (text_.empty()) return false;
    end = text_.size();  // the last line has no end
    break;
  }
  line = std::string_view(text_).substr(position_, end - position_);
  position_ = std::min(end + 1, text_.size());
  return true;
}

}  // namespace smmu_vp::tb
