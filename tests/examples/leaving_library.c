/* A library that closes the platform of another module in its destructor, and then makes one more call. */
#include <stdint.h>
#include <stdlib.h>

#include "smmu_vp.h"

static smmu_vp* vp;

void leaving_library_use(smmu_vp* used) {
  vp = used;
}

__attribute__((destructor)) static void go(void) {
  uint64_t value;
  if (smmu_vp_mmio_read(vp, 0x2b400000, 4, &value) == SMMU_VP_EINTERNAL) abort();
  smmu_vp_close(vp);
  if (smmu_vp_last_error(NULL) == NULL) abort();
}
