// SPDX-License-Identifier: GPL-2.0
// The device: its registers, its jobs, stopping a PASID, and DMA of the kernel itself.
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string_choices.h>
#include <linux/version.h>

#include "accelerator.h"

#define SLEEP_US 50
#define TIMEOUT_US (5 * USEC_PER_SEC)
#define GONE U64_MAX /* what a register of a device reads that is no longer there */

/* A registered misc device needs a name of its own. */
static atomic_t devices = ATOMIC_INIT(0);

/* Up to 6.15 a driver asks for both; later the domain has them. */
static void share_addresses(struct accelerator* a) {
#if !IS_ENABLED(CONFIG_IOMMU_SVA)
  a->serves_faults = a->shared_addressing = false;
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
  a->serves_faults = iommu_dev_enable_feature(a->dev, IOMMU_DEV_FEAT_IOPF) == 0;
  a->shared_addressing = iommu_dev_enable_feature(a->dev, IOMMU_DEV_FEAT_SVA) == 0;
#else
  a->serves_faults = a->shared_addressing = true;
#endif
}

static void no_longer_share_addresses(struct accelerator* a) {
#if IS_ENABLED(CONFIG_IOMMU_SVA) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
  if (a->shared_addressing) iommu_dev_disable_feature(a->dev, IOMMU_DEV_FEAT_SVA);
  if (a->serves_faults) iommu_dev_disable_feature(a->dev, IOMMU_DEV_FEAT_IOPF);
#endif
}

static void destroy(struct kref* references) {
  kfree(container_of(references, struct accelerator, references));
}

void accelerator_put(struct accelerator* a) {
  kref_put(&a->references, destroy);
}

void accelerator_enable(struct accelerator* a) {
  writeq(1, a->registers + ACCELERATOR_CTRL);
}

struct accelerator* accelerator_create(struct device* dev, void __iomem* registers, const char* name,
                                       int (*reset)(struct accelerator* a)) {
  struct accelerator* a;
  int failed;

  if (readq(registers + ACCELERATOR_ID) != ACCELERATOR_ID_VALUE) return ERR_PTR(-ENODEV);
  a = kzalloc(sizeof(*a), GFP_KERNEL);
  if (!a) return ERR_PTR(-ENOMEM);
  kref_init(&a->references);
  init_rwsem(&a->alive);
  mutex_init(&a->portal);
  mutex_init(&a->stop);
  mutex_init(&a->files_lock);
  INIT_LIST_HEAD(&a->files);
  init_waitqueue_head(&a->completed);
  a->dev = dev;
  a->registers = registers;
  a->reset = reset;
  share_addresses(a);
  snprintf(a->name, sizeof(a->name), "%s%d", name, atomic_inc_return(&devices) - 1);
  a->node.minor = MISC_DYNAMIC_MINOR;
  a->node.name = a->name;
  a->node.fops = &accelerator_file_operations;
  a->node.parent = dev;
  dev_set_drvdata(dev, a);
  accelerator_enable(a);
  failed = misc_register(&a->node);
  if (failed) {
    accelerator_put(a);
    return ERR_PTR(failed);
  }
  dev_info(dev, "%s, shared virtual addressing %s, page faults %s\n", a->name,
           str_on_off(a->shared_addressing), str_on_off(a->serves_faults));
  return a;
}

void accelerator_remove(struct accelerator* a) {
  misc_deregister(&a->node);
  down_write(&a->alive);
  accelerator_unbind_files(a);
  writeq(0, a->registers + ACCELERATOR_CTRL);
  no_longer_share_addresses(a);
  a->dev = NULL;
  up_write(&a->alive);
  wake_up_all(&a->completed);
  accelerator_put(a);
}

irqreturn_t accelerator_on_completion(int irq, void* data) {
  struct accelerator* a = data;

  atomic64_inc(&a->completions);
  wake_up_all(&a->completed);
  return IRQ_HANDLED;
}

