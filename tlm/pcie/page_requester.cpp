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

PageRequester::Answer PageRequester::ask(const Wish& wish, u32& pages, const bool& cancelled) {
  for (;; sc_core::wait(changed_)) {
    if (cancelled) return Answer::kStopped;
    if (!in_service() || config_.pri_allocation() == 0) return Answer::kUnavailable;
    const u32 granted = config_.pri_allocation();  // 10.5.2.5: no more than software granted
    const u32 left = granted > outstanding_ ? granted - outstanding_ : 0;
    // A device that exceeds its allocation does so with every fourth group, so that its work goes on.
    const bool exceeds = misconduct_.is(Misbehaviour::kExceedAllocation) && (left == 0 || ++asked_ % 4 == 0);
    if (left == 0 && !exceeds) continue;
    const std::optional<u16> index = free_index();
    if (!index) continue;
    Waiter waiter;
    groups_[*index].waiter = &waiter;
    pages = std::min(pages, std::max(left, 1u));
    if (exceeds && misconduct_.commits(Misbehaviour::kExceedAllocation, wish.pasid, wish.address))
      pages = left + 1;
    Wish page = wish;
    for (u32 n = 1; n <= pages; ++n, page.address += kPage) send(page, *index, n == pages);
    while (!waiter.answered) sc_core::wait(changed_);
    return waiter.answer;
  }
}

std::optional<u8> PageRequester::inject(const Wish& wish, u16 index, bool last) {
  Group& group = groups_[index % kGroups];
  Waiter waiter;
  const bool waits = last && group.waiter == nullptr;
  if (waits) group.waiter = &waiter;
  send(wish, static_cast<u16>(index % kGroups), last);
  if (!waits) return std::nullopt;
  while (!waiter.answered) sc_core::wait(changed_);
  return waiter.answer == Answer::kStopped || waiter.answer == Answer::kUnavailable
             ? std::nullopt
             : std::optional<u8>(waiter.code);
}

void PageRequester::send(const Wish& wish, u16 index, bool last) {
  Group& group = groups_[index];
  ++group.requests;
  group.has_pasid = wish.has_pasid;
  group.pasid = wish.pasid;
  ++outstanding_;
  ++requests_;
  facts_.announce(trace::PageRequestIssued{.sid = stream_id_,
                                           .ssid = wish.pasid,
                                           .prg_index = index,
                                           .address = wish.address,
                                           .read = wish.read,
                                           .write = wish.write,
                                           .last = last});
  transport::MessageExtension message;
  message.kind = transport::MessageKind::kPageRequest;
  message.has_pasid = wish.has_pasid;
  message.pasid = wish.pasid;
  message.address = spec::pcie::page_request::Address.in_place(wish.address);
  message.read = wish.read;
  message.write = wish.write;
  message.exec = wish.exec;
  message.priv = wish.priv;
  message.last = last;
  message.prg_index = index;
  post_(message);
}

void PageRequester::send_stop_marker(u32 pasid) {
  marker_due_.erase(pasid);
  ++stop_markers_;
  facts_.announce(trace::PageRequestIssued{.sid = stream_id_,
                                           .ssid = pasid,
                                           .prg_index = 0,
                                           .address = 0,
                                           .read = false,
                                           .write = false,
                                           .last = true});
  transport::MessageExtension message;
  message.kind = transport::MessageKind::kPageRequest;
  message.has_pasid = true;
  message.pasid = pasid;
  message.last = true;  // last without a right to ask for (8)
  post_(message);
}

bool PageRequester::expected(const transport::MessageExtension& message) const {
  const Group& group = groups_[message.prg_index % kGroups];
  if (group.requests == 0) return false;
  if (!group.has_pasid || !config_.prg_response_pasid_required()) return true;
  // A host that cannot tell which PASID it fails (8.2) still fails the function.
  const bool failure = message.response_code == static_cast<u8>(spec::ResponseCode::kResponseFailure);
  return message.has_pasid ? message.pasid == group.pasid : failure;
}

void PageRequester::response(const transport::MessageExtension& message) {
  const bool known = !failed_ && expected(message);
  facts_.announce(trace::PrgResponseReceived{.sid = stream_id_,
                                             .ssid = message.pasid,
                                             .prg_index = message.prg_index,
                                             .code = message.response_code,
                                             .expected = known});
  if (failed_) return;  // 10.5.2.3: after a failure no response is expected, any is ignored
  if (!known) {
    ++unexpected_;
    set_status(status::UnexpectedPageRequestGroupIndex, true);
    return;
  }
  Group& group = groups_[message.prg_index % kGroups];
  switch (static_cast<spec::ResponseCode>(message.response_code)) {
    case spec::ResponseCode::kSuccess:
      ++success_;
      finish(group, Answer::kSuccess, message.response_code);
      break;
    case spec::ResponseCode::kInvalidRequest:
      ++invalid_;
      finish(group, Answer::kInvalid, message.response_code);
      break;
    default:  // Response Failure; reserved codes promise nothing better
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
    if (group.waiter == nullptr || (pasid && !(group.has_pasid && group.pasid == *pasid))) continue;
    group.waiter->answered = true;
    group.waiter = nullptr;
    if (group.has_pasid) marker_due_.insert(group.pasid);
  }
  changed_.notify();
}

void PageRequester::set_status(spec::Field bit, bool value) {
  config_.set_pri_status(static_cast<u16>(bit.set(config_.pri_status(), value ? 1 : 0)));
}

// 10.5.2.3: stopped once nothing more will be asked and nothing is outstanding.
void PageRequester::update_stopped() {
  if (!in_service() && outstanding_ == 0) set_status(status::Stopped, true);
}

void PageRequester::visit_counters(const std::string& prefix, const CounterVisitor& visit) const {
  visit(prefix + ".pri.requests", requests_);
  visit(prefix + ".pri.success", success_);
  visit(prefix + ".pri.invalid", invalid_);
  visit(prefix + ".pri.failure", failure_);
  visit(prefix + ".pri.unexpected", unexpected_);
  visit(prefix + ".pri.stop_markers", stop_markers_);
}

}  // namespace smmu_vp::pcie
