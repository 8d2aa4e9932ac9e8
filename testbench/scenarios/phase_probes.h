// Provokes one cell of the PASID lifetime table at a time by raw traffic, and says in the table's words what
// came of it.
#pragma once

#include <string>
#include <vector>

#include "testbench/scenarios/scenario.h"

namespace smmu_vp::tb {

class PhaseProbes {
 public:
  explicit PhaseProbes(ScenarioContext& ctx);
  PhaseProbes(const PhaseProbes&) = delete;
  PhaseProbes& operator=(const PhaseProbes&) = delete;

  // Whom the next probes are about.
  struct Subject {
    std::size_t device;
    u32 pasid;
    int phase;
  };

  // Each adds a row: `what` tells the case within the cell, `expected` is compared with what was observed.
  // Untranslated access of 64 bytes: "ok" or how it was refused; then the events it left, "stalled" if it
  // stalled. With `contents` the bytes read are compared with it: "ok, own data" or "ok, WRONG DATA".
  void untranslated(const Subject& s, std::string_view what, u64 va, bool write, std::string expected,
                    const std::vector<u8>& contents = {});
  // Translation Request: "Success R=1 W=0" or the completion status; then events.
  void translation_request(const Subject& s, std::string_view what, u64 va, std::string expected);
  // Through the ATC as the device works: ATS, PRI if needed, then the translated access.
  void translated(const Subject& s, std::string_view what, u64 va, std::string expected,
                  const std::vector<u8>& contents = {});
  // A page request group of one: the PRG Response.
  void page_request(const Subject& s, std::string_view what, u64 va, bool write, std::string expected);

 private:
  struct Seen {
    u32 sid, ssid;
    u64 address;
    std::string name;
    bool addressed;  // configuration errors carry no input address (7.3)
  };
  void begin() { events_.clear(), stalls_.clear(); }
  // Events and stalls since begin() that the probe of `va` caused.
  std::string consequences(const Subject& s, u64 va);
  std::string access(const Subject& s, pcie::InjectKind kind, u64 va, bool write,
                     const std::vector<u8>& contents);
  u16 next_group();
  void row(const Subject& s, std::string traffic, std::string_view what, std::string expected,
           std::string observed);

  ScenarioContext& ctx_;
  std::vector<Seen> events_, stalls_;
  unsigned groups_ = 0;
};

}  // namespace smmu_vp::tb
