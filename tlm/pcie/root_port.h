// A root port: one link, the functions at its far end, and the sockets towards the SMMU's TBU.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <deque>
#include <map>

#include "tlm/device/dma_initiator.h"
#include "tlm/pcie/bridge_space.h"
#include "tlm/pcie/function.h"
#include "tlm/pcie/link.h"
#include "tlm/pcie/message_pipe.h"

namespace smmu_vp::pcie {

class RootPort : public sc_core::sc_module, public Upstream {
 private:
  device::DmaInitiator dma_;
  Link link_;

 public:
  RootPort(sc_core::sc_module_name name, const LinkConfig& config, transport::Timing& timing);

  // To the SMMU: dma_out carries memory requests with a DmaExtension, messages_out
  // carries MessageExtensions going up.
  tlm_utils::simple_initiator_socket<device::DmaInitiator>& dma_out;
  tlm_utils::simple_initiator_socket<RootPort> messages_out;
  // From the SMMU. TLM_ADDRESS_ERROR_RESPONSE when no function has that StreamID
  // (a UR completion on the link).
  tlm_utils::simple_target_socket<RootPort> messages_in;

  // Upstream, for functions. attach() throws std::invalid_argument when the RequesterID is taken.
  void attach(Function& function) override;
  transport::DmaAnswer request(Function& from, const device::DmaRequest& request) override;
  void post(Function& from, const transport::MessageExtension& message) override;
  void flush_messages() override { up_.flush(); }
  bool idle() const override {
    return link_.posted_order.idle() && up_.idle() && down_.idle() && reads_ == 0 && messages_.empty();
  }

  // Downstream, for the host bridge. Each charges the link both ways.
  u32 config_read(Function& function, unsigned offset, unsigned bytes);
  void config_write(Function& function, unsigned offset, unsigned bytes, u32 value);
  bool bar_access(Function& function, u64 address, void* data, unsigned bytes, bool write);

  // The port's own registers.
  const BridgeSpace& bridge_space() const { return bridge_space_; }
  void write_own(unsigned offset, unsigned bytes, u32 value);
  // Device `device` of bus 0 is this port.
  void place(unsigned device);
  // INTA goes from deasserted to asserted.
  const sc_core::sc_event& inta() const { return inta_; }

  // By StreamID, whose lower 16 bits are the RequesterID.
  const std::map<u32, Function*>& functions() const { return functions_; }
  const LinkConfig& link_config() const { return link_.config(); }
  void visit_counters(const device::CounterVisitor& visit) const {  // names begin with this module's name
    link_.visit_counters(std::string(basename()) + ".credits", visit);
  }

 private:
  transport::DmaAnswer write(Function& from, const device::DmaRequest& request);
  transport::DmaAnswer read(Function& from, const device::DmaRequest& request);
  void message_from_smmu(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void deliver_up(const MessagePipe::Item& item);
  void return_completion(u64 bytes);
  bool refuses(const Function& from) const;
  // Whether what goes down the link arrives at a function.
  bool reaches(const Function& function) const;
  void send_messages();

  BridgeSpace bridge_space_;
  std::map<u32, Function*> functions_;
  MessagePipe up_, down_;
  u64 reads_ = 0;  // non-posted requests in flight
  u16 requester_id_ = 0;
  std::deque<BridgeSpace::Msi> messages_;  // of the port itself, until the first has reached memory
  sc_core::sc_event message_, inta_;
};

}  // namespace smmu_vp::pcie
