// SPDX-License-Identifier: GPL-2.0
// The accelerator as a PCIe endpoint: MSI-X, and Function Level Reset.
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "accelerator.h"

enum { COMPLETION_VECTOR, EVENT_VECTOR, VECTORS };

/* Only tries: who unbinds the driver holds the device and waits for the callers of this. */
static int reset(struct accelerator* a) {
  return pci_try_reset_function(to_pci_dev(a->dev));
}

static int request_vectors(struct pci_dev* pdev, struct accelerator* a) {
  int failed = pci_alloc_irq_vectors(pdev, VECTORS, VECTORS, PCI_IRQ_MSIX);

  if (failed < 0) return failed;
  failed =
      pci_request_irq(pdev, COMPLETION_VECTOR, accelerator_on_completion, NULL, a, "%s-completion", a->name);
  if (failed) goto out_vectors;
  failed = pci_request_irq(pdev, EVENT_VECTOR, accelerator_on_event, NULL, a, "%s-event", a->name);
  if (failed) goto out_completion;
  return 0;
out_completion:
  pci_free_irq(pdev, COMPLETION_VECTOR, a);
out_vectors:
  pci_free_irq_vectors(pdev);
  return failed;
}

static int probe(struct pci_dev* pdev, const struct pci_device_id* id) {
  struct accelerator* a;
  int failed = pcim_enable_device(pdev);

  if (!failed) failed = pcim_iomap_regions(pdev, BIT(0), "smmu-vp");
  if (!failed) failed = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
  if (failed) return failed;
  pci_set_master(pdev);
  a = accelerator_create(&pdev->dev, pcim_iomap_table(pdev)[0], "accelerator-pci", reset);
  if (IS_ERR(a)) return PTR_ERR(a);
  failed = request_vectors(pdev, a);
  if (failed) accelerator_remove(a);
  return failed;
}

static void remove(struct pci_dev* pdev) {
  struct accelerator* a = pci_get_drvdata(pdev);

  kref_get(&a->references);
  accelerator_remove(a);
  pci_free_irq(pdev, EVENT_VECTOR, a);
  pci_free_irq(pdev, COMPLETION_VECTOR, a);
  pci_free_irq_vectors(pdev);
  accelerator_put(a);
  pci_clear_master(pdev);
}

static void reset_done(struct pci_dev* pdev) {
  accelerator_enable(pci_get_drvdata(pdev));
}

static const struct pci_error_handlers reset_handlers = {.reset_done = reset_done};
static const struct pci_device_id ids[] = {{PCI_DEVICE(0x1eaf, 0x5a01)}, {}};
MODULE_DEVICE_TABLE(pci, ids);

struct pci_driver accelerator_pci_driver = {
    .name = "smmu-vp-accelerator",
    .id_table = ids,
    .probe = probe,
    .remove = remove,
    .err_handler = &reset_handlers,
};
