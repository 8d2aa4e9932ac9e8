/* smmu_vp.h: bring your own driver. A C ABI to a platform with an Arm SMMUv3 and PCIe ATS/PRI endpoints.
 *
 * The caller plays the CPU: it reads and writes device registers, fills tables and queues in RAM, makes the
 * devices perform DMA and waits for interrupts. Simulated time advances only inside the calls. Addresses are
 * physical addresses of the platform, times are picoseconds of simulated time.
 *
 * Rules
 * - Every call returns a status. After a failed call smmu_vp_last_error() has the reason in one line. No call
 *   throws, aborts the process or prints to stdout.
 * - Thread-compatible: any thread may call, one at a time.
 * - One platform per process, and only once, because SystemC elaborates once. While a platform is open, and
 *   after it was closed, a further open returns SMMU_VP_EBUSY. After a failed open another one is allowed.
 * - However the process ends - return from main, exit(), quick_exit(), an uncaught exception, with or without
 *   close - open wave files and run folders are completed, and later calls, such as from static destructors,
 *   return SMMU_VP_EINVAL. A signal that kills the process completes nothing. In a process forked from the one that
 *   opened the platform, every call returns SMMU_VP_EINVAL and nothing is written.
 * - After close the handle and pointers from smmu_vp_mem_ptr() are invalid; calls with the handle return
 *   SMMU_VP_EINVAL.
 *
 * The machine starts in its power-on state: SMMU disabled, GBPA at its reset value, RAM zero, endpoint
 * capabilities disabled. RAM that is a file (memory.file in the configuration) has the file's contents, and
 * keeps them across smmu_vp_reset().
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

/* C++ code that also uses the namespace smmu_vp of the TLM components must #define smmu_vp to another name
 * around the #include. */
typedef struct smmu_vp smmu_vp;

typedef enum {
  SMMU_VP_OK,
  SMMU_VP_EINVAL,    /* an argument is wrong: NULL, size, alignment, range, invalid handle */
  SMMU_VP_ECONFIG,   /* the configuration is wrong, or the host cannot provide it */
  SMMU_VP_EBUSY,     /* the process has or had a platform, or too many operations are in flight */
  SMMU_VP_ETIMEDOUT, /* the time limit passed, or nothing in flight can end the wait */
  SMMU_VP_EFAULT,    /* nothing responds at that address, or the target refuses the access */
  SMMU_VP_EINTERNAL  /* a defect of the platform */
} smmu_vp_status;

typedef struct {
  uint64_t smmu_base, smmu_size; /* register pages 0 and 1 of 64 KB each, and further pages */
  uint64_t ram_base, ram_size;
  uint64_t ecam_base, ecam_size; /* PCIe configuration space: base + (RequesterID << 12) + register */
  uint32_t endpoint_count;
  uint32_t irq_event, irq_pri, irq_gerror, irq_cmd_sync; /* wired interrupt lines of the SMMU */
} smmu_vp_info;

/* config_path_or_null: a TOML file. overrides_or_null: "key=value" strings, terminated by NULL, which take
 * precedence over the file. `smmu-vp list config` lists the keys. On failure *out is NULL. */
SMMU_VP_API smmu_vp_status smmu_vp_open(const char* config_path_or_null, const char* const* overrides_or_null,
                                        smmu_vp** out);
SMMU_VP_API void smmu_vp_close(smmu_vp* vp);
/* Restores the state after open: registers, RAM, caches, queues, devices, counters, monitor results,
 * interrupts, and time, which starts at 0 again. Operations in flight are dropped, handles of dma_start()
 * become invalid, the wave file and the run folder are closed: a folder holds one history. Pointers from
 * smmu_vp_mem_ptr() stay valid. The same calls then give bit-identical results as after open. SMMU_VP_EBUSY:
 * the process has SystemC modules of its own, which would be lost. */
SMMU_VP_API smmu_vp_status smmu_vp_reset(smmu_vp* vp);

/* The reason of the last failure, "" if no call has failed. Never NULL; valid until the next call. */
SMMU_VP_API const char* smmu_vp_last_error(const smmu_vp* vp_or_null);

SMMU_VP_API smmu_vp_status smmu_vp_get_info(smmu_vp* vp, smmu_vp_info* info);

/* ---- Interrupts and devices, as firmware tables would describe them ---- */

typedef struct {
  int pcie; /* 1: PCIe function, found through ECAM; 0: platform device, stalls instead of ATS and PRI */
  uint32_t stream_id; /* PCIe: its RequesterID */
  uint64_t registers; /* platform device: its registers; PCIe: 0, the driver assigns the BAR */
  uint32_t irq;       /* platform device: its interrupt line; PCIe: 0, it sends MSI-X */
} smmu_vp_endpoint;

