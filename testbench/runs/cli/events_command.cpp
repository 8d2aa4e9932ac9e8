// Prints lines as they are in the log.
#include "testbench/runs/cli/events_command.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/cli/event_reader.h"
#include "testbench/runs/cli/options.h"

namespace smmu_vp::tb {

namespace {

// The PASID that a fact names, as NamedPasid finds it.
std::optional<u32> named_pasid(const nlohmann::json& fact) {
  if (fact.value("ssv", true)) {
    for (const char* name : {"ssid", "pasid"}) {
      const auto it = fact.find(name);
      if (it != fact.end() && it->is_number_unsigned()) return it->get<u32>();
    }
  }
  return std::nullopt;
}

void print(const std::string& path, const EventFilter& filter) {
  EventReader reader(path);
  std::string_view line;
  for (u64 number = 1; reader.next(line); ++number) {
    try {
      const auto fact = nlohmann::json::parse(line);
      const bool taken = filter.takes_kind(fact.at("ev").get_ref<const std::string&>()) &&
                         filter.takes_time(fact.at("t_ps").get<u64>()) &&
                         filter.takes_pasid(named_pasid(fact));
      if (!taken) continue;
    } catch (const nlohmann::json::exception&) {
      throw ConfigError(fmt::format("{}:{}: not an event", path, number));
    }
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }
}

struct Options {
  std::string file;
  EventFilter filter;
};

}  // namespace

void add_events(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("events", "Print the events of a run");
  command->add_option("file", options->file, "events.jsonl or events.jsonl.zst")->required();
  add_event_filter(*command, options->filter);
  command->callback([options] { print(options->file, options->filter); });
}

}  // namespace smmu_vp::tb
