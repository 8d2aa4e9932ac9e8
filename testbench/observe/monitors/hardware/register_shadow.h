// The SMMU's registers as software last wrote or read them, whichever driver it is.
#pragma once

#include "testbench/observe/monitors/flat_map.h"
#include "tlm/spec/registers.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class RegisterShadow {
 public:
  explicit RegisterShadow(trace::Bus& bus) {
    bus.on<trace::RegisterWrite>(
        [this](const trace::RegisterWrite& f, u64) { keep(f.smmu, f.offset, f.value, f.bytes); });
    bus.on<trace::RegisterRead>(
        [this](const trace::RegisterRead& f, u64) { keep(f.smmu, f.offset, f.value, f.bytes); });
  }

  // By architectural offset; 0 for a register that was never written or read.
  u32 word(u64 offset, u8 smmu = 0) const {
    const Word* known = words_.find(key_of(smmu, offset));
    return known == nullptr ? 0 : known->now;
  }
  // As it was known before the access that was announced last.
  u32 word_before(u64 offset, u8 smmu = 0) const {
    const Word* known = words_.find(key_of(smmu, offset));
    return known == nullptr ? 0 : known->before;
  }
  u64 dword(u64 offset, u8 smmu = 0) const { return u64{word(offset + 4, smmu)} << 32 | word(offset, smmu); }

 private:
  struct Word {
    u32 now = 0, before = 0;
  };
  static u64 key_of(u8 smmu, u64 offset) { return u64{smmu} << 56 | offset; }
  void keep(u8 smmu, u64 offset, u64 value, unsigned bytes) {
    keep_word(key_of(smmu, offset), static_cast<u32>(value));
    if (bytes == 8) keep_word(key_of(smmu, offset + 4), static_cast<u32>(value >> 32));
  }
  void keep_word(u64 key, u32 value) {
    Word& word = words_[key];
    word = {.now = value, .before = word.now};
  }

  FlatMap<Word> words_;
};

}  // namespace smmu_vp::tb
