// The smallest machine that translates: RAM, one SMMU with one TBU, one device. It is untimed, so that a
// benchmark measures the model's own cost. Tables and registers are written in the tests' own words.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <memory>

#include "tests/support/commands.h"
#include "tlm/core/reference_cache.h"
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

class Machine : public sc_core::sc_module {
 public:
  static constexpr u32 kSid = 3, kPasid = 5;
  static constexpr u16 kAsid = 0x42;
  static constexpr u64 kVa = 0x7f12'3440'0000;  // a whole level 3 table is mapped from here
  static constexpr unsigned kPages = 512;

  Machine(sc_core::sc_module_name name, const core::SmmuConfig& config);

  // Sets up registers and tables. Call from a thread.
  void start();

  // One 8-byte read; false if the response is not OK.
  bool dma(u64 va);
  bool translation_request(u64 va);
  bool translated(u64 pa);
  bool bare(u64 pa);  // through one hop instead of the SMMU
  u64 page(unsigned i) const { return kPagesAt + u64{i} * 4096; }

  // Executes the command `count` times, CMD_SYNC at the end.
  void commands(const test::cmd::Command& words, unsigned count);
  u64 counter(const std::string& name) const;

 private:
  static constexpr u64 kCmdq = 0x10'0000, kStrtab = 0x20'0000, kCds = 0x21'0000, kTables = 0x22'0000,
                       kPagesAt = 0x40'0000;
  static constexpr unsigned kCmdqLog2 = 12;
  bool send(tlm_utils::simple_initiator_socket<Machine>& out, transport::DmaExtension* ext, u64 address);
  u64 access(u32 offset, unsigned bytes, bool write, u64 value);
  void store(u64 pa, u64 value);

  transport::Timing timing_{transport::TimingMode::kUntimed};
  trace::Bus facts_{[] { return transport::Timing::now_ps(); }};
  memory::Ram ram_;
  memory::Interconnect interconnect_;
  core::ReferenceCache tlb_;
  smmu::Smmu smmu_;
  Hop hop_;
  tlm_utils::simple_initiator_socket<Machine> cpu_, device_, bare_;
  u32 prod_ = 0;
};

}  // namespace smmu_vp::perf
