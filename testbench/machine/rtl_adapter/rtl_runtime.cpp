// The program's own context, unless another is given.
#include "testbench/machine/rtl_adapter/rtl_runtime.h"

#include <verilated.h>

namespace smmu_vp::tb {

namespace {

VerilatedContext* given = nullptr;

}  // namespace

// When a model ends, Verilator uses the running thread's context, and its default one is gone by the time that static
// objects end; this one is never destroyed.
VerilatedContext& rtl_context() {
  if (given == nullptr) given = new VerilatedContext;
  return *given;
}

void use_rtl_context(VerilatedContext& context) {
  given = &context;
}

}  // namespace smmu_vp::tb
