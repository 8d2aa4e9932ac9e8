// An error is active while GERROR and GERRORN differ.
#include "testbench/observe/monitors/hardware/queue_errors.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/observe/monitors/hardware/register_text.h"

namespace smmu_vp::tb {

namespace {

std::string errors_text(u32 bits) {
  return fields_text(*spec::find_register(spec::offset::GERROR), bits);
}

}  // namespace

void GlobalErrors::note(u32 before, u64 t_ps) {
  const u32 now = active_bits();
  for (unsigned bit = 0; bit < since_ps_.size(); ++bit) {
    if (((now & ~before) >> bit & 1) != 0) since_ps_[bit] = t_ps;
  }
  told_ &= now;
}

void GlobalErrors::raised(u32 gerror, u64 t_ps) {
  const u32 before = active_bits();
  gerror_ = gerror;
  note(before, t_ps);
}

std::optional<std::string> GlobalErrors::acknowledged(u32 gerrorn, u64 t_ps) {
  const u32 before = active_bits(), old = gerrorn_;
  const u32 wrong =
      (gerrorn ^ old) & ~before & static_cast<u32>(spec::find_register(spec::offset::GERRORN)->defined());
  // Fields without an error are left as they were, so that one mistake is told once.
  gerrorn_ = gerrorn ^ wrong;
  note(before, t_ps);
  if (wrong == 0) return std::nullopt;
  return fmt::format("{} with GERROR {:#x} toggles {}, of which no error is active (6.3.20)",
                     change_text(spec::offset::GERRORN, old, gerrorn), gerror_, errors_text(wrong));
}

std::optional<std::string> GlobalErrors::overdue(u64 t_ps, u64 grace_ps) {
  if ((active_bits() & ~told_) == 0) return std::nullopt;
  u32 late = 0;
  u64 since = t_ps;
  for (unsigned bit = 0; bit < since_ps_.size(); ++bit) {
    if (((active_bits() & ~told_) >> bit & 1) == 0 || t_ps - since_ps_[bit] <= grace_ps) continue;
    late |= u32{1} << bit;
    since = std::min(since, since_ps_[bit]);
  }
  if (late == 0) return std::nullopt;
  told_ |= late;
  return fmt::format("{} has been active since {} ps and GERRORN does not acknowledge it (7.5)",
                     errors_text(late), since);
}

}  // namespace smmu_vp::tb
