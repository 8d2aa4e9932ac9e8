// What every C call is wrapped in: checks of handles and pointers, and exceptions turned into a status and a line.
#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <string>

#include "testbench/api/capi/process_life.h"
#include "testbench/api/capi/refusal.h"
#include "testbench/observe/output/output_file.h"

namespace smmu_vp::tb {

// Keeps `why` for smmu_vp_last_error() and returns `status`.
smmu_vp_status fail(smmu_vp_status status, const char* call, const char* why) noexcept;

// Runs `body` as the implementation of the named call.
template <typename Body>
smmu_vp_status guarded(const char* call, Body body) noexcept {
  try {
    const ProcessLife::Call turn;
    body();
    return SMMU_VP_OK;
  } catch (const Refusal& e) {
    return fail(e.status(), call, e.what());
  } catch (const ConfigError& e) {
    return fail(SMMU_VP_ECONFIG, call, e.what());
  } catch (const OutputError& e) {
    return fail(SMMU_VP_EINVAL, call, e.what());
  } catch (const std::bad_alloc&) {
    return fail(SMMU_VP_EINTERNAL, call, "the host is out of memory");
  } catch (const std::exception& e) {
    return fail(SMMU_VP_EINTERNAL, call, e.what());
  } catch (...) {
    return fail(SMMU_VP_EINTERNAL, call, "unknown exception");
  }
}

inline Session& session_of(const smmu_vp_handle* vp) {
  return ProcessLife::machine(vp).session();
}

inline void need(const void* pointer, const char* name) {
  if (pointer == nullptr) throw Refusal(SMMU_VP_EINVAL, std::string(name) + " is NULL");
}

// Copies as much as fits into n bytes including the NUL.
void hand_out(const std::string& lines, char* text, std::size_t n);

}  // namespace smmu_vp::tb
