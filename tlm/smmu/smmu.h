// The SMMU as a SystemC module: one TCU and N TBUs behind standard TLM-2.0 sockets.
//
// Register socket: pages 0 and 1, then at kPmcgBase those of the counter group, if present. Per TBU: dma_in
// takes DMA with a transport::DmaExtension by blocking or non-blocking transport, debug transport and direct memory
// interface (direct_access.h); dma_out goes to memory; messages_in and messages_out carry ATS
// and PRI messages, and may stay unbound for a device that has neither. A further socket carries the SMMU's
// own accesses to tables, queues and MSI targets.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <functional>
#include <memory>
#include <vector>

#include "tlm/core/config_cache.h"
#include "tlm/core/register_file.h"
#include "tlm/core/smmu_config.h"
#include "tlm/core/translation_cache.h"
#include "tlm/core/walk_cache.h"
#include "tlm/smmu/counters.h"
#include "tlm/smmu/routing.h"
#include "tlm/trace/bus.h"
#include "tlm/transport/broadcast_extension.h"
#include "tlm/transport/dma_extension.h"
#include "tlm/transport/message_extension.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::smmu {

class DmaPort;
class Wire;

class Smmu : public sc_core::sc_module {
 public:
  using DmaIn = tlm_utils::simple_target_socket<DmaPort>;
  using DmaOut = tlm_utils::simple_initiator_socket<DmaPort>;
  using MessagesIn = tlm_utils::simple_target_socket_tagged_optional<Smmu>;
  using MessagesOut = tlm_utils::simple_initiator_socket_tagged_optional<Smmu>;
  using InterruptOut = sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

  // `caches` has one translation cache per TBU; they outlive the SMMU. The configuration has passed
  // core::unsupported(). `index` identifies the SMMU in facts.
  Smmu(sc_core::sc_module_name name, const core::SmmuConfig& config, transport::Timing& timing,
       const trace::Bus& facts, const std::vector<core::TranslationCachePort*>& tlbs, u8 index = 0);
  ~Smmu() override;

  static constexpr u32 kPmcgBase = 0x2'0000;  // IMPLEMENTATION DEFINED (10.5)

  tlm_utils::simple_target_socket<Smmu> programming;
  tlm_utils::simple_initiator_socket<Smmu> walk_out;
  // Broadcast TLB maintenance; may stay unbound. Takes part where IDR0.BTM is 1 and CR2.PTM is 0 (3.17).
  tlm_utils::simple_target_socket_optional<Smmu> broadcast_in;
  DmaIn& dma_in(unsigned tbu) { return *dma_in_[tbu]; }
  DmaOut& dma_out(unsigned tbu) { return *dma_out_[tbu]; }
  MessagesIn& messages_in(unsigned tbu) { return *messages_in_[tbu]; }
  MessagesOut& messages_out(unsigned tbu) { return *messages_out_[tbu]; }

  // Wired interrupts, pulses of 1 ns; may stay unbound.
  InterruptOut& irq_event();
  InterruptOut& irq_pri();
  InterruptOut& irq_gerror();
  InterruptOut& irq_cmd_sync();
  InterruptOut& irq_pmcg();
  // WFE wake-up events to PEs (IDR0.SEV).
  const sc_core::sc_event& sev() const;

  // Sets the TBU through which a stream's transactions arrive, and through which messages go to its endpoint
  // if that TBU's messages_out is bound; nothing for a stream without a device. By default TBU 0.
  void route_streams(PortOfStream tbu_of_stream) { tbu_of_stream_ = std::move(tbu_of_stream); }

  const core::SmmuConfig& config() const;
  // Read-only access to internal state.
  struct Inspection {
    const core::RegisterFile& registers;
    const core::ConfigCache& config_cache;
    const core::WalkCache& walk_cache;
  };
  Inspection inspect() const;
  // Calls f(name, value) for each counter.
  void visit_counters(const std::function<void(const std::string&, u64)>& f) const;
  // Whether nothing is in flight: no transaction, stall, command, message or invalidation.
  bool idle() const;

 private:
  struct Parts;

  void access_registers(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void register_written(u32 offset);
  void control_written();
  void complete_updates();
  void message(int tbu, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void broadcast(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool look(u64 pa, void* data, std::size_t bytes);
  void forget_direct_memory(sc_dt::uint64 first, sc_dt::uint64 last);
  void page_hint(const transport::MessageExtension& message);
  void deliver(unsigned tbu, const transport::MessageExtension& message);

  std::vector<std::unique_ptr<DmaIn>> dma_in_;
  std::vector<std::unique_ptr<DmaOut>> dma_out_;
  std::vector<std::unique_ptr<MessagesIn>> messages_in_;
  std::vector<std::unique_ptr<MessagesOut>> messages_out_;
  PortOfStream tbu_of_stream_ = [](u32) { return std::optional<unsigned>(0); };
  PortOfStream port_of_stream_;  // for messages
  std::unique_ptr<Parts> parts_;
};

}  // namespace smmu_vp::smmu
