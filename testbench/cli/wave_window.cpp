// Reads times with units.
#include "testbench/cli/wave_window.h"

#include <charconv>
#include <cmath>

#include "testbench/config/config_error.h"

namespace smmu_vp::tb {

namespace {

u64 time_ps(const std::string& text, const std::string& all) {
  const auto wrong = [&] {
    return ConfigError("--wave-window " + all + ": '" + text + "' is not a time such as 250ns or 1.5us");
  };
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0) || value > 1e15) throw wrong();
  const std::string unit(end, text.data() + text.size());
  for (const auto& [name, ps] :
       {std::pair("", 1e3), {"ps", 1.0}, {"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}}) {
    if (unit == name) return static_cast<u64>(std::llround(std::min(value * ps, 9e18)));
  }
  throw wrong();
}

}  // namespace

void set_wave_window(RunOptions& options, const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) throw ConfigError("--wave-window " + text + ": expected START:END");
  const std::string start = text.substr(0, colon), end = text.substr(colon + 1);
  if (!start.empty()) options.wave_start_ps = time_ps(start, text);
  if (!end.empty()) options.wave_end_ps = time_ps(end, text);
  if (options.wave_start_ps > options.wave_end_ps) {
    throw ConfigError("--wave-window " + text + ": expected a START before END");
  }
}

}  // namespace smmu_vp::tb
