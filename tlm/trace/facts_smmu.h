// Facts that an SMMU announces. `smmu` identifies it; its own announcer sets the field (smmu_bus.h).
#pragma once

#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"
#include "tlm/spec/interrupts.h"
#include "tlm/spec/memory_type.h"
#include "tlm/spec/pcie.h"
#include "tlm/spec/pri.h"
#include "tlm/spec/queue.h"
#include "tlm/spec/structures.h"
#include "tlm/spec/world.h"
#include "tlm/trace/fact.h"

namespace smmu_vp::trace {

// ---- SMMU: programming interface and queues
struct RegisterWrite {
  u64 offset, value;
  unsigned bytes;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.reg_write") {
    f("offset", Hex{offset}), f("value", Hex{value}), f("bytes", bytes), f("smmu", smmu);
  }
};
// A queue's pointers after a change; wrap and overflow bits included.
struct QueueState {
  spec::QueueKind queue;
  u32 prod, cons;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.queue") {
    f("queue", to_string(queue)), f("prod", Hex{prod}), f("cons", Hex{cons}), f("smmu", smmu);
  }
};
// A command is consumed: its effect begins.
struct Command {
  u32 index;
  u64 w0, w1;
  u8 smmu = 0;
  spec::Command words() const { return {{w0, w1}}; }
  spec::Opcode opcode() const { return spec::opcode_of(words()); }
  SMMU_VP_FACT("smmu.command") {
    f("name", to_string(opcode())), f("index", index), f("w0", Hex{w0}), f("w1", Hex{w1}), f("smmu", smmu);
  }
};
struct CommandError {
  spec::Cerror error;
  u32 index;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.command_error") { f("error", to_string(error)), f("index", index), f("smmu", smmu); }
};
// CMD_SYNC was reached (begin) and has completed (end): commands before it are done and
// older transactions have finished.
struct SyncBegin {
  u32 index;
  u64 oldest_transaction;  // transactions numbered below this must have drained
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.sync_begin") {
    f("index", index), f("below_transaction", oldest_transaction), f("smmu", smmu);
  }
};
struct SyncEnd {
  u32 index;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.sync_end") { f("index", index), f("smmu", smmu); }
};
// The same for a broadcast sync (the DVM Sync of a PE's DSB), which waits for earlier
// broadcasts but not for commands.
struct BroadcastSyncBegin {
  u64 sync;  // a running number
  u64 oldest_transaction;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.broadcast_sync_begin") {
    f("sync", sync), f("below_transaction", oldest_transaction), f("smmu", smmu);
  }
};
struct BroadcastSyncEnd {
  u64 sync;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.broadcast_sync_end") { f("sync", sync), f("smmu", smmu); }
};
// A TLB invalidation took effect in every TBU and walk cache. first..last are byte addresses, inclusive.
struct TlbInvalidated {
  std::optional<spec::Opcode> command;  // nothing: a broadcast
  u32 vmid, asid;
  bool by_va, by_asid;
  u64 first, last;
  u64 entries, poisoned;
  bool by_vmid = true;  // false: every VMID, and worlds without VMIDs
  spec::World world = spec::World::kNsEl1;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.tlbi") {
    f("name", command ? to_string(*command) : "broadcast"), f("vmid", vmid), f("asid", asid),
        f("by_va", by_va), f("by_asid", by_asid);
    f("first", Hex{first}), f("last", Hex{last}), f("entries", entries), f("poisoned", poisoned);
    f("by_vmid", by_vmid), f("world", to_string(world));
    f("smmu", smmu);
  }
};
struct ConfigInvalidated {
  spec::Opcode command;
  spec::Requester who;  // with a PASID if it applies to one context
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.cfgi") {
    f("name", to_string(command)), f("sid", Hex{who.sid}), f("ssid", who.ssid()), f("smmu", smmu);
  }
};
// An event was written to the Event queue, merged into the newest record there, or dropped.
struct EventRecord {
  spec::EventId id;
  spec::Requester who;
  bool stall, dropped;
  u64 address;
  u64 w0, w1, w2, w3;
  bool merged = false;
  u8 smmu = 0;
  spec::Event words() const { return {{w0, w1, w2, w3}}; }
  SMMU_VP_FACT("smmu.event") {
    f("name", to_string(id)), f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()),
        f("stall", stall), f("dropped", dropped);
    f("address", Hex{address}), f("w0", Hex{w0}), f("w1", Hex{w1}), f("w2", Hex{w2}), f("w3", Hex{w3});
    f("merged", merged);
    f("smmu", smmu);
  }
};
struct Interrupt {
  spec::InterruptSource source;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.irq") { f("source", to_string(source)), f("smmu", smmu); }
};
// An MSI was written, with the attributes in effect, encoded as in smmu.translated.
struct Msi {
  spec::InterruptSource source;
  u64 address;
  u32 data;
  spec::MemoryType type;
  bool aborted;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.msi") {
    f("source", to_string(source)), f("address", Hex{address}), f("data", Hex{data});
    f("attributes", Hex{type.attributes}), f("shareability", type.shareability), f("aborted", aborted);
    f("smmu", smmu);
  }
};
struct GlobalError {
  u32 gerror;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.gerror") { f("gerror", Hex{gerror}), f("smmu", smmu); }
};

