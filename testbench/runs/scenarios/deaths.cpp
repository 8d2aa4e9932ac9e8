// A process with traffic on each device, and a kill at a random moment.
#include "testbench/runs/scenarios/deaths.h"

#include <fmt/format.h>

#include "testbench/runs/scenarios/threads.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kData = 0x1000'0000, kScratch = 0x2000'0000;
constexpr u64 kDataPages = 32, kScratchPages = 4;
// A job reads some pages; the program pauses before each, at most so long.
constexpr u64 kPagesOfJob = 2, kPausePs = 2'000'000;
static_assert(kDataPages + kScratchPages <= Deaths::kPages);
constexpr u64 kLookPs = 50'000;
// The kill comes within a time that is itself random, since nobody knows how long things take on a configuration.
constexpr u64 kShortestPs = 500'000;
constexpr unsigned kDoublings = 8;
// Where a death takes long, fewer die.
constexpr u64 kLongestPs = 100'000'000'000;

}  // namespace

struct Deaths::Life {
  Life(ScenarioContext& ctx, Moment when)
      : moment(when), process(ctx.kernel.create_process("mortal")), threads(ctx.os) {}

  Moment moment;
  std::unique_ptr<sw::Process> process;
  Threads threads;
  u64 bound = 0, closing = 0;  // devices
};

// A fault that is served holds the address space, so its release comes at the end of the last one; without faults it
// comes at once, whatever is in flight.
Deaths::Moment Deaths::moment_of(Interleaving wanted) {
  using enum Interleaving;
  switch (wanted) {
    case release_over_bind:
      return Moment::kBind;
    case release_over_unbind:
      return Moment::kUnbind;
    case release_over_queued_group:
    case release_over_served_group:
    case release_over_stall:
      return Moment::kFaults;
    default:
      return Moment::kReads;
  }
}

void Deaths::until_met(std::span<const Interleaving> wanted) {
  // In turn, so that none waits for a rare one.
  std::vector<Interleaving> missing(wanted.begin(), wanted.end());
  const u64 end_ps = ctx_.os.now_ps() + kLongestPs;
  for (unsigned n = 0; n < kMost && ctx_.os.now_ps() < end_ps; ++n) {
    std::erase_if(missing, [this](Interleaving i) { return ctx_.interleavings.count(i) != 0; });
    if (missing.empty()) return;
    die(moment_of(missing[n % missing.size()]));
  }
}

void Deaths::die(Moment moment) {
  Life life(ctx_, moment);
  ++died_;
  if (!ctx_.expect(life.process != nullptr, "a process that is to die gets its memory")) return;
  sw::Mm& mm = life.process->mm();
  const u64 pages = kDataPages * devices_.size();
  mm.mmap(kData, pages * mm.page_bytes(), sw::kProtReadWrite);
  for (u64 page = 0; page < pages; ++page)
    if (moment != Moment::kFaults || page % 8 != 7)
      mm.write(kData + page * mm.page_bytes(), &page, sizeof page);
  for (u64 i = 0; i < devices_.size(); ++i)
    life.threads.start(fmt::format("mortal.{}", i), [this, &life, i] { use(life, i); });
  if (moment == Moment::kReads) life.threads.start("mortal.unmap", [this, &life] { unmap_repeatedly(life); });

  const u64 all = devices_.size();
  const auto begun = [&] {
    return moment == Moment::kBind || (moment == Moment::kUnbind ? life.closing : life.bound) == all;
  };
  const bool in_time = ctx_.poll(begun, {ctx_.pace.longest_without_progress_ps(), kLookPs});
  ctx_.expect(in_time, "a process that is to die is bound");
  ctx_.os.sleep_ps(ctx_.random.below(kShortestPs << ctx_.random.below(kDoublings)));
  life.process->kill();
  life.threads.join();
}

// A program that reads the device's share of its pages by it, of which every eighth may have to be paged in: a device that
// only faults would always have a fault being served. The device is given up when its process is dead or, to be killed
// meanwhile, while it lives. A process that dies before it is bound gets no device.
void Deaths::use(Life& life, u64 number) {
  const auto file = ctx_.accelerator(devices_[number]).open(*life.process);
  ++life.bound;
  const u64 page_bytes = life.process->mm().page_bytes();
  const u64 first = number * kDataPages;
  for (u64 page = first; file != nullptr && page < first + kDataPages; page += kPagesOfJob) {
    ctx_.os.sleep_ps(ctx_.random.below(kPausePs));
    file->submit({.opcode = spec::accel::Opcode::kCrc,
                  .source = kData + page * page_bytes,
                  .length = kPagesOfJob * page_bytes});
  }
  while (life.moment != Moment::kUnbind && life.process->alive()) ctx_.os.sleep_ps(kLookPs);
  ++life.closing;
}

void Deaths::unmap_repeatedly(Life& life) {
  sw::Mm& mm = life.process->mm();
  const u64 bytes = kScratchPages * mm.page_bytes();
  for (u64 round = 0; life.process->alive(); ++round) {
    mm.mmap(kScratch, bytes, sw::kProtReadWrite);
    mm.write(kScratch, &round, sizeof round);
    mm.munmap(kScratch, bytes);
  }
}

}  // namespace smmu_vp::tb