typedef struct {
  uint64_t msi_doorbell; /* a 32-bit write of N raises interrupt line N */
  uint32_t irq_lines;    /* lines are 0 .. irq_lines - 1; irq_wait() covers those below 64 */
  uint64_t pcie_window_base, pcie_window_size; /* for BARs */
} smmu_vp_layout;

SMMU_VP_API smmu_vp_status smmu_vp_get_layout(smmu_vp* vp, smmu_vp_layout* layout);
SMMU_VP_API smmu_vp_status smmu_vp_get_endpoint(smmu_vp* vp, uint32_t index, smmu_vp_endpoint* endpoint);

/* ---- CPU accesses ---- */

/* Accesses device registers: SMMU pages, ECAM, BARs, platform devices, MSI doorbell. size is 1, 2, 4 or 8, pa
 * a multiple of size. Each access takes simulated time (cpu.costs.mmio_*), so that time advances in a loop
 * that polls a register. A read that fails returns all ones, as on a bus. SMMU_VP_ETIMEDOUT: the access waits
 * for something that only software can end, such as a PCIe read behind a stalled posted write; it stays
 * outstanding, and later accesses pass it. */
SMMU_VP_API smmu_vp_status smmu_vp_mmio_read(smmu_vp* vp, uint64_t pa, unsigned size, uint64_t* value);
SMMU_VP_API smmu_vp_status smmu_vp_mmio_write(smmu_vp* vp, uint64_t pa, unsigned size, uint64_t value);

/* Accesses RAM, any length. This also takes simulated time (cpu.costs.load_ns or store_ns for each 64 bytes),
 * so that polling memory works. */
SMMU_VP_API smmu_vp_status smmu_vp_mem_read(smmu_vp* vp, uint64_t pa, void* buf, size_t n);
SMMU_VP_API smmu_vp_status smmu_vp_mem_write(smmu_vp* vp, uint64_t pa, const void* buf, size_t n);

/* Host pointer to [pa, pa + n) of RAM, valid until close; NULL if any of it is outside RAM. The hardware sees
 * stores at once, and accesses take no simulated time: a caller that polls through the pointer has to call
 * smmu_vp_advance(). With memory.host_address = A in the configuration RAM is mapped at A; with
 * memory.base = A as well, pointers equal physical addresses. */
SMMU_VP_API void* smmu_vp_mem_ptr(smmu_vp* vp, uint64_t pa, size_t n);

/* ---- Time and interrupts ---- */

SMMU_VP_API uint64_t smmu_vp_now_ps(const smmu_vp* vp); /* 0 for an invalid handle */
SMMU_VP_API smmu_vp_status smmu_vp_advance(smmu_vp* vp, uint64_t ps);
/* Runs until nothing is in flight. SMMU_VP_ETIMEDOUT: max_ps passed, or everything in flight waits for
 * software (a stall, a page request), which is reported without waiting for max_ps. */
SMMU_VP_API smmu_vp_status smmu_vp_settle(smmu_vp* vp, uint64_t max_ps);

/* Interrupts are edges. Each line has a pending bit, which an edge sets and the irq_wait() that reports it
 * clears. Returns the pending bit; -1 for an invalid handle or a line that does not exist. Takes no time. */
SMMU_VP_API int smmu_vp_irq_level(smmu_vp* vp, uint32_t irq);
/* Runs until a line of the mask (bit N: line N) is pending, including lines that became pending before the
 * call. Returns the pending lines of the mask in *fired and clears their bits. timeout_ps 0 checks without
 * waiting; UINT64_MAX waits as long as any event can still occur. */
SMMU_VP_API smmu_vp_status smmu_vp_irq_wait(smmu_vp* vp, uint64_t irq_mask, uint64_t timeout_ps,
                                            uint64_t* fired);

/* ---- Broadcast TLB maintenance ---- */

/* The TLBI instructions of a processor that affect the SMMU (3.17), named without the suffix IS or OS. Secure
 * state and EL3 are not modelled. */
