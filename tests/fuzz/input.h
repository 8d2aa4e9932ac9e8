// A fuzzer's bytes read as numbers; zeros after the end of the input.
#pragma once

#include <cstddef>
#include <cstring>

#include "tlm/spec/types.h"

namespace smmu_vp::fuzz {

class Input {
 public:
  Input(const unsigned char* data, std::size_t size) : next_(data), end_(data + size) {}
  bool empty() const { return next_ == end_; }
  template <typename T>
  T take() {
    T value{};
    const std::size_t there = static_cast<std::size_t>(end_ - next_);
    const std::size_t bytes = there < sizeof value ? there : sizeof value;
    std::memcpy(&value, next_, bytes);
    next_ += bytes;
    return value;
  }
  u64 below(u64 n) { return take<u8>() % n; }
  bool flag() { return (take<u8>() & 1) != 0; }

 private:
  const unsigned char* next_;
  const unsigned char* end_;
};

}  // namespace smmu_vp::fuzz
