// The arguments of a slice in the viewer: a fact's fields, with commands and event records
// decoded into the manual's fields.
#pragma once

#include <algorithm>
#include <string>

#include "testbench/observe/trace_sinks/json_text.h"
#include "tlm/trace/facts.h"

namespace smmu_vp::tb {

// A field's name as a template argument.
template <std::size_t N>
struct FieldName {
  char text[N];
  consteval FieldName(const char (&name)[N]) { std::copy_n(name, N, text); }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

// Members of a JSON object, each after a comma; `kWithout` names those that the slice or its track already shows.
template <FieldName... kWithout, typename Fact>
std::string args_of(const Fact& fact) {
  JsonText out;
  fact.visit([&out](std::string_view name, const auto& value) __attribute__((always_inline)) {
    if (((name != kWithout.view()) && ...)) MemberWriter{out}(name, value);
  });
  return std::move(out).take();
}

std::string args_of_command(const trace::Command& command);
std::string args_of_event(const trace::EventRecord& event);

}  // namespace smmu_vp::tb