typedef enum {
  SMMU_VP_TLBI_ALLE1,      /* stages 1 and 2, every VMID */
  SMMU_VP_TLBI_VMALLE1,    /* stage 1 of a VMID */
  SMMU_VP_TLBI_VMALLS12E1, /* stages 1 and 2 of a VMID */
  SMMU_VP_TLBI_ASIDE1,
  SMMU_VP_TLBI_VAE1,
  SMMU_VP_TLBI_VAAE1,   /* all ASIDs */
  SMMU_VP_TLBI_IPAS2E1, /* intermediate physical addresses: stage 2 of a VMID */
  SMMU_VP_TLBI_ALLE2,
  SMMU_VP_TLBI_ASIDE2, /* ASIDE2 and VAAE2: only with e2h */
  SMMU_VP_TLBI_VAE2,
  SMMU_VP_TLBI_VAAE2
} smmu_vp_tlbi_op;

/* Fields that an operation does not use are ignored. */
typedef struct {
  smmu_vp_tlbi_op op;
  uint32_t vmid;    /* *E1 except ALLE1: 16 bits; an SMMU without stage 2 reacts only to 0 */
  uint32_t asid;    /* ASIDE*, VAE1, VAE2 with e2h: 16 bits */
  uint64_t address; /* VA*, IPAS2E1: start address, a multiple of 4096 */
  uint64_t bytes;   /* VA*, IPAS2E1: size, a multiple of 4096; 0 means 4096, more is a range operation */
  int last_level;   /* VA*, IPAS2E1: cached table descriptors above the last level may stay */
  int e2h;          /* *E2: the processor is in EL2 Host mode, whose EL2 has ASIDs (3.17.5) */
} smmu_vp_tlbi;

/* A processor executes the TLBI; returns once the SMMU has accepted it. SMMU_VP_EINVAL: the operation does
 * not exist, or a field is out of range. As in hardware, the SMMU ignores the TLBI, with SMMU_VP_OK, while
 * SMMU_IDR0.BTM is 0 (smmu.features.btm=true in the configuration makes it 1) or SMMU_CR2.PTM is 1, which
 * software has to clear before it sets SMMUEN (6.3.12), or if it lacks the stage or exception level in
 * question. A TLBI does not reach a device's ATC: that still needs CMD_ATC_INV (3.9.1). */
SMMU_VP_API smmu_vp_status smmu_vp_tlbi_broadcast(smmu_vp* vp, const smmu_vp_tlbi* tlbi);
/* The DSB after TLBIs: runs until every earlier TLBI is complete, that is, until the DMA that may use an
 * invalidated translation has ended. Takes at least cpu.costs.barrier_ns. It does not complete commands; that
 * takes a CMD_SYNC. SMMU_VP_ETIMEDOUT: such DMA waits for something that only software can end; the DSB stays
 * outstanding. */
SMMU_VP_API smmu_vp_status smmu_vp_tlbi_sync(smmu_vp* vp);

/* ---- DMA ---- */

typedef enum {
  SMMU_VP_UNTRANSLATED,
  SMMU_VP_TRANSLATION_REQUEST,
  SMMU_VP_TRANSLATED,   /* address is a translated address */
  SMMU_VP_PAGE_REQUEST, /* for the page at address; write: requests write permission */
  SMMU_VP_STOP_MARKER,
  SMMU_VP_VIA_ATC /* as a device does by itself: ATC, then ATS, then PRI if needed, then the access */
} smmu_vp_dma_kind;

/* The first five kinds send exactly the given request, regardless of the function's ATS, PRI and PASID
 * controls; a PCIe function without Bus Master Enable sends no memory request. Platform devices support
 * UNTRANSLATED and VIA_ATC, which are the same for them. Fields that a kind does not use are ignored. */
typedef struct {
  uint32_t endpoint; /* 0 .. endpoint_count - 1 */
  smmu_vp_dma_kind kind;
  int has_pasid;
  uint32_t pasid; /* 20 bits */
  uint64_t address;
  size_t length; /* accesses: 1 byte .. 16 MB; split at 4 KB boundaries into sequential parts */
  void* data;    /* accesses: length bytes; read when the DMA starts, written when it is reported done */
  int write, privileged, execute; /* privileged, execute: must be 0 with VIA_ATC */
  int no_write;                   /* translation request: NW */
  uint32_t prg_index;             /* page request: 9 bits */
  int last;                       /* page request: last of its group */
} smmu_vp_dma_request;

typedef enum {
  SMMU_VP_DMA_OK,
  SMMU_VP_DMA_ABORTED,
  SMMU_VP_DMA_UR,
  SMMU_VP_DMA_CA,
  SMMU_VP_DMA_STALLED, /* waits for software: to resume a stall, to enable or drain the Event queue so that it
                        * can be recorded, or to answer a page request */
  SMMU_VP_DMA_TIMEOUT  /* still in flight after 100 ms */
} smmu_vp_dma_status;

