/* Brings up the SMMU from reset, as a bare-metal driver would, and checks the results: probe, tables, queues, one
 * translated DMA, one fault, one ATS round trip, one page request. It uses only smmu_vp.h and the architecture manual
 * (Arm IHI 0070), whose sections are cited. Exit status 0: all checks passed.
 *
 *   cc bring_up.c $(pkg-config --cflags --libs smmu_vp) && ./a.out [key=value]...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smmu_vp.h"

/* Registers (6.3) */
enum {
  IDR0 = 0x0,
  IDR1 = 0x4,
  IDR5 = 0x14,
  CR0 = 0x20,
  CR0ACK = 0x24,
  CR1 = 0x28,
  CR2 = 0x2C,
  IRQ_CTRL = 0x50,
  IRQ_CTRLACK = 0x54,
  GERROR = 0x60,
  GERRORN = 0x64,
  STRTAB_BASE = 0x80,
  STRTAB_BASE_CFG = 0x88,
  CMDQ_BASE = 0x90,
  CMDQ_PROD = 0x98,
  CMDQ_CONS = 0x9C,
  EVENTQ_BASE = 0xA0,
  PRIQ_BASE = 0xC0,
  EVENTQ_PROD = 0x100A8,
  EVENTQ_CONS = 0x100AC,
  PRIQ_PROD = 0x100C8,
  PRIQ_CONS = 0x100CC
};
enum { CR0_SMMUEN = 1, CR0_PRIQEN = 2, CR0_EVENTQEN = 4, CR0_CMDQEN = 8, CR0_ATSCHK = 16 };
enum { QUEUE_LOG2 = 4, QUEUE_ENTRIES = 1 << QUEUE_LOG2 };

/* PCIe (Base Specification 7.5.1, 9.3.7, 10.5) */
enum { PCI_COMMAND = 0x04, EXT_FIRST = 0x100, EXT_ATS = 0x0F, EXT_PRI = 0x13, EXT_PASID = 0x1B };

#define PASID 1u
#define ASID 7u
#define VA UINT64_C(0x0000007612345000)

static smmu_vp* vp;
static smmu_vp_info machine;
static uint64_t next_page; /* next free address of RAM */
static int failures;

static void check(int holds, const char* what) {
  printf("%-6s %s\n", holds ? "ok" : "FAILED", what);
  if (!holds) ++failures;
}

static void must(smmu_vp_status status) {
  if (status == SMMU_VP_OK) return;
  fprintf(stderr, "bring_up: %s\n", smmu_vp_last_error(vp));
  exit(2);
}

/* ---- accesses ---- */
static uint32_t read32(uint64_t pa) {
  uint64_t value;
  must(smmu_vp_mmio_read(vp, pa, 4, &value));
  return (uint32_t)value;
}
static void write32(uint64_t pa, uint32_t value) { must(smmu_vp_mmio_write(vp, pa, 4, value)); }
static uint32_t get(uint32_t reg) { return read32(machine.smmu_base + reg); }
static void set(uint32_t reg, uint32_t value) { write32(machine.smmu_base + reg, value); }
static void set64(uint32_t reg, uint64_t value) { must(smmu_vp_mmio_write(vp, machine.smmu_base + reg, 8, value)); }
static uint64_t* ram(uint64_t pa) { return smmu_vp_mem_ptr(vp, pa, 8); }

static uint64_t allocate(uint64_t bytes) { /* bytes: a power of two, at least a page; the result is aligned to it */
  uint64_t pa = (next_page + bytes - 1) & ~(bytes - 1);
  next_page = pa + bytes;
  return pa;
}

/* Writes a control register and waits for the SMMU's acknowledgement. Each read takes simulated time. */
static int set_and_wait(uint32_t reg, uint32_t ack, uint32_t value) {
  set(reg, value);
  for (int i = 0; i < 100000; ++i)
    if (get(ack) == value) return 1;
  return 0;
}

/* ---- queues (3.5): an index has a wrap bit above its index bits ---- */
static uint64_t cmdq, eventq, priq;

static void command(uint64_t word0, uint64_t word1) {
  uint32_t prod = get(CMDQ_PROD);
  while ((prod ^ get(CMDQ_CONS)) == QUEUE_ENTRIES) continue; /* full */
  uint64_t* entry = ram(cmdq + 16 * (prod % QUEUE_ENTRIES));
  entry[0] = word0;
  entry[1] = word1;
  set(CMDQ_PROD, (prod + 1) % (2 * QUEUE_ENTRIES));
}

