// Raw traffic for the PASID lifetime table, and its outcome as text.
#include "testbench/runs/scenarios/phase_probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tlm/spec/pri.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPageMask = ~u64{0xfff};
constexpr unsigned kAccessBytes = 64;
constexpr u64 kFirstPausePs = 100'000;
std::string status_text(transport::DmaStatus status) {
  switch (status) {
    case transport::DmaStatus::kSuccess:
      return "ok";
    case transport::DmaStatus::kUnsupportedRequest:
      return "Unsupported Request";
    case transport::DmaStatus::kCompleterAbort:
      return "Completer Abort";
    case transport::DmaStatus::kAborted:
      return "aborted";
  }
  return "?";
}

std::string response_text(std::optional<u8> code) {
  if (!code) return "no response";
  using enum spec::ResponseCode;
  const auto response = static_cast<spec::ResponseCode>(*code);
  const bool known = response == kSuccess || response == kInvalidRequest || response == kResponseFailure;
  return known ? std::string(to_string(response)) : fmt::format("reserved code {}", *code);
}

}  // namespace

PhaseProbes::PhaseProbes(ScenarioContext& ctx) : ctx_(ctx) {
  ctx.bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64) {
    events_.push_back(
        {f.who, f.address & kPageMask, std::string(to_string(f.id)), !spec::is_configuration_error(f.id)});
  });
  ctx.bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
    queued_ |= f.prg_index == group_ && f.outcome == trace::PageRequestOutcome::kQueued;
  });
  ctx.bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) {
    if (!f.stop_marker()) ++unanswered_[f.who.sid][f.prg_index];
  });
  ctx.bus.on<trace::PrgResponseReceived>(
      [this](const trace::PrgResponseReceived& f, u64) { unanswered_[f.who.sid].erase(f.prg_index); });
  ctx.bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) {
    stalls_.push_back({f.who, f.va & kPageMask, "stalled", true});
  });
}

void PhaseProbes::begin(u64 va) {
  events_.clear();
  stalls_.clear();
  began_ps_ = ctx_.os.now_ps();
  va_ = va;
}

std::string PhaseProbes::consequences(const Subject& s, u64 va) {
  // An event record may reach its queue after the abort has reached the device.
  ctx_.os.sleep_ps(ctx_.pace.drain_ps());
  const spec::Requester who{ctx_.platform.stream_id(s.device), s.pasid};
  std::set<std::string> names;
  const auto gather = [&](const std::vector<Seen>& from) {
    for (const Seen& seen : from) {
      const bool ours = seen.who == who && (!seen.addressed || seen.address == (va & kPageMask));
      if (ours) names.insert(seen.name);
    }
  };
  gather(events_);
  if (names.empty()) names.insert("no event");
  gather(stalls_);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string PhaseProbes::access(const Subject& s, device::InjectKind kind, u64 va, bool write,
                                const std::vector<u8>& contents) {
  std::vector<u8> data(kAccessBytes, 0x5a);
  const auto result = ctx_.inject(s.device, {.kind = kind,
                                             .pasid = s.pasid,
                                             .address = va,
                                             .data = data.data(),
                                             .bytes = kAccessBytes,
                                             .intent = {.read = !write, .write = write}});
  std::string text = result.page_fault ? "page request refused" : status_text(result.status);
  if (!contents.empty() && result.status == transport::DmaStatus::kSuccess) {
    text += std::equal(data.begin(), data.end(), contents.begin()) ? ", own data" : ", WRONG DATA";
  }
  return text;
}

void PhaseProbes::untranslated(const Subject& s, std::string_view what, u64 va, bool write,
                               std::string expected, const std::vector<u8>& contents) {
  begin(va);
  std::string observed = access(s, device::InjectKind::kUntranslated, va, write, contents);
  observed += ", " + consequences(s, va);
  const bool can_stall = ctx_.platform.device(s.device).can_stall();
  row(s, can_stall ? Traffic::kStall : Traffic::kUntranslated, what, std::move(expected),
      std::move(observed));
}

void PhaseProbes::translated(const Subject& s, std::string_view what, u64 va, std::string expected,
                             const std::vector<u8>& contents) {
  begin(va);
  std::string observed = access(s, device::InjectKind::kViaAtc, va, false, contents);
  observed += ", " + consequences(s, va);
  row(s, Traffic::kTranslated, what, std::move(expected), std::move(observed));
}

void PhaseProbes::translation_request(const Subject& s, std::string_view what, u64 va, std::string expected) {
  begin(va);
  const auto result = ctx_.inject(s.device, {.kind = device::InjectKind::kTranslationRequest,
                                             .pasid = s.pasid,
                                             .address = va,
                                             .intent = {.read = true, .write = true}});
  std::string observed =
      result.status == transport::DmaStatus::kSuccess
          ? fmt::format("Success R={:d} W={:d}", result.translation.read, result.translation.write)
          : status_text(result.status);
  observed += ", " + consequences(s, va);
  row(s, Traffic::kTranslationRequest, what, std::move(expected), std::move(observed));
}

void PhaseProbes::page_request(const Subject& s, std::string_view what, u64 va, bool write,
                               std::string expected) {
  begin(va);
  const u64 end = ctx_.os.now_ps() + ctx_.pace.longest_without_progress_ps();
  for (u64 pause_ps = kFirstPausePs;; pause_ps *= 2) {
    if (!ctx_.poll([&] { return may_ask(s.device); }, {.timeout_ps = end - ctx_.os.now_ps()}))
      return row(s, Traffic::kPageRequest, what, std::move(expected), "the allocation was always used up",
                 false);
    queued_ = false;
    const u16 group = group_ = next_group();
    const auto result = ctx_.inject(s.device, {.kind = device::InjectKind::kPageRequest,
                                               .pasid = s.pasid,
                                               .address = va & kPageMask,
                                               .intent = {.read = !write, .write = write},
                                               .prg_index = group,
                                               .last = true});
    if (queued_)
      return row(s, Traffic::kPageRequest, what, std::move(expected), response_text(result.response_code));
    if (ctx_.os.now_ps() >= end)
      return row(s, Traffic::kPageRequest, what, std::move(expected), "the PRI queue was always full", false);
    ctx_.os.sleep_ps(pause_ps);  // answered by the SMMU itself, since the queue was full: no word of software
  }
}

// A device has no more page requests outstanding than it was allocated (PCIe 10.5.2.5), those of probes included.
bool PhaseProbes::may_ask(std::size_t device) {
  const EndpointConfig& endpoint = ctx_.config.endpoints[device];
  u32 outstanding = 0;
  for (const auto& [index, requests] : unanswered_[endpoint.stream_id]) outstanding += requests;
  return outstanding < std::min(endpoint.pri.capacity, ctx_.config.driver.pri_allocation);
}

// The device numbers its own groups from 0 upwards; probes use the upper half of the 9 bits.
u16 PhaseProbes::next_group() {
  return static_cast<u16>(0x100 + groups_++ % 0x100);
}

void PhaseProbes::row(const Subject& s, Traffic traffic, std::string_view what, std::string expected,
                      std::string observed, bool judged) {
  ctx_.row({.pasid = s.pasid,
            .phase = s.phase,
            .stream_id = ctx_.platform.stream_id(s.device),
            .t_ps = began_ps_,
            .address = va_,
            .traffic = traffic,
            .what = std::string(what),
            .expected = std::move(expected),
            .observed = std::move(observed),
            .judged = judged});
}

}  // namespace smmu_vp::tb
