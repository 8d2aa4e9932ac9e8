// What one client asks of the machine, frame by frame.
#pragma once

#include <map>

#include "testbench/capi/session.h"
#include "testbench/serve/frame.h"

namespace smmu_vp::tb::serve {

class Operations {
 public:
  explicit Operations(Session& session) : session_(session) {}
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  // What a client that is gone had started goes on; nobody will ask for it.
  ~Operations();

  // The whole reply to one request. Throws Malformed when the request cannot be understood.
  Bytes answer(const Header& header, std::span<const u8> body);

 private:
  struct Background {
    Bytes data;
    bool read;
  };
  Bytes perform(Op op, Reader& in);
  Bytes hello(Reader& in);
  Bytes info() const;
  Bytes dma(Reader& in, bool in_background);
  Bytes dma_poll(Reader& in);

  Session& session_;
  bool greeted_ = false;
  std::map<u64, Background> background_;  // by handle
};

}  // namespace smmu_vp::tb::serve
