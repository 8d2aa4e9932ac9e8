// Accesses that find every miss-status register taken, or their page being walked for: the registers bound the walks, and
// whoever has waited longest is next (docs/ordering.md, rule 4).
#include <algorithm>
#include <vector>

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr double kReadNs = 10;
constexpr unsigned kRegisters = 2;

// Memory takes a while for descriptors, so that walks overlap; their last reads in progress are counted.
struct Crowd {
  explicit Crowd(const core::SmmuConfig& c = config()) : bench(c) {
    bench.memory.before_access = [this](u64 address, bool) {
      if (address < Bench::kPgd || address >= Bench::kPage) return;
      const bool last_level = address >= Bench::kPte;
      if (last_level) most = std::max(most, ++walking);
      Bench::delay(kReadNs);
      if (last_level) --walking;
    };
  }
  static core::SmmuConfig config() {
    core::SmmuConfig c;
    c.tbus = 1;
    c.walkers = 64;
    c.walk_cache_entries = 0;
    c.tlb.mshrs = kRegisters;
    return c;
  }
  // Access number `i` to a page begins after the one before it.
  void access(unsigned i, u64 va) {
    ++begun;
    Bench::spawn([this, i, va] {
      bench.dma(va, false);
      ended.push_back(i);
    });
    Bench::delay();
  }
  void all_end() {
    Bench::until([this] { return ended.size() == begun; });
  }
  void start() {
    bench.bind_process();
    bench.write_cd(false);  // faults are not recorded
    bench.enable();
  }

  Bench bench;
  unsigned walking = 0, most = 0, begun = 0;
  std::vector<unsigned> ended;
};

bool in_order(const std::vector<unsigned>& numbers) {
  return std::is_sorted(numbers.begin(), numbers.end());
}

}  // namespace

TEST_CASE("no more walks run than there are miss-status registers, however many accesses fault on one page") {
  Crowd c;
  c.bench.run([&] {
    c.start();
    for (unsigned i = 0; i < 100; ++i) c.access(i, Bench::kVa + 0x1000);
    c.all_end();
    CHECK(c.most <= kRegisters);
    CHECK(in_order(c.ended));
  });
}

TEST_CASE("no more walks run than there are miss-status registers, however many pages are accessed") {
  Crowd c;
  c.bench.run([&] {
    c.start();
    for (unsigned i = 0; i < 64; ++i) c.bench.map(i, Bench::kPage + 0x1000 * (i % 16));
    for (unsigned i = 0; i < 64; ++i) c.access(i, Bench::kVa + 0x1000 * i);
    c.all_end();
    CHECK(c.most == kRegisters);
    CHECK(in_order(c.ended));
  });
}

TEST_CASE("an access that waits is served before younger ones that keep coming to its page and to others") {
  Crowd c;
  c.bench.run([&] {
    c.start();
    bool stop = false;
    for (unsigned i = 0; i < 8; ++i) {
      Bench::spawn([&, i] {
        while (!stop) {
          c.bench.dma(Bench::kVa + 0x1000 * (1 + i % 4), false);
          Bench::delay();
        }
      });
    }
    Bench::delay(500);
    // With 8 others around, all of which fault, each access waits for at most 8 walks of 4 reads.
    for (unsigned i = 0; i < 20; ++i) {
      const double before = sc_core::sc_time_stamp().to_seconds();
      c.bench.dma(Bench::kVa + 0x1000 * (1 + i % 4), false);
      CHECK((sc_core::sc_time_stamp().to_seconds() - before) * 1e9 <= 9 * 4 * kReadNs + 10);
    }
    stop = true;
    Bench::delay(2000);
    CHECK(c.most <= kRegisters);
  });
}

TEST_CASE("those that wait for a page go on together when its walk ends, without a walk of their own") {
  Crowd c;
  c.bench.run([&] {
    c.start();
    for (unsigned i = 0; i < 32; ++i) c.access(i, Bench::kVa);
    c.all_end();
    CHECK(c.bench.counter("smmu.walks") == 1);
    CHECK(c.bench.counter("smmu.tlb.misses") == 1);
  });
}

TEST_CASE("a CMD_SYNC completes while accesses to a faulting page keep coming") {
  Crowd c;
  c.bench.run([&] {
    c.start();
    bool stop = false;
    for (unsigned i = 0; i < 16; ++i) {
      Bench::spawn([&] {
        while (!stop) {
          c.bench.dma(Bench::kVa + 0x1000, false);
          Bench::delay();
        }
      });
    }
    for (unsigned i = 0; i < 5; ++i) {
      Bench::delay(100);
      c.bench.sync();
    }
    stop = true;
    Bench::delay(2000);
    CHECK(c.most <= kRegisters);
  });
}

TEST_CASE("a walk that waits for a walker begins before younger ones that keep coming") {
  constexpr unsigned kOthers = 12, kWalkers = 2;
  core::SmmuConfig config = Crowd::config();
  config.walkers = kWalkers;
  config.tlb.mshrs = 64;
  Crowd c(config);
  c.bench.run([&] {
    c.start();
    bool stop = false;
    for (unsigned i = 0; i < kOthers; ++i) {
      Bench::spawn([&, i] {
        // Each to a page of its own that is not mapped, so each access is a walk; the next comes at once.
        for (unsigned n = 0; !stop && n < 400; ++n) c.bench.dma(Bench::kVa + 0x1000 * (1 + i), false);
      });
    }
    Bench::delay(500);
    for (unsigned i = 0; i < 20; ++i) {
      const double before = sc_core::sc_time_stamp().to_seconds();
      c.bench.dma(Bench::kVa + 0x1000 * (1 + kOthers), false);
      // Those before it take turns on the walkers, 4 reads each.
      const unsigned turns = (kOthers + kWalkers - 1) / kWalkers + 1;
      CHECK((sc_core::sc_time_stamp().to_seconds() - before) * 1e9 <= turns * 4 * kReadNs + 1);
    }
    stop = true;
    Bench::delay(2000);
    CHECK(c.most <= kWalkers);
  });
}

}  // namespace smmu_vp::test
