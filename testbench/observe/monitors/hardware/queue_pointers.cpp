// The rules of 3.5.1, 3.21.2 and of the queues' registers.
#include "testbench/observe/monitors/hardware/queue_pointers.h"

#include <fmt/format.h>

#include "testbench/observe/monitors/hardware/register_text.h"

namespace smmu_vp::tb {

namespace q = spec::queue;

namespace {

const char* section_of(u32 offset) {
  return spec::find_register(offset)->section;
}

}  // namespace

void QueuePointers::moved(const trace::QueueState& f, u64 t_ps) {
  prod_ = f.prod;
  cons_ = f.cons;
  if (registers_.kind == spec::QueueKind::kCmdq || !q::overflowed(prod_, cons_)) {
    overflowed_since_.reset();
    drained_since_.reset();
    return;
  }
  if (!overflowed_since_) overflowed_since_ = t_ps;
  if (!drained_since_ && q::used(prod_, cons_, geometry().log2size) == 0) drained_since_ = t_ps;
}

std::optional<std::string> QueuePointers::written(const Write& w) {
  // Texts are made for violations alone: this runs at every write.
  const auto change = [&] { return change_text(w.offset, w.before, w.value); };
  const auto enable = [&] {
    return fields_text(*spec::find_register(spec::offset::CR0), registers_.enable.mask());
  };
  if (w.offset == registers_.software) {
    known_.software = true;
    consumed_ps_ = w.t_ps;
    return w.enabled ? moved_by_software(w) : std::nullopt;
  }
  if (w.offset == registers_.hardware) {
    known_.hardware = true;
    if (!w.enabled) return std::nullopt;
    return fmt::format("{} while CR0.{} is 1, or was not seen to be acknowledged as 0: the SMMU owns it ({})",
                       change(), enable(), section_of(w.offset));
  }
  if (w.enabled && w.before != w.value)
    return fmt::format(
        "{} while CR0.{} is 1, or was not seen to be acknowledged as 0: the queue moves under the SMMU ({})",
        change(), enable(), section_of(w.offset));
  if (!w.enabled) {
    known_.base = true;
    const unsigned shift = 8 * (w.offset - registers_.base);
    base_ = (base_ & ~(u64{0xFFFF'FFFF} << shift)) | u64{w.value} << shift;
  }
  return std::nullopt;
}

std::optional<std::string> QueuePointers::moved_by_software(const Write& w) const {
  const QueueGeometry g = geometry();
  const bool input = registers_.kind == spec::QueueKind::kCmdq;
  const auto change = [&] { return change_text(w.offset, w.before, w.value); };
  const char* const section = section_of(w.offset);
  const u32 index_bits = static_cast<u32>(spec::CMDQ_PROD::WR.mask());
  if (const u32 beyond = w.value & index_bits & ~((u32{2} << g.log2size) - 1))
    return fmt::format(
        "{} sets bits {:#x} above the wrap flag of a queue of 2^{} entries, which are RES0 ({})", change(),
        beyond, g.log2size, section);

  const u32 old = input ? prod_ : cons_;
  const u32 prod = input ? w.value : prod_, cons = input ? cons_ : w.value;
  const auto where = [&] {
    return fmt::format("{} {:#x}, {} entries", register_text(registers_.hardware),
                       q::position(input ? cons_ : prod_, g.log2size), g.size());
  };
  if (!q::consistent(prod, cons, g.log2size))
    return fmt::format("{} ({}) {} ({})", change(), where(),
                       input ? "is more entries beyond CONS than the queue has" : "is beyond PROD", "3.5.1");
  // Within PROD and CONS: forward is what leaves more in an input queue and less in an output queue.
  const u32 before = q::used(prod_, cons_, g.log2size), now = q::used(prod, cons, g.log2size);
  const bool back = q::consistent(prod_, cons_, g.log2size) && (input ? now < before : now > before);
  if (back && !w.may_go_back)
    return fmt::format(
        "{} ({}) moves back by {}: an index only increments and wraps while its queue is enabled (3.21.2)",
        change(), where(), input ? before - now : now - before);
  if (!input && ((w.value ^ old) & q::kOverflow) != 0 && !q::overflowed(prod_, cons_))
    return fmt::format("{} changes OVACKFLG where OVFLG tells of no overflow: the SMMU takes it for one ({})",
                       change(), section);
  return std::nullopt;
}

std::optional<std::string> QueuePointers::enabled() const {
  const QueueGeometry g = geometry();
  const std::string base = fmt::format("{} {:#x}", register_text(registers_.base), base_);
  const char* const section = section_of(registers_.base);
  if (!known_.base)
    return fmt::format("{} is enabled and {} was never written: it resets to an UNKNOWN value ({})",
                       spec::to_string(registers_.kind), register_text(registers_.base), section);
  if (g.written != g.log2size)
    return fmt::format("{} has LOG2SIZE {}, and IDR1 allows {} ({})", base, g.written, g.log2size, section);
  const u64 bytes = std::max<u64>(u64{registers_.entry_bytes} << g.log2size, 32);
  if ((g.base & (bytes - 1)) != 0)
    return fmt::format("{} is not aligned to its {} bytes: the SMMU uses {:#x} ({})", base, bytes,
                       g.base & ~(bytes - 1), section);
  if (!q::consistent(prod_, cons_, g.log2size))
    return fmt::format(
        "{} is enabled with PROD {:#x} and CONS {:#x}, which is no state of {} entries (3.5.1)",
        spec::to_string(registers_.kind), prod_, cons_, g.size());
  // That PROD and CONS are initialised is what Arm recommends (6.3.27, 6.3.28).
  if (machine_.strict && !(known_.software && known_.hardware))
    return fmt::format("{} is enabled and {} was never written: it resets to an UNKNOWN value ({})",
                       spec::to_string(registers_.kind),
                       register_text(known_.software ? registers_.hardware : registers_.software), section);
  return std::nullopt;
}

}  // namespace smmu_vp::tb
