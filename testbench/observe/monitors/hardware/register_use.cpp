// register_use. The rule: software writes a register only as chapter 6 permits: of a size that registers have and in its own
// page; no Reserved bit or value; guarded fields only while what guards them is off, and has been seen to be off; CR0 and
// IRQ_CTRL fields again only after their last change was acknowledged, GBPA only with Update and after the last Update.
// Acknowledged means that software has read so: an Update takes the time it takes (6.3.9), so a driver that does not poll is
// right by chance only.
// Legal all the same: a write of the value that is there already (6.2 guards changes), registers in any order while they
// are not in use. Not judged unless monitors.strict: writes that are merely ignored (of read-only registers), and bits that
// are RES0 because an ID register says that their feature is absent, which drivers set on purpose (CR2.PTM).
// Queues have a monitor of their own, which judges what guards their registers.
#include <map>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/register_place.h"
#include "testbench/observe/monitors/hardware/register_store.h"
#include "testbench/observe/monitors/hardware/register_text.h"
#include "testbench/observe/monitors/hardware/register_updates.h"
#include "tlm/spec/register_rules.h"

namespace smmu_vp::tb {

namespace {

namespace reg = spec::offset;

constexpr MonitorInfo kInfo{
    .name = "register_use",
    .description = "registers are written as and when the manual permits",
    .rule =
        "Accesses have a size and place that registers have, set no Reserved bit or value, change guarded "
        "fields only while their guard is seen to be clear, and change CR0, IRQ_CTRL and GBPA again only "
        "after the last change was seen to be complete.",
    .section = "6.2, 6.3.9, 6.3.14, 6.3.16",
    .witness = Witness::kMachine,
    .facts = "smmu.reg_write, register reads and refused accesses",
    .finds =
        "CR0ACK not polled; tables moved while SMMUEN is 1; MSI registers set while their interrupt is "
        "enabled",
};

constexpr bool of_queue(spec::GuardedBy guard) {
  return guard == spec::GuardedBy::kCmdqEn || guard == spec::GuardedBy::kEventqEn ||
         guard == spec::GuardedBy::kPriqEn;
}

class RegisterUse final : public Monitor {
 public:
  RegisterUse(trace::Bus& bus, SharedShadows shadows) : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::RegisterRefused>([this](const trace::RegisterRefused& f, u64 t_ps) {
      judge();
      complain(t_ps, f.smmu, refused_text(f));
    });
    bus.on<trace::RegisterRead>([this](const trace::RegisterRead& f, u64 t_ps) { on_read(f, t_ps); });
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64 t_ps) { on_write(f, t_ps); });
  }

 private:
  struct Smmu {
    RegisterUpdates updates;
    bool gbpa_updating = false;  // as far as software has seen
  };

  void on_read(const trace::RegisterRead& f, u64 t_ps) {
    if (f.offset >= spec::kOptionalPages) return;
    judge_place(f, RegisterAccessKind::kRead, t_ps);
    Smmu& smmu = smmus_[f.smmu];
    smmu.updates.read(f.offset, static_cast<u32>(f.value));
    if (f.offset == reg::GBPA) smmu.gbpa_updating = spec::GBPA::Update.get(f.value) != 0;
  }

  void on_write(const trace::RegisterWrite& f, u64 t_ps) {
    if (f.offset >= spec::kOptionalPages) return;  // of the counter groups
    judge();
    judge_place(f, RegisterAccessKind::kWrite, t_ps);
    const auto offset = static_cast<u32>(f.offset);
    const spec::Register* const whole = spec::find_register(offset);
    if (f.bytes == 8 && whole != nullptr && whole->width == 64) {
      const u64 before = u64{before_of(f, 4)} << 32 | before_of(f, 0);
      return judge_store({*whole, offset, before, f.value}, f.smmu, t_ps);
    }
    for (unsigned at = 0; at < f.bytes; at += 4) {
      const spec::Register* const r = spec::find_register(offset + at);
      const u64 value = f.value >> (8 * at) & 0xFFFF'FFFF;
      if (r == nullptr) {
        if (const auto what = nowhere_fault(offset + at, value)) complain(t_ps, f.smmu, *what);
        continue;
      }
      const unsigned shift = 8 * (offset + at - r->offset);
      judge_store({*r, offset + at, u64{before_of(f, at)} << shift, value << shift}, f.smmu, t_ps);
    }
  }

  u32 before_of(const trace::RegisterWrite& f, unsigned at) const {
    return shadows_->registers.word_before(f.offset + at, f.smmu);
  }

  template <typename Access>
  void judge_place(const Access& f, RegisterAccessKind kind, u64 t_ps) {
    for (const std::string& what : place_faults(static_cast<u32>(f.offset), spec::size_of(8 * f.bytes), kind))
      complain(t_ps, f.smmu, what);
  }

  void judge_store(const RegisterStore& s, u8 number, u64 t_ps) {
    Smmu& smmu = smmus_[number];
    for (const std::string& what : reserved_faults(s, shadows_->machine)) complain(t_ps, number, what);
    judge_guards(s, smmu.updates, number, t_ps);
    if (s.offset == reg::CR0 || s.offset == reg::IRQ_CTRL) judge_update(s, smmu, number, t_ps);
    if (s.offset == reg::GBPA) judge_gbpa(s, smmu, number, t_ps);
    smmu.updates.write(s.offset, static_cast<u32>(s.value));
  }

  void judge_guards(const RegisterStore& s, const RegisterUpdates& updates, u8 smmu, u64 t_ps) {
    const auto complain_of = [&](std::string_view fields, const std::string& enables) {
      complain(t_ps, smmu,
               fmt::format("{}{}{} while {} is 1, or was not seen to be acknowledged as 0: guarded ({})",
                           change_text(s.offset, s.before, s.value), fields.empty() ? "" : " changes ",
                           fields, enables, s.reg.section));
    };
    if (s.reg.offset == reg::CR1) {
      for (const spec::FieldGuard& guard : spec::kCr1Guards) {
        const u64 enables = updates.may_be_set(reg::CR0) & guard.enables;
        if ((s.changed() & guard.fields) != 0 && enables != 0)
          complain_of(fields_text(s.reg, s.changed() & guard.fields),
                      "CR0." + fields_text(*spec::find_register(reg::CR0), enables));
      }
      return;
    }
    const spec::Guard* const guard = s.reg.guard();
    if (guard == nullptr || s.changed() == 0 || of_queue(s.reg.guarded_by)) return;
    if (guard->offset == guard->ack_offset) return;  // Update and RUN flags, which are no enables
    if (!updates.guards(*guard)) return;
    const spec::Register& enable = *spec::find_register(guard->offset);
    complain_of("", fmt::format("{}.{}", enable.name, fields_text(enable, guard->field.mask())));
  }

  // 6.3.9, and 6.3.16 for IRQ_CTRL: a field may change again only after its Update; others are independent of it.
  void judge_update(const RegisterStore& s, const Smmu& smmu, u8 number, u64 t_ps) {
    const u64 present = spec::present(s.reg, shadows_->machine.id_register);
    const auto offset = static_cast<u32>(s.offset);
    const u32 changed = smmu.updates.written(offset) ^ static_cast<u32>(s.value);
    const u64 again = changed & smmu.updates.pending(offset) & present;
    if (again == 0) return;
    complain(t_ps, number,
             fmt::format("{} changes {} again before {} was read as acknowledging the last change: an Update "
                         "must be complete before the next ({})",
                         change_text(s.offset, s.before, s.value), fields_text(s.reg, again),
                         register_text(offset + 4), s.reg.section));
  }

  void judge_gbpa(const RegisterStore& s, Smmu& smmu, u8 number, u64 t_ps) {
    const std::string change = change_text(s.offset, s.before, s.value);
    if (spec::GBPA::Update.get(s.value) == 0) {
      complain(t_ps, number, fmt::format("{} without Update, which each write must set (6.3.14.1)", change));
      return;
    }
    if (smmu.gbpa_updating)
      complain(t_ps, number,
               fmt::format("{} before Update was read as 0 after the last write (6.3.14.1)", change));
    smmu.gbpa_updating = true;
  }

  void complain(u64 t_ps, u8 smmu, const std::string& what) { report(t_ps, smmu_text(smmu) + what); }

  SharedShadows shadows_;
  std::map<u8, Smmu> smmus_;
};

}  // namespace

MonitorEntry monitors::register_use() {
  return entry_of<RegisterUse>(kInfo);
}

}  // namespace smmu_vp::tb
