// Reads and writes of configuration space and their effects. The layout is in config_layout.cpp.
#include "tlm/pcie/config_space.h"

#include "tlm/spec/pcie_power.h"

namespace smmu_vp::pcie {

namespace {

namespace px = spec::pcie;

constexpr ConfigPlace kCommand{px::header::kCommand, 2};
constexpr ConfigPlace kDeviceControl{ConfigSpace::kExpress + px::express::kDeviceControl, 2};
constexpr ConfigPlace kDeviceStatus{ConfigSpace::kExpress + px::express::kDeviceStatus, 2};
constexpr ConfigPlace kMsixControl{ConfigSpace::kMsix + px::msix::kControl, 2};
constexpr ConfigPlace kPowerControl{ConfigSpace::kPower + px::power::kControl, 2};
constexpr ConfigPlace kPasidControl{ConfigSpace::kPasid + px::pasid::kControl, 2};
constexpr ConfigPlace kAtsControl{ConfigSpace::kAts + px::ats::kControl, 2};
constexpr ConfigPlace kPriControl{ConfigSpace::kPri + px::pri::kControl, 2};
constexpr ConfigPlace kPriStatus{ConfigSpace::kPri + px::pri::kStatus, 2};
constexpr ConfigPlace kPriAllocation{ConfigSpace::kPri + px::pri::kAllocation, 4};

}  // namespace

ConfigSpace::ConfigSpace(const FunctionKind& kind, const LinkConfig& link, const PriConfig& pri,
                         u64 bar0_bytes, ConfigEvents& events)
    : link_(link), pri_(pri), bar0_bytes_(bar0_bytes), events_(events) {
  define_header(kind.device_id);
  define_express(kind.integrated);
  define_capabilities();
  define_extended();
  reset();
}

void ConfigSpace::reset() {
  to_reset_values();
  cache_controls();
}

u32 ConfigSpace::read(unsigned offset, unsigned bytes) const {
  constexpr ConfigPlace kTransactionsPending{kDeviceStatus.offset, 1};  // 7.5.3.5: in its first byte
  u32 value = peek({offset, bytes});
  if (kTransactionsPending.touches({offset, bytes}) && events_.transactions_pending())
    value |= static_cast<u32>(px::express::device_status::TransactionsPending.mask()
                              << (8 * (kTransactionsPending.offset - offset)));
  return value;
}

void ConfigSpace::write(unsigned offset, unsigned bytes, u32 value) {
  const Switches before{.ats = peek(kAtsControl), .pri_enabled = pri_enabled()};
  const Controls old_controls = controls();
  const u32 power = peek(kPowerControl);
  store({offset, bytes}, value, [this](unsigned at) { return writable_now(at); });
  if (!px::power::control::supports(peek(kPowerControl))) poke(kPowerControl, power);
  cache_controls();
  if (controls() != old_controls) events_.controls_changed();
  after_write({offset, bytes}, before);
}

// A register that must not change while its feature is in use keeps its value. The specification leaves the
// result of such a write open.
bool ConfigSpace::writable_now(unsigned offset) const {
  if (kPasidControl.touches({offset, 1})) return !ats_enabled_;    // 7.8.9.3
  if (kPriAllocation.touches({offset, 1})) return !pri_enabled();  // 10.5.2.5
  return true;
}

void ConfigSpace::after_write(const ConfigPlace& written, const Switches& before) {
  namespace control = px::express::device_control;
  if (written.touches(kDeviceControl) && control::InitiateFunctionLevelReset.get(peek(kDeviceControl)) != 0)
    return events_.function_level_reset();
  if (written.touches(kAtsControl) && peek(kAtsControl) != before.ats) events_.ats_control_changed();
  if (written.touches(kMsixControl)) events_.msix_control_changed();
  if (!written.touches(kPriControl)) return;
  const bool reset = px::pri::control::Reset.get(peek(kPriControl)) != 0;
  poke(kPriControl, static_cast<u32>(px::pri::control::Reset.set(peek(kPriControl), 0)));  // reads as 0
  if (pri_enabled() != before.pri_enabled) events_.pri_control_changed(before.pri_enabled);
  if (reset && !pri_enabled()) events_.pri_reset();  // 10.5.2.2: ignored while enabled
}

void ConfigSpace::cache_controls() {
  namespace control = px::express::device_control;
  const u32 device = peek(kDeviceControl);
  max_payload_ = 128u << control::MaxPayloadSize.get(device);
  max_read_request_ = 128u << control::MaxReadRequestSize.get(device);
  if (max_payload_ > link_.mps) max_payload_ = link_.mps;  // at most what the capability says
  if (max_read_request_ > 4096) max_read_request_ = 4096;
  pasid_enabled_ = px::pasid::control::Enable.get(peek(kPasidControl)) != 0;
  const u32 ats = peek(kAtsControl);
  ats_enabled_ = px::ats::control::Enable.get(ats) != 0;
  stu_log2_ = 12 + static_cast<unsigned>(px::ats::control::STU.get(ats));
}

bool ConfigSpace::powered() const {
  return px::power::control::PowerState.get(peek(kPowerControl)) == px::power::control::kD0;
}
bool ConfigSpace::memory_enabled() const {
  return powered() && px::header::command::MemorySpaceEnable.get(peek(kCommand)) != 0;
}
bool ConfigSpace::bus_master() const {
  return powered() && px::header::command::BusMasterEnable.get(peek(kCommand)) != 0;
}
u64 ConfigSpace::bar0() const {
  const u64 low = px::header::bar::Address.in_place(peek({px::header::kBar0, 4}));
  return low | u64{peek({px::header::kBar0 + 4, 4})} << 32;
}
bool ConfigSpace::msix_enabled() const {
  return px::msix::control::Enable.get(peek(kMsixControl)) != 0;
}
bool ConfigSpace::msix_masked() const {
  return px::msix::control::FunctionMask.get(peek(kMsixControl)) != 0;
}
bool ConfigSpace::pri_enabled() const {
  return px::pri::control::Enable.get(peek(kPriControl)) != 0;
}
u32 ConfigSpace::pri_allocation() const {
  const u32 granted = peek(kPriAllocation);
  return granted < pri_.capacity ? granted : pri_.capacity;
}
Controls ConfigSpace::controls() const {
  return {
      .pasid = pasid_enabled_, .ats = ats_enabled_, .pri = pri_enabled(), .allocation = peek(kPriAllocation)};
}
u16 ConfigSpace::pri_status() const {
  return static_cast<u16>(peek(kPriStatus));
}
void ConfigSpace::set_pri_status(u16 status) {
  poke(kPriStatus, status);
}

}  // namespace smmu_vp::pcie
