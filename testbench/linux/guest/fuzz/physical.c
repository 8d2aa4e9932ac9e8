// SPDX-License-Identifier: GPL-2.0
// /dev/physical: a program maps any physical address as device memory, whoever uses it.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

static int map(struct file* file, struct vm_area_struct* vma) {
  vma->vm_page_prot = pgprot_device(vma->vm_page_prot);
  return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff, vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct file_operations operations = {.owner = THIS_MODULE, .mmap = map};
static struct miscdevice node = {.minor = MISC_DYNAMIC_MINOR, .name = "physical", .fops = &operations};

module_misc_device(node);
MODULE_DESCRIPTION("Physical memory for the fuzzer of smmu-vp");
MODULE_LICENSE("GPL");
