// A text file being written: buffered, its errors said once with the path.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace smmu_vp::tb {

class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class OutputFile {
 public:
  explicit OutputFile(std::string path) : path_(std::move(path)), file_(std::fopen(path_.c_str(), "w")) {
    if (!file_) fail();
    std::setvbuf(file_.get(), buffer_.data(), _IOFBF, buffer_.size());
  }

  // Sends `text` and empties it. A full disk shows in close(), so that a run goes on without its log.
  void write(fmt::memory_buffer& text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) failed_ = true;
    text.clear();
  }

  void close() {
    if (!file_) return;
    if (std::fclose(file_.release()) != 0 || failed_) fail();
  }

 private:
  struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  [[noreturn]] void fail() const { throw OutputError(path_ + ": " + std::strerror(errno)); }

  std::string path_;
  std::vector<char> buffer_ = std::vector<char>(1 << 18);
  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
};

// Whole or not at all: written beside its place, then renamed. Throws OutputError.
inline void write_whole(const std::string& path, const std::string& text) {
  const std::string beside = path + ".part";
  OutputFile file(beside);
  fmt::memory_buffer buffer;
  buffer.append(text);
  file.write(buffer);
  file.close();
  std::filesystem::rename(beside, path);
}

}  // namespace smmu_vp::tb
