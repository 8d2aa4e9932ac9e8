// Any register write, any table content, any command, any address: nothing crashes, nothing hangs, and
// clearing CR0 ends everything in flight.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

// A fixed sequence; the same on every run.
struct Dice {
  u64 state;
  u64 word() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  u64 below(u64 n) { return word() % n; }
  bool chance(u64 one_in) { return below(one_in) == 0; }
};

void any_register(Bench& b, Dice& dice) {
  using namespace reg;
  constexpr u32 kPage1 = 0x1'0000, kNothing = 0x300;
  static constexpr u32 kOffsets[] = {CR0,
                                     CR1,
                                     CR2,
                                     GBPA,
                                     IRQ_CTRL,
                                     GERRORN,
                                     GERROR_IRQ_CFG0,
                                     STRTAB_BASE,
                                     STRTAB_BASE_CFG,
                                     CMDQ_BASE,
                                     CMDQ_PROD,
                                     CMDQ_CONS,
                                     EVENTQ_BASE,
                                     EVENTQ_IRQ_CFG0,
                                     PRIQ_BASE,
                                     PRIQ_IRQ_CFG0,
                                     PRIQ_IRQ_CFG2,
                                     STRTAB_BASE + 4,
                                     CMDQ_BASE + 4,
                                     EVENTQ_BASE + 4,
                                     EVENTQ_IRQ_CFG0 + 4,  // upper halves
                                     EVENTQ_PROD,
                                     EVENTQ_CONS,
                                     PRIQ_PROD,
                                     PRIQ_CONS,
                                     kPage1,
                                     kNothing};
  const u32 offset = kOffsets[dice.below(std::size(kOffsets))];
  if (offset % 8 == 0 && dice.chance(2)) {
    b.write64(offset, dice.word());
  } else {
    b.write32(offset, static_cast<u32>(dice.word()));
  }
}

// A word of a table, a CD, an STE or a descriptor: mostly valid, with bits flipped.
void any_table_word(Bench& b, Dice& dice) {
  static constexpr u64 kPlaces[] = {Bench::ste_at(),        Bench::ste_at() + 8,     Bench::cd_at(),
                                    Bench::cd_at() + 8,     Bench::cd_at() + 16,     Bench::kPgd + 8 * 0xFE,
                                    Bench::kPud + 8 * 0x48, Bench::kPmd + 8 * 0x1A2, Bench::kPte + 8 * 0x167};
  const u64 place = kPlaces[dice.below(std::size(kPlaces))];
  b.memory.store(place, b.memory.load(place) ^ (u64{1} << dice.below(64)));
}

void any_command(Bench& b, Dice& dice) {
  const u64 opcode = dice.chance(16)
                         ? cmd::reserved()[0]
                         : cmd::kEveryKind[dice.below(std::size(cmd::kEveryKind))][0] & cmd::kOpcode;
  const u64 sid = dice.chance(4) ? dice.word() << 32 : u64{Bench::kSid} << 32;
  b.submit({sid | (dice.word() & mask(31, 11)) | opcode, dice.word()});
}

void survive(Bench& b) {
  b.run([&] {
    unsigned running = 0;
    for (u64 seed = 1; seed <= 40; ++seed) {
      Dice dice{seed * 0x9E37'79B9'7F4A'7C15};
      b.enable();
      b.write64(reg::STRTAB_BASE, Bench::kStrtab);
      b.bind_process();
      b.write_cd(true, dice.chance(2));
      for (int step = 0; step < 400; ++step) {
        switch (dice.below(8)) {
          case 0:
            if (dice.chance(4)) any_register(b, dice);
            break;
          case 1:
            any_table_word(b, dice);
            break;
          case 2:
          case 3:
            any_command(b, dice);
            break;
          case 4:
            b.page_request(static_cast<u16>(dice.below(512)), dice.chance(2), dice.chance(2));
            break;
          default: {
            DmaExtension ext;
            ext.who = {dice.chance(8) ? static_cast<u32>(dice.word()) : Bench::kSid,
                       spec::substream(!dice.chance(4),
                                       dice.chance(8) ? static_cast<u32>(dice.word()) : Bench::kPasid)};
            ext.exec = dice.chance(4);
            ext.priv = dice.chance(4);
            ext.at = static_cast<transport::AddressType>(dice.below(3));
            const u64 address = dice.chance(4) ? dice.word() : Bench::kVa + dice.below(0x3000);
            const bool write = dice.chance(2);
            const auto bytes = static_cast<unsigned>(1 + dice.below(8000));
            ++running;
            Bench::spawn([&b, &running, ext, address, write, bytes]() mutable {
              b.send(ext, address, write, 0, bytes, 0);
              --running;
            });
            break;
          }
        }
        if (dice.chance(3)) Bench::delay();
      }
      // Whatever is active or in transition: acknowledging and disabling ends it.
      b.write32(reg::GERRORN, b.read32(reg::GERROR));
      b.write32(reg::IRQ_CTRL, 0);
      Bench::until([&] { return b.read32(reg::CR0) == b.read32(reg::CR0ACK); });
      b.write32(reg::CR0, 0);
      Bench::until([&] { return b.read32(reg::CR0ACK) == 0 && running == 0; });
      Bench::delay(2000);
      CHECK(b.smmu.idle());
      b.write32(reg::GERRORN, b.read32(reg::GERROR));
      for (const u32 index : {reg::CMDQ_PROD, reg::CMDQ_CONS, reg::EVENTQ_PROD, reg::EVENTQ_CONS,
                              reg::PRIQ_PROD, reg::PRIQ_CONS})
        b.write32(index, 0);
    }
  });
}

core::SmmuConfig small() {
  core::SmmuConfig config;
  config.timing.atc_inv_timeout_ps = 1'000'000;
  config.stalls = 4;
  config.walkers = 2;
  config.tlb.mshrs = 2;
  return config;
}

}  // namespace

TEST_CASE("no guest action crashes or hangs the SMMU") {
  Bench b(small());
  survive(b);
}

TEST_CASE("no guest action crashes or hangs the SMMU with slow memory") {
  Bench b(small(), transport::TimingMode::kTimed);
  b.memory.before_access = [](u64 address, bool) { Bench::delay(static_cast<double>(3 + address % 40)); };
  survive(b);
}

}  // namespace smmu_vp::test