typedef struct {
  smmu_vp_dma_status status;
  uint64_t latency_ps;
  uint64_t translated_address; /* translation completion; size 0: none */
  uint64_t translated_size;
  int r, w, u, exe, priv, global;
  int responded; /* page request: software or the SMMU has answered its group, with this code */
  uint32_t prg_response_code;
} smmu_vp_dma_result;

/* Runs until the DMA ends, waits for software (SMMU_VP_DMA_STALLED), or 100 ms have passed. In the last two
 * cases it continues in the background, but is not reported any more and data is not written. A page request
 * ends here when the SMMU has queued it; to see software's answer use dma_start(). A page request that the
 * SMMU answers itself (PRI queue disabled, 8.2, or overflowed, 8.1) ends when that answer has arrived, with
 * `responded` set. */
SMMU_VP_API smmu_vp_status smmu_vp_dma(smmu_vp* vp, const smmu_vp_dma_request* request,
                                       smmu_vp_dma_result* result);
/* Starts a DMA in the background. *handle is for dma_poll(). At most 1024 may be started and not yet reported
 * done. */
SMMU_VP_API smmu_vp_status smmu_vp_dma_start(smmu_vp* vp, const smmu_vp_dma_request* request,
                                             uint64_t* handle);
/* Takes no time. Not done: *done is 0 and status is SMMU_VP_DMA_STALLED if the DMA waits for software, as for
 * dma(), else SMMU_VP_DMA_TIMEOUT. Done: *done is 1, data is written, and the handle becomes invalid. The
 * last page request of a group is done when the function has accepted an answer. Any other is done when the
 * SMMU has queued it or answered it itself, such as with Response Failure (8.2); `responded` then shows
 * whether its group was answered by the time of the poll. */
SMMU_VP_API smmu_vp_status smmu_vp_dma_poll(smmu_vp* vp, uint64_t handle, smmu_vp_dma_result* result,
                                            int* done);

/* With which attributes an access left the SMMU (13.1). It always targets the Non-secure address space. */
typedef struct {
  uint32_t memory_attributes; /* as a byte of MAIR: 0xff is Normal Write-Back, 0x00 Device-nGnRnE */
  uint32_t shareability;      /* as SH: 0 Non-shareable, 2 Outer, 3 Inner Shareable */
  int instruction, privileged;
} smmu_vp_attributes;
/* Those of the DMA that dma() or dma_poll() reported last, of its last part if it was split. SMMU_VP_EINVAL unless that was
 * SMMU_VP_UNTRANSLATED or SMMU_VP_TRANSLATED and ended with SMMU_VP_DMA_OK. */
SMMU_VP_API smmu_vp_status smmu_vp_dma_attributes(const smmu_vp* vp, smmu_vp_attributes* attributes);

/* ---- Observation ---- */

/* Texts that a call returns are cut off at n bytes including the NUL; text may be NULL if n is 0. None of
 * these calls takes simulated time or changes what the hardware does, with the exception of
 * smmu_vp_finish(). */

/* Reads a counter of summary.json by its name: "smmu.tlb.hits", "ep0.dma.bytes_read", ... */
SMMU_VP_API smmu_vp_status smmu_vp_counter(smmu_vp* vp, const char* dotted_name, uint64_t* value);
/* The names of all counters of this machine, one on each line. `smmu-vp explain NAME` says what one
 * counts. */
SMMU_VP_API smmu_vp_status smmu_vp_counters(smmu_vp* vp, char* names, size_t n);

/* The violations that the monitors have found so far: their number, and one line for each in text, the
 * earliest first. Of each monitor the first 100 have a line. */
SMMU_VP_API smmu_vp_status smmu_vp_violations(smmu_vp* vp, uint64_t* count, char* text, size_t n);

/* One violation. What the monitor cannot tell has its has_* flag 0 and the value 0. */
typedef struct {
  char monitor[48]; /* its name, as `smmu-vp list monitors` has it */
  uint64_t t_ps;    /* when the rule was broken */
  int has_stream, has_pasid, has_address, has_physical, has_descriptor, has_old_value, has_new_value;
  uint32_t stream_id;            /* StreamID, up to 32 bits */
  uint32_t pasid;                /* 20 bits */
  uint64_t address;              /* virtual, as the tables of the PASID map it */
  uint64_t physical;             /* physical address that was accessed */
  uint64_t descriptor;           /* physical address of the descriptor or structure word that decides */
  uint64_t old_value, new_value; /* that word when the hardware took it up, and now */
  char text[512];                /* one line: the rule, and what broke it */
} smmu_vp_finding;

