// Texts from outside that logs and reports take up as they are.
#pragma once

#include <string_view>

namespace smmu_vp::tb {

// Whether it is one line: at least one character, all of them UTF-8, none a control character.
bool is_line(std::string_view text);

}  // namespace smmu_vp::tb
