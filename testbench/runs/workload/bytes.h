// Writes and reads the integers of a workload file: little-endian words, and varints of seven bits per byte.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class ByteWriter {
 public:
  void u8_(u8 value) { bytes_.push_back(value); }
  void u32_(u32 value) {
    for (int i = 0; i < 4; ++i) u8_(static_cast<u8>(value >> (8 * i)));
  }
  void varint(u64 value) {
    for (; value >= 0x80; value >>= 7) u8_(static_cast<u8>(value | 0x80));
    u8_(static_cast<u8>(value));
  }
  // Encodes small negative numbers as small varints.
  void zigzag(u64 value) { varint((value << 1) ^ (value >> 63 != 0 ? ~u64{0} : 0)); }
  void text(std::string_view s) {
    varint(s.size());
    bytes_.insert(bytes_.end(), s.begin(), s.end());
  }

  const std::vector<u8>& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  void clear() { bytes_.clear(); }

 private:
  std::vector<u8> bytes_;
};

// What is wrong with the bytes, and where. The file reader adds the file name.
struct BadBytes {
  std::size_t offset;
  std::string reason;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const u8> bytes) : bytes_(bytes) {}

  std::size_t offset() const { return position_; }
  bool at_end() const { return position_ == bytes_.size(); }
  [[noreturn]] void fail(std::string reason) const { throw BadBytes{position_, std::move(reason)}; }

  u8 u8_() {
    if (at_end()) fail("the section ends within a value");
    return bytes_[position_++];
  }
  u64 varint() {
    u64 value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const u8 byte = u8_();
      if (shift == 63 && byte > 1) break;
      value |= u64{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    fail("a number has more than 64 bits");
  }
  u64 zigzag() {
    const u64 value = varint();
    return (value >> 1) ^ ((value & 1) != 0 ? ~u64{0} : 0);
  }
  std::string text() {
    const u64 length = varint();
    if (length > bytes_.size() - position_) fail("the section ends within a text");
    const auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(position_);
    position_ += length;
    return {at, at + static_cast<std::ptrdiff_t>(length)};
  }

 private:
  std::span<const u8> bytes_;
  std::size_t position_ = 0;
};

}  // namespace smmu_vp::tb
