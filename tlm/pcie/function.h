// The two interfaces between a PCIe function and the port it sits behind.
#pragma once

#include "tlm/device/dma_request.h"
#include "tlm/transport/message_extension.h"

namespace smmu_vp::pcie {

class ConfigSpace;

// Downstream: configuration and memory accesses and messages that reach the function. Called after the link's
// time was charged.
class Function {
 public:
  virtual ~Function() = default;
  virtual u32 stream_id() const = 0;
  virtual ConfigSpace& config_space() = 0;
  // False when nothing answers at the far end of the link any more.
  virtual bool present() const = 0;
  // `offset` is within BAR0. Returns false for an unsupported access.
  virtual bool bar_read(u64 offset, void* data, unsigned bytes) = 0;
  virtual bool bar_write(u64 offset, const void* data, unsigned bytes) = 0;
  virtual void message(const transport::MessageExtension& message) = 0;
  // The link goes down: everything takes its reset value (6.6.1).
  virtual void hot_reset() = 0;
};

// Upstream: memory requests and messages of the function.
class Upstream {
 public:
  virtual ~Upstream() = default;
  virtual void attach(Function& function) = 0;
  // Blocks until the access is finished at memory or its completion has arrived.
  virtual transport::DmaAnswer request(Function& from, const device::DmaRequest& request) = 0;
  // Posted: returns at once. The message stays behind every posted request made before it.
  virtual void post(Function& from, const transport::MessageExtension& message) = 0;
  // Blocks until every message posted so far has reached the SMMU.
  virtual void flush_messages() = 0;
  virtual bool idle() const = 0;
};

}  // namespace smmu_vp::pcie
