// Where MSIs leave the platform: memory writes to an interrupt controller that is not part of it, such as a GICv3 ITS.
#pragma once

#include <systemc>

#include <tlm_utils/simple_target_socket.h>
#include <tlm>

#include <cstring>
#include <functional>

#include "tlm/transport/dma_extension.h"

namespace smmu_vp::tb {

struct ForeignMsi {
  u64 address;
  u32 data;
  u32 device_id;  // a device's StreamID
};

class ForeignDoorbell : public sc_core::sc_module {
 public:
  using Listener = std::function<void(const ForeignMsi&)>;

  // `smmu_device_id` is that of writes without a StreamID: the SMMU's own.
  ForeignDoorbell(sc_core::sc_module_name name, u32 smmu_device_id)
      : sc_module(name), in("in"), smmu_device_id_(smmu_device_id) {
    in.register_b_transport(this, &ForeignDoorbell::message);
  }

  tlm_utils::simple_target_socket<ForeignDoorbell> in;  // physical addresses

  // Without a listener messages are lost.
  void listen(Listener listener) { listener_ = std::move(listener); }

 private:
  void message(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    if (!payload.is_write() || payload.get_data_length() != sizeof(u32))
      return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    const auto* const dma = payload.get_extension<transport::DmaExtension>();
    ForeignMsi msi{
        .address = payload.get_address(), .data = 0, .device_id = dma ? dma->who.sid : smmu_device_id_};
    std::memcpy(&msi.data, payload.get_data_ptr(), sizeof msi.data);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (listener_) listener_(msi);
  }

  const u32 smmu_device_id_;
  Listener listener_;
};

}  // namespace smmu_vp::tb
