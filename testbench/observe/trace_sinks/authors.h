// Who stored what an SMMU reads, and who issued its commands, as far as the driver's side tells (cpu_store.h).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "testbench/observe/trace_sinks/cpu_store.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class Authors {
 public:
  // Of one word, and of all commands: older ones are forgotten, so that a run that never ends needs no more memory.
  static constexpr std::size_t kStoresKept = 256, kCommandsKept = 1 << 16;

  explicit Authors(trace::Bus& bus);
  Authors(const Authors&) = delete;
  Authors& operator=(const Authors&) = delete;

  void stored(const CpuStore& store, u64 t_ps);

  // Whether anything was told.
  bool told() const { return !stores_.empty(); }
  struct Store {
    u64 t_ps;
    u32 cpu;
    std::string_view code;  // the functions, innermost first
  };
  // The last store to the eight bytes at `pa`, up to `t_ps`.
  std::optional<Store> last_store(u64 pa, u64 t_ps) const;

  struct Issued {
    spec::Opcode opcode;
    std::string_view code;
    friend auto operator<=>(const Issued&, const Issued&) = default;
  };
  // The different commands that a CPU queued between these times, in order.
  std::vector<Issued> issued(u32 cpu, u64 from_ps, u64 to_ps) const;
  // How often each was queued in all.
  const std::map<Issued, u64>& commands() const { return commands_; }

 private:
  void consumed(const trace::Command& command);

  std::set<std::string, std::less<>> codes_;  // their text stays where it is
  std::unordered_map<u64, std::deque<Store>> stores_;
  std::map<u8, u64> queues_;  // base of the Command queue by SMMU
  std::deque<std::pair<Store, spec::Opcode>> queued_;
  std::map<Issued, u64> commands_;
};

}  // namespace smmu_vp::tb
