/* The driver. Every mistake is one `mistake ==` at the point where it is made; sections are the manual's. */
#include "driver.h"

#include <string.h>

#include "machine.h"

enum mistake mistake;

enum { QUEUE_LOG2 = 4, QUEUE_ENTRIES = 1 << QUEUE_LOG2 };
static uint64_t strtab, cmdq, eventq, priq;
static struct device* devices;
static unsigned device_count;

/* ---- commands (chapter 4) ---- */
static uint32_t consumed(void) {
  return get(CMDQ_CONS) % (2 * QUEUE_ENTRIES);
} /* without CMDQ_CONS.ERR */

static void wait_for_room(void) {
  while ((get(CMDQ_PROD) ^ consumed()) == QUEUE_ENTRIES) continue;
}

static void command(uint64_t word0, uint64_t word1) {
  wait_for_room();
  const uint32_t prod = get(CMDQ_PROD);
  uint64_t* entry = ram(cmdq + 16 * (prod % QUEUE_ENTRIES));
  entry[0] = word0;
  entry[1] = word1;
  set(CMDQ_PROD, (prod + 1) % (2 * QUEUE_ENTRIES));
}

/* CMD_SYNC without a signal (4.7.3): it has ended when it is consumed. One that reports that a device did not complete its
 * invalidations is consumed once that is acknowledged (7.1). */
static void sync_commands(void) {
  enum { CERROR_ATC_INV_SYNC = 3 };
  command(0x46, 0);
  while (get(CMDQ_PROD) != consumed())
    if ((get(CMDQ_CONS) >> 24 & 0x7F) == CERROR_ATC_INV_SYNC && get(GERROR) != get(GERRORN))
      set(GERRORN, get(GERROR));
}

static void cfgi_ste(uint32_t sid) {
  command(0x03 | (uint64_t)sid << 32, 1);
}
static void cfgi_cd(uint32_t sid, uint32_t pasid) {
  const uint32_t named = mistake == MISTAKE_cfgi_other_stream ? sid ^ 1 : sid;
  if (mistake != MISTAKE_no_cfgi) command(0x05 | (uint64_t)pasid << 12 | (uint64_t)named << 32, 1);
}
static void tlbi_va(const struct space* space, uint64_t va, int leaf) {
  const uint64_t asid = mistake == MISTAKE_other_asid ? space->asid ^ 1 : space->asid;
  command(0x12 | asid << 48, va | (unsigned)leaf);
}
static void tlbi_asid(const struct space* space) {
  command(0x11 | (uint64_t)space->asid << 48, 0);
}
static void atc_inv(uint32_t sid, uint32_t pasid, uint64_t va, unsigned log2_pages) {
  const uint64_t named = mistake == MISTAKE_other_pasid ? pasid ^ 1 : pasid;
  const uint64_t block = va & ~((UINT64_C(4096) << log2_pages) - 1);
  command(0x40 | 1u << 11 | named << 12 | (uint64_t)sid << 32, block | log2_pages);
}
static void atc_inv_everywhere(uint32_t pasid, uint64_t va, unsigned log2_pages) {
  for (unsigned i = 0; i < device_count; ++i)
    if (devices[i].pcie) atc_inv(devices[i].sid, pasid, va, log2_pages);
}

/* ---- bringing up (6.3, 3.5) ---- */
static void write_ste(const struct device* device) {
  uint64_t* ste = ram(strtab + 64 * (uint64_t)device->sid);
  /* S1CIR, S1COR, S1CSH; EATS full for a device with an ATC (5.2) */
  ste[1] = 1u << 2 | 1u << 4 | 3u << 6 | (device->pcie ? 1u << 28 : 0);
  ste[0] = device->cds | UINT64_C(4) << 59 | 5u << 1 | 1u; /* S1CDMax, Config, V */
}

