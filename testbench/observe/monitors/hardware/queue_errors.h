// Global errors of one SMMU: which are active and since when, and whether GERRORN acknowledges what is (7.5, 6.3.20).
#pragma once

#include <array>
#include <optional>
#include <string>

#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

class GlobalErrors {
 public:
  bool active(spec::Field error) const { return (active_bits() & error.mask()) != 0; }
  // The SMMU's GERROR after a change.
  void raised(u32 gerror, u64 t_ps);
  // GERRORN is written; says which of the toggled fields had no active error.
  std::optional<std::string> acknowledged(u32 gerrorn, u64 t_ps);
  // Says once which errors have been active for longer than `grace_ps`.
  std::optional<std::string> overdue(u64 t_ps, u64 grace_ps);

 private:
  u32 active_bits() const { return gerror_ ^ gerrorn_; }
  void note(u32 before, u64 t_ps);

  u32 gerror_ = 0, gerrorn_ = 0;
  u32 told_ = 0;
  std::array<u64, 32> since_ps_{};  // by bit, of those active
};

}  // namespace smmu_vp::tb
