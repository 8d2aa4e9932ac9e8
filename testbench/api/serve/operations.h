// Executes one client's requests on the machine, frame by frame.
#pragma once

#include <map>
#include <set>

#include "testbench/api/capi/machine.h"
#include "testbench/api/serve/client_folders.h"
#include "testbench/api/serve/frame.h"

namespace smmu_vp::tb::serve {

class Operations {
 public:
  Operations(Machine& machine, ClientFolders folders);
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  // DMA that the client started continues; its results are dropped.
  ~Operations();

  // Returns the complete reply to one request. Throws Malformed if the request violates the framing.
  Bytes answer(const Header& header, std::span<const u8> body);
  // The client has gone: closes its run folder and returns what the monitors found, one line. `signal`: what ends
  // the server, if anything does.
  std::string end(const std::string& signal = {}) { return folders_.close(session_, signal); }

  // What the client has subscribed to: interrupt lines, and with at least one of them MSIs for outside.
  bool hears(u32 line) const { return subscribed_.contains(line); }
  bool hears_msis() const { return !subscribed_.empty(); }
  bool hears_pages() const { return hears_pages_; }

 private:
  struct Background {
    Bytes data;
    bool read;
  };
  Bytes perform(Op op, Reader& in);
  void observe(Op op, Reader& in, Writer& out);
  Bytes hello(Reader& in);
  Bytes info() const;
  Bytes dma(Reader& in, bool in_background);
  Bytes dma_poll(Reader& in);
  void subscribe(Reader& in);
  void notice_reset();

  Machine& machine_;
  Session& session_;
  u64 resets_;  // the machine's resets at which `background_` was valid
  ClientFolders folders_;
  bool greeted_ = false, hears_pages_ = false;
  std::set<u32> subscribed_;
  std::map<u64, Background> background_;  // by handle
};

}  // namespace smmu_vp::tb::serve
