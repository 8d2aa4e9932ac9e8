// `smmu-vp list registers --format`: the register map in the formats that other tools read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smmu_vp::tb {

std::vector<std::string> register_formats();
// `format` is one of register_formats().
std::string registers_as(std::string_view format);

std::string registers_ipxact();  // IEEE 1685-2014, offsets from smmu.base
std::string registers_svd();     // CMSIS-SVD 1.3, at the default smmu.base
std::string registers_c();       // a C header: offsets, masks, shifts

}  // namespace smmu_vp::tb
