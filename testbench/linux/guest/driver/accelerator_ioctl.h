/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* What the accelerator's driver offers to programs, and the device's descriptors and completion records. */
#ifndef SMMU_VP_ACCELERATOR_IOCTL_H
#define SMMU_VP_ACCELERATOR_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* A work descriptor. The driver sets the PASID of `control` to that of the process that is bound. */
struct accelerator_job {
  __u64 control; /* ACCELERATOR_* opcode, and flags */
  __u64 completion, source, destination, length, seed, tag, first;
};
enum {
  ACCELERATOR_NOP = 0,
  ACCELERATOR_COPY = 1,
  ACCELERATOR_FILL = 2,
  ACCELERATOR_CRC = 3,
  ACCELERATOR_COMPARE = 6,
};
#define ACCELERATOR_PASID_VALID (1ull << 8)
#define ACCELERATOR_INTERRUPT (1ull << 9)
#define ACCELERATOR_PASID_SHIFT 32

/* A completion record; the device writes `status` last. */
struct accelerator_completion {
  __u32 status, done;
  __u64 fault_address, result, tag;
};
enum {
  ACCELERATOR_OK = 1,
  ACCELERATOR_PAGE_FAULT = 2,
  ACCELERATOR_ABORTED = 3,
  ACCELERATOR_STOPPED = 4,
};

/* Waits until more than `seen` completion interrupts have come; then `seen` is how many. */
struct accelerator_wait {
  __u64 seen;
  __u32 timeout_ms;
};

#define ACCELERATOR_BIND _IOR('V', 1, __u32) /* the calling process; its PASID */
#define ACCELERATOR_UNBIND _IO('V', 2)       /* stops its jobs first */
#define ACCELERATOR_SUBMIT _IOW('V', 3, struct accelerator_job)
#define ACCELERATOR_WAIT _IOWR('V', 4, struct accelerator_wait)
#define ACCELERATOR_RESET _IO('V', 5)         /* a Function Level Reset, or that of the platform device */
#define ACCELERATOR_SELF_TEST _IO('V', 6)     /* DMA without a PASID, to memory of the kernel's DMA API */
#define ACCELERATOR_SERVES_FAULTS _IO('V', 7) /* 1 if the device may wait for pages that are missing */

#endif
