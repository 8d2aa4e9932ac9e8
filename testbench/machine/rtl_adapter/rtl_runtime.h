// What all Verilated models of a process share. A plug-in has its own copy of Verilator's runtime, so it is given these
// by the program that loads it; otherwise its models and the program's could not be in one wave file.
#pragma once

class VerilatedContext;

namespace smmu_vp::tb {

// The context of all models.
VerilatedContext& rtl_context();
// Replaces it. Call before the first model is made.
void use_rtl_context(VerilatedContext& context);

}  // namespace smmu_vp::tb
