// SPDX-License-Identifier: GPL-2.0
// The accelerator on the system bus: one wired interrupt, stalls instead of page requests.
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/version.h>

#include "accelerator.h"

#define CTRL_RESET BIT_ULL(1)

static irqreturn_t on_interrupt(int irq, void* a) {
  accelerator_on_event(irq, a);
  return accelerator_on_completion(irq, a);
}

static int reset(struct accelerator* a) {
  u64 ctrl;
  int failed;

  writeq(CTRL_RESET, a->registers + ACCELERATOR_CTRL);
  failed = read_poll_timeout(readq, ctrl, !(ctrl & CTRL_RESET), 50, USEC_PER_SEC, false,
                             a->registers + ACCELERATOR_CTRL);
  accelerator_enable(a);
  return failed;
}

static int probe(struct platform_device* pdev) {
  void __iomem* registers = devm_platform_ioremap_resource(pdev, 0);
  struct accelerator* a;
  int irq, failed;

  if (IS_ERR(registers)) return PTR_ERR(registers);
  irq = platform_get_irq(pdev, 0);
  if (irq < 0) return irq;
  failed = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
  if (failed) return failed;
  a = accelerator_create(&pdev->dev, registers, "accelerator-platform", reset);
  if (IS_ERR(a)) return PTR_ERR(a);
  failed = request_irq(irq, on_interrupt, 0, a->name, a);
  if (failed) accelerator_remove(a);
  return failed;
}

static void take_away(struct platform_device* pdev) {
  struct accelerator* a = platform_get_drvdata(pdev);

  kref_get(&a->references);
  accelerator_remove(a);
  free_irq(platform_get_irq(pdev, 0), a);
  accelerator_put(a);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
static int remove(struct platform_device* pdev) {
  take_away(pdev);
  return 0;
}
#else
static void remove(struct platform_device* pdev) {
  take_away(pdev);
}
#endif

static const struct of_device_id compatible[] = {{.compatible = "smmu-vp,accelerator"}, {}};
MODULE_DEVICE_TABLE(of, compatible);

struct platform_driver accelerator_platform_driver = {
    .probe = probe,
    .remove = remove,
    .driver = {.name = "smmu-vp-accelerator", .of_match_table = compatible},
};