// ---- SMMU: transactions
struct TransactionBegin {
  u64 transaction;
  u32 tbu;
  spec::Requester who;
  std::optional<spec::pcie::At> kind;  // nothing: a prefetch (4.2), which no device sent
  u64 va, bytes;
  bool write;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.begin") {
    f("transaction", transaction), f("tbu", tbu), f("sid", Hex{who.sid}), f("ssv", who.ssv()),
        f("ssid", who.ssid()), f("kind", kind ? to_string(*kind) : "prefetch");
    f("va", Hex{va}), f("bytes", bytes), f("write", write);
    f("smmu", smmu);
  }
};
// The decision on a translated access; announced just before its access to memory. With which attributes it goes out:
// `attributes` as a byte of MAIR, `shareability` as SH[1:0], `exec` and `priv` after overrides (13.1).
struct Translated {
  u64 transaction;
  spec::Requester who;
  u32 asid;
  u64 va, pa, bytes;
  bool write;
  spec::pcie::At kind;
  spec::MemoryType type{};
  bool exec = false, priv = false;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.translated") {
    f("transaction", transaction), f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()),
        f("asid", asid);
    f("va", Hex{va}), f("pa", Hex{pa}), f("bytes", bytes), f("write", write), f("kind", to_string(kind));
    f("attributes", Hex{type.attributes}), f("shareability", type.shareability), f("exec", exec),
        f("priv", priv);
    f("smmu", smmu);
  }
};
// A Translation Request ends with kOk or a completion status; a prefetch with kOk, or kNothing
// if there was no translation.
enum class TransactionResult : u8 {
  kOk,
  kAborted,
  kRazWi,
  kRetried,
  kUnsupportedRequest,
  kCompleterAbort,
  kNothing
};

constexpr std::string_view to_string(TransactionResult result) {
  switch (result) {
    case TransactionResult::kOk:
      return "ok";
    case TransactionResult::kAborted:
      return "aborted";
    case TransactionResult::kRazWi:
      return "raz_wi";
    case TransactionResult::kRetried:
      return "retried";
    case TransactionResult::kUnsupportedRequest:
      return "unsupported_request";
    case TransactionResult::kCompleterAbort:
      return "completer_abort";
    case TransactionResult::kNothing:
      return "nothing";
  }
  return "?";
}

