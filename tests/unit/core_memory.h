// Memory for tests of tlm/core: 64-bit words by address; chosen addresses abort.
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "tlm/core/ports.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::test {

class WordMemory final : public core::MemoryPort {
 public:
  std::map<u64, u64> words;
  std::set<u64> aborts;                   // addresses of first bytes
  std::vector<u64> reads;                 // addresses, in order
  std::map<u64, spec::MemoryType> types;  // of the last access to an address
  std::set<u64> aborts_swaps;
  std::function<void()> before_swap;  // called just before a swap, to act as another agent

  bool read(u64 pa, void* data, std::size_t bytes, spec::MemoryType type) override {
    reads.push_back(pa);
    types[pa] = type;
    if (aborts.contains(pa)) return false;
    for (std::size_t i = 0; i < bytes; i += 8) {
      const auto found = words.find(pa + i);
      const u64 word = found == words.end() ? 0 : found->second;
      std::memcpy(static_cast<char*>(data) + i, &word, 8);
    }
    return true;
  }
  bool write(u64 pa, const void* data, std::size_t bytes, spec::MemoryType type) override {
    types[pa] = type;
    if (aborts.contains(pa)) return false;
    for (std::size_t i = 0; i < bytes; i += 8) {
      u64 word = 0;
      std::memcpy(&word, static_cast<const char*>(data) + i, 8);
      words[pa + i] = word;
    }
    return true;
  }
  core::Swap compare_and_swap(u64 pa, const core::Exchange& word, spec::MemoryType type) override {
    if (before_swap) before_swap();
    types[pa] = type;
    if (aborts_swaps.contains(pa)) return core::Swap::kAborted;
    if (words[pa] != word.expected) return core::Swap::kChanged;
    words[pa] = word.desired;
    return core::Swap::kDone;
  }
};

inline const trace::Bus& silent_facts() {
  static const trace::Bus bus([] { return u64{0}; });
  return bus;
}

}  // namespace smmu_vp::test
