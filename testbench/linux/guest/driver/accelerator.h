/* SPDX-License-Identifier: GPL-2.0 */
/* The accelerator of smmu-vp as its Linux driver sees it; data sheet: tlm/spec/accelerator.h. */
#ifndef SMMU_VP_ACCELERATOR_H
#define SMMU_VP_ACCELERATOR_H

#include <linux/io.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/wait.h>

#include "accelerator_ioctl.h"

enum accelerator_register {
  ACCELERATOR_ID = 0x00,
  ACCELERATOR_CTRL = 0x10,
  ACCELERATOR_QUEUE_FREE = 0x18,
  ACCELERATOR_STOP = 0x20,
  ACCELERATOR_STOP_BUSY = 0x28,
  ACCELERATOR_ERROR = 0x30,
  ACCELERATOR_PORTAL = 0x1000,
};
#define ACCELERATOR_ID_VALUE 0x3141565343434141ull
#define ACCELERATOR_STOP_ABORT BIT_ULL(31)

/* Outlives the device while a file is open. */
struct accelerator {
  struct kref references;
  struct device* dev; /* NULL once the driver is unbound; guarded by `alive` */
  struct rw_semaphore alive;
  void __iomem* registers;
  struct miscdevice node;
  char name[24];
  bool shared_addressing; /* the IOMMU accepts processes */
  bool serves_faults;     /* and answers page faults */
  struct mutex portal, stop;
  struct list_head files;
  struct mutex files_lock;
  wait_queue_head_t completed;
  atomic64_t completions;
  int (*reset)(struct accelerator* a);
};

struct accelerator* accelerator_create(struct device* dev, void __iomem* registers, const char* name,
                                       int (*reset)(struct accelerator* a));
void accelerator_remove(struct accelerator* a);
void accelerator_enable(struct accelerator* a);
void accelerator_put(struct accelerator* a);
irqreturn_t accelerator_on_completion(int irq, void* a);
irqreturn_t accelerator_on_event(int irq, void* a);
int accelerator_submit(struct accelerator* a, const struct accelerator_job* job);
int accelerator_stop(struct accelerator* a, u32 pasid);
int accelerator_self_test(struct accelerator* a);

extern const struct file_operations accelerator_file_operations;
/* Ends the bonds of all open files: the device goes away. */
void accelerator_unbind_files(struct accelerator* a);

extern struct pci_driver accelerator_pci_driver;
extern struct platform_driver accelerator_platform_driver;

#endif
