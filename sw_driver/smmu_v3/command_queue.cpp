// Claim slots, write, publish, wait. Threads are switched only inside calls to the OS.
#include "sw_driver/smmu_v3/command_queue.h"

#include <algorithm>

#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace queue = spec::queue;

namespace {
constexpr u64 kTimeout = kSecond;
// CMDQ_CONS also holds the error code.
u32 read_position(u32 cons) {
  return static_cast<u32>(spec::CMDQ_CONS::RD.get(cons));
}
}  // namespace

bool CommandQueue::allocate(const Features& features) {
  log2_ = std::min(env_.config.cmdq_log2, features.cmdq_log2_max);
  msi_ = features.msi && env_.config.msi_sync;
  const u64 bytes = u64{queue::kCommandBytes} << log2_;
  base_ = env_.os.alloc_pages(std::max<u64>(1, bytes >> 12), PageUse::kDriver, 0);
  return base_ != 0;
}

void CommandQueue::write_registers() {
  u64 base = spec::CMDQ_BASE::RA.set(base_, 1);
  base = spec::CMDQ_BASE::LOG2SIZE.set(base, log2_);
  registers_.write64(spec::offset::CMDQ_BASE, base);
  registers_.write32(spec::offset::CMDQ_PROD, published_);
  registers_.write32(spec::offset::CMDQ_CONS, cons_);
}

void CommandQueue::issue(std::span<const spec::Command> commands, bool sync) {
  issue_now(commands, sync);
  while (sync && holds_ != 0 && !poll_until(env_.os, kTimeout, [this] { return holds_ == 0; }))
    timed_out("containment");
}

void CommandQueue::issue_now(std::span<const spec::Command> commands, bool sync) {
  if (env_.has(Bug::kSyncOfAnother) && sync_waiters_ != 0) sync = false;
  const auto slots = static_cast<u32>(commands.size()) + (sync ? 1 : 0);
  if (slots == 0) return;
  std::optional<Operation> operation;
  if (sync) operation.emplace(env_, Operation::Names{.name = "cmd_sync", .first_part = "queue"});
  wait_for_space(slots);
  const u32 begin = claimed_;
  claimed_ = queue::advance(claimed_, log2_, slots);
  claims_.push_back({claimed_, false});
  Claim& claim = claims_.back();
  const bool owner = !std::exchange(owner_gathering_, true);

  write_commands(begin, commands);
  const u32 sync_at = queue::advance(begin, log2_, slots - 1);
  if (sync) {
    const spec::Command s = msi_ ? command::sync_msi(slot(sync_at)) : command::sync_sev();
    write_commands(sync_at, {&s, 1});
    ++sync_waiters_;  // before publishing: from then on the slot must not be reused
  }
  env_.os.wmb();  // 3.21.2: the commands are visible before the PROD that covers them
  claim.written = true;
  if (owner) publish(begin);
  if (!sync) return;
  operation->enter("sync");
  wait_for_sync(sync_at);
}

void CommandQueue::wait_for_space(u32 slots) {
  while (queue::space(claimed_, cons_, log2_) < slots) {
    const bool room = poll_until(env_.os, kTimeout, [&] {
      // While a thread waits for a CMD_SYNC its slot must not be reused, even after the SMMU has consumed it.
      if (sync_waiters_ == 0) cons_ = read_position(registers_.read32(spec::offset::CMDQ_CONS));
      return queue::space(claimed_, cons_, log2_) >= slots;
    });
    if (!room) timed_out("queue full");
  }
}

void CommandQueue::write_commands(u32 at, std::span<const spec::Command> commands) {
  env_.os.spend(CpuCost::kCommandBuild, commands.size());
  while (!commands.empty()) {
    const u32 to_end = (u32{1} << log2_) - queue::index(at, log2_);
    const std::size_t n = std::min<std::size_t>(commands.size(), to_end);
    env_.os.write(slot(at), commands.data(), n * queue::kCommandBytes);
    at = queue::advance(at, log2_, static_cast<u32>(n));
    commands = commands.subspan(n);
  }
}

// The owner waits for the previous owner, then publishes for every thread that has claimed slots meanwhile.
void CommandQueue::publish(u32 begin) {
  while (!poll_until(env_.os, kTimeout, [&] { return published_ == begin; })) timed_out("earlier commands");
  owner_gathering_ = false;
  const std::size_t covered = claims_.size();
  const u32 end = claims_.back().end;
  const auto all_written = [&] {
    return std::all_of(claims_.begin(), claims_.begin() + static_cast<std::ptrdiff_t>(covered),
                       [](const Claim& c) { return c.written; });
  };
  while (!poll_until(env_.os, kTimeout, all_written)) timed_out("commands being written");
  claims_.erase(claims_.begin(), claims_.begin() + static_cast<std::ptrdiff_t>(covered));
  registers_.write32(spec::offset::CMDQ_PROD,
                     env_.has(Bug::kProdWithoutWrap) ? queue::index(end, log2_) : end);
  published_ = end;
}

void CommandQueue::wait_for_sync(u32 at) {
  const u32 past = queue::advance(at, log2_);
  const bool done = poll_until(env_.os, kTimeout, [&] {
    if (msi_) return env_.os.load32(slot(at)) == 0;
    const u32 hardware = read_position(registers_.read32(spec::offset::CMDQ_CONS));
    // CONS is never a whole queue ahead of or behind this slot, so the distance shows whether it is past it.
    return queue::used(hardware, past, log2_) < u32{1} << log2_;
  });
  if (!done) timed_out("CMD_SYNC");
  if (--sync_waiters_ == 0 && queue::used(claimed_, past, log2_) < queue::used(claimed_, cons_, log2_))
    cons_ = past;
}

void CommandQueue::timed_out(const char* what) const {
  const u32 prod = registers_.read32(spec::offset::CMDQ_PROD),
            cons = registers_.read32(spec::offset::CMDQ_CONS);
  env_.os.printk(LogLevel::kErr, text("arm-smmu-v3: timeout of one second: ", what, " [prod ", hex(prod, 8),
                                      ", cons ", hex(cons, 8), "]"));
}

std::vector<u32> CommandQueue::atc_targets_before(u32 cons) const {
  std::vector<u32> targets;
  const u32 entries = u32{1} << log2_;
  u32 at = read_position(cons);
  for (u32 n = 1; n < entries; ++n) {
    at = queue::advance(at, log2_, 2 * entries - 1);  // one slot back, wrap bit included
    spec::Command c;
    env_.os.read(slot(at), c.w.data(), sizeof c.w);
    const u64 opcode = spec::cmd::Opcode.get(c.w);
    // The MSI of a completed CMD_SYNC has overwritten its opcode with 0.
    if (opcode == static_cast<u64>(spec::Opcode::CMD_SYNC) || opcode == 0) break;
    if (opcode == static_cast<u64>(spec::Opcode::CMD_ATC_INV))
      targets.push_back(static_cast<u32>(spec::cmd::SID.get(c.w)));
  }
  return targets;
}

void CommandQueue::skip_erroneous_command(u32 cons) {
  const spec::Command s = command::sync_sev();
  env_.os.write(slot(read_position(cons)), s.w.data(), sizeof s.w);
  env_.os.wmb();
}

}  // namespace smmu_vp::sw
