// The notes file: one line of fixed length with the state, then the name of each output.
#include "testbench/observe/output/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "testbench/observe/output/output_file.h"
#include "testbench/observe/output/output_place.h"

namespace smmu_vp::tb {

namespace fs = std::filesystem;

namespace {

constexpr const char* kRunning = "process ";
constexpr std::size_t kStateBytes = 32;

// Removes what a run wrote, also through a link; devices stay.
void remove_output(const fs::path& path) {
  std::error_code error;
  const fs::path file = fs::weakly_canonical(path, error);
  if (!error && fs::is_regular_file(fs::symlink_status(file, error))) fs::remove(file, error);
}

void remove_parts(const fs::path& folder, long process) {
  std::error_code error;
  const std::string prefix = part_prefix(process);
  for (const fs::directory_entry& e : fs::directory_iterator(folder, error)) {
    if (e.path().filename().string().starts_with(prefix) && fs::is_regular_file(e.symlink_status(error)))
      fs::remove(e.path(), error);
  }
}

bool leads_outside(const fs::path& name) {
  return name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end();
}

}  // namespace

RunFolder::RunFolder(std::string path) : path_(std::move(path)) {
  make_folder(path_);
  notes_ = ::open(notes_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (notes_ < 0) output_failed(errno == ENOSPC || errno == EDQUOT ? notes_path() : path_, errno);
  try {
    lock();
    clear();
  } catch (...) {
    ::close(notes_);
    throw;
  }
}

RunFolder::~RunFolder() {
  try {
    say_state("ended");
  } catch (const OutputError&) {  // it stays the note of a process that is gone
  }
  ::flock(notes_, LOCK_UN);  // a process forked meanwhile has the lock too
  ::close(notes_);
}

void RunFolder::lock() {
  // A file system without locks is accepted.
  if (::flock(notes_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  const std::string holder = notes();
  const std::size_t end = holder.find_last_not_of(' ', holder.find('\n') - 1);
  throw FolderInUse(fmt::format("{}: another run is using it{}", path_,
                                holder.starts_with(kRunning) ? " (" + holder.substr(0, end + 1) + ")" : ""));
}

void RunFolder::clear() {
  std::istringstream lines(notes());
  std::string state, name;
  std::getline(lines, state);
  const long before =
      state.starts_with(kRunning) ? std::atol(state.c_str() + std::string(kRunning).size()) : 0;
  std::vector<fs::path> folders{path_};
  while (std::getline(lines, name)) {
    if (name.empty() || leads_outside(name)) continue;
    const fs::path output = fs::path(path_) / name;
    remove_output(output);
    if (output.parent_path() != folders.front()) folders.push_back(output.parent_path());
  }
  for (const fs::path& folder : folders) {
    if (before != 0) remove_parts(folder, before);
    std::error_code not_empty;
    if (folder != folders.front()) fs::remove(folder, not_empty);
  }
  if (::ftruncate(notes_, 0) != 0) write_failed(notes_path(), errno);
  say_state(fmt::format("{}{}", kRunning, ::getpid()));
}

void RunFolder::say_state(const std::string& state) const {
  const std::string line = fmt::format("{:<{}}\n", state, kStateBytes - 1);
  errno = ENOSPC;  // what a partial write means
  if (::pwrite(notes_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()))
    write_failed(notes_path(), errno);
}

std::string RunFolder::notes_path() const {
  return path(".smmu-vp.notes");
}

std::string RunFolder::notes() const {
  std::string text;
  char part[4096];
  for (ssize_t n = 0; (n = ::pread(notes_, part, sizeof part, static_cast<off_t>(text.size()))) > 0;)
    text.append(part, static_cast<std::size_t>(n));
  return text;
}

std::string RunFolder::file(const std::string& name) {
  const std::string line = name + "\n";
  errno = ENOSPC;
  if (::lseek(notes_, 0, SEEK_END) < 0 ||
      ::write(notes_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    write_failed(notes_path(), errno);
  if (fs::path(name).has_parent_path()) make_folder(fs::path(path(name)).parent_path().string());
  return path(name);
}

}  // namespace smmu_vp::tb
