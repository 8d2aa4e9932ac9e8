// The command thread, which sleeps while there is nothing to do.
#include "tlm/smmu/command_queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tlm/spec/queue.h"

namespace smmu_vp::smmu {

namespace reg = spec::offset;
namespace q = spec::queue;
namespace sync = spec::cmd::sync;

CommandQueue::CommandQueue(State& state, CommandWatch& watch, CommandEffects& effects, Interrupts& interrupts)
    : state_(state), watch_(watch), effects_(effects), interrupts_(interrupts) {
  sc_core::sc_spawn([this] { run(); }, "command_queue");
}

core::QueueGeometry CommandQueue::geometry() const {
  return core::queue_geometry(state_.registers.dword(reg::CMDQ_BASE), state_.config.features.cmdq_log2_max,
                              state_.config.features.oas_bits);
}

bool CommandQueue::runnable() const {
  const core::RegisterFile& r = state_.registers;
  if (!r.flag(reg::CR0, spec::CR0::CMDQEN) || r.error_active(spec::GERROR::CMDQ_ERR)) return false;
  const unsigned log2size = geometry().log2size;
  const u32 prod = r.word(reg::CMDQ_PROD), cons = r.word(reg::CMDQ_CONS);
  // Inconsistent indexes stop consumption (3.5.1).
  return !q::empty(prod, cons, log2size) && q::consistent(prod, cons, log2size);
}

void CommandQueue::run() {
  for (;;) {
    while (!runnable()) {
      busy_ = false;
      state_.ended();
      sc_core::wait(kicked_);
    }
    busy_ = true;
    consume();
  }
}

// Fetches as many commands as one read can, and executes them.
void CommandQueue::consume() {
  const auto [base, log2size] = geometry();
  const u32 prod = state_.registers.word(reg::CMDQ_PROD), cons = state_.registers.word(reg::CMDQ_CONS);
  const u32 to_end = (u32{1} << log2size) - q::index(cons, log2size);
  u32 count = std::min({kFetch, to_end, q::used(prod, cons, log2size)});
  std::array<spec::Command, kFetch> fetched;
  const u64 address = q::entry_address(base, cons, log2size, q::kCommandBytes);
  const auto fetch = [&] {
    return state_.memory.read(address, fetched.data(), std::size_t{count} * q::kCommandBytes,
                              core::queue_type(state_.registers, reg::CMDQ_BASE));
  };
  if (!fetch()) {
    // A read of several commands that fails is repeated one command at a time, so that the commands before
    // the unreadable one are still consumed (7.1).
    const bool several = std::exchange(count, 1) > 1;
    if (!several || !fetch()) return fail(spec::Cerror::CERROR_ABT);
  }
  // If the queue is disabled or in error meanwhile, fetched commands are discarded and
  // fetched again later (3.21.2).
  for (u32 i = 0; i < count && runnable(); ++i) {
    if (!execute(fetched[i])) return;
  }
}

bool CommandQueue::execute(const spec::Command& command) {
  state_.timing.charge(state_.config.timing.command_ps);
  watch_.begin(command, q::index(state_.registers.word(reg::CMDQ_CONS), geometry().log2size));
  const spec::Cerror error = core::execute(command, state_.config.features, effects_);
  if (error != spec::Cerror::CERROR_NONE) {
    fail(error);
    return false;
  }
  watch_.done();
  advance();
  // CONS is updated before the completion signal is sent (4.7.3).
  if (spec::opcode_of(command) == spec::Opcode::CMD_SYNC) complete_sync(command);
  return true;
}

void CommandQueue::advance() {
  core::RegisterFile& r = state_.registers;
  const unsigned log2size = geometry().log2size;
  const u32 cons = r.word(reg::CMDQ_CONS);
  const bool was_full = q::full(r.word(reg::CMDQ_PROD), cons, log2size);
  const u32 err = cons & static_cast<u32>(spec::CMDQ_CONS::ERR.mask());
  u32 next = q::advance(q::position(cons, log2size), log2size);
  if (state_.config.has(core::HardwareBug::kQueueDoesNotWrap)) next = q::index(next, log2size);
  r.set_word(reg::CMDQ_CONS, err | next);
  watch_.moved();
  if (was_full && state_.config.features.sev) sev_.notify();
}

void CommandQueue::complete_sync(const spec::Command& command) {
  switch (static_cast<spec::SyncSignal>(sync::CS.get(command.w))) {
    case spec::SyncSignal::kIrq:
      interrupts_.signal_sync({.address = sync::MSIAddress.in_place(command.w),
                               .data = static_cast<u32>(sync::MSIData.get(command.w)),
                               .type = core::msi_type({.mem_attr = sync::MSIAttr.get(command.w),
                                                       .sh = sync::MSH.get(command.w)})});
      break;
    case spec::SyncSignal::kSev:
      if (state_.config.features.sev) sev_.notify();
      break;
    case spec::SyncSignal::kNone:
      break;
  }
}

// CONS stays at the command; its error code is visible before the global error is (7.1).
void CommandQueue::fail(spec::Cerror error) {
  core::RegisterFile& r = state_.registers;
  const u32 cons = r.word(reg::CMDQ_CONS);
  r.set_word(reg::CMDQ_CONS, static_cast<u32>(spec::CMDQ_CONS::ERR.set(cons, static_cast<u64>(error))));
  watch_.failed(error, q::index(cons, geometry().log2size));
  interrupts_.error(spec::GERROR::CMDQ_ERR);
}

}  // namespace smmu_vp::smmu
