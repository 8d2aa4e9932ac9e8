// Includes the C header with another name for the handle type: C++ has a namespace smmu_vp.
#pragma once

#define smmu_vp smmu_vp_handle
#include "include/smmu_vp.h"
#undef smmu_vp
