// A part of a run's time as a user writes it, START:END.
#pragma once

#include <string>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct Period {
  u64 start_ps = 0, end_ps = ~u64{0};
};
// "10us:50us", "10us:", ":2ms"; units ps, ns (default), us, ms, s. Throws ConfigError, which names `option`.
Period period(const std::string& text, const std::string& option);

}  // namespace smmu_vp::tb
