// The command thread: asleep while there is nothing to do.
#include "tlm/smmu/command_queue.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "tlm/spec/queue.h"

namespace smmu_vp::smmu {

namespace reg = spec::offset;
namespace q = spec::queue;
namespace sync = spec::cmd::sync;

namespace {

constexpr std::array<std::string_view, 256> kNames = [] {
  std::array<std::string_view, 256> names{};
  names.fill("Reserved");
  for (const spec::CommandInfo& c : spec::kCommands) names[static_cast<u8>(c.opcode)] = c.name;
  return names;
}();

constexpr std::array<std::string_view, 4> kErrors = {"CERROR_NONE", "CERROR_ILL", "CERROR_ABT",
                                                     "CERROR_ATC_INV_SYNC"};

}  // namespace

CommandQueue::CommandQueue(State& state, CommandEffects& effects, Interrupts& interrupts)
    : state_(state), effects_(effects), interrupts_(interrupts) {
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

// Fetches what one read can give and executes it.
void CommandQueue::consume() {
  const auto [base, log2size] = geometry();
  const u32 prod = state_.registers.word(reg::CMDQ_PROD), cons = state_.registers.word(reg::CMDQ_CONS);
  const u32 to_end = (u32{1} << log2size) - q::index(cons, log2size);
  u32 count = std::min({kFetch, to_end, q::used(prod, cons, log2size)});
  std::array<spec::Command, kFetch> fetched;
  const u64 address = q::entry_address(base, cons, log2size, q::kCommandBytes);
  const auto fetch = [&] {
    return state_.memory.read(address, fetched.data(), std::size_t{count} * q::kCommandBytes);
  };
  if (!fetch()) {
    // Only a command that cannot be read by itself stops the queue: those before it are consumed (7.1).
    const bool several = std::exchange(count, 1) > 1;
    if (!several || !fetch()) return fail(spec::Cerror::CERROR_ABT);
  }
  // Once disabled or in error, what was fetched is forgotten and later fetched again (3.21.2).
  for (u32 i = 0; i < count && runnable(); ++i) {
    if (!execute(fetched[i])) return;
  }
}

bool CommandQueue::execute(const spec::Command& command) {
  state_.timing.charge(state_.config.timing.command_ps);
  const u64 opcode = spec::cmd::Opcode.get(command.w);
  const u32 index = q::index(state_.registers.word(reg::CMDQ_CONS), geometry().log2size);
  const std::string_view name = kNames[opcode];
  state_.facts.announce(trace::Command{name, index, command.w[0], command.w[1]});
  effects_.begin(name, index);
  const spec::Cerror error = core::execute(command, state_.config.features, effects_);
  if (error != spec::Cerror::CERROR_NONE) {
    fail(error);
    return false;
  }
  ++state_.counters.commands[opcode];
  const bool is_sync = opcode == static_cast<u64>(spec::Opcode::CMD_SYNC);
  if (is_sync) state_.facts.announce(trace::SyncEnd{index});
  advance();
  // Consumption is visible before the completion signal is (4.7.3).
  if (is_sync) complete_sync(command);
  return true;
}

void CommandQueue::advance() {
  core::RegisterFile& r = state_.registers;
  const unsigned log2size = geometry().log2size;
  const u32 cons = r.word(reg::CMDQ_CONS);
  const bool was_full = q::full(r.word(reg::CMDQ_PROD), cons, log2size);
  const u32 err = cons & static_cast<u32>(spec::CMDQ_CONS::ERR.mask());
  r.set_word(reg::CMDQ_CONS, err | q::advance(q::position(cons, log2size), log2size));
  state_.facts.announce(trace::QueueState{"CMDQ", r.word(reg::CMDQ_PROD), r.word(reg::CMDQ_CONS)});
  if (was_full && state_.config.features.sev) sev_.notify();
}

void CommandQueue::complete_sync(const spec::Command& command) {
  switch (static_cast<spec::SyncSignal>(sync::CS.get(command.w))) {
    case spec::SyncSignal::kIrq:
      interrupts_.signal_sync(
          {.address = sync::MSIAddress.in_place(command.w),
           .data = static_cast<u32>(sync::MSIData.get(command.w)),
           .attributes = core::msi_attributes(sync::MSIAttr.get(command.w), sync::MSH.get(command.w))});
      break;
    case spec::SyncSignal::kSev:
      if (state_.config.features.sev) sev_.notify();
      break;
    case spec::SyncSignal::kNone:
      break;
  }
}

// CONS stays at the command; the reason is visible before the global error is (7.1).
void CommandQueue::fail(spec::Cerror error) {
  core::RegisterFile& r = state_.registers;
  const u32 cons = r.word(reg::CMDQ_CONS);
  r.set_word(reg::CMDQ_CONS, static_cast<u32>(spec::CMDQ_CONS::ERR.set(cons, static_cast<u64>(error))));
  state_.facts.announce(
      trace::CommandError{kErrors[static_cast<unsigned>(error)], q::index(cons, geometry().log2size)});
  interrupts_.error(spec::GERROR::CMDQ_ERR);
}

}  // namespace smmu_vp::smmu
