// Memory for fuzzing: 1 MB that holds the tables of a working SMMU at the start of each
// input, and is restored afterwards. Its words are the tests' own, so that the input does not
// depend on the model's field tables.
#pragma once

#include <cstring>
#include <vector>

#include "tests/fuzz/input.h"
#include "tests/support/structures.h"

namespace smmu_vp::fuzz {

class Image {
 public:
  static constexpr u64 kBytes = 1u << 20;
  static constexpr u64 kStallCds = 0x6'8000, kCmdq = 0x1'0000, kEventq = 0x2'0000, kPriq = 0x3'0000,
                       kStrtab = 0x4'0000, kCds = 0x6'0000, kL1Cd = 0x7'0000, kPgd = 0x8'0000,
                       kPud = 0x8'1000, kPmd = 0x8'2000, kPte = 0x8'3000, kS2 = 0x9'0000, kPage = 0xA'0000;
  static constexpr u32 kSid = 3, kPasid = 5;
  static constexpr u64 kVa = 0x7F12'3456'7000;

  Image() : bytes_(kBytes) {
    streams();
    contexts();
    tables();
    base_ = bytes_;
  }

  // An address worth changing.
  static u64 place(Input& in) {
    static constexpr u64 kPlaces[] = {kStallCds + 64 * 5,
                                      kStrtab + 64 * 3,
                                      kStrtab + 64 * 4,
                                      kStrtab + 64 * 6,
                                      kStrtab + 64 * 7,
                                      kStrtab + 64 * 9,
                                      kStrtab + 64 * 10,
                                      kCds + 64 * 6,
                                      kCds + 64 * 5,
                                      kCds,
                                      kL1Cd,
                                      kPgd + 8 * 0xFE,
                                      kPud + 8 * 0x48,
                                      kPmd + 8 * 0x1A2,
                                      kPte + 8 * 0x167,
                                      kPte + 8 * 0x16A,
                                      kS2,
                                      kCmdq,
                                      kPage};
    const u64 at = in.below(std::size(kPlaces) + 1);
    if (at == std::size(kPlaces)) return in.take<u32>() % kBytes & ~u64{7};
    return kPlaces[at] + 8 * in.below(8);
  }
  static u32 stream(Input& in) {
    const u64 at = in.below(10);
    return at < 9 ? static_cast<u32>(2 + at) : in.take<u32>();
  }

  bool read(u64 pa, void* data, std::size_t bytes) const {
    if (pa > kBytes || bytes > kBytes - pa) return false;
    std::memcpy(data, bytes_.data() + pa, bytes);
    return true;
  }
  bool write(u64 pa, const void* data, std::size_t bytes) {
    if (pa > kBytes || bytes > kBytes - pa) return false;
    std::memcpy(bytes_.data() + pa, data, bytes);
    for (u64 page = pa >> 12; page <= (pa + bytes) >> 12; ++page) dirty_.push_back(page);
    return true;
  }
  u64 load(u64 pa) const {
    u64 value = 0;
    read(pa, &value, 8);
    return value;
  }
  void store(u64 pa, u64 value) { write(pa, &value, 8); }
  // Sets a word, or flips one bit of it.
  void change(Input& in) {
    const u64 at = place(in);
    const u64 bit = in.below(128);
    store(at, bit < 64 ? load(at) ^ u64{1} << bit : in.take<u64>());
  }
  void restore() {
    for (const u64 page : dirty_) {
      if (page << 12 < kBytes) std::memcpy(bytes_.data() + (page << 12), base_.data() + (page << 12), 4096);
    }
    dirty_.clear();
  }

 private:
  void streams() {
    using namespace test;
    // Stage 2 of 32 input bits maps 1 GB blocks onto themselves.
    constexpr u64 kStage2 = ste::kInput32Bits | ste::S2AFFD | ste::s2_vmid(1);
    constexpr u64 kStage1 = ste::s1_cd_max(3) | ste::kStage1 | ste::V,
                  kNested = ste::s1_cd_max(3) | ste::kNested | ste::V;
    put(kStrtab + 64 * 3, {kStage1 | kCds, ste::kDssBypass | ste::kFullAts});
    put(kStrtab + 64 * 4, {kStage1 | ste::k4KLeaves | kL1Cd, ste::kDssBypass | ste::kFullAts});
    put(kStrtab + 64 * 5, {ste::kBypass | ste::V, 0});
    put(kStrtab + 64 * 6, {ste::kStage2 | ste::V, 0, kStage2, kS2});
    put(kStrtab + 64 * 7, {kNested | kCds, ste::kDssBypass | ste::kFullAts, kStage2, kS2});
    put(kStrtab + 64 * 8, {kStage1 | kStallCds, ste::kDssBypass});
    put(kStrtab + 64 * 9, {kNested | kCds, ste::kDssBypass | ste::kSplitAts, kStage2, kS2});
    put(kStrtab + 64 * 10, {kStage1 | kCds, ste::kDssBypass | ste::kFullAts | ste::kEl2});
  }
  void contexts() {
    using namespace test;
    put(kL1Cd, {kCds | l1cd::V});
    for (u64 index = 0; index < 8; ++index) {
      put(kCds + 64 * index, {cd::asid(0x42 | index) | cd::kTtb0 | cd::kAborts, kPgd, 0, mair::kWriteBack});
      put(kStallCds + 64 * index,
          {cd::asid(0x52 | index) | cd::kTtb0 | cd::kStalls, kPgd, 0, mair::kWriteBack});
    }
    // For the page below that is writable-clean and has its Access flag clear.
    put(kCds + 64 * 6, {cd::asid(0x46) | cd::kTtb0 | cd::kAborts | cd::HA | cd::HD});
  }
  void tables() {
    using namespace test;
    put(kPgd + 8 * 0xFE, {kPud | pte::kTable});
    put(kPud + 8 * 0x48, {kPmd | pte::kTable});
    put(kPmd + 8 * 0x1A2, {kPte | pte::kTable});
    for (u64 page = 0; page < 4; ++page)
      put(kPte + 8 * (0x167 + page), {(kPage + page * 0x1000) | pte::kUserData | pte::kPage});
    put(kPte + 8 * (0x167 + 3),
        {(kPage + 0x3000) | (pte::kUserData & ~pte::kAf) | pte::kReadOnly | pte::kDbm | pte::kPage});
    for (u64 gigabyte = 0; gigabyte < 4; ++gigabyte)
      put(kS2 + 8 * gigabyte, {gigabyte << 30 | s2::kData | pte::kBlock});
  }
  void put(u64 pa, std::initializer_list<u64> words) {
    for (const u64 w : words) {
      std::memcpy(bytes_.data() + pa, &w, 8);
      pa += 8;
    }
  }
  std::vector<unsigned char> bytes_, base_;
  std::vector<u64> dirty_;
};

}  // namespace smmu_vp::fuzz
