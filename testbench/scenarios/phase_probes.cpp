// Raw traffic for the PASID lifetime table, and its outcome in words.
#include "testbench/scenarios/phase_probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tlm/spec/pri.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPageMask = ~u64{0xfff};
constexpr unsigned kAccessBytes = 64;
// An event record may reach its queue after the abort reached the device.
constexpr u64 kEventDelayPs = 5'000'000;

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
  switch (static_cast<spec::ResponseCode>(*code)) {
    case spec::ResponseCode::kSuccess:
      return "Success";
    case spec::ResponseCode::kInvalidRequest:
      return "Invalid Request";
    case spec::ResponseCode::kResponseFailure:
      return "Response Failure";
  }
  return fmt::format("reserved code {}", *code);
}

}  // namespace

PhaseProbes::PhaseProbes(ScenarioContext& ctx) : ctx_(ctx) {
  ctx.bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64) {
    events_.push_back({f.sid, f.ssid, f.address & kPageMask, std::string(f.name), !f.name.starts_with("C_")});
  });
  ctx.bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) {
    stalls_.push_back({f.sid, f.ssid, f.va & kPageMask, "stalled", true});
  });
}

std::string PhaseProbes::consequences(const Subject& s, u64 va) {
  ctx_.os.sleep_ps(kEventDelayPs);
  const u32 sid = ctx_.platform.stream_id(s.device);
  std::set<std::string> names;
  const auto gather = [&](const std::vector<Seen>& from) {
    for (const Seen& seen : from) {
      const bool ours =
          seen.sid == sid && seen.ssid == s.pasid && (!seen.addressed || seen.address == (va & kPageMask));
      if (ours) names.insert(seen.name);
    }
  };
  gather(events_);
  if (names.empty()) names.insert("no event");
  gather(stalls_);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string PhaseProbes::access(const Subject& s, pcie::InjectKind kind, u64 va, bool write,
                                const std::vector<u8>& contents) {
  std::vector<u8> data(kAccessBytes, 0x5a);
  const auto result = ctx_.platform.inject(s.device, {.kind = kind,
                                                      .has_pasid = true,
                                                      .pasid = s.pasid,
                                                      .address = va,
                                                      .data = data.data(),
                                                      .bytes = kAccessBytes,
                                                      .write = write});
  std::string text = result.page_fault ? "page request refused" : status_text(result.status);
  if (!contents.empty() && result.status == transport::DmaStatus::kSuccess) {
    text += std::equal(data.begin(), data.end(), contents.begin()) ? ", own data" : ", WRONG DATA";
  }
  return text;
}

void PhaseProbes::untranslated(const Subject& s, std::string_view what, u64 va, bool write,
                               std::string expected, const std::vector<u8>& contents) {
  begin();
  std::string observed = access(s, pcie::InjectKind::kUntranslated, va, write, contents);
  observed += ", " + consequences(s, va);
  const bool can_stall = !ctx_.platform.is_pcie(s.device);
  row(s, can_stall ? "stall" : "untranslated", what, std::move(expected), std::move(observed));
}

void PhaseProbes::translated(const Subject& s, std::string_view what, u64 va, std::string expected,
                             const std::vector<u8>& contents) {
  begin();
  std::string observed = access(s, pcie::InjectKind::kViaAtc, va, false, contents);
  observed += ", " + consequences(s, va);
  row(s, "translated", what, std::move(expected), std::move(observed));
}

void PhaseProbes::translation_request(const Subject& s, std::string_view what, u64 va, std::string expected) {
  begin();
  const auto result = ctx_.platform.inject(s.device, {.kind = pcie::InjectKind::kTranslationRequest,
                                                      .has_pasid = true,
                                                      .pasid = s.pasid,
                                                      .address = va,
                                                      .write = true});
  std::string observed =
      result.status == transport::DmaStatus::kSuccess
          ? fmt::format("Success R={:d} W={:d}", result.translation.read, result.translation.write)
          : status_text(result.status);
  observed += ", " + consequences(s, va);
  row(s, "translation_request", what, std::move(expected), std::move(observed));
}

void PhaseProbes::page_request(const Subject& s, std::string_view what, u64 va, bool write,
                               std::string expected) {
  begin();
  const auto result = ctx_.platform.inject(s.device, {.kind = pcie::InjectKind::kPageRequest,
                                                      .has_pasid = true,
                                                      .pasid = s.pasid,
                                                      .address = va & kPageMask,
                                                      .write = write,
                                                      .prg_index = next_group(),
                                                      .last = true});
  row(s, "page_request", what, std::move(expected), response_text(result.response_code));
}

// The device counts its own groups up from 0; probes stay out of their way in the upper half of the 9 bits.
u16 PhaseProbes::next_group() {
  return static_cast<u16>(0x100 + groups_++ % 0x100);
}

void PhaseProbes::row(const Subject& s, std::string traffic, std::string_view what, std::string expected,
                      std::string observed) {
  ctx_.row({.pasid = s.pasid,
            .phase = s.phase,
            .stream_id = ctx_.platform.stream_id(s.device),
            .traffic = std::move(traffic),
            .what = std::string(what),
            .expected = std::move(expected),
            .observed = std::move(observed)});
}

}  // namespace smmu_vp::tb
