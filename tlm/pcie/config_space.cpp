// Reads and writes of configuration space, and what they set off. The layout is in config_layout.cpp.
#include "tlm/pcie/config_space.h"

namespace smmu_vp::pcie {

namespace {

namespace px = spec::pcie;

bool touches(unsigned offset, unsigned bytes, unsigned at, unsigned width) {
  return offset < at + width && offset + bytes > at;
}

constexpr unsigned kDeviceControl = ConfigSpace::kExpress + px::express::kDeviceControl;
constexpr unsigned kDeviceStatus = ConfigSpace::kExpress + px::express::kDeviceStatus;
constexpr unsigned kMsixControl = ConfigSpace::kMsix + px::msix::kControl;
constexpr unsigned kPasidControl = ConfigSpace::kPasid + px::pasid::kControl;
constexpr unsigned kAtsControl = ConfigSpace::kAts + px::ats::kControl;
constexpr unsigned kPriControl = ConfigSpace::kPri + px::pri::kControl;
constexpr unsigned kPriStatus = ConfigSpace::kPri + px::pri::kStatus;
constexpr unsigned kPriAllocation = ConfigSpace::kPri + px::pri::kAllocation;

}  // namespace

ConfigSpace::ConfigSpace(const LinkConfig& link, const PriConfig& pri, u64 bar0_bytes, ConfigEvents& events)
    : link_(link), pri_(pri), bar0_bytes_(bar0_bytes), events_(events) {
  define_header();
  define_express();
  define_capabilities();
  define_extended();
  reset();
}

void ConfigSpace::reset() {
  to_reset_values();
  cache_controls();
}

void ConfigSpace::set_multi_function() {
  constexpr u8 kMultiFunction = 0x80;  // 7.5.1.1.9
  fix(px::header::kHeaderType, kMultiFunction);
}

u32 ConfigSpace::read(unsigned offset, unsigned bytes) const {
  u32 value = peek(offset, bytes);
  if (touches(offset, bytes, kDeviceStatus, 1) && events_.transactions_pending())
    value |= static_cast<u32>(px::express::device_status::TransactionsPending.mask()
                              << (8 * (kDeviceStatus - offset)));
  return value;
}

void ConfigSpace::write(unsigned offset, unsigned bytes, u32 value) {
  const auto old_ats = static_cast<u16>(peek(kAtsControl, 2));
  const auto old_pri = static_cast<u16>(peek(kPriControl, 2));
  store(offset, bytes, value, [this](unsigned at) { return writable_now(at); });
  cache_controls();
  after_write(offset, bytes, old_ats, old_pri);
}

// What may not change while a feature is in use stays as it is: the specification leaves the outcome open.
bool ConfigSpace::writable_now(unsigned offset) const {
  if (touches(offset, 1, kPasidControl, 2)) return !ats_enabled_;    // 7.8.9.3
  if (touches(offset, 1, kPriAllocation, 4)) return !pri_enabled();  // 10.5.2.5
  return true;
}

void ConfigSpace::after_write(unsigned offset, unsigned bytes, u16 old_ats, u16 old_pri) {
  namespace control = px::express::device_control;
  if (touches(offset, bytes, kDeviceControl, 2) &&
      control::InitiateFunctionLevelReset.get(peek(kDeviceControl, 2)) != 0)
    return events_.function_level_reset();
  if (touches(offset, bytes, kAtsControl, 2) && peek(kAtsControl, 2) != old_ats)
    events_.ats_control_changed();
  if (touches(offset, bytes, kMsixControl, 2)) events_.msix_control_changed();
  if (!touches(offset, bytes, kPriControl, 2)) return;
  const bool was_enabled = px::pri::control::Enable.get(old_pri) != 0;
  const bool reset = px::pri::control::Reset.get(peek(kPriControl, 2)) != 0;
  poke(kPriControl, 2, static_cast<u32>(px::pri::control::Reset.set(peek(kPriControl, 2), 0)));  // reads as 0
  if (pri_enabled() != was_enabled) events_.pri_control_changed(was_enabled);
  if (reset && !pri_enabled()) events_.pri_reset();  // 10.5.2.2: ignored while enabled
}

void ConfigSpace::cache_controls() {
  namespace control = px::express::device_control;
  const u32 device = peek(kDeviceControl, 2);
  max_payload_ = 128u << control::MaxPayloadSize.get(device);
  max_read_request_ = 128u << control::MaxReadRequestSize.get(device);
  if (max_payload_ > link_.mps) max_payload_ = link_.mps;  // no more than the capability promises
  if (max_read_request_ > 4096) max_read_request_ = 4096;
  pasid_enabled_ = px::pasid::control::Enable.get(peek(kPasidControl, 2)) != 0;
  const u32 ats = peek(kAtsControl, 2);
  ats_enabled_ = px::ats::control::Enable.get(ats) != 0;
  stu_log2_ = 12 + static_cast<unsigned>(px::ats::control::STU.get(ats));
}

bool ConfigSpace::memory_enabled() const {
  return px::header::command::MemorySpaceEnable.get(peek(px::header::kCommand, 2)) != 0;
}
bool ConfigSpace::bus_master() const {
  return px::header::command::BusMasterEnable.get(peek(px::header::kCommand, 2)) != 0;
}
u64 ConfigSpace::bar0() const {
  const u64 low = px::header::bar::Address.in_place(peek(px::header::kBar0, 4));
  return low | u64{peek(px::header::kBar0 + 4, 4)} << 32;
}
bool ConfigSpace::msix_enabled() const {
  return px::msix::control::Enable.get(peek(kMsixControl, 2)) != 0;
}
bool ConfigSpace::msix_masked() const {
  return px::msix::control::FunctionMask.get(peek(kMsixControl, 2)) != 0;
}
bool ConfigSpace::pri_enabled() const {
  return px::pri::control::Enable.get(peek(kPriControl, 2)) != 0;
}
u32 ConfigSpace::pri_allocation() const {
  const u32 granted = peek(kPriAllocation, 4);
  return granted < pri_.capacity ? granted : pri_.capacity;
}
u16 ConfigSpace::pri_status() const {
  return static_cast<u16>(peek(kPriStatus, 2));
}
void ConfigSpace::set_pri_status(u16 status) {
  poke(kPriStatus, 2, status);
}

}  // namespace smmu_vp::pcie
