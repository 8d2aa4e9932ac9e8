// What a PCIe function shows its port, and what the port offers the function.
#pragma once

#include "tlm/pcie/dma_request.h"
#include "tlm/transport/message_extension.h"

namespace smmu_vp::pcie {

class ConfigSpace;

// Downstream: configuration, memory and messages that reach the function. Called after the link's time was
// charged.
class Function {
 public:
  virtual ~Function() = default;
  virtual u32 stream_id() const = 0;
  virtual ConfigSpace& config_space() = 0;
  // False: nothing answers at the far end of the link any more.
  virtual bool present() const = 0;
  // `offset` within BAR0. False: the access is not supported.
  virtual bool bar_read(u64 offset, void* data, unsigned bytes) = 0;
  virtual bool bar_write(u64 offset, const void* data, unsigned bytes) = 0;
  virtual void message(const transport::MessageExtension& message) = 0;
};

// Upstream: memory requests and messages of the function.
class Upstream {
 public:
  virtual ~Upstream() = default;
  virtual void attach(Function& function) = 0;
  // Blocks until the access is finished at memory or its completion is back.
  virtual DmaAnswer request(Function& from, const DmaRequest& request) = 0;
  // Posted: returns at once; the message stays behind every posted request made before.
  virtual void post(Function& from, const transport::MessageExtension& message) = 0;
  // Blocks until every message posted so far has reached the SMMU.
  virtual void flush_messages() = 0;
  virtual bool idle() const = 0;
};

}  // namespace smmu_vp::pcie
