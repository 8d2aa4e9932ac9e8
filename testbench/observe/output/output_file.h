// How every file is written: nothing is ever replaced by something of another kind, and an error is reported
// once, with the path. Links are followed; devices, FIFOs and sockets are written to; directories are
// refused. No SystemC.
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace smmu_vp::tb {

// No file can be written at the path: the user has to correct it.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Writing began but could not be completed: a full disk, a quota, a failing device.
class WriteError : public OutputError {
 public:
  using OutputError::OutputError;
};

// The prefix of a process's unfinished files. One that is left over belongs to a process that was killed.
inline std::string part_prefix(long process) {
  return fmt::format(".smmu-vp-{}-", process);
}

// A file that appears when it is complete, whoever writes its bytes; the old contents stay until then.
class WholeFile {
 public:
  // Throws OutputError when no file can be created there.
  explicit WholeFile(std::string path);
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  // If not finished, nothing changes.
  ~WholeFile();

  const std::string& path() const { return path_; }
  // An empty temporary file to be filled before finish().
  const std::string& part() const { return part_; }
  // Throws WriteError.
  void finish();

 private:
  void write_in_place();
  void copy() const;

  std::string path_, target_, part_;
  std::optional<struct stat> replaced_;
  int stream_ = -1;       // the bytes are copied to it, as it cannot be replaced
  bool emptied_ = false;  // truncated before the copy
};

// A sequence of bytes, buffered. What one write() hands over is in the file as a whole or not at all, even where close()
// is called by another thread because a signal's handler ends the process in the middle of a write().
class OutputFile {
 public:
  enum class Growth {
    kWhole,    // appears in close()
    kVisible,  // in place from the start: a log that is followed, and that a crash leaves up to its last
               // lines
  };

  explicit OutputFile(std::string path, Growth growth = Growth::kVisible);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  // A full disk is reported by close(), so that a run continues without its log.
  void write(std::string_view bytes);
  // Throws WriteError.
  void close();

 private:
  void flush();

  std::string path_;
  std::unique_ptr<WholeFile> whole_;
  int fd_ = -1;
  bool seekable_ = false;  // the file knows how much of it was written
  std::unique_ptr<char[]> buffer_;
  // The buffer begins at the byte `base_` of the file; each is stored once a step is complete.
  std::atomic<std::uint64_t> base_ = 0, accepted_ = 0;
  int error_ = 0;  // errno of the first write that failed
};

// Makes sure that everything printed was written, before a program reports success. Throws WriteError.
void flush_stdout();

// Writes the whole file or nothing. Throws OutputError.
void write_whole(const std::string& path, std::string_view text);

}  // namespace smmu_vp::tb
