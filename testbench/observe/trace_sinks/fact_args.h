// The arguments of a slice in the viewer: a fact's fields, with commands and event records
// decoded into the manual's fields.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>

#include "testbench/observe/trace_sinks/json_text.h"
#include "tlm/trace/facts.h"

namespace smmu_vp::tb {

// Members of a JSON object, each after a comma; `without` names those that the
// slice or its track already shows.
template <typename Fact>
std::string args_of(const Fact& fact, std::initializer_list<std::string_view> without = {}) {
  fmt::memory_buffer out;
  fact.visit([&](std::string_view name, const auto& value) {
    if (std::find(without.begin(), without.end(), name) == without.end()) MemberWriter{out}(name, value);
  });
  return fmt::to_string(out);
}

std::string args_of_command(const trace::Command& command);
std::string args_of_event(const trace::EventRecord& event);

}  // namespace smmu_vp::tb
