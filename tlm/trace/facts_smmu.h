// Facts the SMMU and its translation caches announce.
#pragma once

#include "tlm/trace/fact.h"

namespace smmu_vp::trace {

// ---- SMMU: programming interface and queues
// ------------------------------------------------------------------------
struct RegisterWrite {
  u64 offset, value;
  unsigned bytes;
  SMMU_VP_FACT("smmu.reg_write") { f("offset", Hex{offset}), f("value", Hex{value}), f("bytes", bytes); }
};
// A queue's pointers after a change; wrap and overflow bits included.
struct QueueState {
  std::string_view queue;  // CMDQ, EVENTQ, PRIQ
  u32 prod, cons;
  SMMU_VP_FACT("smmu.queue") { f("queue", queue), f("prod", Hex{prod}), f("cons", Hex{cons}); }
};
// A command is consumed: its effect begins.
struct Command {
  std::string_view name;
  u32 index;
  u64 w0, w1;
  SMMU_VP_FACT("smmu.command") { f("name", name), f("index", index), f("w0", Hex{w0}), f("w1", Hex{w1}); }
};
struct CommandError {
  std::string_view error;  // CERROR_*
  u32 index;
  SMMU_VP_FACT("smmu.command_error") { f("error", error), f("index", index); }
};
// CMD_SYNC reached (begin) and completed (end); commands before it are done and older transactions drained at
// the end.
struct SyncBegin {
  u32 index;
  u64 oldest_transaction;  // transactions numbered below this must have drained
  SMMU_VP_FACT("smmu.sync_begin") { f("index", index), f("below_transaction", oldest_transaction); }
};
struct SyncEnd {
  u32 index;
  SMMU_VP_FACT("smmu.sync_end") { f("index", index); }
};
// The same of a broadcast sync (the DVM Sync of a PE's DSB), which waits for the broadcasts before it and not
// for commands.
struct BroadcastSyncBegin {
  u64 sync;  // numbers them
  u64 oldest_transaction;
  SMMU_VP_FACT("smmu.broadcast_sync_begin") { f("sync", sync), f("below_transaction", oldest_transaction); }
};
struct BroadcastSyncEnd {
  u64 sync;
  SMMU_VP_FACT("smmu.broadcast_sync_end") { f("sync", sync); }
};
// A TLB invalidation took effect in every TBU and walk cache. first..last are byte addresses, inclusive.
struct TlbInvalidated {
  static constexpr std::string_view kBroadcast = "broadcast";
  std::string_view name;  // of its command, or kBroadcast
  u32 vmid, asid;
  bool by_va, by_asid;
  u64 first, last;
  u64 entries, poisoned;
  SMMU_VP_FACT("smmu.tlbi") {
    f("name", name), f("vmid", vmid), f("asid", asid), f("by_va", by_va), f("by_asid", by_asid);
    f("first", Hex{first}), f("last", Hex{last}), f("entries", entries), f("poisoned", poisoned);
  }
};
struct ConfigInvalidated {
  std::string_view name;
  u32 sid, ssid;
  SMMU_VP_FACT("smmu.cfgi") { f("name", name), f("sid", Hex{sid}), f("ssid", ssid); }
};
// An event was recorded: written to the Event queue, or merged into the newest record there; or it could not
// be: dropped.
struct EventRecord {
  std::string_view name;
  u32 sid, ssid;
  bool ssv, stall, dropped;
  u64 address;
  u64 w0, w1, w2, w3;
  bool merged = false;
  SMMU_VP_FACT("smmu.event") {
    f("name", name), f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("stall", stall),
        f("dropped", dropped);
    f("address", Hex{address}), f("w0", Hex{w0}), f("w1", Hex{w1}), f("w2", Hex{w2}), f("w3", Hex{w3});
    f("merged", merged);
  }
};
struct Interrupt {
  std::string_view source;  // EVENTQ, PRIQ, GERROR, CMD_SYNC
  SMMU_VP_FACT("smmu.irq") { f("source", source); }
};
// An MSI was written, with the attributes in effect: memory type as STE.MemAttr, shareability as SH[1:0].
struct Msi {
  std::string_view source;
  u64 address;
  u32 data;
  u32 memory_type, shareability;
  bool aborted;
  SMMU_VP_FACT("smmu.msi") {
    f("source", source), f("address", Hex{address}), f("data", Hex{data}), f("memory_type", memory_type);
    f("shareability", shareability), f("aborted", aborted);
  }
};
struct GlobalError {
  u32 gerror;
  SMMU_VP_FACT("smmu.gerror") { f("gerror", Hex{gerror}); }
};

// ---- SMMU: transactions
// --------------------------------------------------------------------------------------------
struct TransactionBegin {
  u64 transaction;
  u32 tbu, sid, ssid;
  bool ssv;
  std::string_view kind;  // untranslated, translation_request, translated, prefetch
  u64 va, bytes;
  bool write;
  SMMU_VP_FACT("smmu.begin") {
    f("transaction", transaction), f("tbu", tbu), f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid),
        f("kind", kind);
    f("va", Hex{va}), f("bytes", bytes), f("write", write);
  }
};
// The translation decided upon; announced just before the access to memory it leads to.
struct Translated {
  u64 transaction;
  u32 sid, ssid;
  bool ssv;
  u32 asid;
  u64 va, pa, bytes;
  bool write;
  std::string_view kind;
  SMMU_VP_FACT("smmu.translated") {
    f("transaction", transaction), f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("asid", asid);
    f("va", Hex{va}), f("pa", Hex{pa}), f("bytes", bytes), f("write", write), f("kind", kind);
  }
};
// result: ok, aborted, raz_wi, retried; unsupported_request, completer_abort; of a prefetch ok or nothing.
struct TransactionEnd {
  u64 transaction;
  std::string_view result;
  SMMU_VP_FACT("smmu.end") { f("transaction", transaction), f("result", result); }
};
struct WalkBegin {
  u64 transaction;
  u32 asid;
  u64 va, ttb;
  SMMU_VP_FACT("smmu.walk_begin") {
    f("transaction", transaction), f("asid", asid), f("va", Hex{va}), f("ttb", Hex{ttb});
  }
};
struct WalkRead {
  u64 transaction;
  int level;
  u64 pa, descriptor;
  SMMU_VP_FACT("smmu.walk_read") {
    f("transaction", transaction), f("level", level), f("pa", Hex{pa}), f("descriptor", Hex{descriptor});
  }
};
struct WalkEnd {
  u64 transaction;
  std::string_view result;  // ok or the event's name
  SMMU_VP_FACT("smmu.walk_end") { f("transaction", transaction), f("result", result); }
};
struct ConfigRead {
  std::string_view structure;  // L1STD, STE, L1CD, CD
  u32 sid, ssid;
  u64 pa;
  SMMU_VP_FACT("smmu.config_read") {
    f("structure", structure), f("sid", Hex{sid}), f("ssid", ssid), f("pa", Hex{pa});
  }
};
struct Stalled {
  u64 transaction;
  u32 sid, ssid, stag;
  u64 va;
  SMMU_VP_FACT("smmu.stalled") {
    f("transaction", transaction), f("sid", Hex{sid}), f("ssid", ssid), f("stag", stag), f("va", Hex{va});
  }
};
struct Resumed {
  u64 transaction;
  u32 sid, stag;
  std::string_view action;  // retry, abort, terminate
  SMMU_VP_FACT("smmu.resumed") {
    f("transaction", transaction), f("sid", Hex{sid}), f("stag", stag), f("action", action);
  }
};

