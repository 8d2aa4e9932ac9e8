// Handles what the SMMU reports: events, page requests, global errors.
#include "sw_driver/smmu_v3/smmu.h"
#include "sw_driver/text.h"
#include "tlm/spec/events.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::sw {

namespace evt = spec::evt;
namespace ppr = spec::ppr;

namespace {

// The four faults that a page table change can resolve (7.3.13 to 7.3.16).
bool is_translation_fault(u64 type) {
  return type >= static_cast<u64>(spec::EventId::F_TRANSLATION) &&
         type <= static_cast<u64>(spec::EventId::F_PERMISSION);
}

}  // namespace

void Smmu::event_thread() {
  if (event_queue_.drain([this](std::span<const u64> event) { handle_event(event); }))
    env_.os.printk(LogLevel::kErr, "arm-smmu-v3: event queue overflow, events lost");
}

void Smmu::handle_event(std::span<const u64> event) {
  const u64 type = evt::Type.get(event);
  const auto sid = static_cast<u32>(evt::StreamID.get(event));
  if (is_translation_fault(type) && evt::Stall.get(event) != 0) {
    const bool read = evt::RnW.get(event) != 0, instruction = evt::InD.get(event) != 0;
    const Fault fault{.source = FaultSource::kStall,
                      .stream_id = sid,
                      .has_pasid = evt::SSV.get(event) != 0,
                      .pasid = static_cast<u32>(evt::SubstreamID.get(event)),
                      .group = static_cast<u32>(evt::STAG.get(event)),
                      .last = true,
                      .read = read && !instruction,
                      .write = !read,
                      .exec = instruction,
                      .address = evt::InputAddr.get(event)};
    Device* device = find_device(sid);
    if (device != nullptr && faults_.report(*device, fault)) return;
    // The fault has no handler, but a stalled transaction never ends by itself (4.7.1).
    issue_unsynced(command::resume(sid, fault.group, false));
  }
  if (expected_fault(event)) return;
  const spec::EventInfo* info = spec::find_event(type);
  std::string report =
      text("arm-smmu-v3: event ", info != nullptr ? info->name : "unknown", " sid ", hex(sid));
  if (evt::SSV.get(event) != 0) report += text(" ssid ", hex(evt::SubstreamID.get(event)));
  for (const u64 word : event) report += text(" ", hex(word));
  log_.printk(LogLevel::kErr, std::move(report));
}

// Faults that user space can provoke on a PASID it has bound: they are not logged.
bool Smmu::expected_fault(std::span<const u64> event) const {
  if (!is_translation_fault(evt::Type.get(event)) || evt::SSV.get(event) == 0) return false;
  const Device* device = find_device(static_cast<u32>(evt::StreamID.get(event)));
  return device != nullptr && device->by_pasid.contains(static_cast<u32>(evt::SubstreamID.get(event)));
}

void Smmu::pri_thread() {
  if (!pri_queue_.drain([this](std::span<const u64> entry) { handle_page_request(entry); })) return;
  // The SMMU has answered the requests it dropped; their groups will never be complete (8.1.1).
  env_.os.printk(LogLevel::kErr, "arm-smmu-v3: PRI queue overflow, page requests lost");
  faults_.discard_partial();
}

void Smmu::handle_page_request(std::span<const u64> entry) {
  const bool last = ppr::Last.get(entry) != 0, has_pasid = ppr::SSV.get(entry) != 0;
  const bool read = ppr::R.get(entry) != 0, write = ppr::W.get(entry) != 0;
  if (last && has_pasid && !read && !write) return;  // a Stop Marker is not answered (8)
  const Fault fault{.source = FaultSource::kPri,
                    .stream_id = static_cast<u32>(ppr::StreamID.get(entry)),
                    .has_pasid = has_pasid,
                    .pasid = static_cast<u32>(ppr::SubstreamID.get(entry)),
                    .group = static_cast<u32>(ppr::PRGIndex.get(entry)),
                    .last = last,
                    .read = read,
                    .write = write,
                    .exec = ppr::X.get(entry) != 0,
                    .address = ppr::Address.in_place(entry)};
  Device* device = find_device(fault.stream_id);
  if (device != nullptr && faults_.report(*device, fault)) return;
  log_.printk(LogLevel::kWarn, text("arm-smmu-v3: unexpected page request, sid ", hex(fault.stream_id),
                                    " pasid ", hex(fault.pasid), " address ", hex(fault.address)));
  if (!last) return;
  // There is no page request handling for this device, permanently: Response Failure says so (4.5.2).
  if (device != nullptr) {
    respond(*device, fault, FaultResponse::kFailure);
  } else {
    issue_unsynced(command::pri_resp({.sid = fault.stream_id}, fault.group, spec::Resp::kResponseFailure));
  }
}

void Smmu::gerror_thread() {
  const u32 gerror = registers_.read32(spec::offset::GERROR);
  const u32 active = gerror ^ registers_.read32(spec::offset::GERRORN);
  if (active == 0) return;
  for (const spec::NamedField& f : spec::GERROR::kFields) {
    if (f.field.get(active) != 0) log_.printk(LogLevel::kErr, text("arm-smmu-v3: global error ", f.name));
  }
  if (spec::GERROR::SFM_ERR.get(active) != 0) {
    env_.os.printk(LogLevel::kErr, "arm-smmu-v3: service failure, the SMMU is switched off");
    shutdown();
  }
  if (spec::GERROR::CMDQ_ERR.get(active) != 0) handle_command_error();
  registers_.write32(spec::offset::GERRORN, gerror);
}

// The queue stops at the command in error and continues with it once the error is acknowledged (7.1): an
// aborted fetch and a CMD_SYNC whose ATC_INVs timed out are retried, an illegal command is replaced.
void Smmu::handle_command_error() {
  const u32 cons = registers_.read32(spec::offset::CMDQ_CONS);
  const auto error = static_cast<spec::Cerror>(spec::CMDQ_CONS::ERR.get(cons));
  switch (error) {
    case spec::Cerror::CERROR_NONE:
    case spec::Cerror::CERROR_ABT:
      break;
    case spec::Cerror::CERROR_ATC_INV_SYNC:
      log_.printk(LogLevel::kErr, "arm-smmu-v3: a device did not complete an ATC invalidation");
      if (!env_.has(Bug::kAtcTimeoutIgnored)) contain(queue_.atc_targets_before(cons));
      break;
    case spec::Cerror::CERROR_ILL:
      log_.printk(LogLevel::kErr, text("arm-smmu-v3: illegal command skipped at ", hex(cons)));
      queue_.skip_erroneous_command(cons);
      break;
  }
}

}  // namespace smmu_vp::sw
