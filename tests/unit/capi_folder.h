// Folders that a test has something written to.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace smmu_vp::test {

// Made empty, and removed with what is in it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "capi_folder_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  const char* c_str() const { return path_.c_str(); }
  std::string text(const std::string& name) const {
    std::ifstream in(path_ + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Those that are not hidden.
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      if (const std::string name = entry.path().filename().string(); !name.starts_with('.'))
        names.insert(name);
    return names;
  }

 private:
  std::string path_;
};

// A run is using the folder: its notes are locked.
class HeldFolder {
 public:
  explicit HeldFolder(const Folder& folder)
      : notes_(::open((folder.path() + "/.smmu-vp.notes").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    REQUIRE(::flock(notes_, LOCK_EX | LOCK_NB) == 0);
  }
  HeldFolder(const HeldFolder&) = delete;
  HeldFolder& operator=(const HeldFolder&) = delete;
  ~HeldFolder() { ::close(notes_); }

 private:
  int notes_;
};

}  // namespace smmu_vp::test