void bring_up(struct device* all, unsigned count) {
  uint32_t log2_streams = 6;
  devices = all;
  device_count = count;
  for (unsigned i = 0; i < count; ++i)
    while (all[i].sid >> log2_streams) ++log2_streams;
  strtab = allocate(UINT64_C(64) << log2_streams);
  cmdq = allocate(4096);
  eventq = allocate(4096);
  priq = allocate(4096);
  for (unsigned i = 0; i < count; ++i) {
    all[i].cds = allocate(4096);
    write_ste(&all[i]);
    if (all[i].pcie) enable_function(all[i].sid);
  }
  set_and_wait(CR0, CR0ACK, 0);
  set(CR1, 0xD75); /* tables and queues write-back, inner shareable */
  set(CR2, 0);
  set64(STRTAB_BASE, strtab);
  set(STRTAB_BASE_CFG, log2_streams);
  set64(CMDQ_BASE, cmdq | QUEUE_LOG2);
  set64(EVENTQ_BASE, eventq | QUEUE_LOG2);
  set64(PRIQ_BASE, priq | QUEUE_LOG2);
  set(CMDQ_PROD, 0), set(CMDQ_CONS, 0);
  set(EVENTQ_PROD, 0), set(EVENTQ_CONS, 0);
  set(PRIQ_PROD, 0), set(PRIQ_CONS, 0);
  set_and_wait(CR0, CR0ACK, CR0_CMDQEN);
  command(0x04, 31); /* CMD_CFGI_ALL (4.3.4) */
  command(0x30, 0);  /* CMD_TLBI_NSNH_ALL (4.4.4) */
  sync_commands();
  if (mistake == MISTAKE_no_acknowledge) {
    set(CR0, CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN);
    set(CR0, CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN | CR0_SMMUEN);
  }
  set_and_wait(CR0, CR0ACK, CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN);
  set_and_wait(CR0, CR0ACK, CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN | CR0_SMMUEN);
  if (mistake == MISTAKE_base_while_enabled) set64(STRTAB_BASE, strtab ^ 1 << 16);
  if (mistake == MISTAKE_wrong_size) {
    uint64_t value;
    (void)smmu_vp_mmio_read(vp, machine.smmu_base + IDR0, 2, &value);
  }
}

void shut_down(void) {
  if (mistake == MISTAKE_reserved_bits) command(0x30 | UINT64_C(1) << 20, 0);
  if (mistake == MISTAKE_illegal_command || mistake == MISTAKE_error_ignored) command(0xFF, 0);
  if (mistake == MISTAKE_illegal_command) {
    while (get(GERROR) == get(GERRORN)) continue;
    ram(cmdq + 16 * (consumed() % QUEUE_ENTRIES))[0] = 0x46; /* CMD_SYNC in place of what was refused (7.1) */
    set(GERRORN, get(GERROR));
  }
  if (mistake == MISTAKE_error_ignored) {
    must(smmu_vp_advance(vp, UINT64_C(5000000000)));
    return;
  }
  if (mistake == MISTAKE_prod_beyond) {
    set(CMDQ_PROD, (consumed() + QUEUE_ENTRIES + 1) % (2 * QUEUE_ENTRIES));
    return;
  }
  if (mistake == MISTAKE_cons_beyond) set(EVENTQ_CONS, (get(EVENTQ_PROD) + 1) % (2 * QUEUE_ENTRIES));
  sync_commands();
  set_and_wait(CR0, CR0ACK, CR0_CMDQEN);
  set_and_wait(CR0, CR0ACK, 0);
}

/* ---- address spaces: VMSAv8-64 stage 1 (Arm ARM D8) ---- */
static const uint64_t kOutput = UINT64_C(0x0000FFFFFFFFF000);

struct space new_space(uint32_t asid) {
  const struct space space = {allocate(4096), asid};
  return space;
}

/* The descriptor of va at `level`; tables above it are made. */
static uint64_t* descriptor(const struct space* space, uint64_t va, int level) {
  uint64_t table = space->root;
  for (int at = 0; at < level; ++at) {
    uint64_t* entry = ram(table + 8 * (va >> (39 - 9 * at) & 511));
    if (*entry == 0) *entry = allocate(4096) | 3;
    table = *entry & kOutput;
  }
  return ram(table + 8 * (va >> (39 - 9 * level) & 511));
}

