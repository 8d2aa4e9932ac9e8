// Facts announced on the PCIe and device side.
#pragma once

#include "tlm/trace/fact.h"

namespace smmu_vp::trace {

// ---- PCIe and devices
// ----------------------------------------------------------------------------------------------
struct AtsRequest {
  u32 sid, ssid;
  bool ssv;
  u64 va;
  bool no_write;
  u32 translations = 1;  // asked for
  SMMU_VP_FACT("pcie.ats_request") {
    f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("va", Hex{va}), f("no_write", no_write);
    f("translations", translations);
  }
};
struct AtsCompletion {
  u32 sid, ssid;
  u64 va, pa;  // of the first translation
  u32 log2_size;
  bool read, write;
  std::string_view status;  // Success, UR, CA
  u32 translations = 1;     // returned
  SMMU_VP_FACT("pcie.ats_completion") {
    f("sid", Hex{sid}), f("ssid", ssid), f("va", Hex{va}), f("pa", Hex{pa}), f("log2_size", log2_size),
        f("read", read);
    f("write", write), f("status", status), f("translations", translations);
  }
};
struct PageRequestIssued {
  u32 sid, ssid, prg_index;
  u64 address;
  bool read, write, last;
  SMMU_VP_FACT("pcie.page_request") {
    f("sid", Hex{sid}), f("ssid", ssid), f("prg_index", prg_index), f("address", Hex{address}),
        f("read", read);
    f("write", write), f("last", last);
  }
};
struct PrgResponseReceived {
  u32 sid, ssid, prg_index, code;
  bool expected;
  SMMU_VP_FACT("pcie.prg_response") {
    f("sid", Hex{sid}), f("ssid", ssid), f("prg_index", prg_index), f("code", code), f("expected", expected);
  }
};
struct AtcInvalidateReceived {
  u32 sid, ssid, itag;
  bool ssv;
  u64 address;
  u32 log2_size;
  SMMU_VP_FACT("pcie.invalidate_request") {
    f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("itag", itag), f("address", Hex{address}),
        f("log2_size", log2_size);
  }
};
struct AtcInvalidateCompleted {
  u32 sid, itag;
  u64 entries;
  SMMU_VP_FACT("pcie.invalidate_completion") { f("sid", Hex{sid}), f("itag", itag), f("entries", entries); }
};
// One DMA access as its device sees it, when it ends. kind: untranslated, translated, translation_request.
struct DeviceAccess {
  u32 sid, ssid;
  bool ssv;
  std::string_view kind;
  u64 va, bytes;
  bool write;
  std::string_view status;  // ok, aborted, UR, CA
  u64 latency_ps;
  SMMU_VP_FACT("dev.access") {
    f("sid", Hex{sid}), f("ssv", ssv), f("ssid", ssid), f("kind", kind), f("va", Hex{va}), f("bytes", bytes);
    f("write", write), f("status", status), f("latency_ps", latency_ps);
  }
};
struct DeviceJob {
  u32 sid, ssid;
  u64 job;
  std::string_view state;  // begin, done, error, stopped
  SMMU_VP_FACT("dev.job") { f("sid", Hex{sid}), f("ssid", ssid), f("job", job), f("state", state); }
};
// A device is about to break a rule of PCIe, or of its driver's contract: one fact a deed. `address` is what
// it aims at, where there is such a thing.
struct Misbehaves {
  u32 sid;
  std::string_view what;  // a switch of endpoint.N.misbehave
  u32 ssid;
  u64 address;
  SMMU_VP_FACT("dev.misbehaves") {
    f("sid", Hex{sid}), f("what", what), f("ssid", ssid), f("address", Hex{address});
  }
};

}  // namespace smmu_vp::trace