/* CMD_SYNC (4.7.3) that raises an interrupt when all earlier commands are complete: CS = SIG_IRQ. */
static int sync_commands(void) {
  uint64_t fired;
  const uint64_t lines = UINT64_C(1) << machine.irq_cmd_sync;
  command(0x46 | 1u << 12, 0);
  return smmu_vp_irq_wait(vp, lines, UINT64_C(100000000000), &fired) == SMMU_VP_OK && fired == lines;
}

static int take(uint64_t queue, uint32_t prod_reg, uint32_t cons_reg, unsigned words, uint64_t* entry) {
  const uint32_t cons = get(cons_reg);
  if (get(prod_reg) == cons) return 0;
  memcpy(entry, ram(queue + 8 * words * (cons % QUEUE_ENTRIES)), 8 * words);
  set(cons_reg, (cons + 1) % (2 * QUEUE_ENTRIES));
  return 1;
}

/* ---- the function in configuration space ---- */
static uint64_t function_of(uint32_t requester_id) { return machine.ecam_base + ((uint64_t)requester_id << 12); }

static uint32_t extended_capability(uint64_t function, uint32_t id) {
  for (uint32_t at = EXT_FIRST; at != 0;) {
    const uint32_t header = read32(function + at);
    if ((header & 0xFFFF) == id) return at;
    at = header >> 20;
  }
  return 0;
}

static int enable_function(uint64_t function) {
  const uint32_t pasid = extended_capability(function, EXT_PASID), ats = extended_capability(function, EXT_ATS),
                 pri = extended_capability(function, EXT_PRI);
  if (pasid == 0 || ats == 0 || pri == 0) return 0;
  must(smmu_vp_mmio_write(vp, function + PCI_COMMAND, 2, 0x6)); /* Memory Space, Bus Master */
  must(smmu_vp_mmio_write(vp, function + pasid + 6, 2, 0x1));   /* before ATS (7.8.9.3) */
  write32(function + pri + 12, 8);                              /* limit of outstanding page requests */
  must(smmu_vp_mmio_write(vp, function + pri + 4, 2, 0x1));
  must(smmu_vp_mmio_write(vp, function + ats + 6, 2, 0x8000)); /* STU 0: 4 KB */
  return 1;
}

/* ---- translation tables: VMSAv8-64 stage 1, 4 KB, 48 bits (Arm ARM D8) ---- */
static uint64_t root;

static uint64_t* leaf_of(uint64_t va) {
  uint64_t table = root;
  for (int level = 0; level < 3; ++level) {
    uint64_t* entry = ram(table + 8 * (va >> (39 - 9 * level) & 511));
    if (*entry == 0) *entry = allocate(4096) | 3;
    table = *entry & UINT64_C(0x0000FFFFFFFFF000);
  }
  return ram(table + 8 * (va >> 12 & 511));
}
/* A page for user space: nG, AF, inner shareable, AP[1], PXN and UXN; AttrIndx 0. */
static void map(uint64_t va, uint64_t pa) { *leaf_of(va) = pa | UINT64_C(0x0060000000000F43); }

/* ---- the steps ---- */
static int probe(void) {
  const uint32_t idr0 = get(IDR0), idr1 = get(IDR1), idr5 = get(IDR5);
  printf("IDR0 %#010" PRIx32 "  IDR1 %#010" PRIx32 "  IDR5 %#010" PRIx32 "\n", idr0, idr1, idr5);
  check(idr0 & 1u << 1, "IDR0.S1P: stage 1");
  check(idr0 & 1u << 3, "IDR0.TTF: AArch64 tables");
  check(idr0 & 1u << 10 && idr0 & 1u << 16, "IDR0.ATS and PRI");
  check((idr1 >> 6 & 31) >= 1, "IDR1.SSIDSIZE: substreams");
  check(idr5 & 1u << 4, "IDR5.GRAN4K");
  check((get(CR0ACK) & CR0_SMMUEN) == 0, "the SMMU is disabled out of reset");
  return failures == 0;
}