void map(const struct space* space, uint64_t va, uint64_t pa) {
  /* nG, AF, inner shareable, AP[1], PXN and UXN; AttrIndx 0 */
  *descriptor(space, va, 3) = pa | UINT64_C(0x0060000000000F43);
}

void unmap(const struct space* space, uint64_t va, unsigned pages, uint32_t pasid) {
  uint64_t freed[16];
  /* The smallest block, aligned to its size, that holds all of it (4.5.1). */
  const uint64_t last = va + 4096 * (pages - 1);
  unsigned log2_pages = 0;
  while (va >> (12 + log2_pages) != last >> (12 + log2_pages)) ++log2_pages;
  for (unsigned i = 0; i < pages; ++i) {
    uint64_t* leaf = descriptor(space, va + 4096 * i, 3);
    freed[i] = *leaf & kOutput;
    *leaf = 0;
  }
  if (mistake == MISTAKE_atc_before_tlbi) atc_inv_everywhere(pasid, va, log2_pages);
  if (mistake != MISTAKE_no_invalidation && mistake != MISTAKE_no_tlbi) {
    const unsigned named = mistake == MISTAKE_short_range && pages > 1 ? pages - 1 : pages;
    for (unsigned i = 0; i < named; ++i) tlbi_va(space, va + 4096 * i, 1);
  }
  if (mistake == MISTAKE_no_sync) {
    for (unsigned i = 0; i < pages; ++i) release(freed[i]);
    return;
  }
  sync_commands(); /* before ATC_INV, or a device may fetch the old translation again (3.9.1) */
  if (mistake != MISTAKE_no_invalidation && mistake != MISTAKE_no_atc_inv &&
      mistake != MISTAKE_atc_before_tlbi)
    atc_inv_everywhere(pasid, va, mistake == MISTAKE_small_atc_range ? 0 : log2_pages);
  sync_commands();
  for (unsigned i = 0; i < pages; ++i) release(freed[i]);
}

void replace(const struct space* space, uint64_t va, uint64_t pa, uint32_t pasid) {
  if (mistake == MISTAKE_remap_without_break) {
    map(space, va, pa);
    return;
  }
  unmap(space, va, 1, pasid);
  map(space, va, pa);
}

void free_table(const struct space* space, uint64_t va, uint32_t pasid) {
  uint64_t* entry = descriptor(space, va, 2);
  const uint64_t table = *entry & kOutput;
  *entry = 0;
  tlbi_va(space, va, mistake == MISTAKE_leaf_tlbi_for_table); /* Leaf 0: table descriptors too (4.4.1) */
  sync_commands();
  atc_inv_everywhere(pasid, va, 9);
  sync_commands();
  release(table);
}

/* ---- contexts (5.4) ---- */
static uint64_t* cd_of(const struct device* device, uint32_t pasid) {
  return ram(device->cds + 64 * (uint64_t)pasid);
}

void bind(const struct device* device, uint32_t pasid, const struct space* space) {
  uint64_t* cd = cd_of(device, pasid);
  const uint64_t ips = get(IDR5) & 7;
  /* ASET, A, R; S where the device stalls; AA64, IPS, V, EPD1, inner shareable write-back walks, T0SZ 16 */
  const uint64_t word0 = (uint64_t)space->asid << 48 | UINT64_C(7) << 45 |
                         (device->pcie ? 0 : UINT64_C(1) << 44) | UINT64_C(1) << 41 | ips << 32 | 1u << 31 |
                         1u << 30 | 3u << 12 | 1u << 10 | 1u << 8 | 16;
  if (mistake == MISTAKE_cd_before_fields) {
    cd[3] = 0xFF;
    cd[0] = word0;
    cfgi_cd(device->sid, pasid);
    sync_commands();
  }
  cd[1] = space->root;
  cd[3] = 0xFF; /* MAIR: attribute 0 is write-back memory */
  cfgi_cd(device->sid, pasid);
  sync_commands();
  cd[0] = word0; /* V last, once the SMMU reads the rest as it is (3.21.3) */
  cfgi_cd(device->sid, pasid);
  sync_commands();
}

