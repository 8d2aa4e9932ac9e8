// Parses START:END.
#include "testbench/observe/recording/wave_window.h"

#include "testbench/machine/config/config_error.h"
#include "testbench/observe/inspect/request.h"

namespace smmu_vp::tb {

WaveFile::Window wave_window(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.size() == 1)
    throw ConfigError("--wave-window " + text + ": expected START:END, such as 10us:50us");
  const std::string start = text.substr(0, colon), end = text.substr(colon + 1);
  WaveFile::Window window;
  if (!start.empty()) window.start_ps = time_ps(start, "--wave-window " + text);
  if (!end.empty()) window.end_ps = time_ps(end, "--wave-window " + text);
  if (window.start_ps >= window.end_ps)
    throw ConfigError("--wave-window " + text + ": expected a START before END");
  return window;
}

}  // namespace smmu_vp::tb
