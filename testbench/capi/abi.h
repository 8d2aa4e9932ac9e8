// The C header, where C++ has a namespace of the name that C gives the handle's type.
#pragma once

#define smmu_vp smmu_vp_handle
#include "testbench/capi/smmu_vp.h"
#undef smmu_vp
