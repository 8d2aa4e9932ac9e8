// The one platform of a process and process exit: however the process exits, and in whatever order libraries
// and static objects are destroyed, the platform's files are completed and calls are harmless. Process exit
// never destroys the platform, because SystemC's and Verilator's statics may already be destroyed.
#pragma once

#include <optional>

#include "testbench/api/capi/machine.h"

struct smmu_vp_handle {};

namespace smmu_vp::tb {

class ProcessLife {
 public:
  // The scope of every C call. Throws Refusal if the platform cannot be used any more, or not yet.
  class Call {
   public:
    Call();
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
  };

  static smmu_vp_handle* open(const ConfigSources& sources);
  static void close(const smmu_vp_handle* handle);
  static Machine& machine(const smmu_vp_handle* handle);
};

}  // namespace smmu_vp::tb
