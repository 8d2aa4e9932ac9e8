// The framing of docs/serve.md: little-endian integers, a header, and a
// body whose fields follow without padding.
#pragma once

#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb::serve {

inline constexpr u16 kVersion = 1;
inline constexpr std::string_view kMagic = "SMMUVP";
inline constexpr std::size_t kHeaderBytes = 8;  // body length, operation, status
inline constexpr std::size_t kMaxBody = (16u << 20) + 256;

enum class Op : u16 {
  kHello,
  kInfo,
  kEndpoint,
  kMmioRead,
  kMmioWrite,
  kMemRead,
  kMemWrite,
  kNow,
  kAdvance,
  kSettle,
  kIrqLevel,
  kIrqWait,
  kDma,
  kDmaStart,
  kDmaPoll,
  kCounter,
  kViolations,
  kWaves,
  kTlbiBroadcast,
  kTlbiSync,
  kReset,
  kMonitors,
  kCounters,
  kViolation,
  kFinish,
  kExplain,
  kDump,
  kRecords,
  kRecord,
  kNote,
  kPhase,
  kIrqSubscribe,
  kKernelLog,
  kAdvanceTo,
  kExpect,
  kFunctions,
  kStore,
  kTellPages,
  kWaveWindow,
  kRepeat,
  kNextActivity,  // must be the last
};

// Frames that the server sends without a request.
enum class Notice : u16 { kInterrupt = 0x8000, kMsi = 0x8001, kPageRead = 0x8002, kPageForgotten = 0x8003 };

// Thrown when a client violates the framing; its connection is closed.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Bytes = std::vector<u8>;

class Reader {
 public:
  explicit Reader(std::span<const u8> body) : rest_(body) {}

  u16 get16() { return number<u16>(); }
  u32 get32() { return number<u32>(); }
  u64 get64() { return number<u64>(); }
  std::span<const u8> bytes(std::size_t n) {
    if (rest_.size() < n)
      throw Malformed("a body ends " + std::to_string(n - rest_.size()) + " bytes too early");
    const auto taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }
  bool empty() const { return rest_.empty(); }
  std::span<const u8> all() { return bytes(rest_.size()); }
  std::string text() {
    const auto b = all();
    return {b.begin(), b.end()};
  }
  // Checks that the operation has consumed the whole body.
  void end() const {
    if (!rest_.empty()) throw Malformed("a body is " + std::to_string(rest_.size()) + " bytes too long");
  }

 private:
  template <typename T>
  T number() {
    T value = 0;
    std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
    return value;
  }
  std::span<const u8> rest_;
};

class Writer {
 public:
  Writer& put16(u16 v) { return number(v); }
  Writer& put32(u32 v) { return number(v); }
  Writer& put64(u64 v) { return number(v); }
  Writer& put(std::span<const u8> b) {
    bytes_.insert(bytes_.end(), b.begin(), b.end());
    return *this;
  }
  Writer& put(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }
  Bytes take() { return std::move(bytes_); }

 private:
  template <typename T>
  Writer& number(T v) {
    u8 raw[sizeof v];
    std::memcpy(raw, &v, sizeof v);
    return put(raw);
  }
  Bytes bytes_;
};

inline Bytes framed(u16 operation, u16 status, const Bytes& body) {
  return Writer().put32(static_cast<u32>(body.size())).put16(operation).put16(status).put(body).take();
}

struct Header {
  u32 body = 0;
  u16 operation = 0, status = 0;
};

inline Header read_header(std::span<const u8> raw) {
  Reader r(raw.first(kHeaderBytes));
  return {r.get32(), r.get16(), r.get16()};
}

}  // namespace smmu_vp::tb::serve
