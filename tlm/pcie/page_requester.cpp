// Page request groups, from request to response.
#include "tlm/pcie/page_requester.h"

#include <algorithm>

#include "tlm/pcie/tlp.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::pcie {

namespace status = spec::pcie::pri::status;

std::optional<u16> PageRequester::free_index() {
  for (unsigned i = 0; i < kGroups; ++i) {
    const auto index = static_cast<u16>((next_index_ + i) % kGroups);
    if (groups_[index].requests != 0) continue;
    next_index_ = static_cast<u16>((index + 1) % kGroups);
    return index;
  }
  return std::nullopt;
}

PageRequester::Answer PageRequester::ask(const spec::Access& access, u32& pages, const bool& cancelled) {
  for (;; sc_core::wait(changed_)) {
    if (cancelled) return Answer::kStopped;
    if (!in_service() || config_.pri_allocation() == 0) return Answer::kUnavailable;
    const u32 granted = config_.pri_allocation();  // 10.5.2.5: no more than software granted
    const u32 left = granted > outstanding_ ? granted - outstanding_ : 0;
    // If the device exceeds its allocation, only every fourth group does, so that
    // its jobs still make progress.
    const bool exceeds =
        misbehaviour_.enabled(Misbehaviour::kExceedAllocation) && (left == 0 || ++asked_ % 4 == 0);
    if (left == 0 && !exceeds) continue;
    const std::optional<u16> index = free_index();
    if (!index) continue;
    Waiter waiter;
    groups_[*index].waiter = &waiter;
    pages = std::min(pages, std::max(left, 1u));
    if (exceeds &&
        misbehaviour_.record_if_enabled(Misbehaviour::kExceedAllocation, access.who.pasid, access.address))
      pages = left + 1;
    spec::Access page = access;
    for (u32 n = 1; n <= pages; ++n, page.address += kPage) send(page, *index, n == pages);
    while (!waiter.answered) sc_core::wait(changed_);
    return waiter.answer;
  }
}

std::optional<u8> PageRequester::inject(const spec::Access& access, u16 index, bool last) {
  Group& group = groups_[index % kGroups];
  Waiter waiter;
  const bool waits = last && group.waiter == nullptr;
  if (waits) group.waiter = &waiter;
  send(access, static_cast<u16>(index % kGroups), last);
  if (!waits) return std::nullopt;
  while (!waiter.answered) sc_core::wait(changed_);
  return waiter.answer == Answer::kStopped || waiter.answer == Answer::kUnavailable
             ? std::nullopt
             : std::optional<u8>(waiter.code);
}

void PageRequester::pause(u64 ps, const bool& cancelled) {
  const sc_core::sc_time end = sc_core::sc_time_stamp() + sc_core::sc_time::from_value(ps);
  while (!cancelled && sc_core::sc_time_stamp() < end)
    sc_core::wait(end - sc_core::sc_time_stamp(), changed_);
}

void PageRequester::send(const spec::Access& access, u16 index, bool last) {
  Group& group = groups_[index];
  ++group.requests;
  group.pasid = access.who.pasid;
  ++outstanding_;
  ++requests_;
  facts_.announce(trace::PageRequestIssued{
      .who = access.who,
      .prg_index = index,
      .address = access.address,
      .intent = access.intent,
      .last = last,
      .response_needs_pasid = access.who.pasid && config_.prg_response_pasid_required()});
  transport::MessageExtension message;
  message.kind = transport::MessageKind::kPageRequest;
  message.who = access.who;
  message.address = spec::pcie::page_request::Address.in_place(access.address);
  message.intent = access.intent;
  message.last = last;
  message.prg_index = index;
  post_(message);
}

void PageRequester::send_stop_marker(u32 pasid) {
  marker_due_.erase(pasid);
  ++stop_markers_;
  facts_.announce(trace::PageRequestIssued{.who = {stream_id_, pasid},
                                           .prg_index = 0,
                                           .address = 0,
                                           .intent = {},
                                           .last = true,
                                           .response_needs_pasid = false});
  transport::MessageExtension message;
  message.kind = transport::MessageKind::kPageRequest;
  message.who = {stream_id_, pasid};
  message.last = true;  // Last without any right requested: a Stop Marker (SMMUv3 8)
  post_(message);
}

