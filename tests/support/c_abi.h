// The C ABI beside the tests' own words: in C++ its handle's type would have the name of their namespace.
#pragma once

#define smmu_vp smmu_vp_handle
#include "smmu_vp.h"
#undef smmu_vp
