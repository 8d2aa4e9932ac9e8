/* A bare-metal client on the C ABI, right or with one mistake of mistakes.def, or right beside a device that breaks the
 * rules: what do the monitors say of it?
 *
 *   client none|MISTAKE|HOSTILE [key=value]...
 *
 * Exit status 0: the right client is not accused of anything, a mistake is named by one of its monitors. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "machine.h"

static const struct {
  const char *name, *monitors, *text;
} mistakes[] = {
    {"none", "", "the driver is right"},
#define MISTAKE(name, monitors, text) {#name, monitors, text},
#include "mistakes.def"
#define HOSTILE(name, monitors, text) {#name, monitors, text},
#include "mistakes.def"
};
enum { CHOICES = sizeof mistakes / sizeof *mistakes };
static int hostile; /* the device: what it does need not succeed */

#define VA UINT64_C(0x0000007612200000)
#define PASID 1u
#define ASID 7u

static void expect(int holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "client: %s\n", what);
  exit(2);
}

static smmu_vp_dma_request access(const struct device* device, uint64_t va, uint64_t* data, int write) {
  smmu_vp_dma_request r;
  memset(&r, 0, sizeof r);
  r.endpoint = device->endpoint;
  r.kind = device->pcie ? SMMU_VP_VIA_ATC : SMMU_VP_UNTRANSLATED;
  r.has_pasid = 1;
  r.pasid = PASID;
  r.address = va;
  r.data = data;
  r.length = sizeof *data;
  r.write = write;
  return r;
}

static smmu_vp_dma_status dma(const struct device* device, uint64_t va, int write) {
  uint64_t data = va;
  const smmu_vp_dma_request r = access(device, va, &data, write);
  smmu_vp_dma_result got;
  must(smmu_vp_dma(vp, &r, &got));
  return got.status;
}

static void pass(uint64_t us) {
  must(smmu_vp_advance(vp, us * UINT64_C(1000000)));
}

/* Both devices write every page, so that each of their caches knows it. */
static void use(const struct device* devices, uint64_t va, unsigned pages) {
  for (unsigned page = 0; page < pages; ++page)
    for (unsigned i = 0; i < 2; ++i)
      expect(dma(&devices[i], va + 4096 * page, 1) == SMMU_VP_DMA_OK || hostile,
             "a mapped page cannot be written");
}

static void map_pages(const struct space* space, uint64_t va, unsigned pages) {
  for (unsigned i = 0; i < pages; ++i) map(space, va + 4096 * i, allocate(4096));
}

static void fault(const struct device* device, const struct space* space, uint64_t va) {
  static uint64_t data; /* outlives the DMA, which may never end */
  const smmu_vp_dma_request r = access(device, va, &data, 1);
  smmu_vp_dma_result got;
  uint64_t handle;
  int done = 0;
  must(smmu_vp_dma_start(vp, &r, &handle));
  for (int i = 0; i < 100 && !done; ++i) {
    pass(10);
    (void)serve_page_requests(space, PASID);
    (void)serve_events(space);
    must(smmu_vp_dma_poll(vp, handle, &got, &done));
  }
}

/* More faults than the Event queue holds, and some more after that was seen. */
static void overflow(const struct device* pcie, const struct space* space) {
  smmu_vp_dma_result got;
  uint64_t data = 0;
  smmu_vp_dma_request r = access(pcie, VA + 0x100000, &data, 0);
  r.kind = SMMU_VP_UNTRANSLATED;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) must(smmu_vp_dma(vp, &r, &got));
    pass(2000);
    if (mistake != MISTAKE_overflow_ignored) (void)serve_events(space);
  }
  (void)serve_events(space);
}

