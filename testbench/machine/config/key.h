// A configuration key: name, unit, range, help, and the place in Config that it sets. Files, --set, the
// effective configuration in summary.json, `list config` and `explain` all use the same keys.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "testbench/machine/config/source.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct Config;

// A duration: picoseconds in Config, nanoseconds in the file.
struct Nanoseconds {
  u64* ps;
};
// An enumeration or a small number written as a word; the value is the index into Key::choices.
struct Choice {
  std::function<unsigned()> get;
  std::function<void(unsigned)> set;
};
// A list of words, each of which enables one option; in the order of Key::choices.
struct Flags {
  std::vector<bool*> each;
};
using Slot = std::variant<bool*, unsigned*, u64*, double*, std::string*, Nanoseconds, Choice, Flags>;

template <typename E>
Choice choice(E& e) {
  return {[&e] { return static_cast<unsigned>(e); }, [&e](unsigned i) { e = static_cast<E>(i); }};
}

struct Key {
  std::string name;  // dotted; `endpoint.N.…` stands for every endpoint
  std::string unit;
  double min = 0, max = 0;           // for numbers, in the key's unit
  bool power_of_two = false;         // numbers
  std::vector<std::string> choices;  // words
  std::string prefix;                // strings: beside the choices, this and any text
  std::string help;
  Source source;                                    // of the default, for durations and rates
  std::function<Slot(Config&, std::size_t)> where;  // the second argument is N of endpoint.N
};

}  // namespace smmu_vp::tb
