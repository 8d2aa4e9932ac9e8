// File descriptors, not stdio: a process forked from this one must not write our
// buffers a second time when it ends.
#include "testbench/observe/output/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "testbench/observe/output/output_place.h"

namespace smmu_vp::tb {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBufferBytes = 1 << 18;

// Returns 0, or the errno of why not all was written.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

// A temporary name in `folder`; short, because the file's own name may have the maximum length.
std::string make_part(const fs::path& folder) {
  static std::atomic<unsigned> number = 0;
  while (true) {
    std::string name = (folder / fmt::format("{}{}", part_prefix(::getpid()), number++)).string();
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) return ::close(fd), name;
    if (errno != EEXIST) return {};
  }
}

}  // namespace

WholeFile::WholeFile(std::string path) : path_(std::move(path)) {
  OutputPlace place = output_place(path_);
  target_ = std::move(place.target);
  stream_ = place.stream;
  const fs::path folder = fs::path(target_).parent_path();
  if (stream_ < 0) part_ = make_part(folder.empty() ? "." : folder);
  replaced_ = place.existing;
  if (!part_.empty()) return;
  if (stream_ < 0) {
    const int why = errno;
    // A writable file in a folder where no file can be created is overwritten in place.
    if (!place.existing || (why != EACCES && why != EPERM && why != EROFS)) output_failed(path_, why);
    write_in_place();
  }
  const fs::path elsewhere = fs::temp_directory_path();
  part_ = make_part(elsewhere);
  if (!part_.empty()) return;
  const int why = errno;
  ::close(stream_);
  output_failed(elsewhere.string(), why);
}

WholeFile::~WholeFile() {
  if (stream_ >= 0) ::close(stream_);
  if (!part_.empty()) ::unlink(part_.c_str());
}

void WholeFile::write_in_place() {
  stream_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  if (stream_ < 0) output_failed(path_, errno);
  emptied_ = true;
}

void WholeFile::finish() {
  if (stream_ < 0) {
    if (replaced_) {
      // The new file gets the old one's owner; without the right to change it, it stays ours.
      [[maybe_unused]] const int given = ::chown(part_.c_str(), replaced_->st_uid, replaced_->st_gid);
      ::chmod(part_.c_str(), replaced_->st_mode & 07777);
    }
    if (std::rename(part_.c_str(), target_.c_str()) == 0) return part_.clear();
    if (errno != EBUSY) output_failed(path_, errno);
    write_in_place();  // the file is a mount point
  }
  copy();
}

void WholeFile::copy() const {
  const int from = ::open(part_.c_str(), O_RDONLY | O_CLOEXEC);
  int why = from < 0 || (emptied_ && ::ftruncate(stream_, 0) != 0) ? errno : 0;
  std::string buffer(kBufferBytes, '\0');
  ssize_t n = 0;
  while (why == 0 && (n = ::read(from, buffer.data(), buffer.size())) != 0)
    why = n < 0 ? errno : write_all(stream_, {buffer.data(), static_cast<std::size_t>(n)});
  if (from >= 0) ::close(from);
  if (why != 0) write_failed(path_, why);
}

OutputFile::OutputFile(std::string path, Growth growth) : path_(std::move(path)) {
  if (growth == Growth::kWhole) {
    whole_ = std::make_unique<WholeFile>(path_);
    fd_ = ::open(whole_->part().c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    const OutputPlace place = output_place(path_);
    fd_ = place.stream >= 0
              ? place.stream
              : ::open(place.target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  }
  if (fd_ < 0) output_failed(path_, errno);
  seekable_ = ::lseek(fd_, 0, SEEK_CUR) == 0;
  buffer_ = std::make_unique<char[]>(kBufferBytes);
}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  flush();
  ::close(fd_);
}

void OutputFile::write(std::string_view bytes) {
  if (accepted_ - base_ + bytes.size() > kBufferBytes) flush();
  if (bytes.size() <= kBufferBytes) {
    std::memcpy(buffer_.get() + (accepted_ - base_), bytes.data(), bytes.size());
    accepted_ += bytes.size();
  } else {
    if (error_ == 0) error_ = write_all(fd_, bytes);
    accepted_ += bytes.size();
    base_ += bytes.size();
  }
}

// An earlier one may have been interrupted: how far it came is what the file says.
void OutputFile::flush() {
  const std::uint64_t base = base_, accepted = accepted_;
  std::uint64_t written = base;
  if (seekable_) written = std::clamp(static_cast<std::uint64_t>(::lseek(fd_, 0, SEEK_CUR)), base, accepted);
  if (error_ == 0)
    error_ = write_all(fd_, {buffer_.get() + (written - base), static_cast<std::size_t>(accepted - written)});
  base_ = accepted;
}

void OutputFile::close() {
  if (fd_ < 0) return;
  flush();
  // Some file systems report an exceeded quota only here.
  if (::close(std::exchange(fd_, -1)) != 0 && error_ == 0) error_ = errno;
  if (error_ != 0) write_failed(path_, error_);
  if (whole_) whole_->finish();
}

void flush_stdout() {
  if (std::fflush(stdout) != 0) write_failed("standard output", errno);
  if (std::ferror(stdout) != 0) throw WriteError("standard output: not everything could be written");
}

void write_whole(const std::string& path, std::string_view text) {
  OutputFile file(path, OutputFile::Growth::kWhole);
  file.write(text);
  file.close();
}

}  // namespace smmu_vp::tb