static void enable(uint32_t sid) {
  uint32_t log2_streams = 6;
  while (sid >> log2_streams) ++log2_streams;
  const uint64_t strtab = allocate(UINT64_C(64) << (log2_streams > 6 ? log2_streams : 6));
  const uint64_t cds = allocate(4096);
  cmdq = allocate(4096);
  eventq = allocate(4096);
  priq = allocate(4096);
  root = allocate(4096);

  /* STE (5.2): stage 1, a linear table of 2^4 CDs; traffic without a substream is terminated; ATS. */
  uint64_t* ste = ram(strtab + 64 * (uint64_t)sid);
  ste[1] = 1u << 2 | 1u << 4 | 3u << 6 | 1u << 28; /* S1CIR, S1COR write-back; S1CSH inner; EATS full */
  ste[0] = cds | UINT64_C(4) << 59 | 5u << 1 | 1u;  /* S1CDMax, Config, V */
  /* CD (5.4): T0SZ 16, write-back inner shareable walks, EPD1, AA64, faults recorded and aborted. */
  const uint64_t ips = get(IDR5) & 7;
  uint64_t* cd = ram(cds + 64 * PASID);
  cd[1] = root;
  cd[3] = 0xFF; /* MAIR: attribute 0 is write-back memory */
  cd[0] = (uint64_t)ASID << 48 | UINT64_C(1) << 47 /* ASET */ | UINT64_C(1) << 46 /* A */ | UINT64_C(1) << 45 /* R */ |
          UINT64_C(1) << 41 /* AA64 */ | ips << 32 | 1u << 31 /* V */ | 1u << 30 /* EPD1 */ | 3u << 12 | 1u << 10 |
          1u << 8 | 16;

  check(set_and_wait(CR0, CR0ACK, 0), "CR0 = 0 is acknowledged");
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
  check(set_and_wait(IRQ_CTRL, IRQ_CTRLACK, 0x7), "interrupts of GERROR, PRIQ and EVENTQ are enabled");
  check(set_and_wait(CR0, CR0ACK, CR0_CMDQEN), "the Command queue is enabled");
  command(0x04, 31);   /* CMD_CFGI_ALL (4.3.6) */
  command(0x30, 0);    /* CMD_TLBI_NSNH_ALL (4.4.4) */
  check(sync_commands(), "CMD_SYNC raises its interrupt");
  const uint32_t on = CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN | CR0_ATSCHK;
  check(set_and_wait(CR0, CR0ACK, on | CR0_SMMUEN), "the SMMU is enabled");
  check(get(GERROR) == get(GERRORN), "no global error");
}

static smmu_vp_dma_request request(smmu_vp_dma_kind kind, uint64_t address, void* data, size_t length, int write) {
  smmu_vp_dma_request r;
  memset(&r, 0, sizeof r);
  r.kind = kind;
  r.has_pasid = 1;
  r.pasid = PASID;
  r.address = address;
  r.data = data;
  r.length = length;
  r.write = write;
  r.last = 1;
  return r;
}

static void translated_dma(uint32_t endpoint, uint64_t page) {
  uint64_t sent = UINT64_C(0x1122334455667788);
  smmu_vp_dma_request r = request(SMMU_VP_UNTRANSLATED, VA + 0x40, &sent, sizeof sent, 1);
  smmu_vp_dma_result got;
  r.endpoint = endpoint;
  map(VA, page);
  must(smmu_vp_dma(vp, &r, &got));
  check(got.status == SMMU_VP_DMA_OK && *ram(page + 0x40) == sent, "an untranslated write reaches the mapped page");
}

static void fault(uint32_t endpoint, uint32_t sid) {
  uint64_t data = 0, fired, event[4];
  smmu_vp_dma_request r = request(SMMU_VP_UNTRANSLATED, VA + 0x5008, &data, sizeof data, 0);
  smmu_vp_dma_result got;
  r.endpoint = endpoint;
  must(smmu_vp_dma(vp, &r, &got));
  check(got.status == SMMU_VP_DMA_ABORTED || got.status == SMMU_VP_DMA_UR || got.status == SMMU_VP_DMA_CA,
        "a read of an unmapped page is aborted");
  check(smmu_vp_irq_wait(vp, UINT64_C(1) << machine.irq_event, UINT64_C(1000000000), &fired) == SMMU_VP_OK,
        "the Event queue raises its interrupt");
  check(take(eventq, EVENTQ_PROD, EVENTQ_CONS, 4, event), "there is an event");
  /* F_TRANSLATION (7.3.12): SSV, SubstreamID, StreamID, RnW, InputAddr */
  check((event[0] & 0xFF) == 0x10 && (event[0] >> 11 & 1) == 1 && (event[0] >> 12 & 0xFFFFF) == PASID &&
            event[0] >> 32 == sid && (event[1] >> 35 & 1) == 1 && event[2] == VA + 0x5008,
        "it is F_TRANSLATION of this stream, substream and address");
}

