// What PCIe traffic costs on the wire: pure arithmetic over the sizes in tlm/spec/pcie.h.
#pragma once

#include <algorithm>

#include "tlm/spec/pcie.h"

namespace smmu_vp::pcie {

inline constexpr u64 kPage = 4096;  // no memory request crosses a 4 KB boundary (2.2.7)

// Request packets for [address, address + bytes) with at most `most` bytes each.
constexpr u64 requests(u64 address, u64 bytes, u64 most) {
  u64 packets = 0;
  while (bytes != 0) {
    const u64 to_boundary = kPage - address % kPage;
    const u64 here = std::min(bytes, to_boundary);
    packets += (here + most - 1) / most;
    address += here;
    bytes -= here;
  }
  return packets;
}

// Completion packets for a read: after the first, each starts at a multiple of the payload size, which keeps
// every cut on a read completion boundary (2.3.1.1).
constexpr u64 completions(u64 address, u64 bytes, u64 max_payload) {
  return (address % max_payload + bytes + max_payload - 1) / max_payload;
}

// One request or message besides its payload: header, framing, and the prefix when there is a PASID.
constexpr u64 request_header(u64 address, bool has_pasid) {
  using namespace spec::pcie;
  return kFraming + (address >= kFourGigabytes ? kHeader4Dw : kHeader3Dw) + (has_pasid ? kPasidPrefix : 0);
}
constexpr u64 message_header(bool has_pasid) {
  return request_header(spec::pcie::kFourGigabytes, has_pasid);  // messages have four words
}
inline constexpr u64 kCompletionHeader = spec::pcie::kFraming + spec::pcie::kHeader3Dw;

// Upstream bytes of a write.
constexpr u64 write_bytes(u64 address, u64 bytes, u64 max_payload, bool has_pasid) {
  return bytes + requests(address, bytes, max_payload) * request_header(address, has_pasid);
}
// Upstream bytes of a read's requests; downstream bytes of its completions.
constexpr u64 read_request_bytes(u64 address, u64 bytes, u64 max_read_request, bool has_pasid) {
  return requests(address, bytes, max_read_request) * request_header(address, has_pasid);
}
constexpr u64 completion_bytes(u64 address, u64 bytes, u64 max_payload) {
  return bytes + completions(address, bytes, max_payload) * kCompletionHeader;
}

// Line rate of one lane in Gb/s after line coding (4.2): 8b/10b for generations 1 and 2, 128b/130b above.
constexpr double lane_gbps(unsigned generation) {
  constexpr double kTransfers[] = {2.5, 5, 8, 16, 32};
  return kTransfers[generation - 1] * (generation <= 2 ? 8.0 / 10 : 128.0 / 130);
}
// The share of the line left to transaction-layer packets by acknowledgements and flow control updates: 57.88
// of 63.02 Gb/s measured for generation 3 with 8 lanes.
inline constexpr double kDataLinkShare = 57.88 / 63.02;
constexpr double usable_gbps(unsigned generation, unsigned lanes) {
  return lane_gbps(generation) * lanes * kDataLinkShare;
}

}  // namespace smmu_vp::pcie