static void workload(struct device* devices) {
  const struct device* const pcie = &devices[0];
  const struct device* const platform = &devices[1];
  bring_up(devices, 2);

  struct space first = new_space(ASID);
  for (int i = 0; i < 2; ++i) bind(&devices[i], PASID, &first);
  map_pages(&first, VA, 16);
  use(devices, VA, 16);

  unmap(&first, VA, 1, PASID);
  unmap(&first, VA + 0x1000, 2, PASID);
  unmap(&first, VA + 0x4000, 4, PASID);
  /* What was released is given away at once. */
  map_pages(&first, VA + 0x20000, 7);
  use(devices, VA + 0x20000, 7);

  replace(&first, VA + 0x8000, allocate(4096), PASID);
  use(devices, VA + 0x8000, 1);

  map_pages(&first, VA + 0x200000, 2);
  use(devices, VA + 0x200000, 2);
  unmap(&first, VA + 0x200000, 2, PASID);
  free_table(&first, VA + 0x200000, PASID);
  map_pages(&first, VA + 0x400000, 2); /* the table's memory becomes a table of these, or a page */
  use(devices, VA + 0x400000, 2);

  move_context_table(&devices[0]);
  use(devices, VA + 0x9000, 1);

  fault(pcie, &first, VA + 0x50000);
  fault(platform, &first, VA + 0x60000);
  pass(3000);
  overflow(pcie, &first);

  /* Another process gets PASID and ASID. */
  struct space other = new_space(mistake == MISTAKE_one_asid_for_two ? ASID : ASID + 1);
  if (mistake == MISTAKE_one_asid_for_two) bind(platform, PASID + 1, &other);
  map(&other, VA + 0x70000, allocate(4096));
  if (mistake == MISTAKE_one_asid_for_two) {
    uint64_t data = 0;
    smmu_vp_dma_request r = access(platform, VA + 0x70000, &data, 1);
    smmu_vp_dma_result got;
    r.pasid = PASID + 1;
    must(smmu_vp_dma(vp, &r, &got));
    use(devices, VA + 0x9000, 1);
  }
  pass(2000);
  unbind(PASID, &first);
  release(first.root);
  struct space second = new_space(ASID);
  for (int i = 0; i < 2; ++i) bind(&devices[i], PASID, &second);
  map_pages(&second, VA + 0x9000, 1);
  use(devices, VA + 0x9000, 1);
  pass(2000);
  unbind(PASID, &second);
  shut_down();
  must(smmu_vp_finish(vp));
}

/* "MONITOR: text" follows the time in each line of the violations. */
static int named(const char* text, const char* monitors) {
  char list[200];
  strncpy(list, monitors, sizeof list - 1);
  list[sizeof list - 1] = 0;
  for (char* name = strtok(list, " "); name != NULL; name = strtok(NULL, " ")) {
    char wanted[100];
    snprintf(wanted, sizeof wanted, " %s: ", name);
    if (strstr(text, wanted) != NULL) return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  static char text[100000];
  uint64_t violations = 0;
  struct device devices[2];
  unsigned chosen = 0, found = 0;
  while (argc > 1 && chosen < CHOICES && strcmp(mistakes[chosen].name, argv[1]) != 0) ++chosen;
  if (argc < 2 || chosen == CHOICES) {
    fprintf(stderr, "usage: client none|MISTAKE|HOSTILE [key=value]...\n");
    for (unsigned i = 0; i < CHOICES; ++i)
      fprintf(stderr, "  %-24s %s\n", mistakes[i].name, mistakes[i].text);
    return 2;
  }
  hostile = chosen >= MISTAKES;
  mistake = hostile ? NO_MISTAKE : (enum mistake)chosen;
  open_machine((const char* const*)argv + 2);

  memset(devices, 0, sizeof devices);
  for (uint32_t i = 0; i < machine.endpoint_count; ++i) {
    smmu_vp_endpoint endpoint;
    must(smmu_vp_get_endpoint(vp, i, &endpoint));
    struct device* const device = &devices[endpoint.pcie ? 0 : 1];
    device->endpoint = i, device->sid = endpoint.stream_id, device->pcie = endpoint.pcie;
    found |= endpoint.pcie ? 1 : 2;
  }
  expect(found == 3, "the machine lacks a PCIe function or a platform device");

  workload(devices);
  must(smmu_vp_violations(vp, &violations, text, sizeof text));
  fputs(text, stdout);
  smmu_vp_close(vp);
  if (chosen == 0) return violations == 0 ? 0 : 1;
  if (named(text, mistakes[chosen].monitors)) return 0;
  printf("%s: none of %s names it\n", mistakes[chosen].text, mistakes[chosen].monitors);
  return 1;
}
