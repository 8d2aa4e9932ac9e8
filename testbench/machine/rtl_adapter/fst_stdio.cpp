// Calls the C library and keeps the first error.
#include "testbench/machine/rtl_adapter/fst_stdio.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace smmu_vp::tb {

namespace {

int own_error = 0;
int* first_error = &own_error;

template <typename Result>
Result noted(Result result, bool failed, int error) {
  if (failed && *first_error == 0) *first_error = error;
  return result;
}

}  // namespace

int take_fst_error() {
  return std::exchange(*first_error, 0);
}

int* fst_error() {
  return first_error;
}

void keep_fst_error_at(int* place) {
  first_error = place;
}

std::size_t fst_fwrite(const void* data, std::size_t size, std::size_t count, std::FILE* file) {
  const std::size_t n = std::fwrite(data, size, count, file);
  return noted(n, n != count && size != 0, errno);
}

int fst_fputc(int byte, std::FILE* file) {
  const int result = std::fputc(byte, file);
  return noted(result, result == EOF, errno);
}

int fst_fflush(std::FILE* file) {
  const int result = std::fflush(file);
  return noted(result, result != 0, errno);
}

int fst_fseeko(std::FILE* file, off_t offset, int whence) {
  const int result = ::fseeko(file, offset, whence);
  return noted(result, result != 0, errno);
}

int fst_fclose(std::FILE* file) {
  const int result = std::fclose(file);
  return noted(result, result != 0, errno);
}

void* fst_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset) {
  const int error = ::posix_fallocate(fd, offset, static_cast<off_t>(bytes));
  if (noted(error, error != 0, error) == 0) return ::mmap(at, bytes, protection, flags, fd, offset);
  return ::mmap(at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

}  // namespace smmu_vp::tb
