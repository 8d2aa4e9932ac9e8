// Verilator's FST writer checks no results: on a full disk it leaves a broken file, or crashes when it maps a
// file that is shorter than expected. It is compiled with this header included first, which replaces the
// functions it calls with the ones below; they keep the first error for the code that closes the file.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>

namespace smmu_vp::tb {

// Returns errno of the first failed write since the last call, 0 if there was none.
int take_fst_error();
// Where errors are kept. A plug-in has its own copy of this file and keeps them where the program that loads it does.
int* fst_error();
void keep_fst_error_at(int* place);

std::size_t fst_fwrite(const void* data, std::size_t size, std::size_t count, std::FILE* file);
int fst_fputc(int byte, std::FILE* file);
int fst_fflush(std::FILE* file);
int fst_fseeko(std::FILE* file, off_t offset, int whence);
int fst_fclose(std::FILE* file);
// Maps anonymous memory instead if the file cannot be extended to this size.
void* fst_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset);

}  // namespace smmu_vp::tb

#ifdef SMMU_VP_IN_FST_WRITER
#define fwrite ::smmu_vp::tb::fst_fwrite
#define fputc ::smmu_vp::tb::fst_fputc
#define fflush ::smmu_vp::tb::fst_fflush
#define fseeko ::smmu_vp::tb::fst_fseeko
#define fclose ::smmu_vp::tb::fst_fclose
#define mmap ::smmu_vp::tb::fst_mmap
#endif
