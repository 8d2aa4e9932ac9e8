// The ordering rules with everything in flight at random times, over many rounds: memory gets its next owner
// only after what docs/ordering.md requires, and then no access may reach it through the old translation.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kCd = Bench::cd_at();
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

// Memory answers after up to 60 ns, sometimes at once; devices never pause.
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
  if (which == 0) b.submit(cmd::tlbi_nh_va(Bench::kAsid, Bench::kVa));
  if (which == 1) b.submit(cmd::tlbi_nh_asid(Bench::kAsid));
  if (which == 2) b.submit(cmd::tlbi_nsnh_all());
  b.submit(cmd::sync());
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

TEST_CASE("writes of a process unbound at random times never reach memory after its CD and TLB are synced") {
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
      b.submit(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
      invalidate_translations(b, 1);
      race.settle();
      b.memory.store(kCd, Bench::kCd0 | cd::EPD0);  // silent
      b.submit(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
      b.submit(cmd::sync());
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

TEST_CASE("a device with an ATC uses no stale page if the TLBI is synced before the ATC invalidation") {
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
        // A completion that an invalidation overtook is not cached (PCIe ATS).
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
      b.submit(cmd::atc_inv(Bench::kSid, Bench::kPasid, Bench::kVa, 0));
      b.submit(cmd::sync());
      Bench::until([&] { return b.consumed(); });
      b.memory.store(race.page(round - 1), kNextOwner);
    }
    race.stopped = true;
    CHECK(race.stale == 0);
    CHECK(race.accesses > kRounds);
    CHECK(b.read32(reg::GERROR) == b.read32(reg::GERRORN));
  });
}

TEST_CASE(
    "page requests at random times are each queued or answered once while the queue is switched on and off") {
  Race race(4);
  Bench& b = race.bench;
  u64 queued = 0, answered = 0, dropped = 0, sent = 0;
  b.facts.on<trace::PageRequestReceived>([&](const trace::PageRequestReceived& f, u64) {
    queued += f.outcome == trace::PageRequestOutcome::kQueued;
    answered += f.outcome == trace::PageRequestOutcome::kAutoResponse;
    dropped += f.outcome == trace::PageRequestOutcome::kDropped;
    CHECK((f.outcome != trace::PageRequestOutcome::kDropped ||
           !f.last));  // only requests without Last may stay unanswered
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
        b.set_cr0(cr0::all_but(cr0::PRIQEN));  // PRIQEN off and on
        b.set_cr0(cr0::kAll);
      }
      if (race.random.below(2) == 0)
        b.write32(reg::PRIQ_CONS, b.read32(reg::PRIQ_PROD));  // all read, overflow acknowledged
      b.command(cmd::cfgi_ste(Bench::kSid));                  // races with the lookup of STE.PPAR
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
