// One function's configuration space through ECAM, and lookup in its capability lists.
#pragma once

#include <optional>

#include "sw_driver/os.h"
#include "tlm/spec/pcie.h"

namespace smmu_vp::sw {

class PciConfig {
 public:
  PciConfig(Os& os, u64 ecam, u16 requester_id)
      : os_(os), base_(ecam + spec::pcie::ecam_offset(requester_id)) {}

  u32 read(unsigned offset, unsigned bytes) const { return os_.mmio_read(base_ + offset, bytes); }
  void write(unsigned offset, unsigned bytes, u32 value) const {
    os_.mmio_write(base_ + offset, bytes, value);
  }

  bool present() const { return read(spec::pcie::header::kVendorId, 2) != spec::pcie::header::kNoVendor; }

  // The offset of a capability (7.5.1.1.11) or of an extended capability (7.6.3).
  std::optional<unsigned> find(u8 id) const {
    namespace header = spec::pcie::header;
    if (!header::status::CapabilitiesList.get(read(header::kStatus, 2))) return std::nullopt;
    unsigned at = read(header::kCapabilitiesPointer, 1);
    for (unsigned links = 0; at != 0 && links < kMostCapabilities; ++links) {
      const u32 entry = read(at, 2);
      if (spec::pcie::cap::Id.get(entry) == id) return at;
      at = static_cast<unsigned>(spec::pcie::cap::Next.get(entry));
    }
    return std::nullopt;
  }
  std::optional<unsigned> find_extended(u16 id) const {
    unsigned at = spec::pcie::kExtendedStart;
    for (unsigned links = 0; at != 0 && links < kMostCapabilities; ++links) {
      const u32 entry = read(at, 4);
      if (entry == 0 || entry == ~u32{0}) return std::nullopt;
      if (spec::pcie::extcap::Id.get(entry) == id) return at;
      at = static_cast<unsigned>(spec::pcie::extcap::Next.get(entry));
    }
    return std::nullopt;
  }

 private:
  static constexpr unsigned kMostCapabilities = 256;  // ends the search in a list that loops

  Os& os_;
  u64 base_;
};

}  // namespace smmu_vp::sw
