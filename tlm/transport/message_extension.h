// PCIe messages of ATS and PRI over their own TLM-2.0 sockets, as payloads without data (TLM_IGNORE_COMMAND)
// with this extension. Delivery is posted: the call returns once the message has arrived.
#pragma once

#include <systemc>
#include <tlm>

#include "tlm/spec/access.h"

namespace smmu_vp::transport {

enum class MessageKind : u8 {
  kInvalidateRequest,     // SMMU -> endpoint
  kInvalidateCompletion,  // endpoint -> SMMU
  kPageRequest,           // endpoint -> SMMU; a Stop Marker is last with read = write = 0 and a PASID
  kPrgResponse,           // SMMU -> endpoint
  kPageHint,              // device -> SMMU; these pages will be needed soon (SMMUv3 3.12.4.1), no answer
};

struct MessageExtension : tlm::tlm_extension<MessageExtension> {
  MessageKind kind = MessageKind::kPageRequest;
  spec::Requester who{};  // sender of upstream messages, destination of downstream ones
  // Invalidate Request: bytes [address, address + 2^log2_size); log2_size 64 = everything.
  u64 address = 0;  // also the page address of a page request, 4 KB aligned
  u8 log2_size = 12;
  bool global = false;
  u8 itag = 0;          // request: 0..31
  u32 itag_vector = 0;  // completion: one bit per tag
  u8 completion_count = 1;
  // Page Request / PRG Response
  spec::Intent intent{};
  bool last = false;
  u16 prg_index = 0;     // 9 bits
  u8 response_code = 0;  // spec::pri response code on the wire
  u8 span = 1;           // page hint: number of pages from `address` on

  tlm::tlm_extension_base* clone() const override { return new MessageExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const MessageExtension&>(other);
  }
};

}  // namespace smmu_vp::transport
