// The SMMU's own memory accesses (tables, queues, MSIs) as TLM-2.0 transactions on one initiator socket.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <memory>
#include <vector>

#include "tlm/core/ports.h"
#include "tlm/transport/attributes.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::smmu {

template <typename Socket>
class WalkPort final : public core::MemoryPort {
 public:
  WalkPort(Socket& socket, transport::Timing& timing) : socket_(socket), timing_(timing) {}

  bool read(u64 pa, void* data, std::size_t bytes, spec::MemoryType type) override {
    // Where an access takes no time, memory that grants a direct pointer is read through it.
    const unsigned char* at = direct_.at(pa, bytes);
    if (at == nullptr && timing_.mode() == transport::TimingMode::kUntimed && ask(pa))
      at = direct_.at(pa, bytes);
    if (at == nullptr)
      return access(tlm::TLM_READ_COMMAND, pa, static_cast<unsigned char*>(data), bytes, type);
    if (bytes == sizeof(u64))  // a descriptor, as nearly always: a copy without a call
      std::memcpy(data, at, sizeof(u64));
    else
      std::memcpy(data, at, bytes);
    return true;
  }
  // Memory takes back a direct pointer.
  void forget(u64 first, u64 last) {
    if (last >= direct_.first && first <= direct_.last) direct_ = {};
  }
  bool write(u64 pa, const void* data, std::size_t bytes, spec::MemoryType type) override {
    // The payload's data pointer is not const; targets do not write through it for a write.
    return access(tlm::TLM_WRITE_COMMAND, pa,
                  const_cast<unsigned char*>(static_cast<const unsigned char*>(data)), bytes, type);
  }
  // TLM-2.0 has no atomic access. Memory that grants a direct pointer is compared and written at one instant,
  // after the time of a read; other memory is read and then written.
  core::Swap compare_and_swap(u64 pa, const core::Exchange& word, spec::MemoryType type) override {
    u64 seen = 0;
    if (!read(pa, &seen, sizeof seen, type)) return core::Swap::kAborted;
    if (seen != word.expected) return core::Swap::kChanged;
    Payload probe;
    probe.set_write();
    probe.set_address(pa);
    tlm::tlm_dmi dmi;
    const bool direct = socket_->get_direct_mem_ptr(probe, dmi) && dmi.is_read_write_allowed() &&
                        pa >= dmi.get_start_address() && pa + 7 <= dmi.get_end_address();
    if (!direct)
      return write(pa, &word.desired, sizeof word.desired, type) ? core::Swap::kDone : core::Swap::kAborted;
    unsigned char* const at = dmi.get_dmi_ptr() + (pa - dmi.get_start_address());
    std::memcpy(&seen, at, sizeof seen);
    if (seen != word.expected) return core::Swap::kChanged;
    std::memcpy(at, &word.desired, sizeof word.desired);
    return core::Swap::kDone;
  }

 private:
  using Payload = tlm::tlm_generic_payload;

  // Memory that is granted, or none.
  struct Direct {
    const unsigned char* pointer = nullptr;
    u64 first = 0, last = 0;
    const unsigned char* at(u64 pa, std::size_t bytes) const {
      const bool holds = pointer != nullptr && pa >= first && pa <= last && bytes - 1 <= last - pa;
      return holds ? pointer + (pa - first) : nullptr;
    }
  };
  bool ask(u64 pa) {
    if (refused_ && pa >= refused_first_ && pa <= refused_last_) return false;
    Payload probe;
    probe.set_read();
    probe.set_address(pa);
    tlm::tlm_dmi dmi;
    const bool granted = socket_->get_direct_mem_ptr(probe, dmi) && dmi.is_read_allowed();
    if (granted) {
      direct_ = {
          .pointer = dmi.get_dmi_ptr(), .first = dmi.get_start_address(), .last = dmi.get_end_address()};
    } else {
      refused_ = true;
      refused_first_ = dmi.get_start_address();
      refused_last_ = dmi.get_end_address();
    }
    return granted;
  }

  bool access(tlm::tlm_command command, u64 pa, unsigned char* data, std::size_t bytes,
              spec::MemoryType type) {
    // Payloads are reused, since constructing one allocates. Several threads may have one in flight each.
    if (idle_.empty()) {
      idle_.push_back(std::make_unique<Payload>());
      idle_.back()->set_extension(new transport::AttributesExtension);  // the payload's from now on
    }
    std::unique_ptr<Payload> payload = std::move(idle_.back());
    idle_.pop_back();
    auto* const attributes = payload->get_extension<transport::AttributesExtension>();
    attributes->type = type;
    attributes->priv = true;
    payload->set_command(command);
    payload->set_address(pa);
    payload->set_data_ptr(data);
    payload->set_data_length(static_cast<unsigned>(bytes));
    payload->set_streaming_width(static_cast<unsigned>(bytes));
    payload->set_byte_enable_ptr(nullptr);
    payload->set_dmi_allowed(false);
    payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket_->b_transport(*payload, delay);
    if (delay != sc_core::SC_ZERO_TIME) timing_.charge(delay.value());
    const bool ok = payload->is_response_ok();
    idle_.push_back(std::move(payload));
    return ok;
  }

  Socket& socket_;
  transport::Timing& timing_;
  std::vector<std::unique_ptr<Payload>> idle_;
  Direct direct_;  // the range last granted, and the one last refused
  bool refused_ = false;
  u64 refused_first_ = 0, refused_last_ = 0;
};

}  // namespace smmu_vp::smmu