// ---- SMMU: ATS and PRI
// ---------------------------------------------------------------------------------------------
struct AtcInvalidateSent {
  u32 sid, ssid, itag;
  bool ssv;
  u64 address;
  u32 log2_size;
  SMMU_VP_FACT("smmu.atc_inv") {
    f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("itag", itag), f("address", Hex{address}),
        f("log2_size", log2_size);
  }
};
struct AtcInvalidateDone {
  u32 sid, itag;
  bool timed_out;
  SMMU_VP_FACT("smmu.atc_inv_done") { f("sid", Hex{sid}), f("itag", itag), f("timed_out", timed_out); }
};
// A page request reached the SMMU: queued, or answered by the SMMU itself (overflow, disabled), or dropped.
struct PageRequestReceived {
  u32 sid, ssid, prg_index;
  bool ssv, last, read, write;
  u64 address;
  std::string_view outcome;  // queued, auto_response, dropped
  SMMU_VP_FACT("smmu.page_request") {
    f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("prg_index", prg_index), f("last", last),
        f("read", read);
    f("write", write), f("address", Hex{address}), f("outcome", outcome);
  }
};
struct PrgResponseSent {
  u32 sid, ssid, prg_index;
  bool ssv;
  std::string_view response;  // Success, Invalid Request, Response Failure
  SMMU_VP_FACT("smmu.prg_response") {
    f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("prg_index", prg_index), f("response", response);
  }
};

// ---- Translation caches
// --------------------------------------------------------------------------------------------
struct CacheLookup {
  std::string_view site;  // tbu0_tlb, ep0_atc, ...
  u32 context;
  u64 va;
  std::string_view status;  // hit, miss, merged, full
  u32 mshr;
  SMMU_VP_FACT("cache.lookup") {
    f("site", site), f("context", context), f("va", Hex{va}), f("status", status), f("mshr", mshr);
  }
};
struct CacheFill {
  std::string_view site;
  u32 mshr;
  bool dropped;
  u64 va, pa;
  SMMU_VP_FACT("cache.fill") {
    f("site", site), f("mshr", mshr), f("dropped", dropped), f("va", Hex{va}), f("pa", Hex{pa});
  }
};
struct CacheInvalidate {
  std::string_view site;
  std::string_view scope;  // all, vmid, context, va
  u32 context;
  u64 first, last, entries, poisoned;
  SMMU_VP_FACT("cache.invalidate") {
    f("site", site), f("scope", scope), f("context", context), f("first", Hex{first}), f("last", Hex{last});
    f("entries", entries), f("poisoned", poisoned);
  }
};
// Lockstep difference or a failed RTL assertion.
struct CacheMismatch {
  std::string_view site;
  std::string what;
  SMMU_VP_FACT("cache.mismatch") { f("site", site), f("what", std::string_view{what}); }
};

}  // namespace smmu_vp::trace
