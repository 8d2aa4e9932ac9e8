// The kernel itself has the device copy a page between buffers of its DMA API: no process, no PASID.
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../accelerator.h"

void dma_api(const char* kind) {
  const Device device = device_open(kind);
  for (int i = 0; i < 8; ++i)
    CHECK(ioctl(device.fd, ACCELERATOR_SELF_TEST) == 0, "self-test: %s", strerror(errno));
}
