// Parses START:END.
#include "testbench/observe/recording/period.h"

#include "testbench/machine/config/config_error.h"
#include "testbench/observe/inspect/request.h"

namespace smmu_vp::tb {

Period period(const std::string& text, const std::string& option) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.size() == 1)
    throw ConfigError(option + " " + text + ": expected START:END, such as 10us:50us");
  const std::string start = text.substr(0, colon), end = text.substr(colon + 1);
  Period p;
  if (!start.empty()) p.start_ps = time_ps(start, option + " " + text);
  if (!end.empty()) p.end_ps = time_ps(end, option + " " + text);
  if (p.start_ps >= p.end_ps) throw ConfigError(option + " " + text + ": expected a START before END");
  return p;
}

}  // namespace smmu_vp::tb