bool PageRequester::expected(const transport::MessageExtension& message) const {
  const Group& group = groups_[message.prg_index % kGroups];
  if (group.requests == 0) return false;
  if (!group.pasid || !config_.prg_response_pasid_required()) return true;
  // A Response Failure without a PASID (8.2) still applies to the function.
  const bool failure = message.response_code == static_cast<u8>(spec::ResponseCode::kResponseFailure);
  return message.who.pasid ? message.who.pasid == group.pasid : failure;
}

void PageRequester::response(const transport::MessageExtension& message) {
  const bool known = !failed_ && expected(message);
  facts_.announce(trace::PrgResponseReceived{.who = {stream_id_, message.who.pasid},
                                             .prg_index = message.prg_index,
                                             .code = message.response_code,
                                             .expected = known});
  Group& group = groups_[message.prg_index % kGroups];
  // 10.5.2.3: from now on any response is ignored. It also answers page requests injected since the failure.
  if (failed_) {
    if (group.requests != 0) finish(group, Answer::kFailure, message.response_code);
    return;
  }
  if (!known) {
    ++unexpected_;
    set_status(status::UnexpectedPageRequestGroupIndex, true);
    return;
  }
  switch (static_cast<spec::ResponseCode>(message.response_code)) {
    case spec::ResponseCode::kSuccess:
      ++success_;
      finish(group, Answer::kSuccess, message.response_code);
      break;
    case spec::ResponseCode::kInvalidRequest:
      ++invalid_;
      finish(group, Answer::kInvalid, message.response_code);
      break;
    default:  // Response Failure; reserved codes count as such
      ++failure_;
      failed_ = true;
      set_status(status::ResponseFailure, true);
      finish_all(Answer::kFailure, message.response_code);
      break;
  }
  update_stopped();
}

void PageRequester::finish(Group& group, Answer answer, u8 code) {
  outstanding_ -= group.requests;
  if (group.waiter != nullptr) *group.waiter = {.answered = true, .answer = answer, .code = code};
  group = Group{};
  changed_.notify();
}

void PageRequester::finish_all(Answer answer, u8 code) {
  for (Group& group : groups_)
    if (group.requests != 0) finish(group, answer, code);
  marker_due_.clear();
  changed_.notify();
}

void PageRequester::control_changed(bool was_enabled) {
  if (!was_enabled && config_.pri_enabled()) {  // 10.5.2.2: enabling clears the status flags
    failed_ = false;
    marker_due_.clear();
    set_status(status::ResponseFailure, false);
    set_status(status::UnexpectedPageRequestGroupIndex, false);
    set_status(status::Stopped, false);
  }
  update_stopped();
  changed_.notify();
}

void PageRequester::reset() {
  finish_all(Answer::kUnavailable, 0);
  failed_ = false;
  update_stopped();
}

void PageRequester::abandon(std::optional<u32> pasid) {
  for (Group& group : groups_) {
    if (group.waiter == nullptr || (pasid && group.pasid != pasid)) continue;
    group.waiter->answered = true;
    group.waiter = nullptr;
    if (group.pasid) marker_due_.insert(*group.pasid);
  }
  changed_.notify();
}

void PageRequester::set_status(spec::Field bit, bool value) {
  config_.set_pri_status(static_cast<u16>(bit.set(config_.pri_status(), value ? 1 : 0)));
}

// 10.5.2.3: stopped once no request will follow and none is outstanding.
void PageRequester::update_stopped() {
  if (!in_service() && outstanding_ == 0) set_status(status::Stopped, true);
}

void PageRequester::visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const {
  visit(prefix + ".pri.requests", requests_);
  visit(prefix + ".pri.success", success_);
  visit(prefix + ".pri.invalid", invalid_);
  visit(prefix + ".pri.failure", failure_);
  visit(prefix + ".pri.unexpected", unexpected_);
  visit(prefix + ".pri.stop_markers", stop_markers_);
}

}  // namespace smmu_vp::pcie
