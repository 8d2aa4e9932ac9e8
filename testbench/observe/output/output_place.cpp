// Follows links by hand, since the last one may lead to a file that does not exist yet.
#include "testbench/observe/output/output_place.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "testbench/observe/output/output_file.h"

namespace smmu_vp::tb {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxLinks = 40;  // the kernel's limit

// /dev/stdout, /dev/fd/3 and the like lead here, where the text of a link is no path.
bool in_proc(const fs::path& link) {
  struct statfs where {};
  const fs::path folder = link.parent_path();
  return ::statfs(folder.empty() ? "." : folder.c_str(), &where) == 0 && where.f_type == PROC_SUPER_MAGIC;
}

int socket_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return errno = ENAMETOOLONG, -1;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int why = errno;
  ::close(fd);
  return errno = why, -1;
}

int opened(const std::string& path, int flags) {
  return ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags);
}

}  // namespace

OutputPlace output_place(const std::string& path) {
  OutputPlace place;
  if (path.empty()) output_failed("''", ENOENT);
  fs::path at = path;
  bool descriptor = false;
  std::error_code none;
  for (int links = 0; !descriptor && fs::is_symlink(fs::symlink_status(at, none)); ++links) {
    if (links == kMaxLinks) output_failed(path, ELOOP);
    descriptor = in_proc(at);
    const fs::path next = fs::read_symlink(at, none);
    if (!descriptor) at = next.is_absolute() ? next : at.parent_path() / next;
  }
  place.target = at.string();
  struct stat there {};
  if (::stat(place.target.c_str(), &there) != 0) {
    if (errno != ENOENT) output_failed(path, errno);
    return place;
  }
  if (S_ISDIR(there.st_mode)) output_failed(path, EISDIR);
  if (S_ISREG(there.st_mode) && !descriptor) {
    // Opens the file although its folder's permissions decide: a write-protected file is not replaced.
    const int fd = opened(place.target, 0);
    if (fd < 0) output_failed(path, errno);
    ::close(fd);
    place.existing = there;
    return place;
  }
  // A redirected descriptor may have been opened for appending; the file's earlier contents are kept.
  place.stream = S_ISSOCK(there.st_mode) ? socket_at(place.target) : opened(place.target, O_APPEND);
  if (place.stream < 0) output_failed(path, errno);
  return place;
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) output_failed(path, error.value());
}

void output_failed(const std::string& path, int error) {
  if (error == ENOSPC || error == EDQUOT || error == EIO || error == EFBIG) write_failed(path, error);
  throw OutputError(path + ": " + std::strerror(error));
}

void write_failed(const std::string& path, int error) {
  throw WriteError(path + ": " + std::strerror(error));
}

}  // namespace smmu_vp::tb
