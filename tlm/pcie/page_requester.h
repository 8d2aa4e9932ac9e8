// The Page Request Interface of a function (PCIe 10.4, 10.5.2): groups and their indices, the allocation
// granted by software, responses, and what stops it.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <systemc>

#include "tlm/pcie/config_space.h"
#include "tlm/pcie/counters.h"
#include "tlm/pcie/misbehaviour.h"
#include "tlm/trace/bus.h"
#include "tlm/transport/message_extension.h"

namespace smmu_vp::pcie {

class PageRequester {
 public:
  struct Wish {
    bool has_pasid = false;
    u32 pasid = 0;
    u64 address = 0;
    bool read = false, write = false, exec = false, priv = false;
  };
  enum class Answer : u8 {
    kSuccess,      // try the translation again
    kInvalid,      // Invalid Request
    kFailure,      // Response Failure: the interface is out of service until enabled again
    kUnavailable,  // not enabled, or no longer
    kStopped,      // the asker's job was cancelled; the host may still answer
  };
  using Post = std::function<void(const transport::MessageExtension&)>;

  PageRequester(u32 stream_id, ConfigSpace& config, Misconduct& misconduct, const trace::Bus& facts,
                Post post)
      : stream_id_(stream_id),
        config_(config),
        misconduct_(misconduct),
        facts_(facts),
        post_(std::move(post)) {}

  // Asks for `pages` consecutive pages from the wished one on (at least one), as one group, and blocks until
  // it is answered. `pages` becomes the number asked for: no more than the allocation leaves.
  Answer ask(const Wish& wish, u32& pages, const bool& cancelled);
  // Sends one page request with an index of the caller's choice, outside the allocation; blocks for the
  // answer when it is the last of its group, and returns its response code.
  std::optional<u8> inject(const Wish& wish, u16 index, bool last);
  void send_stop_marker(u32 pasid);

  void response(const transport::MessageExtension& message);  // a PRG Response arrived
  void control_changed(bool was_enabled);                     // PRI Control was written
  void reset();                                               // PRI Reset, Function Level Reset

  // Askers for `pasid` (all of them when absent) return kStopped. Their groups stay outstanding until
  // answered.
  void abandon(std::optional<u32> pasid);
  // True when abandoned groups of `pasid` are outstanding: a Stop Marker must tell the host where they end.
  bool needs_stop_marker(u32 pasid) const { return in_service() && marker_due_.contains(pasid); }

  bool idle() const { return outstanding_ == 0; }
  void visit_counters(const std::string& prefix, const CounterVisitor& visit) const;

 private:
  static constexpr unsigned kGroups = 512;  // 9-bit index
  struct Waiter {
    bool answered = false;
    Answer answer = Answer::kStopped;
    u8 code = 0;
  };
  struct Group {
    u32 requests = 0;  // outstanding page requests; 0: the index is free
    bool has_pasid = false;
    u32 pasid = 0;
    Waiter* waiter = nullptr;  // null while the group is not complete, and when abandoned
  };

  bool in_service() const { return config_.pri_enabled() && !failed_; }
  std::optional<u16> free_index();
  void send(const Wish& wish, u16 index, bool last);
  bool expected(const transport::MessageExtension& message) const;
  void finish(Group& group, Answer answer, u8 code);
  void finish_all(Answer answer, u8 code);
  void set_status(spec::Field bit, bool value);
  void update_stopped();

  u32 stream_id_;
  ConfigSpace& config_;
  Misconduct& misconduct_;
  const trace::Bus& facts_;
  Post post_;
  std::array<Group, kGroups> groups_{};
  u16 next_index_ = 0;
  u32 outstanding_ = 0;
  u32 asked_ = 0;        // groups, by a device that may exceed its allocation
  bool failed_ = false;  // after a Response Failure, until enabled again
  std::set<u32> marker_due_;
  sc_core::sc_event changed_;
  u64 requests_ = 0, success_ = 0, invalid_ = 0, failure_ = 0, unexpected_ = 0, stop_markers_ = 0;
};

}  // namespace smmu_vp::pcie
