// Stream table allocation and updates; a stream without a device aborts.
#include "sw_driver/smmu_v3/stream_table.h"

#include <algorithm>

namespace smmu_vp::sw {

namespace {

class SteWriter : public EntryWriter {
 public:
  SteWriter(Env& env, CommandQueue& queue, u32 sid) : EntryWriter(env), queue_(queue), sid_(sid) {}

 protected:
  Entry used(const Entry& entry) const override { return ste_used(entry); }
  void sync() override {
    const spec::Command c = command::cfgi_ste(sid_, true);
    queue_.issue({&c, 1}, true);
  }

 private:
  CommandQueue& queue_;
  u32 sid_;
};

u64 pages_for(u64 bytes) {
  return std::max<u64>(1, (bytes + 4095) >> 12);
}

}  // namespace

bool StreamTable::fill_with_abort(u64 table, unsigned log2_entries) {
  if (table == 0) return false;
  const Entry abort = abort_ste();
  for (u64 i = 0; i < u64{1} << log2_entries; ++i)
    env_.os.store64(table + (i << spec::kSteLog2Bytes), abort[0]);
  return true;
}

bool StreamTable::allocate(const Features& features) {
  sid_bits_ = features.sid_bits;
  two_level_ = features.two_level_stream_table && sid_bits_ > kSplit;
  if (!two_level_) {
    base_ =
        env_.os.alloc_pages(pages_for(u64{1} << (sid_bits_ + spec::kSteLog2Bytes)), PageUse::kStructure, 0);
    return fill_with_abort(base_, sid_bits_);
  }
  const u64 leaves = u64{1} << (sid_bits_ - kSplit);
  base_ = env_.os.alloc_pages(pages_for(leaves << spec::l1std::kLog2Bytes), PageUse::kStructure, 0);
  leaves_.assign(leaves, 0);
  return base_ != 0;
}

void StreamTable::write_registers() const {
  registers_.write64(spec::offset::STRTAB_BASE, spec::STRTAB_BASE::RA.set(base_, 1));
  u64 config = spec::STRTAB_BASE_CFG::LOG2SIZE.set(0, sid_bits_);
  if (two_level_) {
    config = spec::STRTAB_BASE_CFG::FMT.set(config, spec::kStrtabTwoLevel);
    config = spec::STRTAB_BASE_CFG::SPLIT.set(config, kSplit);
  }
  registers_.write32(spec::offset::STRTAB_BASE_CFG, static_cast<u32>(config));
}

bool StreamTable::prepare(u32 sid) {
  if (sid_bits_ < 32 && sid >> sid_bits_ != 0) return false;
  if (!two_level_) return true;
  u64& leaf = leaves_[sid >> kSplit];
  if (leaf != 0) return true;
  const u64 table =
      env_.os.alloc_pages(pages_for(u64{1} << (kSplit + spec::kSteLog2Bytes)), PageUse::kStructure, 0);
  if (!fill_with_abort(table, kSplit)) return false;
  env_.os.wmb();  // a walker that sees the descriptor must see aborting entries
  u64 descriptor = spec::l1std::L2Ptr.in_place(table);
  descriptor = spec::l1std::Span.set(descriptor, kSplit + 1);
  env_.os.store64(base_ + (u64{sid >> kSplit} << spec::l1std::kLog2Bytes), descriptor);
  leaf = table;
  // The SMMU may have cached the invalid descriptor, as any structure it can reach (3.21.3).
  const spec::Command c = command::cfgi_ste(sid, false);
  queue_.issue({&c, 1}, true);
  return true;
}

u64 StreamTable::entry(u32 sid) const {
  const u64 table = two_level_ ? leaves_[sid >> kSplit] : base_;
  const u32 index = two_level_ ? sid & ((1u << kSplit) - 1) : sid;
  return table + (u64{index} << spec::kSteLog2Bytes);
}

void StreamTable::abort(u32 sid) {
  env_.os.store64(entry(sid), abort_ste()[0]);
  env_.os.wmb();
}

void StreamTable::write(u32 sid, const Entry& target) {
  SteWriter(env_, queue_, sid).write(entry(sid), target);
  // A hint that the stream will be used soon (4.2.1); no need to wait for it.
  const spec::Command prefetch = command::prefetch_config(sid);
  queue_.issue({&prefetch, 1}, false);
}

}  // namespace smmu_vp::sw
