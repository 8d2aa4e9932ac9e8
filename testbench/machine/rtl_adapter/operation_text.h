// Operations and translations as text, for the reports of the checkers.
#pragma once

#include <string>

#include "testbench/machine/rtl_adapter/cache_driver.h"

namespace smmu_vp::tb {

std::string text_of(core::Granule granule);
std::string text_of(const core::LookupKey& key);  // its context, without the address
std::string text_of(const core::Translation& entry);
std::string text_of(const FillRequest& fill);
std::string text_of(const core::Invalidation& what);

}  // namespace smmu_vp::tb
