// What is at a path that is to be written.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

namespace smmu_vp::tb {

struct OutputPlace {
  // An open descriptor, owned by the caller, for what is written in place: a device, a FIFO, a socket, or a
  // descriptor of this process.
  int stream = -1;
  // Otherwise the path of the file, existing or not, with every link followed.
  std::string target;
  std::optional<struct stat> existing;
};

// Throws OutputError when nothing can be written there.
OutputPlace output_place(const std::string& path);

// Makes a folder and its parents where they are missing. Throws OutputError.
void make_folder(const std::string& path);

// Report a failure at `path`: WriteError for a full or failing disk, OutputError otherwise.
[[noreturn]] void output_failed(const std::string& path, int error);
// The same, once part of the file was written.
[[noreturn]] void write_failed(const std::string& path, int error);

}  // namespace smmu_vp::tb
