// Returning from the simulation to the caller's stack.
#include "testbench/machine/platform/advance.h"

#ifdef __SANITIZE_ADDRESS__
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>

#include <cstddef>
#endif

namespace smmu_vp::tb {

void advance(const sc_core::sc_time& time) {
  sc_core::sc_start(time);
#ifdef __SANITIZE_ADDRESS__
  // The kernel announces each switch between its coroutines to the sanitizer, but the switch
  // back to the caller's stack without its address and size. An exception would then leave that
  // stack poisoned where it unwound.
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t size = 0;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &bottom, &size);
  pthread_attr_destroy(&attributes);
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, bottom, size);
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

}  // namespace smmu_vp::tb
