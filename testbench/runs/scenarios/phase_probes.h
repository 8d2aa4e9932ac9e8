// Provokes one cell of the PASID lifetime table at a time with raw traffic, and describes the
// outcome in the table's terms.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

class PhaseProbes {
 public:
  explicit PhaseProbes(ScenarioContext& ctx);
  PhaseProbes(const PhaseProbes&) = delete;
  PhaseProbes& operator=(const PhaseProbes&) = delete;

  // The device and PASID that the next probes use.
  struct Subject {
    std::size_t device;
    u32 pasid;
    spec::Phase phase;
  };

  // Each adds a row: `what` names the case within the cell, `expected` is compared with the
  // observation. Untranslated access of 64 bytes: "ok" or how it was refused, followed by the
  // events it caused, and "stalled" if it stalled. With `contents`, the bytes read are compared:
  // "ok, own data" or "ok, WRONG DATA".
  void untranslated(const Subject& s, std::string_view what, u64 va, bool write, std::string expected,
                    const std::vector<u8>& contents = {});
  // Translation Request: "Success R=1 W=0" or the completion status, followed by events.
  void translation_request(const Subject& s, std::string_view what, u64 va, std::string expected);
  // Through the ATC, as the device works: ATS, PRI if needed, then the translated access.
  void translated(const Subject& s, std::string_view what, u64 va, std::string expected,
                  const std::vector<u8>& contents = {});
  // A page-request group of one request: its PRG Response. Repeated while the SMMU answers it by itself.
  void page_request(const Subject& s, std::string_view what, u64 va, bool write, std::string expected);

 private:
  struct Seen {
    spec::Requester who;
    u64 address;
    std::string name;
    bool addressed;  // configuration errors carry no input address (7.3)
  };
  // Starts a probe of `va`.
  void begin(u64 va);
  // The events and stalls since begin() that the probe of `va` caused.
  std::string consequences(const Subject& s, u64 va);
  std::string access(const Subject& s, device::InjectKind kind, u64 va, bool write,
                     const std::vector<u8>& contents);
  bool may_ask(std::size_t device);
  u16 next_group();
  void row(const Subject& s, Traffic traffic, std::string_view what, std::string expected,
           std::string observed, bool judged = true);

  ScenarioContext& ctx_;
  std::vector<Seen> events_, stalls_;
  u64 began_ps_ = 0, va_ = 0;  // of the current probe
  unsigned groups_ = 0;
  std::map<u32, std::map<u32, u32>> unanswered_;  // by StreamID and group: page requests
  u16 group_ = 0;                                 // of the current page request
  bool queued_ = false;                           // it reached the PRI queue
};

}  // namespace smmu_vp::tb
