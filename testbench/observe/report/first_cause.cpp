// The earliest failure is taken as the cause, since later ones tend to follow from it.
#include "testbench/observe/report/first_cause.h"

#include <fmt/format.h>

#include <algorithm>

namespace smmu_vp::tb {

namespace {

constexpr u64 kAroundPs = 1'000'000;  // of waves, before and after the moment

void take_earlier(std::optional<Cause>& cause, Cause other) {
  if (!cause || other.t_ps < cause->t_ps) cause = std::move(other);
}

}  // namespace

std::optional<Cause> first_cause(const RunRecord& run) {
  std::optional<Cause> cause;
  for (const auto& m : run.monitors) {
    if (m->violations().empty()) continue;
    const Violation& v = m->violations().front();
    take_earlier(cause, {v.t_ps, std::string(m->name()), v.what, v.subject});
  }
  for (const PhaseRow& r : run.phases.rows()) {
    if (!r.failed()) continue;
    const Subject subject{.sid = r.stream_id, .pasid = r.pasid, .address = r.address};
    take_earlier(cause, {r.t_ps, "phase table",
                         fmt::format("phase {}, {}, {}: expected {}; observed {}", number(r.phase),
                                     to_string(r.traffic), r.what, r.expected, r.observed),
                         subject});
  }
  for (const Expectation& e : run.expectations)
    if (!e.ok) take_earlier(cause, {e.t_ps, "expectation", e.text, {}});
  return cause;
}

std::vector<std::vector<std::string>> closer_looks(const RunRecord& run, const Cause& cause) {
  std::vector<std::vector<std::string>> looks;
  if (run.command.empty()) return looks;
  const auto add = [&](std::string option, std::string value) {
    looks.push_back(run.command);
    looks.back().insert(looks.back().end(), {std::move(option), std::move(value)});
  };
  add("--wave-window", fmt::format("{}ns:{}ns", (cause.t_ps - std::min(cause.t_ps, kAroundPs)) / 1000,
                                   (cause.t_ps + kAroundPs) / 1000 + 1));
  const Subject& s = cause.subject;
  if (s.sid && s.address)
    add("--explain",
        fmt::format("{:#x}:{}:{:#x}:{}@{}ps", *s.sid, s.pasid ? fmt::format("{}", *s.pasid) : "-", *s.address,
                    s.write ? 'w' : 'r', cause.t_ps));
  return looks;
}

std::string shell_quoted(const std::string& argument) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) return argument;
  std::string quoted = "\"";
  for (const char c : argument) {
    if (std::string_view("\"\\$`").find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace smmu_vp::tb
