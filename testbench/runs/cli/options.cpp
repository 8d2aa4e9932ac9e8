// Parses what the options say.
#include "testbench/runs/cli/options.h"

#include <fmt/format.h>

#include <charconv>
#include <sstream>
#include <variant>

#include "testbench/machine/config/config_error.h"
#include "tlm/trace/facts.h"

namespace smmu_vp::tb {

namespace {

template <typename... Facts>
bool is_some_kind(const EventFilter& pattern, const std::variant<Facts...>*) {
  return (pattern.takes_kind(Facts::kName) || ...);
}

std::vector<std::string> items(const std::string& list) {
  std::vector<std::string> all;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, ',');) all.push_back(item);
  return all;
}

void set_kinds(EventFilter& filter, const std::string& list) {
  filter.kinds = items(list);
  for (const std::string& kind : filter.kinds) {
    if (!is_some_kind({.kinds = {kind}, .pasids = {}}, static_cast<const trace::AnyFact*>(nullptr)))
      throw ConfigError(
          fmt::format("--event-kinds {}: no event is called '{}'; see `smmu-vp list facts`", list, kind));
  }
}

void set_pasids(EventFilter& filter, const std::string& list) {
  filter.pasids.clear();
  for (const std::string& text : items(list)) {
    u32 pasid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pasid);
    if (error != std::errc() || end != text.data() + text.size() || pasid >> 20 != 0)
      throw ConfigError(fmt::format("--event-pasids {}: expected numbers in 0 to 1048575", list));
    filter.pasids.push_back(pasid);
  }
}

}  // namespace

u64 size_bytes(const std::string& text, const std::string& option) {
  u64 number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  for (const auto& [name, bytes] :
       {std::pair("", u64{1}), {"kB", u64{1'000}}, {"MB", u64{1'000'000}}, {"GB", u64{1'000'000'000}}}) {
    if (error == std::errc() && unit == name && number != 0 && number <= ~u64{0} / bytes)
      return number * bytes;
  }
  throw ConfigError(fmt::format("{} {}: expected a size such as 500MB or 8GB", option, text));
}

void add_event_filter(CLI::App& command, EventFilter& filter) {
  command.add_option_function<std::string>(
      "--event-kinds", [&filter](const std::string& list) { set_kinds(filter, list); },
      "Only events of these kinds: a list such as smmu.command,pcie.*; see `list facts`");
  command.add_option_function<std::string>(
      "--event-pasids", [&filter](const std::string& list) { set_pasids(filter, list); },
      "Only events that name one of these PASIDs");
  command.add_option_function<std::string>(
      "--event-window",
      [&filter](const std::string& text) {
        const Period p = period(text, "--event-window");
        filter.start_ps = p.start_ps;
        filter.end_ps = p.end_ps;
      },
      "START:END of the events, such as 10us:50us");
}

}  // namespace smmu_vp::tb
