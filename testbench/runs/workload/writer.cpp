// Writes the header and the sections.
#include "testbench/runs/workload/writer.h"

#include <cassert>

#include "testbench/runs/workload/crc.h"
#include "testbench/runs/workload/format.h"

namespace smmu_vp::tb {

namespace {

class Sections {
 public:
  explicit Sections(OutputFile& out) : out_(out) {
    ByteWriter head;
    for (const char c : format::kMagic) head.u8_(static_cast<u8>(c));
    head.u32_(format::kVersion);
    put(head.bytes());
  }

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
  u64 written() const { return written_; }

 private:
  void put(const std::vector<u8>& bytes) {
    out_.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    written_ += bytes.size();
  }

  OutputFile& out_;
  u64 written_ = 0;
};

}  // namespace

u64 write_workload(OutputFile& out, std::span<const format::Section> sections) {
  Sections file(out);
  for (const format::Section& section : sections) file.section(section.tag, section.payload);
  out.close();
  return file.written();
}

u64 write_workload(const std::string& path, std::span<const format::Section> sections) {
  OutputFile out(path, OutputFile::Growth::kWhole);
  return write_workload(out, sections);
}

}  // namespace smmu_vp::tb
