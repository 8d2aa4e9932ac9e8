// One access, answered twice: first by --explain, which changes nothing, then by
// the SMMU through its sockets.
#pragma once

#include <fmt/format.h>

#include "testbench/observe/inspect/explain.h"
#include "testbench/observe/inspect/still_port.h"
#include "tests/unit/smmu_bench.h"
#include "tlm/core/event_record.h"

namespace smmu_vp::test {

class SideBySide {
 public:
  explicit SideBySide(Bench& bench) : b_(bench) {
    b_.facts.on<trace::Translated>([this](const trace::Translated& f, u64) { passed_ = f; });
    b_.facts.on<trace::TransactionEnd>([this](const trace::TransactionEnd& f, u64) {
      ended_ok_ = f.result == trace::TransactionResult::kOk;
    });
    b_.memory.before_access = [this](u64 pa, bool write) {
      if (running_) sent_ = {.write = write, .exec = ext_.exec, .priv = ext_.priv};
      const bool record = (pa & ~u64{0xFFF}) == Bench::kEventq;
      if (running_ && write && !write_ && !record) updated_tables = true;
    };
    Bench::spawn([this] { device(); });
  }

  // A description of the difference; empty if there is none.
  std::string difference;
  bool updated_tables = false;  // by the SMMU, since last cleared

  tb::StillSmmu still() {
    return {.config = b_.smmu.config(),
            .state = b_.smmu.inspect(),
            .memory = [this](u64 pa, void* data, std::size_t bytes) { return look(pa, data, bytes); },
            .tbu = 0,
            .tlb = &b_.tlb(0)};
  }

  // Each compares what the SMMU does with the expectation.
  void access(const spec::Access& asked, transport::AddressType at, const core::Decision& expected) {
    difference.clear();
    const u8 before = look_byte(expected.pa);
    start(asked, at, expected.outcome == core::Decision::Outcome::kPass ? before : u8{0xA5});
    const bool stalled = !done_;
    const std::optional<spec::Event> event = next_event();
    switch (expected.outcome) {
      case core::Decision::Outcome::kPass:
        same("passes", passed_.has_value(), true);
        if (passed_) {
          same("PA", passed_->pa, expected.pa);
          same("ASID", passed_->asid, expected.asid);
          same("privileged", sent_.priv, expected.access.intent.priv);
          same("instruction", sent_.exec, expected.access.intent.exec);
        }
        break;
      case core::Decision::Outcome::kAbort:
        same("aborts", done_ && !passed_ && result_.status == transport::DmaStatus::kAborted, true);
        break;
      case core::Decision::Outcome::kFault:
        same("passes", passed_.has_value(), false);
        same("stalls", stalled, expected.met->response.stall);
        if (!stalled) same("RAZ/WI", result_.ok, expected.met->response.raz_wi);
        if (!stalled && result_.ok && !asked.intent.write) same("data", result_.data & 0xFF, 0);
        break;
    }
    const bool records = expected.outcome == core::Decision::Outcome::kFault &&
                         (expected.met->response.record || expected.met->response.stall);
    std::optional<spec::Event> record;
    if (records) {
      std::optional<u16> stag;
      if (stalled && event) stag = EventWords{event->w}.stag();
      record = core::event_record(expected.met->fault, expected.access, stag);
    }
    same_event(event, record);
    if (stalled) end_stall(asked.who.sid);
  }

  void translation_request(const spec::Access& asked, u8 translations, const core::AtsAnswer& expected,
                           std::span<const spec::AtsTranslation> following) {
    difference.clear();
    start(asked, transport::AddressType::kTranslationRequest, 0, translations);
    same_event(next_event(), expected.record);
    using transport::DmaStatus;
    const DmaStatus status = expected.status == core::AtsStatus::kSuccess ? DmaStatus::kSuccess
                             : expected.status == core::AtsStatus::kCompleterAbort
                                 ? DmaStatus::kCompleterAbort
                                 : DmaStatus::kUnsupportedRequest;
    same("status", result_.status == status, true);
    same("translation", result_.translation == expected.translation, true);
    if (status != DmaStatus::kSuccess) return;
    same("translations behind the first", result_.following.count, following.size());
    for (std::size_t i = 0; i < following.size(); ++i)
      same("a translation behind the first", result_.following.entries[i] == following[i], true);
  }

