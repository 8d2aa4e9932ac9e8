/* smmu_vp.h: bring your own driver. The platform of an Arm SMMUv3 with PCIe ATS/PRI endpoints behind a C ABI.
 *
 * The caller plays the CPU: it reads and writes device registers, fills tables and queues in RAM, asks the
 * devices for DMA and waits for interrupts. Simulated time advances inside the calls and nowhere else.
 * Addresses are physical addresses of the platform, times are picoseconds of simulated time.
 *
 * Rules
 * - Every call returns a status; a call that failed has a one-line reason in smmu_vp_last_error(). No call
 * throws, aborts the process or prints to stdout.
 * - Thread-compatible: any thread may call, one at a time.
 * - One platform per process, once: SystemC elaborates once. While one is open, and after it was closed, a
 * further open answers SMMU_VP_EBUSY. An open that failed may be tried again.
 * - After close the handle and pointers from smmu_vp_mem_ptr() are dead; calls with the handle answer
 * SMMU_VP_EINVAL.
 *
 * Without a driver the machine is as it powers on: SMMU disabled, GBPA at its reset value, RAM zero, endpoint
 * capabilities off.
 */
#ifndef SMMU_VP_H
#define SMMU_VP_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SMMU_VP_API __attribute__((visibility("default")))
#else
#define SMMU_VP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* In C++ beside the namespace smmu_vp of the TLM components: #define smmu_vp to another name around the
 * #include. */
typedef struct smmu_vp smmu_vp;

typedef enum {
  SMMU_VP_OK,
  SMMU_VP_EINVAL,    /* an argument is wrong: NULL, size, alignment, range, dead handle */
  SMMU_VP_ECONFIG,   /* the configuration is wrong, or the host cannot provide it */
  SMMU_VP_EBUSY,     /* there is a platform already, or too much is under way */
  SMMU_VP_ETIMEDOUT, /* simulated time ran out, or nothing is under way that could end the wait */
  SMMU_VP_EFAULT,    /* nothing answers at that address, or what is there refuses the access */
  SMMU_VP_EINTERNAL  /* a defect of the platform */
} smmu_vp_status;

typedef struct {
  uint64_t smmu_base, smmu_size; /* register pages 0 and 1, 64 KB each, and what follows them */
  uint64_t ram_base, ram_size;
  uint64_t ecam_base, ecam_size; /* PCIe configuration space: base + (RequesterID << 12) + register */
  uint32_t endpoint_count;
  uint32_t irq_event, irq_pri, irq_gerror, irq_cmd_sync; /* wired interrupt lines of the SMMU */
} smmu_vp_info;

/* config_path: a TOML file, or NULL. overrides: "key=value" strings ended by NULL, or NULL; they win over the
 * file. `smmu-vp list config` has the keys. On failure *out is NULL. */
SMMU_VP_API smmu_vp_status smmu_vp_open(const char* config_path_or_null, const char* const* overrides_or_null,
                                        smmu_vp** out);
SMMU_VP_API void smmu_vp_close(smmu_vp* vp);

/* Why the last call that failed did; "" when none has. Never NULL; valid until the next call. */
SMMU_VP_API const char* smmu_vp_last_error(const smmu_vp* vp_or_null);

SMMU_VP_API smmu_vp_status smmu_vp_get_info(smmu_vp* vp, smmu_vp_info* info);

/* ---- Where interrupts and devices are: what firmware tables would tell ---- */

typedef struct {
  int pcie; /* 1: PCIe function, found in ECAM; 0: platform device, which stalls instead of using ATS and PRI
             */
  uint32_t stream_id; /* PCIe: its RequesterID */
  uint64_t registers; /* platform device: its registers; PCIe: 0, the BAR is the driver's to place */
  uint32_t irq;       /* platform device: its line; PCIe: 0, it sends MSI-X */
} smmu_vp_endpoint;

typedef struct {
  uint64_t msi_doorbell; /* a 32-bit write of N raises interrupt line N */
  uint32_t irq_lines;    /* lines are 0 .. irq_lines - 1; irq_wait() takes those below 64 */
  uint64_t pcie_window_base, pcie_window_size; /* for BARs */
} smmu_vp_layout;

SMMU_VP_API smmu_vp_status smmu_vp_get_layout(smmu_vp* vp, smmu_vp_layout* layout);
SMMU_VP_API smmu_vp_status smmu_vp_get_endpoint(smmu_vp* vp, uint32_t index, smmu_vp_endpoint* endpoint);

/* ---- CPU accesses ---- */

/* Device registers: SMMU pages, ECAM, BARs, platform devices, MSI doorbell. size is 1, 2, 4 or 8, pa a
 * multiple of it. Each access takes simulated time (cpu.costs.mmio_*), so that a loop which polls a register
 * makes time pass. A read that fails gives all ones, as a bus would. SMMU_VP_ETIMEDOUT: the access waits for
 * something that only software can end, such as a PCIe read behind a posted write that is stalled; it stays
 * outstanding, and later accesses pass it. */
