// queue_use. The rule: software is a producer and consumer as 3.5 and 3.21.2 want it: queues are enabled with a base, size and
// indexes that are consistent; while one is enabled its index only increments and wraps and stays within the other, its
// other registers are left alone, and so are commands until they are consumed; commands set no Reserved bits or values and
// name nothing that the ID registers deny; overflows and global errors are acknowledged when they are there, and within
// the time that software may take (MachineTraits::software_delay_ps).
// Legal all the same: anything while the queue is disabled and seen to be; PROD moved back to CONS, and commands mended, while
// a command error is active (7.1); an overflow that stands until software has read all records (7.4), as handlers do that
// drain first; CERROR_ATC_INV_SYNC, which is the device's. Only with monitors.strict: commands that are permitted and do nothing.
#include <map>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/queue_commands.h"
#include "testbench/observe/monitors/hardware/queue_errors.h"
#include "testbench/observe/monitors/hardware/queue_pointers.h"
#include "testbench/observe/monitors/hardware/queue_pointless.h"
#include "testbench/observe/monitors/hardware/queue_submitted.h"
#include "testbench/observe/monitors/hardware/register_text.h"
#include "testbench/observe/monitors/hardware/register_updates.h"

namespace smmu_vp::tb {

namespace {

namespace reg = spec::offset;
using spec::QueueKind;

constexpr MonitorInfo kInfo{
    .name = "queue_use",
    .description = "queues are set up, filled, drained and acknowledged as the manual wants it",
    .rule =
        "Queues are enabled in a consistent state; while enabled, PROD and CONS only increment and wrap, "
        "within each other; submitted commands stay as they are until consumed, set no Reserved bit or value "
        "and are not refused; overflows and global errors are acknowledged when they are there and in the "
        "time that software may take.",
    .section = "3.5.1, 3.21.2, 4.1.5, 7.1, 7.4, 7.5, 8.1",
    .witness = Witness::kMachine,
    .facts =
        "smmu.reg_write, smmu.queue, smmu.command, smmu.command_error, smmu.event, smmu.page_request, "
        "smmu.gerror, register reads, memory of the Command queue",
    .finds =
        "a missing wrap; PROD written before the command; a base that is not aligned; wrong fields of "
        "commands; an error handler that forgets GERRORN or OVACKFLG",
};

class QueueUse final : public Monitor {
 public:
  QueueUse(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)), commands_(shadows_->machine) {
    bus.on<trace::RegisterRead>([this](const trace::RegisterRead& f, u64 t_ps) { on_read(f, t_ps); });
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64 t_ps) { on_write(f, t_ps); });
    bus.on<trace::QueueState>(
        [this](const trace::QueueState& f, u64 t_ps) { at(f.smmu).queue(f.queue).moved(f, t_ps); });
    bus.on<trace::Command>([this](const trace::Command& f, u64 t_ps) { on_command(f, t_ps); });
    bus.on<trace::CommandError>([this](const trace::CommandError& f, u64 t_ps) { on_error(f, t_ps); });
    bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64 t_ps) {
      if (f.dropped) on_lost(QueueKind::kEventq, f.smmu, t_ps);
    });
    bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64 t_ps) {
      if (f.outcome != trace::PageRequestOutcome::kQueued) on_lost(QueueKind::kPriq, f.smmu, t_ps);
    });
    bus.on<trace::GlobalError>([this](const trace::GlobalError& f, u64 t_ps) {
      look_for_overdue(f.smmu, t_ps);
      at(f.smmu).errors.raised(f.gerror, t_ps);
    });
  }

  void finish(u64 t_ps) override {
    for (const auto& [number, smmu] : smmus_) look_for_overdue(number, t_ps);
  }

 private:
  struct Smmu {
    explicit Smmu(const Shadows& shadows)
        : queues{QueuePointers(kQueueRegisters[0], shadows.machine),
                 QueuePointers(kQueueRegisters[1], shadows.machine),
                 QueuePointers(kQueueRegisters[2], shadows.machine)},
          submitted(shadows.memory) {}
    QueuePointers& queue(QueueKind kind) { return queues[static_cast<unsigned>(kind)]; }
    bool may_be_enabled(const QueuePointers& queue) const {
      return (updates.may_be_set(reg::CR0) & queue.registers().enable.mask()) != 0;
    }

    QueuePointers queues[3];
    SubmittedCommands submitted;
    GlobalErrors errors;
    RegisterUpdates updates;
    bool e2h_known = false;  // what CR2.E2H says counts once SMMUEN was seen to be set after it (6.3.12.3)
    std::optional<u32> faulty_index;           // of the command that was complained of last
    std::optional<u64> told_overflow[3] = {};  // the overflow that was complained of, by when it began
  };

  Smmu& at(u8 smmu) { return smmus_.try_emplace(smmu, *shadows_).first->second; }

  void on_read(const trace::RegisterRead& f, u64 t_ps) {
    look_for_overdue(f.smmu, t_ps);
    Smmu& smmu = at(f.smmu);
    smmu.updates.read(f.offset, static_cast<u32>(f.value));
    if (f.offset == reg::CR0ACK && spec::CR0ACK::SMMUEN.get(f.value) != 0) smmu.e2h_known = true;
  }

  void on_write(const trace::RegisterWrite& f, u64 t_ps) {
    if (f.offset >= spec::kOptionalPages) return;  // of the counter groups
    look_for_overdue(f.smmu, t_ps);
    for (unsigned at = 0; at < f.bytes; at += 4)
      write_word(static_cast<u32>(f.offset) + at, static_cast<u32>(f.value >> (8 * at)), f.smmu, t_ps);
  }

  void write_word(u32 offset, u32 value, u8 number, u64 t_ps) {
    Smmu& smmu = at(number);
    if (offset == reg::CR0) write_cr0(value, number, t_ps);
    if (offset == reg::CR2) smmu.e2h_known = false;
    if (offset == reg::GERRORN) {
      judge();
      const bool stopped = smmu.errors.active(spec::GERROR::CMDQ_ERR);
      complain(smmu.errors.acknowledged(value, t_ps), number, t_ps);
      if (stopped && !smmu.errors.active(spec::GERROR::CMDQ_ERR)) resubmit(smmu);
    }
    for (QueuePointers& queue : smmu.queues) {
      const QueueRegisters& r = queue.registers();
      if (offset != r.software && offset != r.hardware && (offset & ~u32{4}) != r.base) continue;
      judge();
      const bool command_error = r.kind == QueueKind::kCmdq && smmu.errors.active(spec::GERROR::CMDQ_ERR);
      complain(queue.written({.offset = offset,
                              .before = shadows_->registers.word_before(offset, number),
                              .value = value,
                              .enabled = smmu.may_be_enabled(queue),
                              .may_go_back = command_error,
                              .t_ps = t_ps}),
               number, t_ps);
      if (offset == reg::CMDQ_PROD && smmu.may_be_enabled(queue))
        smmu.submitted.submit(queue.geometry(), queue.prod(), value);
    }
  }

  void write_cr0(u32 value, u8 number, u64 t_ps) {
    Smmu& smmu = at(number);
    const u32 rising = value & ~smmu.updates.written(reg::CR0);
    smmu.updates.write(reg::CR0, value);
    for (const QueuePointers& queue : smmu.queues) {
      if ((rising & queue.registers().enable.mask()) == 0) continue;
      judge();
      complain(queue.enabled(), number, t_ps);
      if (queue.registers().kind == QueueKind::kCmdq) resubmit(smmu);
    }
  }

  // Commands may have been mended; they are fetched afresh (7.1, 3.21.2).
  static void resubmit(Smmu& smmu) {
    const QueuePointers& queue = smmu.queue(QueueKind::kCmdq);
    if (!smmu.may_be_enabled(queue)) return;
    smmu.submitted.forget();
    smmu.submitted.submit(queue.geometry(), queue.cons(), queue.prod());
  }

  void on_command(const trace::Command& f, u64 t_ps) {
    judge();
    Smmu& smmu = at(f.smmu);
    smmu.faulty_index.reset();
    const spec::Command command = f.words();
    if (const auto submitted =
            smmu.submitted.changed(smmu.queue(QueueKind::kCmdq).geometry(), f.index, command))
      complain(fmt::format("{} was {} ({:#x}, {:#x}) when CMDQ_PROD made it visible: a submitted command "
                           "must not be altered before it is consumed (3.21.2)",
                           command_text(command, f.index), spec::to_string(spec::opcode_of(*submitted)),
                           submitted->w[0], submitted->w[1]),
               f.smmu, t_ps);
    std::optional<std::string> fault = commands_.fault(command);
    const bool by_e2h =
        f.opcode() == spec::Opcode::CMD_TLBI_EL2_VA || f.opcode() == spec::Opcode::CMD_TLBI_EL2_VAA;
    if (!fault && by_e2h && !smmu.e2h_known)
      fault = "CR2.E2H, which decides what it does, is UNKNOWN until SMMUEN is 1 (4.4.2.8, 4.4.2.9)";
    if (!fault && shadows_->machine.strict) fault = pointless(command, *shadows_, f.smmu);
    if (!fault) return;
    smmu.faulty_index = f.index;
    complain(command_text(command, f.index) + ": " + *fault, f.smmu, t_ps);
  }

  void on_error(const trace::CommandError& f, u64 t_ps) {
    Smmu& smmu = at(f.smmu);
    smmu.submitted.forget();  // what follows may be changed now
    if (f.error == spec::Cerror::CERROR_ATC_INV_SYNC || smmu.faulty_index == f.index) return;
    const QueueGeometry queue = smmu.queue(QueueKind::kCmdq).geometry();
    complain(f.error == spec::Cerror::CERROR_ABT
                 ? fmt::format("the Command queue has no memory at {:#x}, index {}: CERROR_ABT (7.1)",
                               spec::queue::entry_address(queue.base, f.index, queue.log2size,
                                                          spec::queue::kCommandBytes),
                               f.index)
                 : fmt::format("the command at CMDQ index {} was refused with {} (7.1)", f.index,
                               spec::to_string(f.error)),
             f.smmu, t_ps);
  }

  // 7.4, 8.1: an overflow hides the next one until it is acknowledged. Who has not read all records may yet get there.
  void on_lost(QueueKind kind, u8 number, u64 t_ps) {
    Smmu& smmu = at(number);
    const QueuePointers& queue = smmu.queue(kind);
    const std::optional<u64> since = queue.overflowed_since();
    std::optional<u64>& told = smmu.told_overflow[static_cast<unsigned>(kind)];
    if (!since || told == since) return;
    judge();
    const u64 late_since = shadows_->machine.strict ? *since : queue.late_since();
    if (t_ps - late_since <= shadows_->machine.software_delay_ps) return;
    told = since;
    complain(fmt::format("{} has been overflowing since {} ps and {} does not acknowledge it, while records "
                         "go on being lost ({})",
                         spec::to_string(kind), *since, register_text(queue.registers().software),
                         kind == QueueKind::kEventq ? "7.4" : "8.1"),
             number, t_ps);
  }

  void look_for_overdue(u8 smmu, u64 t_ps) {
    complain(at(smmu).errors.overdue(t_ps, shadows_->machine.software_delay_ps), smmu, t_ps);
  }

  void complain(const std::optional<std::string>& what, u8 smmu, u64 t_ps) {
    if (what) report(t_ps, smmu_text(smmu) + *what);
  }

  SharedShadows shadows_;
  CommandRules commands_;
  std::map<u8, Smmu> smmus_;
};

}  // namespace

MonitorEntry monitors::queue_use() {
  return entry_of<QueueUse>(kInfo);
}

}  // namespace smmu_vp::tb
