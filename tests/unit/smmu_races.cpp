// The ordering rules with everything in flight at random times, many rounds: memory is given to its next
// owner only after what docs/ordering.md asks for, and nobody may then reach it through the old translation.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kCd = Bench::kCds + 64 * Bench::kPasid;
constexpr u64 kNextOwner = 0xDEAD;  // what the next owner of a page writes into it
constexpr unsigned kRounds = 120;

class Random {
 public:
  explicit Random(u64 seed) : state_(seed * 0x9E37'79B9'7F4A'7C15 | 1) {}
  u64 below(u64 n) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % n;
  }

 private:
  u64 state_;
};

// Memory answers after up to 60 ns, now and then at once; devices never rest.
struct Race {
  explicit Race(u64 seed) : random(seed), bench(core::SmmuConfig{}) {
    bench.memory.before_access = [this](u64 address, bool) {
      if (address >= Bench::kStrtab && random.below(4) != 0)
        Bench::delay(static_cast<double>(random.below(60)));
    };
  }
  void devices(std::function<void(u32 tbu)> access) {
    for (u32 i = 0; i < 6; ++i) {
      Bench::spawn([this, i, access] {
        while (!stopped) {
          access(i % 2);
          Bench::delay(static_cast<double>(1 + random.below(20)));
        }
      });
    }
  }
  void settle() { Bench::delay(static_cast<double>(random.below(150))); }
  u64 page(unsigned round) const { return Bench::kPage + 0x1000 * (round % 8); }

  Random random;
  Bench bench;
  bool stopped = false;
  u64 accesses = 0, stale = 0;
};

void invalidate_translations(Bench& b, u64 which) {
  if (which == 0) b.submit(0x0042'0000'0000'0012, Bench::kVa);
  if (which == 1) b.submit(0x0042'0000'0000'0011);
  if (which == 2) b.submit(0x30);
  b.submit(0x46);
  Bench::until([&] { return b.consumed(); });
}

}  // namespace

TEST_CASE("a page remapped at random times is never reached through its old translation after CMD_SYNC") {
  Race race(1);
  Bench& b = race.bench;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(race.page(0), 1);
    race.devices([&](u32 tbu) {
      ++race.accesses;
      race.stale += b.dma(Bench::kVa, false, 0, 8, tbu).data == kNextOwner;
    });
    for (unsigned round = 1; round <= kRounds; ++round) {
      race.settle();
      b.memory.store(race.page(round), 1);
      b.map(0, race.page(round));
      race.settle();
      invalidate_translations(b, race.random.below(3));
      b.memory.store(race.page(round - 1), kNextOwner);
    }
    race.stopped = true;
    CHECK(race.stale == 0);
    CHECK(race.accesses > kRounds);
    CHECK(b.counter("smmu.tlb.hits") > 0);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("writes of a process unbound at random times never land after its CD and TLB are synced") {
  Race race(2);
  Bench& b = race.bench;
  b.run([&] {
    b.enable();
    b.bind_process();
    race.devices([&](u32 tbu) {
      ++race.accesses;
      b.dma(Bench::kVa, true, 0x0DDBA11, 8, tbu);
    });
    for (unsigned round = 0; round < kRounds; ++round) {
      b.map(0, race.page(round));
      b.write_cd(false);
      b.submit(0x0000'0003'0000'5005, 1);
      invalidate_translations(b, 1);
      race.settle();
      b.memory.store(kCd, 0x0042'C205'C000'7510);  // EPD0, silent
      b.submit(0x0000'0003'0000'5005, 1);
      b.submit(0x46);
      Bench::until([&] { return b.consumed(); });
      invalidate_translations(b, race.random.below(2) * 2);
      b.memory.store(race.page(round), kNextOwner);
      race.settle();
      race.stale += b.memory.load(race.page(round)) != kNextOwner;
    }
    race.stopped = true;
    CHECK(race.stale == 0);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("a device with an ATC sees no stale page when the TLBI is synced before the ATC invalidation") {
  Race race(3);
  Bench& b = race.bench;
  // The device's ATC: one translation, used by any number of accesses at once.
  u64 cached = 0;
  unsigned using_it = 0;
  sc_core::sc_event idle;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(race.page(0), 1);
    u64 epoch = 0;
    race.devices([&](u32) {
      const u64 asked = epoch;
      if (cached == 0) {
        const DmaResult r = b.translation_request(Bench::kVa);
        // A completion that an invalidation overtook is not kept (PCIe ATS).
        if (!r.translation.read || asked != epoch) return;
        cached = r.translation.address;
      }
      ++using_it;
      ++race.accesses;
      race.stale += b.translated(cached, false).data == kNextOwner;
      if (--using_it == 0) idle.notify();
    });
    Bench::spawn([&] {
      std::size_t answered = 0;
      while (!race.stopped) {
        Bench::delay(static_cast<double>(1 + race.random.below(30)));
        if (answered == b.received.size()) continue;
        const MessageExtension request = b.received[answered++];
        cached = 0;
        ++epoch;
        while (using_it != 0) sc_core::wait(idle);
        b.complete_invalidation(request);
      }
    });
    for (unsigned round = 1; round <= kRounds; ++round) {
      race.settle();
      b.memory.store(race.page(round), 1);
      b.map(0, race.page(round));
      invalidate_translations(b, race.random.below(3));
      b.submit(0x0000'0003'0000'5840, Bench::kVa);
      b.submit(0x46);
      Bench::until([&] { return b.consumed(); });
      b.memory.store(race.page(round - 1), kNextOwner);
    }
    race.stopped = true;
    CHECK(race.stale == 0);
    CHECK(race.accesses > kRounds);
    CHECK(b.read32(0x60) == b.read32(0x64));
  });
}

TEST_CASE("page requests at random times are each queued or answered once while the queue comes and goes") {
  Race race(4);
  Bench& b = race.bench;
  u64 queued = 0, answered = 0, dropped = 0, sent = 0;
  b.facts.on<trace::PageRequestReceived>([&](const trace::PageRequestReceived& f, u64) {
    queued += f.outcome == "queued";
    answered += f.outcome == "auto_response";
    dropped += f.outcome == "dropped";
    CHECK((f.outcome != "dropped" || !f.last));  // only what is not Last may go unanswered
  });
  b.run([&] {
    b.enable();
    b.bind_process();
    for (unsigned i = 0; i < 4; ++i) {
      Bench::spawn([&] {
        while (!race.stopped) {
          ++sent;
          b.page_request(static_cast<u16>(race.random.below(512)), race.random.below(3) != 0);
          Bench::delay(static_cast<double>(1 + race.random.below(40)));
        }
      });
    }
    for (unsigned round = 0; round < kRounds; ++round) {
      race.settle();
      if (race.random.below(3) == 0) {
        b.write32(0x20, 0x1D);  // PRIQEN off and on
        Bench::until([&] { return b.read32(0x24) == 0x1D; });
        b.write32(0x20, 0x1F);
        Bench::until([&] { return b.read32(0x24) == 0x1F; });
      }
      if (race.random.below(2) == 0)
        b.write32(0x100CC, b.read32(0x100C8));  // all read, overflow acknowledged
      b.command(0x0000'0003'0000'0003, 1);      // CMD_CFGI_STE against the lookup of STE.PPAR
      b.sync();
    }
    race.stopped = true;
    Bench::delay(1000);
    CHECK(queued + answered + dropped == sent);
    CHECK(queued > 0);
    CHECK(answered > 0);
    CHECK(dropped > 0);
    CHECK(b.received.size() == answered);
  });
}

}  // namespace smmu_vp::test