void unbind(uint32_t pasid, const struct space* space) {
  if (mistake == MISTAKE_context_left_valid) return;
  for (unsigned i = 0; i < device_count; ++i) {
    cd_of(&devices[i], pasid)[0] = 0;
    cfgi_cd(devices[i].sid, pasid);
    sync_commands();
  }
  if (mistake != MISTAKE_asid_reused) tlbi_asid(space);
  sync_commands();
  atc_inv_everywhere(pasid, 0, 52); /* all of the PASID (4.5.1) */
  sync_commands();
}

void move_context_table(struct device* device) {
  const uint64_t table = allocate(4096);
  uint64_t* ste = ram(strtab + 64 * (uint64_t)device->sid);
  const uint64_t old = device->cds;
  memcpy(ram(table), ram(old), 4096);
  device->cds = table;
  ste[0] = (ste[0] & ~kOutput) | table;
  if (mistake == MISTAKE_two_words_at_once) ste[1] ^= 1u << 6; /* and the shareability of the CDs */
  cfgi_ste(device->sid);
  for (unsigned pasid = 0; pasid < 16; ++pasid) cfgi_cd(device->sid, pasid);
  sync_commands();
  release(old);
}

/* ---- what devices ask ---- */
static int take(uint64_t queue, uint32_t prod_reg, uint32_t cons_reg, unsigned words, uint64_t* entry) {
  const uint32_t cons = get(cons_reg), prod = get(prod_reg);
  const uint32_t overflow = UINT32_C(1) << 31, index = 2 * QUEUE_ENTRIES - 1;
  if ((prod & index) == (cons & index)) return 0;
  memcpy(entry, ram(queue + 8 * words * (cons % QUEUE_ENTRIES)), 8 * words);
  set(cons_reg, ((cons + 1) & index) | (mistake == MISTAKE_overflow_ignored ? 0 : prod & overflow)); /* 7.4 */
  return 1;
}

static void respond(uint32_t sid, uint32_t pasid, uint32_t group) {
  const uint64_t with_pasid =
      mistake == MISTAKE_response_without_pasid ? 0 : 1u << 11 | (uint64_t)pasid << 12;
  command(0x41 | with_pasid | (uint64_t)sid << 32, group | 2u << 12); /* Success (4.5.2) */
}

unsigned serve_page_requests(const struct space* space, uint32_t pasid) {
  uint64_t entry[2];
  unsigned answers = 0;
  while (take(priq, PRIQ_PROD, PRIQ_CONS, 2, entry)) { /* chapter 8 */
    map(space, entry[1] & ~UINT64_C(0xFFF), allocate(4096));
    if (!(entry[0] >> 62 & 1) || mistake == MISTAKE_no_response) continue; /* not the last of its group */
    respond((uint32_t)entry[0], pasid, entry[1] & 0x1FF);
    if (mistake == MISTAKE_two_responses) respond((uint32_t)entry[0], pasid, entry[1] & 0x1FF);
    ++answers;
  }
  sync_commands();
  return answers;
}

unsigned serve_events(const struct space* space) {
  uint64_t event[4];
  unsigned answers = 0;
  while (take(eventq, EVENTQ_PROD, EVENTQ_CONS, 4, event)) {
    const uint64_t stag = event[1] & 0xFFFF, stalled = event[1] >> 31 & 1; /* F_TRANSLATION (7.3.12) */
    if (!stalled || mistake == MISTAKE_stall_left) continue;
    map(space, event[2] & ~UINT64_C(0xFFF), allocate(4096));
    command(0x44 | 1u << 12 | (event[0] & 0xFFFFFFFF00000000), stag); /* retry (4.6.1) */
    if (mistake == MISTAKE_unknown_stag)
      command(0x44 | 1u << 12 | (event[0] & 0xFFFFFFFF00000000), stag ^ 0xFF);
    ++answers;
  }
  sync_commands();
  return answers;
}
