// One FST file with the signals of the Verilated models and signals of our own side by side. Writing is lazy:
// when something changes at a later time than the last change, the earlier state is dumped first. So no
// process and no event of the simulation is ours, and observing changes nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tlm/spec/types.h"

class VerilatedFst;
class VerilatedFstC;

namespace smmu_vp::tb {

// Names of values, for the viewer.
struct WaveNames {
  std::string type;
  std::vector<std::string> names;
  std::vector<u64> values;
};

class WaveFile {
 public:
  struct Window {
    u64 start_ps = 0, end_ps = ~u64{0};
  };
  using Signal = std::size_t;

  explicit WaveFile(Window window);
  WaveFile(const WaveFile&) = delete;
  WaveFile& operator=(const WaveFile&) = delete;
  ~WaveFile();

  // Before open(): `scope` is a dotted hierarchy. `names` outlives the file.
  Signal add(std::string scope, std::string name, unsigned bits, const WaveNames* names = nullptr);
  // Before open(): Verilated models declare their signals here.
  VerilatedFstC& models();
  // Again after close() is possible. Throws OutputError.
  void open(const std::string& path);
  bool is_open() const { return open_; }

  // The signal has this value from `t_ps` on.
  void set(Signal signal, u64 value, u64 t_ps);
  u64 value(Signal signal) const { return signals_[signal].value; }
  // Anything in a Verilated model is about to change at `t_ps`.
  void before_change(u64 t_ps);
  // A change of a Verilated model at `t_ps`, not made before the waves get there.
  void later(u64 t_ps, std::function<void()> change) { later_.emplace(t_ps, std::move(change)); }
  void close(u64 t_ps);

 private:
  struct Impl;
  struct Declared {
    std::string scope, name;
    unsigned bits;
    const WaveNames* names;
    u64 value = 0;
    u64 code = 0;
  };
  void dump();
  void move_to(u64 t_ps);
  void declare(VerilatedFst& file, u32 code);

  Window window_;
  std::vector<Declared> signals_;
  u64 next_dump_ps_ = 0;  // instants before it are in this file or an earlier one
  u64 pending_ps_ = 0;    // the state as it is now began here and is not dumped yet
  std::multimap<u64, std::function<void()>> later_;
  bool open_ = false;
  std::unique_ptr<Impl> impl_;
};

// The same waves as VCD.
void convert_to_vcd(const std::string& fst, const std::string& vcd);

}  // namespace smmu_vp::tb