struct TransactionEnd {
  u64 transaction;
  TransactionResult result;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.end") { f("transaction", transaction), f("result", to_string(result)), f("smmu", smmu); }
};
struct WalkBegin {
  u64 transaction;
  u32 asid;
  u64 va, ttb;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.walk_begin") {
    f("transaction", transaction), f("asid", asid), f("va", Hex{va}), f("ttb", Hex{ttb});
    f("smmu", smmu);
  }
};
struct WalkRead {
  u64 transaction;
  int level;
  u64 pa, descriptor;
  bool stage2 = false;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.walk_read") {
    f("transaction", transaction), f("level", level), f("pa", Hex{pa}), f("descriptor", Hex{descriptor});
    f("smmu", smmu);
  }
};
struct WalkEnd {
  u64 transaction;
  std::optional<spec::EventId> fault;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.walk_end") {
    f("transaction", transaction), f("result", fault ? to_string(*fault) : "ok"), f("smmu", smmu);
  }
};
struct ConfigRead {
  spec::Structure structure;
  spec::Requester who;  // with a PASID if it selects the structure
  u64 pa;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.config_read") {
    f("structure", to_string(structure)), f("sid", Hex{who.sid}), f("ssid", who.ssid()), f("pa", Hex{pa});
    f("smmu", smmu);
  }
};
struct Stalled {
  u64 transaction;
  spec::Requester who;
  u32 stag;
  u64 va;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.stalled") {
    f("transaction", transaction), f("sid", Hex{who.sid}), f("ssid", who.ssid()), f("stag", stag),
        f("va", Hex{va});
    f("smmu", smmu);
  }
};
// A transaction is to stall but cannot record an event: the Event queue is full or not enabled, or every STAG
// is in use. It waits, and ends as retried or terminated.
struct StallUnrecorded {
  u64 transaction;
  spec::Requester who;
  u64 va;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.stall_unrecorded") {
    f("transaction", transaction), f("sid", Hex{who.sid}), f("ssid", who.ssid()), f("va", Hex{va});
    f("smmu", smmu);
  }
};
struct Resumed {
  u64 transaction;
  u32 sid, stag;
  spec::StallAction action;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.resumed") {
    f("transaction", transaction), f("sid", Hex{sid}), f("stag", stag), f("action", to_string(action));
    f("smmu", smmu);
  }
};

// ---- SMMU: ATS and PRI
struct AtcInvalidateSent {
  spec::Requester who;
  u32 itag;
  u64 address;
  u32 log2_size;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.atc_inv") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("itag", itag),
        f("address", Hex{address}), f("log2_size", log2_size);
    f("smmu", smmu);
  }
};
struct AtcInvalidateDone {
  u32 sid, itag;
  bool timed_out;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.atc_inv_done") {
    f("sid", Hex{sid}), f("itag", itag), f("timed_out", timed_out), f("smmu", smmu);
  }
};
// Queued for software, answered by the SMMU itself (overflow, disabled), or dropped (chapter 8).
enum class PageRequestOutcome : u8 { kQueued, kAutoResponse, kDropped };

constexpr std::string_view to_string(PageRequestOutcome outcome) {
  switch (outcome) {
    case PageRequestOutcome::kQueued:
      return "queued";
    case PageRequestOutcome::kAutoResponse:
      return "auto_response";
    case PageRequestOutcome::kDropped:
      return "dropped";
  }
  return "?";
}

// A page request reached the SMMU.
struct PageRequestReceived {
  spec::Requester who;
  u32 prg_index;
  bool last;
  spec::Intent intent;
  u64 address;
  PageRequestOutcome outcome;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.page_request") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("prg_index", prg_index),
        f("last", last), f("read", intent.read);
    f("write", intent.write), f("address", Hex{address}), f("outcome", to_string(outcome));
    f("smmu", smmu);
  }
};
struct PrgResponseSent {
  spec::Requester who;
  u32 prg_index;
  spec::ResponseCode response;
  u8 smmu = 0;
  SMMU_VP_FACT("smmu.prg_response") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("prg_index", prg_index),
        f("response", to_string(response));
    f("smmu", smmu);
  }
};

}  // namespace smmu_vp::trace