  void prefetch(const spec::Access& asked, bool expected) {
    difference.clear();
    ended_ok_.reset();
    const spec::Requester& who = asked.who;
    b_.command(cmd::prefetch_addr(who.sid, who.pasid, asked.address));
    Bench::until([&] { return b_.smmu.idle(); });
    same("prefetched", ended_ok_.value_or(false), expected);
    same_event(next_event(), std::nullopt);
  }

 private:
  void same(const char* what, u64 got, u64 expected) {
    if (got != expected) difference += fmt::format("{}: {:#x}, not {:#x}; ", what, got, expected);
  }
  void same_event(const std::optional<spec::Event>& got, const std::optional<spec::Event>& expected) {
    const auto text = [](const std::optional<spec::Event>& e) {
      return e ? fmt::format("{:x} {:x} {:x} {:x}", e->w[0], e->w[1], e->w[2], e->w[3])
               : std::string("no event");
    };
    if (got != expected) difference += fmt::format("{}, not {}; ", text(got), text(expected));
  }

  bool look(u64 pa, void* data, std::size_t bytes) {
    tlm::tlm_generic_payload p;
    p.set_read();
    p.set_address(pa);
    p.set_data_ptr(static_cast<unsigned char*>(data));
    p.set_data_length(static_cast<unsigned>(bytes));
    sc_core::sc_time t;
    b_.memory.access(p, t);
    return p.is_response_ok();
  }
  u8 look_byte(u64 pa) {
    u8 byte = 0;
    look(pa, &byte, 1);
    return byte;
  }

  void start(const spec::Access& asked, transport::AddressType at, u8 data, u8 translations = 1) {
    ext_ = {};
    ext_.who = asked.who;
    ext_.exec = asked.intent.exec;
    ext_.priv = asked.intent.priv;
    ext_.at = at;
    ext_.no_write = !asked.intent.write;
    ext_.translations_asked = translations;
    address_ = asked.address;
    write_ = asked.intent.write && at != transport::AddressType::kTranslationRequest;
    data_ = data;
    passed_.reset();
    done_ = false;
    running_ = true;
    go_.notify(sc_core::SC_ZERO_TIME);
    for (int i = 0; i < 4 && !done_; ++i) sc_core::wait(sc_core::SC_ZERO_TIME);
    running_ = false;
  }
  void device() {
    for (;;) {
      sc_core::wait(go_);
      result_ = b_.send(ext_, address_, write_, data_, 1, 0);
      done_ = true;
    }
  }
  void end_stall(u32 sid) {
    b_.command(cmd::stall_term(sid));
    Bench::until([&] { return done_; });
    same("a terminated stall aborts", result_.ok, false);
  }

  // The event recorded since the last call.
  std::optional<spec::Event> next_event() {
    const u32 prod = b_.events();
    if (prod == seen_) return std::nullopt;
    const spec::Event event{b_.event(seen_).w};

    seen_ = (seen_ + 1) & 0xF;
    if (prod != seen_) difference += "more than one event; ";
    b_.write32(reg::EVENTQ_CONS, seen_ = prod);
    return event;
  }

  Bench& b_;
  DmaExtension ext_;
  u64 address_ = 0, data_ = 0;
  bool write_ = false, done_ = false, running_ = false;
  DmaResult result_;
  std::optional<trace::Translated> passed_;
  std::optional<bool> ended_ok_;
  spec::Intent sent_;
  u32 seen_ = 0;
  sc_core::sc_event go_;
};

}  // namespace smmu_vp::test
