// The cost of PCIe traffic on the wire, computed from the sizes in tlm/spec/pcie.h.
#pragma once

#include <algorithm>

#include "tlm/spec/pcie.h"

namespace smmu_vp::pcie {

inline constexpr u64 kPage = 4096;  // no memory request crosses a 4 KB boundary (2.2.7)

// Request packets for a range with at most `most` bytes each.
constexpr u64 requests(AddressRange range, u64 most) {
  u64 packets = 0;
  while (range.bytes != 0) {
    const u64 to_boundary = kPage - range.address % kPage;
    const u64 here = std::min(range.bytes, to_boundary);
    packets += (here + most - 1) / most;
    range.address += here;
    range.bytes -= here;
  }
  return packets;
}

// The number of completions for a read. After the first, each starts at a multiple of the payload size, so
// that every cut is at a read completion boundary (2.3.1.1).
constexpr u64 completions(const AddressRange& range, u64 max_payload) {
  return (range.address % max_payload + range.bytes + max_payload - 1) / max_payload;
}

// A request or message without its payload: header, framing, and the prefix if there is a PASID.
constexpr u64 request_header(u64 address, bool has_pasid) {
  using namespace spec::pcie;
  return kFraming + (address >= kFourGigabytes ? kHeader4Dw : kHeader3Dw) + (has_pasid ? kPasidPrefix : 0);
}
constexpr u64 message_header(bool has_pasid) {
  return request_header(spec::pcie::kFourGigabytes, has_pasid);  // messages have headers of four doublewords
}
inline constexpr u64 kCompletionHeader = spec::pcie::kFraming + spec::pcie::kHeader3Dw;

// Upstream bytes of a write.
constexpr u64 write_bytes(const AddressRange& range, u64 max_payload, bool has_pasid) {
  return range.bytes + requests(range, max_payload) * request_header(range.address, has_pasid);
}
// Upstream bytes of a read's requests, and downstream bytes of its completions.
constexpr u64 read_request_bytes(const AddressRange& range, u64 max_read_request, bool has_pasid) {
  return requests(range, max_read_request) * request_header(range.address, has_pasid);
}
constexpr u64 completion_bytes(const AddressRange& range, u64 max_payload) {
  return range.bytes + completions(range, max_payload) * kCompletionHeader;
}

// Line rate of one lane in Gb/s after line coding (4.2): 8b/10b for generations 1 and 2, 128b/130b above.
constexpr double lane_gbps(unsigned generation) {
  constexpr double kTransfers[] = {2.5, 5, 8, 16, 32};
  return kTransfers[generation - 1] * (generation <= 2 ? 8.0 / 10 : 128.0 / 130);
}
// The share of the line rate left for transaction-layer packets, after acknowledgements and flow control
// updates: measured as 57.88 of 63.02 Gb/s for generation 3 with 8 lanes.
inline constexpr double kDataLinkShare = 57.88 / 63.02;
constexpr double usable_gbps(unsigned generation, unsigned lanes) {
  return lane_gbps(generation) * lanes * kDataLinkShare;
}

}  // namespace smmu_vp::pcie
