// CD table allocation and updates; an invalidation follows every change.
#include "sw_driver/smmu_v3/cd_table.h"

#include <algorithm>

namespace smmu_vp::sw {

namespace {

class CdWriter : public EntryWriter {
 public:
  CdWriter(Env& env, CommandQueue& queue, u32 sid, u32 ssid)
      : EntryWriter(env), queue_(queue), sid_(sid), ssid_(ssid) {}

 protected:
  Entry used(const Entry& entry) const override { return cd_used(entry); }
  void sync() override {
    const spec::Command c = command::cfgi_cd(env_.has(Bug::kCfgiOfWrongStream) ? 0 : sid_, ssid_, true);
    queue_.issue({&c, 1}, true);
  }

 private:
  CommandQueue& queue_;
  u32 sid_, ssid_;
};

}  // namespace

unsigned CdTable::usable_bits(const Features& features, unsigned wanted) {
  const unsigned bits = std::min(wanted, features.ssid_bits);
  return features.two_level_cd_table ? bits : std::min(bits, kSplit);
}

bool CdTable::allocate(const Features& features, unsigned ssid_bits) {
  ssid_bits_ = usable_bits(features, ssid_bits);
  two_level_ = ssid_bits_ > kSplit;
  const u64 leaves = two_level_ ? u64{1} << (ssid_bits_ - kSplit) : 0;
  const u64 bytes =
      two_level_ ? leaves << spec::l1cd::kLog2Bytes : u64{1} << (ssid_bits_ + spec::kCdLog2Bytes);
  leaves_.assign(leaves, 0);
  base_ = env_.os.alloc_pages(std::max<u64>(1, (bytes + 4095) >> 12), PageUse::kStructure, 0);
  return base_ != 0;
}

bool CdTable::prepare(u32 ssid) {
  if (!two_level_) return true;
  u64& leaf = leaves_[ssid >> kSplit];
  if (leaf != 0) return true;
  const u64 table = env_.os.alloc_pages(kLeafPages, PageUse::kStructure, 0);
  if (table == 0) return false;
  env_.os.wmb();  // a walker that sees the descriptor must see a zeroed leaf
  env_.os.store64(base_ + (u64{ssid >> kSplit} << spec::l1cd::kLog2Bytes),
                  spec::l1cd::V.set(spec::l1cd::L2Ptr.in_place(table), 1));
  leaf = table;
  // The SMMU may have cached the invalid descriptor, as any structure it can reach (3.21.3).
  const spec::Command c = command::cfgi_cd(sid_, ssid, false);
  queue_.issue({&c, 1}, true);
  return true;
}

u64 CdTable::entry(u32 ssid) const {
  const u64 table = two_level_ ? leaves_[ssid >> kSplit] : base_;
  const u32 index = two_level_ ? ssid & ((1u << kSplit) - 1) : ssid;
  return table + (u64{index} << spec::kCdLog2Bytes);
}

Entry CdTable::read(u32 ssid) const {
  Entry e;
  for (unsigned i = 0; i < e.size(); ++i) e[i] = env_.os.load64(entry(ssid) + u64{i} * 8);
  return e;
}

void CdTable::write(u32 ssid, const Entry& target) {
  CdWriter(env_, queue_, sid_, ssid).write(entry(ssid), target);
}

}  // namespace smmu_vp::sw
