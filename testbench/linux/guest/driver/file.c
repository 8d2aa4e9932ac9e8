// SPDX-License-Identifier: GPL-2.0
// An open file: the bond of one process with the device.
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "accelerator.h"

struct accelerator_file {
  struct accelerator* a;
  struct list_head in_files;
  struct mutex lock; /* guards `bond`; taken inside `alive` */
  struct iommu_sva* bond;
  u32 pasid;
};

/* A function that uses ATS learns of a missing page in an answer, and can only ask for it by PRI. */
static bool serves_faults(const struct accelerator* a) {
#ifdef CONFIG_PCI_ATS
  if (dev_is_pci(a->dev) && to_pci_dev(a->dev)->ats_enabled) {
#ifdef CONFIG_PCI_PRI
    if (!to_pci_dev(a->dev)->pri_enabled) return false;
#else
    return false;
#endif
  }
#endif
  return a->serves_faults;
}

static int file_open(struct inode* inode, struct file* file) {
  struct accelerator* a = container_of(file->private_data, struct accelerator, node);
  struct accelerator_file* f = kzalloc(sizeof(*f), GFP_KERNEL);

  if (!f) return -ENOMEM;
  kref_get(&a->references);
  f->a = a;
  mutex_init(&f->lock);
  mutex_lock(&a->files_lock);
  list_add(&f->in_files, &a->files);
  mutex_unlock(&a->files_lock);
  file->private_data = f;
  return 0;
}

/* The device must no longer use the PASID when it is unbound. */
static int unbind(struct accelerator_file* f) {
  int failed = -EINVAL;

  mutex_lock(&f->lock);
  if (f->bond) {
    failed = accelerator_stop(f->a, f->pasid);
    iommu_sva_unbind_device(f->bond);
    f->bond = NULL;
  }
  mutex_unlock(&f->lock);
  return failed;
}

void accelerator_unbind_files(struct accelerator* a) {
  struct accelerator_file* f;

  mutex_lock(&a->files_lock);
  list_for_each_entry(f, &a->files, in_files) unbind(f);
  mutex_unlock(&a->files_lock);
}

static int file_release(struct inode* inode, struct file* file) {
  struct accelerator_file* f = file->private_data;
  struct accelerator* a = f->a;

  down_read(&a->alive);
  mutex_lock(&a->files_lock);
  list_del(&f->in_files);
  mutex_unlock(&a->files_lock);
  if (a->dev) unbind(f);
  up_read(&a->alive);
  kfree(f);
  accelerator_put(a);
  return 0;
}

static long bind(struct accelerator_file* f, u32 __user* pasid) {
  struct iommu_sva* bond;
  long failed = -EBUSY;

  if (!f->a->shared_addressing) return -EOPNOTSUPP;
  mutex_lock(&f->lock);
  if (!f->bond) {
    bond = iommu_sva_bind_device(f->a->dev, current->mm);
    failed = PTR_ERR_OR_ZERO(bond);
    if (!failed) {
      f->bond = bond;
      f->pasid = iommu_sva_get_pasid(bond);
      failed = put_user(f->pasid, pasid);
    }
  }
  mutex_unlock(&f->lock);
  return failed;
}

static long submit(struct accelerator_file* f, const void __user* from) {
  struct accelerator_job job;
  long failed = -EINVAL;

  if (copy_from_user(&job, from, sizeof(job))) return -EFAULT;
  mutex_lock(&f->lock);
  if (f->bond) {
    job.control &= 0xff | ACCELERATOR_INTERRUPT;
    job.control |= ACCELERATOR_PASID_VALID | (u64)f->pasid << ACCELERATOR_PASID_SHIFT;
    failed = accelerator_submit(f->a, &job);
  }
  mutex_unlock(&f->lock);
  return failed;
}

/* Without `alive`: the device may go away meanwhile, which wakes all waiters. */
static long wait_for_completion_interrupt(struct accelerator* a, void __user* at) {
  struct accelerator_wait w;
  long left;

  if (copy_from_user(&w, at, sizeof(w))) return -EFAULT;
  left = wait_event_interruptible_timeout(a->completed,
                                          atomic64_read(&a->completions) > w.seen || !READ_ONCE(a->dev),
                                          msecs_to_jiffies(w.timeout_ms));
  if (left < 0) return left;
  w.seen = atomic64_read(&a->completions);
  if (copy_to_user(at, &w, sizeof(w))) return -EFAULT;
  return left == 0 ? -ETIMEDOUT : 0;
}

static long file_ioctl(struct file* file, unsigned int command, unsigned long argument) {
  struct accelerator_file* f = file->private_data;
  void __user* at = (void __user*)argument;
  long result = -ENODEV;

  if (command == ACCELERATOR_WAIT) return wait_for_completion_interrupt(f->a, at);
  down_read(&f->a->alive);
  if (f->a->dev) {
    switch (command) {
      case ACCELERATOR_BIND:
        result = bind(f, at);
        break;
      case ACCELERATOR_UNBIND:
        result = unbind(f);
        break;
      case ACCELERATOR_SUBMIT:
        result = submit(f, at);
        break;
      case ACCELERATOR_RESET:
        result = f->a->reset(f->a);
        break;
      case ACCELERATOR_SERVES_FAULTS:
        result = serves_faults(f->a);
        break;
      case ACCELERATOR_SELF_TEST:
        result = accelerator_self_test(f->a);
        break;
      default:
        result = -ENOTTY;
    }
  }
  up_read(&f->a->alive);
  return result;
}

const struct file_operations accelerator_file_operations = {
    .owner = THIS_MODULE,
    .open = file_open,
    .release = file_release,
    .unlocked_ioctl = file_ioctl,
};