static void ats_round_trip(uint32_t endpoint, uint32_t sid, uint64_t page) {
  uint64_t sent = UINT64_C(0xA55A), va_bits;
  smmu_vp_dma_request ask = request(SMMU_VP_TRANSLATION_REQUEST, VA, NULL, 0, 1);
  smmu_vp_dma_request use = request(SMMU_VP_VIA_ATC, VA + 0x80, &sent, sizeof sent, 1);
  smmu_vp_dma_result got;
  ask.endpoint = use.endpoint = endpoint;
  must(smmu_vp_dma(vp, &ask, &got));
  check(got.status == SMMU_VP_DMA_OK && got.translated_address == page && got.translated_size == 4096 && got.r && got.w,
        "a Translation Request returns the page with read and write permission");
  must(smmu_vp_dma(vp, &use, &got));
  check(got.status == SMMU_VP_DMA_OK && *ram(page + 0x80) == sent, "a translated write reaches it");

  *leaf_of(VA) = 0; /* unmap: TLB, then ATC, each synchronised (4.5.1) */
  va_bits = VA & ~UINT64_C(0xFFF);
  command(0x12 | (uint64_t)ASID << 48, va_bits | 1);                                    /* CMD_TLBI_NH_VA, leaf */
  check(sync_commands(), "the TLB invalidation completes");
  command(0x40 | 1u << 11 | (uint64_t)PASID << 12 | (uint64_t)sid << 32, va_bits);       /* CMD_ATC_INV, 4 KB */
  check(sync_commands(), "the ATC invalidation completes");
  must(smmu_vp_dma(vp, &ask, &got));
  check(got.status == SMMU_VP_DMA_OK && !got.r && !got.w, "a Translation Request then returns no permission");
}

static void page_request(uint32_t endpoint, uint32_t sid, uint64_t page) {
  uint64_t sent = UINT64_C(0xC0FFEE), fired, entry[2] = {0, 0}, handle;
  smmu_vp_dma_request r = request(SMMU_VP_VIA_ATC, VA + 0x7010, &sent, sizeof sent, 1);
  smmu_vp_dma_result got;
  int done = 0;
  r.endpoint = endpoint;
  must(smmu_vp_dma_start(vp, &r, &handle));
  check(smmu_vp_irq_wait(vp, UINT64_C(1) << machine.irq_pri, UINT64_C(10000000000), &fired) == SMMU_VP_OK,
        "the PRI queue raises its interrupt");
  check(take(priq, PRIQ_PROD, PRIQ_CONS, 2, entry), "there is a page request");
  /* Chapter 8: StreamID, SubstreamID, W, Last, SSV; page address and PRG index */
  check((uint32_t)entry[0] == sid && (entry[0] >> 32 & 0xFFFFF) == PASID && (entry[0] >> 61 & 7) == 7 &&
            (entry[1] & ~UINT64_C(0xFFF)) == VA + 0x7000,
        "it requests write access to the missing page");
  map(VA + 0x7000, page);
  command(0x41 | 1u << 11 | (uint64_t)PASID << 12 | (uint64_t)sid << 32, (entry[1] & 0x1FF) | 2u << 12);
  check(sync_commands(), "CMD_PRI_RESP is consumed");
  for (int i = 0; i < 1000 && !done; ++i) {
    must(smmu_vp_advance(vp, 1000000));
    must(smmu_vp_dma_poll(vp, handle, &got, &done));
  }
  check(done && got.status == SMMU_VP_DMA_OK && *ram(page + 0x10) == sent, "the device continues and writes the new page");
}

int main(int argc, char** argv) {
  uint64_t violations = 0;
  char text[2000];
  uint32_t endpoint = 0;
  smmu_vp_endpoint device;
  (void)argc;
  must(smmu_vp_open(NULL, (const char* const*)argv + 1, &vp));
  must(smmu_vp_get_info(vp, &machine));
  next_page = machine.ram_base + (1 << 20);
  while (smmu_vp_get_endpoint(vp, endpoint, &device) == SMMU_VP_OK && !device.pcie) ++endpoint;
  const uint32_t sid = device.stream_id; /* the RequesterID of the PCIe function */

  if (probe()) {
    const uint64_t page = allocate(4096), second = allocate(4096);
    check(enable_function(function_of(sid)), "the function has PASID, ATS and PRI");
    enable(sid);
    translated_dma(endpoint, page);
    fault(endpoint, sid);
    ats_round_trip(endpoint, sid, page);
    page_request(endpoint, sid, second);
  }
  must(smmu_vp_settle(vp, UINT64_C(1000000000000)));
  must(smmu_vp_violations(vp, &violations, text, sizeof text));
  check(violations == 0, "no monitor found a violation");
  if (violations) fputs(text, stdout);
  printf("%s after %" PRIu64 " ns simulated\n", failures ? "FAILED" : "passed", smmu_vp_now_ps(vp) / 1000);
  smmu_vp_close(vp);
  return failures != 0;
}
