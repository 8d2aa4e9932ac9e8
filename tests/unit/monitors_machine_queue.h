// Software with queues, and an SMMU that does what it is told, as facts: for tests of queue_use.
#pragma once

#include "tests/support/commands.h"
#include "tests/support/registers.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

using namespace smmu_vp::test;
using spec::QueueKind;

inline constexpr std::string_view kMonitor = "queue_use";
inline constexpr u64 kCommands = 0x8000'1000, kEvents = 0x8000'2000;
inline constexpr u32 kLog2Size = 4, kEntries = 1 << kLog2Size, kWrap = kEntries;

// Software with a Command queue and an Event queue of 16 entries, and an SMMU that does what it is told.
struct Software {
  explicit Software(bool strict = false)
      : h([&] {
          MachineTraits machine = stage1_machine();
          machine.strict = strict;
          return machine;
        }()) {}
  Software& write(u64 offset, u64 value, unsigned bytes = 4) {
    h.add(trace::RegisterWrite{offset, value, bytes});
    return *this;
  }
  Software& control(u64 value) {
    write(reg::CR0, value);
    h.add(trace::RegisterRead{reg::CR0ACK, value, 4});
    return *this;
  }
  Software& queue(QueueKind kind, u32 prod, u32 cons) {
    h.add(trace::QueueState{kind, prod, cons});
    return *this;
  }
  Software& enabled() {
    write(reg::CMDQ_BASE, kCommands | kLog2Size, 8).write(reg::CMDQ_PROD, 0).write(reg::CMDQ_CONS, 0);
    write(reg::EVENTQ_BASE, kEvents | kLog2Size, 8).write(reg::EVENTQ_PROD, 0).write(reg::EVENTQ_CONS, 0);
    return control(cr0::CMDQEN | cr0::EVENTQEN);
  }
  // CMDQ_PROD as software moves it; the SMMU consumes nothing by itself.
  Software& prod(u32 value) {
    write(reg::CMDQ_PROD, value);
    prod_ = value;
    return queue(QueueKind::kCmdq, prod_, cons_);
  }
  Software& put(const cmd::Command& command) {
    place(prod_, command);
    return prod((prod_ + 1) % (2 * kEntries));
  }
  void place(u32 index, const cmd::Command& command) {
    h.memory()[kCommands + 16 * (index % kEntries)] = command[0];
    h.memory()[kCommands + 16 * (index % kEntries) + 8] = command[1];
  }
  Software& consume(const cmd::Command& command) {
    h.add(trace::Command{cons_ % kEntries, command[0], command[1]});
    cons_ = (cons_ + 1) % (2 * kEntries);
    return queue(QueueKind::kCmdq, prod_, cons_);
  }
  // The command is consumed as it was put.
  Software& issue(const cmd::Command& command) { return put(command).consume(command); }
  Software& refused(const cmd::Command& command, spec::Cerror error = spec::Cerror::CERROR_ILL) {
    h.add(trace::Command{cons_ % kEntries, command[0], command[1]});
    h.add(trace::CommandError{error, cons_ % kEntries});
    return gerror(gerror::CMDQ_ERR);
  }
  Software& gerror(u32 value) {
    h.add(trace::GlobalError{value});
    return *this;
  }
  Software& lost_event() {
    trace::EventRecord lost{};
    lost.id = EventId::F_TRANSLATION;
    lost.dropped = true;
    h.add(lost);
    return *this;
  }
  bool silent() const { return h.violations(kMonitor) == 0; }
  bool says(std::string_view text) const { return h.says(kMonitor, text); }

  History h;

 private:
  u32 prod_ = 0, cons_ = 0;
};

}  // namespace smmu_vp::tb::test