SMMU_VP_API smmu_vp_status smmu_vp_mmio_read(smmu_vp* vp, uint64_t pa, unsigned size, uint64_t* value);
SMMU_VP_API smmu_vp_status smmu_vp_mmio_write(smmu_vp* vp, uint64_t pa, unsigned size, uint64_t value);

/* RAM, any length. Takes simulated time as well (cpu.costs.load_ns, store_ns for each 64 bytes), so that
 * polling memory works. */
SMMU_VP_API smmu_vp_status smmu_vp_mem_read(smmu_vp* vp, uint64_t pa, void* buf, size_t n);
SMMU_VP_API smmu_vp_status smmu_vp_mem_write(smmu_vp* vp, uint64_t pa, const void* buf, size_t n);

/* Host pointer to [pa, pa + n) of RAM, valid until close; NULL when that is not all RAM. Stores are seen by
 * the hardware at once and take no time: who polls through it calls smmu_vp_advance(). With
 * memory.host_address = A in the configuration, RAM is mapped at A; with memory.base = A as well, pointers
 * are physical addresses. */
SMMU_VP_API void* smmu_vp_mem_ptr(smmu_vp* vp, uint64_t pa, size_t n);

/* ---- Time and interrupts ---- */

SMMU_VP_API uint64_t smmu_vp_now_ps(const smmu_vp* vp); /* 0 for a dead handle */
SMMU_VP_API smmu_vp_status smmu_vp_advance(smmu_vp* vp, uint64_t ps);
/* Runs until nothing is in flight. SMMU_VP_ETIMEDOUT after max_ps, or at once when what is in flight waits
 * for software (a stall, a page request). */
SMMU_VP_API smmu_vp_status smmu_vp_settle(smmu_vp* vp, uint64_t max_ps);

/* Interrupts are edges; each line has a pending bit, set by an edge and cleared by the irq_wait() that
 * reports it. This is the pending bit: 1 or 0; -1 for a dead handle or a line there is not. Takes no time. */
SMMU_VP_API int smmu_vp_irq_level(smmu_vp* vp, uint32_t irq);
/* Runs until a line of the mask (bit N: line N) is pending; *fired has those that are, and clears them. Edges
 * since the last wait count. timeout_ps 0 looks without waiting; UINT64_MAX waits as long as anything can
 * still happen. */
SMMU_VP_API smmu_vp_status smmu_vp_irq_wait(smmu_vp* vp, uint64_t irq_mask, uint64_t timeout_ps,
                                            uint64_t* fired);

/* ---- Broadcast TLB maintenance ---- */

/* The TLBI instructions of a processor whose effect reaches the SMMU (3.17), named without their IS or OS.
 * Secure state and EL3 have none here. */
typedef enum {
  SMMU_VP_TLBI_ALLE1,      /* stages 1 and 2, every VMID */
  SMMU_VP_TLBI_VMALLE1,    /* stage 1 of a VMID */
  SMMU_VP_TLBI_VMALLS12E1, /* stages 1 and 2 of a VMID */
  SMMU_VP_TLBI_ASIDE1,
  SMMU_VP_TLBI_VAE1,
  SMMU_VP_TLBI_VAAE1,   /* in every ASID */
  SMMU_VP_TLBI_IPAS2E1, /* intermediate physical addresses: stage 2 of a VMID */
  SMMU_VP_TLBI_ALLE2,
  SMMU_VP_TLBI_ASIDE2, /* ASIDE2 and VAAE2: with e2h only */
  SMMU_VP_TLBI_VAE2,
  SMMU_VP_TLBI_VAAE2
} smmu_vp_tlbi_op;

/* Fields that an operation does not use are ignored. */
typedef struct {
  smmu_vp_tlbi_op op;
  uint32_t vmid;    /* *E1 but ALLE1: 16 bits; an SMMU without stage 2 listens to 0 only */
  uint32_t asid;    /* ASIDE*, VAE1, VAE2 with e2h: 16 bits */
  uint64_t address; /* VA*, IPAS2E1: the first byte, a multiple of 4096 */
  uint64_t bytes;   /* VA*, IPAS2E1: how many, a multiple of 4096; 0 is 4096, more is a range operation */
  int last_level;   /* VA*, IPAS2E1: what was cached of tables above the last level may stay */
  int e2h;          /* *E2: from a processor in EL2 Host mode, whose EL2 has ASIDs (3.17.5) */
} smmu_vp_tlbi;

/* A processor executes that TLBI; returns once the SMMU has taken it. SMMU_VP_EINVAL: an operation there is
 * not, or a field out of its range. An SMMU that does not take part ignores it, as hardware does: while
 * SMMU_IDR0.BTM is 0 (smmu.features.btm=true in the configuration makes it 1) or SMMU_CR2.PTM is 1, which
 * software has to clear before it sets SMMUEN (6.3.12); and so does one that lacks the stage or exception
 * level named. That is SMMU_VP_OK. A device's ATC is not reached: CMD_ATC_INV stays a command (3.9.1). */
