// One FST file with the signals of the Verilated models and our own side by side. Writing is lazy: when
// something changes later than the last change, the earlier state is dumped first. So it needs no simulation
// process or event, and observing changes nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "testbench/observe/output/output_file.h"
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
  enum class Signal : std::size_t {};  // what add() numbered

  explicit WaveFile(Window window);
  WaveFile(const WaveFile&) = delete;
  WaveFile& operator=(const WaveFile&) = delete;
  ~WaveFile();

  // Before open(): `scope` is a dotted hierarchy. `names` outlives the file.
  Signal add(std::string scope, std::string name, unsigned bits, const WaveNames* names = nullptr);
  // Before open(): Verilated models declare their signals here.
  VerilatedFstC& models();
  // Nothing is written once the file has grown beyond `most_bytes`; `on_full` is called with that time.
  struct Limit {
    u64 most_bytes = ~u64{0};
    std::function<void(u64 t_ps)> on_full = {};
  };
  // Of the files that are opened from now on.
  void set_window(Window window) { window_ = window; }
  // May be called again after close(). Throws OutputError. The file appears at its path when it is closed.
  void open(const std::string& path, Limit limit);
  bool is_open() const { return file_ != nullptr; }

  // The signal has this value from `t_ps` on.
  void set(Signal signal, u64 value, u64 t_ps);
  u64 value(Signal signal) const { return signals_[static_cast<std::size_t>(signal)].value; }
  // Our own signals as declared so far.
  struct Description {
    std::string scope, name;
    unsigned bits;
    bool named;
    u64 value;
  };
  std::vector<Description> signals() const;
  // A Verilated model is about to change at `t_ps`.
  void before_change(u64 t_ps);
  // Applies a change of a Verilated model at `t_ps`, when the waves reach that time.
  void later(u64 t_ps, std::function<void()> change) { later_.emplace(t_ps, std::move(change)); }
  // Throws WriteError.
  void close(u64 t_ps);

 private:
  struct Impl;
  struct Declared {
    std::string scope, name;
    unsigned bits;
    const WaveNames* names;
    u64 value = 0;
    u64 code = 0;
    bool changed = false;
  };
  void dump();
  bool has_room();
  void move_to(u64 t_ps);
  void declare(VerilatedFst& file, u32 code);

  Window window_;
  Limit limit_;
  u64 dumps_ = 0;
  bool full_ = false;
  std::vector<Declared> signals_;
  std::vector<std::size_t> changed_;  // since the last dump, of signals_
  u64 next_dump_ps_ = 0;              // earlier instants are in this file or a previous one
  u64 pending_ps_ = 0;                // start of the current state, which is not dumped yet
  std::multimap<u64, std::function<void()>> later_;
  std::unique_ptr<WholeFile> file_;
  std::unique_ptr<Impl> impl_;
};

// Where the same waves are, and are to be, in either format.
struct WavePaths {
  std::string fst, vcd;
};
void convert_to_vcd(const WavePaths& paths);

}  // namespace smmu_vp::tb
