// The smallest machine that translates: RAM, one SMMU with one TBU, one device. Tables and registers are written in the
// tests' own words; the TLB is what users get.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <memory>

#include "tests/support/commands.h"
#include "tlm/core/translation_cache.h"
#include "tlm/memory/interconnect.h"
#include "tlm/memory/ram.h"
#include "tlm/smmu/smmu.h"

namespace smmu_vp::perf {

// Forwards everything: the cost of one module in between.
struct Hop : sc_core::sc_module {
  explicit Hop(sc_core::sc_module_name name) : sc_module(name), in("in"), out("out") {
    in.register_b_transport(this, &Hop::pass);
  }
  void pass(tlm::tlm_generic_payload& p, sc_core::sc_time& t) { out->b_transport(p, t); }
  tlm_utils::simple_target_socket<Hop> in;
  tlm_utils::simple_initiator_socket<Hop> out;
};

// A payload that an initiator keeps; `of_device`: with what a device adds to it.
struct KeptPayload {
  explicit KeptPayload(bool of_device = true);
  KeptPayload(const KeptPayload&) = delete;
  KeptPayload& operator=(const KeptPayload&) = delete;
  ~KeptPayload() { payload.clear_extension(&extension); }

  u64 data = 0;
  transport::DmaExtension extension;
  tlm::tlm_generic_payload payload;
};

struct MachineConfig {
  core::SmmuConfig smmu;
  transport::TimingMode mode = transport::TimingMode::kUntimed;
  bool nested = false;  // stage 2 of four levels under stage 1
};

class Machine : public sc_core::sc_module {
 public:
  static constexpr u32 kSid = 3, kPasid = 5;
  static constexpr u16 kAsid = 0x42;
  static constexpr u64 kVa = 0x7f12'3440'0000;  // a whole level 3 table is mapped from here
  static constexpr unsigned kPages = 512;

  Machine(sc_core::sc_module_name name, const MachineConfig& config);

  // Sets up registers and tables. Call from a thread.
  void start();

  // One 8-byte read with PASID; false if the response is not OK.
  bool dma(u64 va) { return dma(va, kept_); }
  bool dma(u64 va, KeptPayload& kept);
  bool translation_request(u64 va);
  bool translated(u64 pa);
  bool bare(u64 pa);  // through one hop instead of the SMMU
  u64 page(unsigned i) const { return kPagesAt + u64{i} * 4096; }

  // Executes the command `count` times, CMD_SYNC at the end.
  void commands(const test::cmd::Command& words, unsigned count);
  trace::Bus& facts() { return facts_; }

 private:
  static constexpr u64 kCmdq = 0x10'0000, kStrtab = 0x20'0000, kCds = 0x21'0000, kTables = 0x22'0000,
                       kPagesAt = 0x40'0000, kStage2 = 0x100'0000;
  static constexpr unsigned kCmdqLog2 = 12;
  bool send(tlm_utils::simple_initiator_socket<Machine>& out, KeptPayload& kept, u64 address);
  u64 access(u32 offset, unsigned bytes, bool write, u64 value);
  void store(u64 pa, u64 value);
  void map_stage2();

  const bool nested_;
  transport::Timing timing_;
  trace::Bus facts_{[] { return transport::Timing::now_ps(); }};
  memory::Ram ram_;
  memory::Interconnect interconnect_;
  std::unique_ptr<core::TranslationCachePort> tlb_;
  smmu::Smmu smmu_;
  Hop hop_;
  tlm_utils::simple_initiator_socket<Machine> cpu_, device_, bare_;
  KeptPayload kept_, request_, translated_, plain_{false};
  u32 prod_ = 0;
};

}  // namespace smmu_vp::perf
