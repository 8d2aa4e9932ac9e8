// The table of configuration keys.
#pragma once

#include <vector>

#include "testbench/machine/config/config.h"
#include "testbench/machine/config/key.h"

namespace smmu_vp::tb {

// All keys except the scenarios' own, in the order in which they are listed.
const std::vector<Key>& platform_keys();

// A scenario's parameter; `fallback` gives its type and default.
struct ScenarioParameter {
  std::string name;  // without "scenario."
  ScenarioValue fallback;
  std::string unit;
  double min = 0, max = 0;
  std::string help;
};
Key key_of(const ScenarioParameter& parameter);

// The value of a key in `config`, as it would be written in a file.
std::string value_text(const Key& key, const Config& config, std::size_t index = 0);

// Whether the key is a duration or a rate of the machine, which has a source.
bool has_source(const Key& key);
// The key's source in `config`; `name` is its name there, with the endpoint's number.
Source source_in(const Key& key, const std::string& name, const Config& config);

// "1..1024, a power of two", "reference|rtl|lockstep", "any string".
std::string limit_text(const Key& key);

}  // namespace smmu_vp::tb
