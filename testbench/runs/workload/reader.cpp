// Trusts nothing in the file: checks lengths, checksums, ranges and permissions before it returns an access.
#include "testbench/runs/workload/reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "testbench/runs/workload/crc.h"
#include "testbench/runs/workload/format.h"

namespace smmu_vp::tb {

namespace {

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
  if (!(access.write ? vma.rights.write : vma.rights.read))
    r.fail(
        fmt::format("a {} at {:#x} in a VMA without that right", access.write ? "store" : "load", access.va));
  state.last(index) = access.va;
  state.use(index);
  return access;
}

Rights get_rights(ByteReader& r) {
  const u8 rights = r.u8_();
  if (rights > (format::kRead | format::kWrite | format::kExecute))
    r.fail(fmt::format("unknown rights {:#x}", rights));
  return {(rights & format::kRead) != 0, (rights & format::kWrite) != 0, (rights & format::kExecute) != 0};
}

MapEvent get_event(ByteReader& r) {
  MapEvent event;
  const u8 kind = r.u8_();
  if (kind < static_cast<u8>(MapEvent::Kind::kMap) || kind > static_cast<u8>(MapEvent::Kind::kProtect))
    r.fail(fmt::format("unknown event {}", kind));
  event.kind = static_cast<MapEvent::Kind>(kind);
  const u64 start = r.varint(), pages = r.varint();
  constexpr u64 kPages = kWorkloadEnd / kWorkloadPage;
  if (pages == 0 || start > kPages || pages > kPages - start)
    r.fail("an event whose range is empty or ends above 2^47");
  event.area.start = start * kWorkloadPage;
  event.area.end = event.area.start + pages * kWorkloadPage;
  if (event.kind != MapEvent::Kind::kUnmap) event.area.rights = get_rights(r);
  if (event.kind == MapEvent::Kind::kMap) event.area.name = r.text();
  return event;
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
  if (version < format::kVersion)
    fail(8,
         fmt::format("version {}, from before memory maps could change: record the program again", version));
  if (version > format::kVersion)
    fail(8, fmt::format("version {}, but only version {} is understood", version, format::kVersion));
  offset_ = head.size();

  const Section info = expect_section(format::kInfo);
  ByteReader r(info.payload);
  try {
    info_.command = r.text();
    info_.made = r.varint();
    info_.kept = r.varint();
    if (!r.at_end()) r.fail("INFO has bytes left over");
  } catch (const BadBytes& bad) {
    fail(info.offset + bad.offset, bad.reason);
  }
  read_vmas(expect_section(format::kVmas));
}

WorkloadReader::Section WorkloadReader::expect_section(u32 tag) {
  Section section = read_section();
  if (section.tag != tag)
    fail(section.offset, fmt::format("section {} where {} belongs", name_of(section.tag), name_of(tag)));
  return section;
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
    std::vector<Vma> vmas;
    u64 end = 0;
    for (u64 i = 0; i < count; ++i) {
      const u64 gap = r.varint(), pages = r.varint();
      const u64 room = (kWorkloadEnd - end) / kWorkloadPage;
      if (pages == 0 || gap > room || pages > room - gap)
        r.fail(fmt::format("VMA {} is empty or ends above 2^47", i));
      Vma vma;
      vma.start = end + gap * kWorkloadPage;
      vma.end = end = vma.start + pages * kWorkloadPage;
      vma.rights = get_rights(r);
      vma.name = r.text();
      vmas.push_back(std::move(vma));
    }
    if (!r.at_end()) r.fail("VMAS has bytes left over");
    map_ = MemoryMap(std::move(vmas));
    info_.vmas = map_.areas();
  } catch (const BadBytes& bad) {
    fail(section.offset + bad.offset, bad.reason);
  }
}

std::optional<Step> WorkloadReader::next() {
  while (position_ == block_.size()) {
    if (ended_ || !next_block()) return {};
  }
  return std::move(block_[position_++]);
}

bool WorkloadReader::next_block() {
  const Section section = read_section();
  ByteReader r(section.payload);
  block_.clear();
  position_ = 0;
  try {
    switch (section.tag) {
      case format::kAccesses:
        read_accesses(r);
        return true;
      case format::kEvents:
        read_events(r);
        return true;
      case format::kEnd:
        read_end(r);
        return false;
      default:
        r.fail(fmt::format("unknown section {}", name_of(section.tag)));
    }
  } catch (const BadBytes& bad) {
    fail(section.offset + bad.offset, bad.reason);
  }
}

void WorkloadReader::read_accesses(ByteReader& r) {
  const u64 count = r.varint();
  format::AccessState state(map_.areas());
  while (!r.at_end()) {
    const Access access = get_access(r, map_.areas(), state);
    block_.emplace_back(access);
    ++(access.write ? stores_ : loads_);
  }
  if (block_.size() != count)
    r.fail(fmt::format("{} accesses where {} were announced", block_.size(), count));
}

void WorkloadReader::read_events(ByteReader& r) {
  const u64 count = r.varint();
  for (; !r.at_end(); ++events_) {
    const std::size_t at = r.offset();
    MapEvent event = get_event(r);
    if (const auto wrong = map_.apply(event)) throw BadBytes{at, *wrong};
    block_.emplace_back(std::move(event));
  }
  if (block_.size() != count) r.fail(fmt::format("{} events where {} were announced", block_.size(), count));
}

void WorkloadReader::read_end(ByteReader& r) {
  ended_ = true;
  if (r.varint() != loads_ || r.varint() != stores_ || r.varint() != events_)
    r.fail("END counts other loads, stores and events than the file holds");
  if (info_.kept != loads_ + stores_) r.fail("INFO counts other accesses than the file holds");
  if (!r.at_end() || file_.peek() != std::ifstream::traits_type::eof()) r.fail("bytes after the end");
}

}  // namespace smmu_vp::tb
