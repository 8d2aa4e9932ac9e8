// Sections one after the other, accesses in blocks.
#include "testbench/workload/writer.h"

#include <fmt/format.h>

#include <bit>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "testbench/workload/crc.h"
#include "testbench/workload/format.h"

namespace smmu_vp::tb {

namespace {

class File {
 public:
  explicit File(const std::string& path)
      : path_(path), temporary_(path + ".part"), out_(temporary_, std::ios::binary) {
    check();
    ByteWriter head;
    for (const char c : format::kMagic) head.u8_(static_cast<u8>(c));
    head.u32_(format::kVersion);
    put(head.bytes());
  }
  ~File() {
    std::error_code ignored;
    if (!done_) std::filesystem::remove(temporary_, ignored);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void section(u32 tag, const std::vector<u8>& payload) {
    assert(payload.size() <= format::kMaxSection);
    ByteWriter head;
    head.u32_(tag);
    head.u32_(static_cast<u32>(payload.size()));
    Crc32 crc;
    crc.add(head.bytes());
    crc.add(payload);
    head.u32_(crc.value());
    put(head.bytes());
    put(payload);
  }
  u64 close() {
    out_.close();
    check();
    std::error_code error;
    std::filesystem::rename(temporary_, path_, error);
    if (error) throw WorkloadError(fmt::format("{}: cannot be written: {}", path_, error.message()));
    done_ = true;
    return written_;
  }

 private:
  void put(const std::vector<u8>& bytes) {
    out_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    check();
    written_ += bytes.size();
  }
  void check() const {
    if (!out_) throw WorkloadError(fmt::format("{}: cannot be written: {}", path_, std::strerror(errno)));
  }

  std::string path_, temporary_;
  std::ofstream out_;
  u64 written_ = 0;
  bool done_ = false;
};

std::vector<u8> vma_section(const std::vector<Vma>& vmas) {
  ByteWriter w;
  w.varint(vmas.size());
  u64 previous_end = 0;
  for (const Vma& vma : vmas) {
    w.varint((vma.start - previous_end) / kWorkloadPage);
    w.varint((vma.end - vma.start) / kWorkloadPage);
    w.u8_(static_cast<u8>((vma.read ? format::kRead : 0) | (vma.write ? format::kWrite : 0) |
                          (vma.execute ? format::kExecute : 0)));
    w.text(vma.name);
    previous_end = vma.end;
  }
  return w.bytes();
}

void put_access(ByteWriter& w, const std::vector<Vma>& vmas, format::AccessState& state,
                const Access& access) {
  const Vma* vma = find_vma(vmas, access.va, access.bytes);
  assert(vma != nullptr && (access.write ? vma->write : vma->read));
  const auto index = static_cast<std::size_t>(vma - vmas.data());
  const unsigned rank = state.rank_of(index);
  const bool short_size = std::has_single_bit(access.bytes) && access.bytes <= 64;
  const unsigned size =
      short_size ? static_cast<unsigned>(std::countr_zero(access.bytes)) : format::kSizeFollows;
  w.u8_(static_cast<u8>((access.write ? format::kStore : 0) | size << format::kSizeShift |
                        rank << format::kRankShift));
  if (!short_size) w.varint(access.bytes);
  if (rank == format::kIndexFollows) w.varint(index);
  w.zigzag(access.va - state.last(index));
  state.last(index) = access.va;
  state.use(index);
}

// The count comes first, so a block is finished before it is known.
std::vector<u8> block_of(u64 count, const ByteWriter& accesses) {
  ByteWriter w;
  w.varint(count);
  std::vector<u8> bytes = w.bytes();
  bytes.insert(bytes.end(), accesses.bytes().begin(), accesses.bytes().end());
  return bytes;
}

}  // namespace

u64 write_workload(const std::string& path, const WorkloadInfo& info, std::span<const Access> accesses) {
  File file(path);
  ByteWriter w;
  w.text(info.command);
  file.section(format::kInfo, w.bytes());
  file.section(format::kVmas, vma_section(info.vmas));

  u64 loads = 0, stores = 0;
  for (std::size_t i = 0; i < accesses.size();) {
    format::AccessState state(info.vmas);
    w.clear();
    u64 count = 0;
    for (; i < accesses.size() && w.size() < format::kBlockTarget; ++i, ++count) {
      put_access(w, info.vmas, state, accesses[i]);
      ++(accesses[i].write ? stores : loads);
    }
    file.section(format::kAccesses, block_of(count, w));
  }

  w.clear();
  w.varint(loads);
  w.varint(stores);
  file.section(format::kEnd, w.bytes());
  return file.close();
}

}  // namespace smmu_vp::tb