/* The violation on line `index` of smmu_vp_violations(): 0 is the earliest. SMMU_VP_EINVAL: there is none. */
SMMU_VP_API smmu_vp_status smmu_vp_violation(smmu_vp* vp, uint64_t index, smmu_vp_finding* finding);
/* What the monitors have checked: without checks, the absence of violations means nothing. text gets a line
 * for each monitor with its name, its number of checks so far, and "clean", "violation" or "not judged". */
SMMU_VP_API smmu_vp_status smmu_vp_monitors(smmu_vp* vp, char* text, size_t n);
/* Tells the monitors that the driver has ended: what only the end shows, such as a page request without an
 * answer, is judged now. First lets DMA and commands in flight end, except what waits for software. Only the
 * first call judges, until a reset. SMMU_VP_ETIMEDOUT: something was still in flight after 100 ms; nothing
 * was judged. */
SMMU_VP_API smmu_vp_status smmu_vp_finish(smmu_vp* vp);

/* ---- Looking into the machine ---- */

/* Explains what the SMMU would do with an access at this moment, step by step with sections of the manual.
 * access is "SID:SSID:VA:ACCESS", such as "0x100:1:0x7612345000:rw": SSID is "-" for none, ACCESS letters
 * of r, w, x (instruction read) and p (privileged). The text is also added to explain.txt of an open run
 * folder. With "@TIME" at its end, such as "@1.5us", the access is explained at that time: the text is empty,
 * and explain.txt of the run folders that are open then gets it. */
SMMU_VP_API smmu_vp_status smmu_vp_explain(smmu_vp* vp, const char* access, char* text, size_t n);
/* Writes stream_table.txt, context_descriptors.txt, page_tables.txt and caches.txt to the directory, which is
 * made if it does not exist: every valid structure and descriptor reachable from the registers, and the
 * contents of the SMMU's caches. SMMU_VP_EINVAL: a file could not be written. */
SMMU_VP_API smmu_vp_status smmu_vp_dump(smmu_vp* vp, const char* directory);
/* The fields of the SMMU's records as JSON: what is "commands" (4.1), "events" (7.3) or "page_requests" (8).
 * An array of objects with name, number (opcode or event number), section and fields: name, msb, lsb, and
 * "address": true if the field's bits are those of an address in place. Bits count from bit 0 of the record's
 * first 64-bit word. */
SMMU_VP_API smmu_vp_status smmu_vp_records(smmu_vp* vp, const char* what, char* json, size_t n);

/* ---- Recording ---- */

/* Records from now on into a run folder, as `smmu-vp run` leaves it: summary.json, account.txt, and as `what`
 * says. what is a list such as "events,waves" of
 *   events    events.jsonl
 *   timeline  timeline.json
 *   waves     waves.fst and waves.gtkw
 *   latency   latencies in summary.json and account.txt
 *   report    report.html, a page of all of this
 * or "none"; NULL means all. Counters and monitors count from open or reset on, the rest from this call on.
 * The directory is made if needed; files of an earlier run in it are removed, others stay. A NULL directory
 * closes the folder (no error if none is open): summary.json and account.txt appear, with the verdict. Call
 * smmu_vp_finish() before, or the account says that the end was not judged. SMMU_VP_EBUSY: a folder is open
 * already, another run is using this one, or a wave file is open and waves are asked for. SMMU_VP_EINVAL: what
 * names something else, or a file could not be written; closing then still completes the others. */
SMMU_VP_API smmu_vp_status smmu_vp_record(smmu_vp* vp, const char* directory_or_null_to_close,
                                          const char* what);
/* Announces a line of text, one line of UTF-8 without control characters: it appears in events, timeline and
 * account of an open folder. */
SMMU_VP_API smmu_vp_status smmu_vp_note(smmu_vp* vp, const char* text);
/* Begins a phase of the driver's work, a span on the timeline with a note in events and account, and ends the
 * one before; NULL only ends it. The name is a line of text as for smmu_vp_note(), not empty. */
SMMU_VP_API smmu_vp_status smmu_vp_phase(smmu_vp* vp, const char* name_or_null_to_end);
/* Starts a wave file (FST) at the current simulated time; NULL closes it. Only one can be open, that of a run
 * folder included. The file appears at its path when it is closed; SMMU_VP_EINVAL on closing: it could not be
 * written completely. */
SMMU_VP_API smmu_vp_status smmu_vp_waves(smmu_vp* vp, const char* path_or_null_to_close);

#ifdef __cplusplus
}
#endif

#endif