SMMU_VP_API smmu_vp_status smmu_vp_tlbi_broadcast(smmu_vp* vp, const smmu_vp_tlbi* tlbi);
/* The DSB after them: runs until every TLBI before it is complete, which is when the DMA that may have used
 * what they removed has ended. Takes cpu.costs.barrier_ns at least. It completes no command: that is
 * CMD_SYNC's. SMMU_VP_ETIMEDOUT: such DMA does not end for what only software can do; the wait goes on in
 * the background. */
SMMU_VP_API smmu_vp_status smmu_vp_tlbi_sync(smmu_vp* vp);

/* ---- What devices do ---- */

typedef enum {
  SMMU_VP_UNTRANSLATED,
  SMMU_VP_TRANSLATION_REQUEST,
  SMMU_VP_TRANSLATED,   /* address is the translated address */
  SMMU_VP_PAGE_REQUEST, /* for the page at address; write: the right asked for */
  SMMU_VP_STOP_MARKER,
  SMMU_VP_VIA_ATC /* as the device would: ATC, then ATS, then PRI if needed, then the access */
} smmu_vp_dma_kind;

/* The first five kinds send exactly what is asked, whatever the function's ATS, PRI and PASID controls allow;
 * a PCIe function without Bus Master Enable sends no memory request. Platform devices know UNTRANSLATED and
 * VIA_ATC, which is the same to them. Fields that a kind does not use are ignored. */
typedef struct {
  uint32_t endpoint; /* 0 .. endpoint_count - 1 */
  smmu_vp_dma_kind kind;
  int has_pasid;
  uint32_t pasid; /* 20 bits */
  uint64_t address;
  size_t length; /* accesses: 1 byte .. 16 MB; split at 4 KB boundaries, one part after another */
  void* data;    /* accesses: length bytes. Read when the DMA starts; written when it is reported done */
  int write, privileged, execute; /* privileged, execute: not with VIA_ATC */
  int no_write;                   /* translation request: NW */
  uint32_t prg_index;             /* page request: 9 bits */
  int last;                       /* page request: last of its group */
} smmu_vp_dma_request;

typedef enum {
  SMMU_VP_DMA_OK,
  SMMU_VP_DMA_ABORTED,
  SMMU_VP_DMA_UR,
  SMMU_VP_DMA_CA,
  SMMU_VP_DMA_STALLED, /* waits for software: a stall to be resumed, a page request to be answered */
  SMMU_VP_DMA_TIMEOUT  /* still under way after 100 ms */
} smmu_vp_dma_status;

typedef struct {
  smmu_vp_dma_status status;
  uint64_t latency_ps;
  uint64_t translated_address; /* translation completion; size 0: there was none */
  uint64_t translated_size;
  int r, w, u, exe, priv, global;
  int responded; /* page request: answered yet, and with what */
  uint32_t prg_response_code;
} smmu_vp_dma_result;

/* Runs until the DMA ends, or waits for software (SMMU_VP_DMA_STALLED), or 100 ms have passed. In the last
 * two cases it goes on by itself and the caller hears no more of it: data is not written. A page request ends
 * here when the SMMU has it; who wants its answer uses dma_start(). */
SMMU_VP_API smmu_vp_status smmu_vp_dma(smmu_vp* vp, const smmu_vp_dma_request* request,
                                       smmu_vp_dma_result* result);
/* In the background. *handle is for dma_poll(); at most 1024 may be started and not yet reported done. */
SMMU_VP_API smmu_vp_status smmu_vp_dma_start(smmu_vp* vp, const smmu_vp_dma_request* request,
                                             uint64_t* handle);
/* Takes no time. Not done: *done is 0 and status SMMU_VP_DMA_STALLED if it waits for software,
 * SMMU_VP_DMA_TIMEOUT otherwise. Done: *done is 1, data is written, and the handle is dead. */
SMMU_VP_API smmu_vp_status smmu_vp_dma_poll(smmu_vp* vp, uint64_t handle, smmu_vp_dma_result* result,
                                            int* done);

/* ---- Observing ---- */

/* A counter of summary.json by its name: "smmu.tlb.hits", "ep0.dma.bytes_read", ... */
SMMU_VP_API smmu_vp_status smmu_vp_counter(smmu_vp* vp, const char* dotted_name, uint64_t* value);
/* What the monitors have found so far: how many, and one line each in text, cut to n bytes with its NUL. text
 * may be NULL when n is 0. */
SMMU_VP_API smmu_vp_status smmu_vp_violations(smmu_vp* vp, uint64_t* count, char* text, size_t n);
/* Starts a wave file (FST) at the present moment, or closes it: path NULL. One at a time. */
SMMU_VP_API smmu_vp_status smmu_vp_waves(smmu_vp* vp, const char* path_or_null_to_close);

#ifdef __cplusplus
}
#endif

#endif
