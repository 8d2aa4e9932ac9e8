// Facts announced on the PCIe and device side.
#pragma once

#include "tlm/spec/misbehaviour.h"
#include "tlm/spec/pcie.h"
#include "tlm/trace/fact.h"

namespace smmu_vp::trace {

// ---- PCIe and devices
struct AtsRequest {
  spec::Requester who;
  u64 va;
  bool no_write;
  u32 translations = 1;  // requested
  SMMU_VP_FACT("pcie.ats_request") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("va", Hex{va}),
        f("no_write", no_write);
    f("translations", translations);
  }
};
struct AtsCompletion {
  spec::Requester who;
  u64 va, pa;  // of the first translation
  u32 log2_size;
  bool read, write;
  spec::DmaStatus status;
  u32 translations = 1;  // returned
  SMMU_VP_FACT("pcie.ats_completion") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("va", Hex{va}), f("pa", Hex{pa});
    f("log2_size", log2_size), f("read", read), f("write", write),
        f("status", status == spec::DmaStatus::kSuccess ? "Success" : to_string(status));
    f("translations", translations);
  }
};
// A further translation of the preceding completion, which the device keeps in its ATC.
struct AtsFollowing {
  spec::Requester who;
  u64 va, pa;
  u32 log2_size;
  bool read, write;
  SMMU_VP_FACT("pcie.ats_following") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("va", Hex{va}), f("pa", Hex{pa});
    f("log2_size", log2_size), f("read", read), f("write", write);
  }
};
// What software lets a function do, by its PCIe capabilities, whenever that has changed. `reset`: by a Function Level
// Reset, which also took away whatever the function held or waited for.
struct FunctionControls {
  u32 sid;
  bool pasid, ats, pri;  // the Enable bit of each capability
  u32 allocation;        // Outstanding Page Request Allocation
  bool reset = false;
  SMMU_VP_FACT("pcie.controls") {
    f("sid", Hex{sid}), f("pasid", pasid), f("ats", ats), f("pri", pri), f("allocation", allocation),
        f("reset", reset);
  }
};
// `response_needs_pasid`: the function has PRG Response PASID Required set and the request a PASID.
struct PageRequestIssued {
  spec::Requester who;
  u32 prg_index;
  u64 address;
  spec::Intent intent;
  bool last;
  bool response_needs_pasid;
  // A Stop Marker asks for nothing and gets no response (SMMUv3 chapter 8).
  bool stop_marker() const { return who.pasid && last && !intent.read && !intent.write; }
  SMMU_VP_FACT("pcie.page_request") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("prg_index", prg_index),
        f("address", Hex{address});
    f("read", intent.read), f("write", intent.write), f("last", last),
        f("response_needs_pasid", response_needs_pasid);
  }
};
// `expected`: the device accepted it as the answer to one of its groups.
struct PrgResponseReceived {
  spec::Requester who;
  u32 prg_index, code;
  bool expected;
  SMMU_VP_FACT("pcie.prg_response") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("prg_index", prg_index),
        f("code", code);
    f("expected", expected);
  }
};
struct AtcInvalidateReceived {
  spec::Requester who;
  u32 itag;
  u64 address;
  u32 log2_size;
  SMMU_VP_FACT("pcie.invalidate_request") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("itag", itag),
        f("address", Hex{address}), f("log2_size", log2_size);
  }
};
struct AtcInvalidateCompleted {
  u32 sid, itag;
  u64 entries;
  SMMU_VP_FACT("pcie.invalidate_completion") { f("sid", Hex{sid}), f("itag", itag), f("entries", entries); }
};
// One DMA access as its device sees it, when it ends. `va` is what the device means, `address` what it sent: they
// differ for a translated access.
struct DeviceAccess {
  spec::Requester who;
  spec::pcie::At kind;
  u64 va, address, bytes;
  bool write;
  spec::DmaStatus status;
  u64 latency_ps;
  SMMU_VP_FACT("dev.access") {
    f("sid", Hex{who.sid}), f("ssv", who.ssv()), f("ssid", who.ssid()), f("kind", to_string(kind)),
        f("va", Hex{va}), f("address", Hex{address}), f("bytes", bytes);
    f("write", write), f("status", to_string(status)), f("latency_ps", latency_ps);
  }
};
enum class JobState : u8 { kBegin, kDone, kError, kStopped };

constexpr std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::kBegin:
      return "begin";
    case JobState::kDone:
      return "done";
    case JobState::kError:
      return "error";
    case JobState::kStopped:
      return "stopped";
  }
  return "?";
}

struct DeviceJob {
  spec::Requester who;
  u64 job;
  JobState state;
  SMMU_VP_FACT("dev.job") {
    f("sid", Hex{who.sid}), f("ssid", who.ssid()), f("job", job), f("state", to_string(state));
  }
};
// A device is about to break a rule of PCIe, or of its driver's contract. `address` is
// the target, if there is one.
struct Misbehaves {
  spec::Requester who;
  spec::Misbehaviour what;
  u64 address;
  SMMU_VP_FACT("dev.misbehaves") {
    f("sid", Hex{who.sid}), f("what", to_string(what)), f("ssid", who.ssid()), f("address", Hex{address});
  }
};

}  // namespace smmu_vp::trace
