// The MSI-X table, and raising a vector.
#include "tlm/pcie/msix.h"

#include <cstring>

namespace smmu_vp::pcie {

namespace {
namespace accel = spec::accel;
namespace msix = spec::pcie::msix;
}  // namespace

void Msix::reset() {
  table_ = {};
  for (unsigned v = 0; v < accel::kMsixVectors; ++v)
    table_[v * kWords + msix::kEntryControl / 4] =
        static_cast<u32>(msix::EntryMask.mask());  // masked at reset
  pending_ = 0;
}

u32 Msix::word(u64 offset) const {
  if (offset == accel::kMsixPbaOffset) return pending_;
  const u64 index = (offset - accel::kMsixTableOffset) / 4;
  return index < table_.size() ? table_[index] : 0;
}

bool Msix::read(u64 offset, void* data, unsigned bytes) const {
  if ((bytes != 4 && bytes != 8) || offset % bytes != 0) return false;
  for (unsigned done = 0; done < bytes; done += 4) {
    const u32 value = word(offset + done);
    std::memcpy(static_cast<u8*>(data) + done, &value, 4);
  }
  return true;
}

bool Msix::write(u64 offset, const void* data, unsigned bytes) {
  if ((bytes != 4 && bytes != 8) || offset % bytes != 0) return false;
  for (unsigned done = 0; done < bytes; done += 4) {
    const u64 index = (offset + done - accel::kMsixTableOffset) / 4;
    if (index < table_.size()) std::memcpy(&table_[index], static_cast<const u8*>(data) + done, 4);
  }
  send_pending();
  return true;
}

bool Msix::deliverable(unsigned vector) const {
  const u32 control = table_[vector * kWords + msix::kEntryControl / 4];
  return config_.msix_enabled() && !config_.msix_masked() && msix::EntryMask.get(control) == 0;
}

void Msix::raise(unsigned vector) {
  if (!config_.msix_enabled()) return;
  pending_ |= 1u << vector;
  send_pending();
}

void Msix::send_pending() {
  for (unsigned v = 0; v < accel::kMsixVectors; ++v) {
    if ((pending_ >> v & 1) == 0 || !deliverable(v)) continue;
    pending_ &= ~(1u << v);
    const u32* const entry = &table_[v * kWords];
    send_(u64{entry[1]} << 32 | entry[0], entry[msix::kEntryData / 4]);
  }
}

}  // namespace smmu_vp::pcie
