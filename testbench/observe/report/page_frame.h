// Everything of a page in front of its data: style, the library of charts, and the drawing code.
#pragma once

#include <span>
#include <string_view>

namespace smmu_vp::tb {

// To be written one after the other.
std::span<const std::string_view> page_frame();

}  // namespace smmu_vp::tb
