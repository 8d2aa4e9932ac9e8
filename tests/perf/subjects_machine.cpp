// Operations on an untimed machine, one after the other.
#include "tests/perf/machine.h"
#include "tests/perf/subjects.h"

namespace smmu_vp::perf {

namespace {

constexpr unsigned kHotPages = 16;

MachineConfig untimed(const core::CacheConfig& tlb) {
  MachineConfig c;
  c.smmu.base = 0;
  c.smmu.tbus = 1;
  c.smmu.tlb = tlb;
  return c;
}
// 4,096 entries.
MachineConfig usual() {
  return untimed({.sets = 1024, .ways = 4, .block_entries = 16, .mshrs = 16});
}
MachineConfig walks_always(bool nested) {
  MachineConfig c = untimed({.sets = 1, .ways = 1, .block_entries = 1, .mshrs = 1});
  c.smmu.walk_cache_entries = 0;
  c.nested = c.smmu.features.s2 = c.smmu.features.hyp = nested;
  return c;
}

// Calls `one(machine, i)` with another of the hot pages each time.
class EachPage : public Subject {
 public:
  using One = bool (*)(Machine&, unsigned page);
  EachPage(const MachineConfig& config, One one)
      : machine_(sc_core::sc_gen_unique_name("machine"), config), one_(one) {}
  void start() override { machine_.start(); }
  bool run() override { return one_(machine_, i_++ % kHotPages); }

 private:
  Machine machine_;
  One one_;
  unsigned i_ = 0;
};

u64 va(unsigned page) {
  return Machine::kVa + 4096 * u64{page};
}

// Batches of one command, with the TLB full of translations that it does not name.
class Commands : public Subject {
 public:
  Commands(const test::cmd::Command& words, unsigned batch) : words_(words), batch_(batch) {}
  void start() override {
    machine_.start();
    for (unsigned i = 0; i < Machine::kPages; ++i) machine_.dma(va(i));
  }
  bool run() override {
    machine_.commands(words_, batch_);
    return true;
  }
  unsigned items() const override { return batch_; }

 private:
  Machine machine_{sc_core::sc_gen_unique_name("machine"), usual()};
  test::cmd::Command words_;
  unsigned batch_;
};

}  // namespace

std::unique_ptr<Subject> hop() {
  return std::make_unique<EachPage>(usual(), [](Machine& m, unsigned i) { return m.bare(m.page(i)); });
}
std::unique_ptr<Subject> dma_tlb_hit() {
  return std::make_unique<EachPage>(usual(), [](Machine& m, unsigned i) { return m.dma(va(i)); });
}
std::unique_ptr<Subject> walk_4_levels() {
  return std::make_unique<EachPage>(walks_always(false), [](Machine& m, unsigned i) { return m.dma(va(i)); });
}
std::unique_ptr<Subject> walk_nested() {
  return std::make_unique<EachPage>(walks_always(true), [](Machine& m, unsigned i) { return m.dma(va(i)); });
}
std::unique_ptr<Subject> ats_request_hit() {
  return std::make_unique<EachPage>(usual(),
                                    [](Machine& m, unsigned i) { return m.translation_request(va(i)); });
}
std::unique_ptr<Subject> translated_access() {
  return std::make_unique<EachPage>(usual(), [](Machine& m, unsigned i) { return m.translated(m.page(i)); });
}
std::unique_ptr<Subject> tlbi_by_va() {
  return std::make_unique<Commands>(test::cmd::tlbi_nh_va(Machine::kAsid, 0x1000), 1000);
}
std::unique_ptr<Subject> tlbi_by_asid() {
  return std::make_unique<Commands>(test::cmd::tlbi_nh_asid(Machine::kAsid + 1), 1000);
}

}  // namespace smmu_vp::perf