/* The completion record reports a failed job; here the register is only cleared for the next one. */
irqreturn_t accelerator_on_event(int irq, void* data) {
  struct accelerator* a = data;

  if (readq(a->registers + ACCELERATOR_ERROR) & 1) writeq(0, a->registers + ACCELERATOR_ERROR);
  return IRQ_HANDLED;
}

int accelerator_submit(struct accelerator* a, const struct accelerator_job* job) {
  const u64* words = (const u64*)job;
  u64 free;
  int i, failed;

  mutex_lock(&a->portal);
  failed = read_poll_timeout(readq, free, free != 0, SLEEP_US, TIMEOUT_US, false,
                             a->registers + ACCELERATOR_QUEUE_FREE);
  for (i = 0; i < 8 && !failed; ++i) writeq(words[i], a->registers + ACCELERATOR_PORTAL + 8 * i);
  mutex_unlock(&a->portal);
  return failed;
}

/* Sleeps between polls: a stalled access ends by a worker that may need this CPU. */
int accelerator_stop(struct accelerator* a, u32 pasid) {
  u64 busy;
  int failed;

  mutex_lock(&a->stop);
  writeq(pasid | ACCELERATOR_STOP_ABORT, a->registers + ACCELERATOR_STOP);
  failed = read_poll_timeout(readq, busy, busy == 0 || busy == GONE, SLEEP_US, TIMEOUT_US, false,
                             a->registers + ACCELERATOR_STOP_BUSY);
  mutex_unlock(&a->stop);
  if (failed) dev_err(a->dev, "PASID %u does not stop\n", pasid);
  return failed;
}

/* Copies a page to another one and compares them. */
int accelerator_self_test(struct accelerator* a) {
  const size_t bytes = PAGE_SIZE;
  struct accelerator_completion* record;
  struct accelerator_job job = {.control = ACCELERATOR_COPY | ACCELERATOR_INTERRUPT, .length = bytes};
  dma_addr_t source_dma, record_dma, target_dma;
  u8 *source, *target;
  u32 status;
  int failed = -ENOMEM;

  source = dma_alloc_coherent(a->dev, bytes, &source_dma, GFP_KERNEL);
  record = dma_alloc_coherent(a->dev, sizeof(*record), &record_dma, GFP_KERNEL);
  target = (u8*)get_zeroed_page(GFP_KERNEL);
  if (!source || !record || !target) goto out;
  memset(source, 0xa5, bytes);
  record->status = 0;
  target_dma = dma_map_single(a->dev, target, bytes, DMA_FROM_DEVICE);
  failed = dma_mapping_error(a->dev, target_dma);
  if (failed) goto out;
  job.source = source_dma;
  job.destination = target_dma;
  job.completion = record_dma;
  failed = accelerator_submit(a, &job);
  if (!failed)
    failed = read_poll_timeout(READ_ONCE, status, status != 0, SLEEP_US, TIMEOUT_US, false, record->status);
  dma_unmap_single(a->dev, target_dma, bytes, DMA_FROM_DEVICE);
  if (!failed && (status != ACCELERATOR_OK || memcmp(source, target, bytes))) failed = -EIO;
out:
  free_page((unsigned long)target);
  if (record) dma_free_coherent(a->dev, sizeof(*record), record, record_dma);
  if (source) dma_free_coherent(a->dev, bytes, source, source_dma);
  return failed;
}

static int __init accelerator_init(void) {
  int failed = pci_register_driver(&accelerator_pci_driver);

  if (failed) return failed;
  failed = platform_driver_register(&accelerator_platform_driver);
  if (failed) pci_unregister_driver(&accelerator_pci_driver);
  return failed;
}

static void __exit accelerator_exit(void) {
  platform_driver_unregister(&accelerator_platform_driver);
  pci_unregister_driver(&accelerator_pci_driver);
}

module_init(accelerator_init);
module_exit(accelerator_exit);
MODULE_DESCRIPTION("The accelerator of smmu-vp");
MODULE_LICENSE("GPL");
