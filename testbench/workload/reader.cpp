// Nothing read is believed: lengths, checksums, ranges and rights are checked before an access is handed out.
#include "testbench/workload/reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "testbench/workload/crc.h"
#include "testbench/workload/format.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kTopOfMemory = u64{1} << 48;

std::string name_of(u32 tag) {
  std::string name;
  for (int i = 0; i < 4; ++i) {
    const auto c = static_cast<char>(tag >> (8 * i));
    name += c >= ' ' && c <= '~' ? c : '?';
  }
  return name;
}

Access get_access(ByteReader& r, const std::vector<Vma>& vmas, format::AccessState& state) {
  const u8 first = r.u8_();
  Access access;
  access.write = (first & format::kStore) != 0;
  const unsigned size = first >> format::kSizeShift & format::kSizeMask;
  const u64 bytes = size == format::kSizeFollows ? r.varint() : u64{1} << size;
  if (bytes == 0 || bytes > kMaxAccessBytes)
    r.fail(fmt::format("an access of {} bytes (limit {})", bytes, kMaxAccessBytes));
  access.bytes = static_cast<u32>(bytes);

  const unsigned rank = first >> format::kRankShift & format::kRankMask;
  if (rank != format::kIndexFollows && rank >= state.recent()) r.fail("an access refers to no recent VMA");
  const u64 index = rank == format::kIndexFollows ? r.varint() : state.at(rank);
  if (index >= vmas.size()) r.fail(fmt::format("an access in VMA {} of {}", index, vmas.size()));
  const Vma& vma = vmas[index];
  access.va = state.last(index) + r.zigzag();
  if (access.va < vma.start || access.va >= vma.end || bytes > vma.end - access.va)
    r.fail(fmt::format("an access of {} bytes at {:#x} outside its VMA", bytes, access.va));
  if (!(access.write ? vma.write : vma.read))
    r.fail(
        fmt::format("a {} at {:#x} in a VMA without that right", access.write ? "store" : "load", access.va));
  state.last(index) = access.va;
  state.use(index);
  return access;
}

}  // namespace

void WorkloadReader::fail(u64 offset, const std::string& reason) const {
  throw WorkloadError(fmt::format("{}: offset {}: {}", path_, offset, reason));
}

WorkloadReader::WorkloadReader(const std::string& path) : path_(path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw WorkloadError(fmt::format("{}: is a directory", path));
  file_.open(path, std::ios::binary);
  if (!file_) throw WorkloadError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));

  std::array<char, 12> head{};
  file_.read(head.data(), head.size());
  if (static_cast<std::size_t>(file_.gcount()) < head.size() ||
      std::string_view(head.data(), format::kMagic.size()) != format::kMagic)
    fail(0, "not a workload file");
  u32 version = 0;
  for (unsigned i = 0; i < 4; ++i) version |= u32{static_cast<u8>(head[8 + i])} << (8 * i);
  if (version != format::kVersion)
    fail(8, fmt::format("version {}, but only version {} is understood", version, format::kVersion));
  offset_ = head.size();

  const Section info = read_section();
  if (info.tag != format::kInfo)
    fail(info.offset, fmt::format("section {} where INFO belongs", name_of(info.tag)));
  ByteReader r(info.payload);
  try {
    info_.command = r.text();
    if (!r.at_end()) r.fail("INFO has bytes left over");
  } catch (const BadBytes& bad) {
    fail(info.offset + bad.offset, bad.reason);
  }
  const Section vmas = read_section();
  if (vmas.tag != format::kVmas)
    fail(vmas.offset, fmt::format("section {} where VMAS belongs", name_of(vmas.tag)));
  read_vmas(vmas);
}

WorkloadReader::Section WorkloadReader::read_section() {
  std::array<u8, 12> head{};
  const auto word = [&head](unsigned at) {
    u32 value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= u32{head[at + i]} << (8 * i);
    return value;
  };
  const u64 start = offset_;
  file_.read(reinterpret_cast<char*>(head.data()), head.size());
  if (static_cast<std::size_t>(file_.gcount()) < head.size())
    fail(start, "the file ends before its END section");
  offset_ += head.size();
  Section section{word(0), offset_, {}};
  const u32 length = word(4);
  if (length > format::kMaxSection)
    fail(start, fmt::format("a section of {} bytes (limit {})", length, format::kMaxSection));
  section.payload.resize(length);
  file_.read(reinterpret_cast<char*>(section.payload.data()), length);
  if (static_cast<u64>(file_.gcount()) < length)
    fail(start, fmt::format("the file ends within section {}", name_of(section.tag)));
  offset_ += length;
  Crc32 crc;
  crc.add(std::span(head).first(8));
  crc.add(section.payload);
  if (crc.value() != word(8))
    fail(start, fmt::format("section {} is damaged (CRC-32)", name_of(section.tag)));
  return section;
}

void WorkloadReader::read_vmas(const Section& section) {
  ByteReader r(section.payload);
  try {
    const u64 count = r.varint();
    u64 end = 0;
    for (u64 i = 0; i < count; ++i) {
      const u64 gap = r.varint(), pages = r.varint();
      const u64 room = (kTopOfMemory - end) / kWorkloadPage;
      if (pages == 0 || gap > room || pages > room - gap)
        r.fail(fmt::format("VMA {} is empty or ends above 2^48", i));
      Vma vma;
      vma.start = end + gap * kWorkloadPage;
      vma.end = end = vma.start + pages * kWorkloadPage;
      const u8 rights = r.u8_();
      vma.read = (rights & format::kRead) != 0;
      vma.write = (rights & format::kWrite) != 0;
      vma.execute = (rights & format::kExecute) != 0;
      if (rights > 7) r.fail(fmt::format("VMA {} has unknown rights {:#x}", i, rights));
      vma.name = r.text();
      info_.vmas.push_back(std::move(vma));
    }
    if (!r.at_end()) r.fail("VMAS has bytes left over");
  } catch (const BadBytes& bad) {
    fail(section.offset + bad.offset, bad.reason);
  }
}

std::optional<Access> WorkloadReader::next() {
  while (position_ == block_.size()) {
    if (ended_ || !next_block()) return {};
  }
  return block_[position_++];
}

bool WorkloadReader::next_block() {
  const Section section = read_section();
  ByteReader r(section.payload);
  block_.clear();
  position_ = 0;
  try {
    if (section.tag == format::kEnd) {
      ended_ = true;
      if (r.varint() != loads_ || r.varint() != stores_)
        r.fail("END counts other accesses than the file holds");
      if (!r.at_end() || file_.peek() != std::ifstream::traits_type::eof()) r.fail("bytes after the end");
      return false;
    }
    if (section.tag != format::kAccesses) r.fail(fmt::format("unknown section {}", name_of(section.tag)));
    const u64 count = r.varint();
    format::AccessState state(info_.vmas);
    while (!r.at_end()) {
      block_.push_back(get_access(r, info_.vmas, state));
      ++(block_.back().write ? stores_ : loads_);
    }
    if (block_.size() != count)
      r.fail(fmt::format("{} accesses where {} were announced", block_.size(), count));
  } catch (const BadBytes& bad) {
    fail(section.offset + bad.offset, bad.reason);
  }
  return true;
}

}  // namespace smmu_vp::tb
