// The Page Request Interface of a function (PCIe 10.4, 10.5.2): groups and their indices, the allocation
// granted by software, responses, and how the interface stops.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <systemc>

#include "tlm/device/counters.h"
#include "tlm/pcie/config_space.h"
#include "tlm/pcie/misbehaviour_control.h"
#include "tlm/trace/bus.h"
#include "tlm/transport/message_extension.h"

namespace smmu_vp::pcie {

class PageRequester {
 public:
  enum class Answer : u8 {
    kSuccess,      // try the translation again
    kInvalid,      // Invalid Request
    kFailure,      // Response Failure: out of service until enabled again
    kUnavailable,  // not enabled, or disabled meanwhile
    kStopped,      // the job was cancelled; the host may still answer
  };
  using Post = std::function<void(const transport::MessageExtension&)>;

  PageRequester(u32 stream_id, ConfigSpace& config, MisbehaviourControl& misbehaviour,
                const trace::Bus& facts, Post post)
      : stream_id_(stream_id),
        config_(config),
        misbehaviour_(misbehaviour),
        facts_(facts),
        post_(std::move(post)) {}

  // Requests `pages` (at least one) consecutive pages from `access.address` on as one group, and blocks until
  // it is answered. Sets `pages` to the number requested, which the allocation may limit.
  Answer ask(const spec::Access& access, u32& pages, const bool& cancelled);
  // Sends one page request with a given index, outside the allocation. If it is the last of its group, blocks
  // for the answer and returns its response code.
  std::optional<u8> inject(const spec::Access& access, u16 index, bool last);
  // Waits for `ps`, or until `cancelled` becomes true.
  void pause(u64 ps, const bool& cancelled);
  void send_stop_marker(u32 pasid);

  void response(const transport::MessageExtension& message);  // a PRG Response arrived
  void control_changed(bool was_enabled);                     // PRI Control was written
  void reset();                                               // PRI Reset, Function Level Reset

  // Makes calls of ask() for `pasid` (for all, if absent) return kStopped. Their groups stay outstanding
  // until the host answers them.
  void abandon(std::optional<u32> pasid);
  // Whether abandoned groups of `pasid` are outstanding, so that a Stop Marker must
  // tell the host where they end.
  bool needs_stop_marker(u32 pasid) const { return in_service() && marker_due_.contains(pasid); }

  bool idle() const { return outstanding_ == 0; }
  void visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const;

 private:
  static constexpr unsigned kGroups = 512;  // 9-bit index
  struct Waiter {
    bool answered = false;
    Answer answer = Answer::kStopped;
    u8 code = 0;
  };
  struct Group {
    u32 requests = 0;  // outstanding page requests; 0: the index is free
    std::optional<u32> pasid;
    Waiter* waiter = nullptr;  // null until the group is complete, and once abandoned
  };

  bool in_service() const { return config_.pri_enabled() && !failed_; }
  std::optional<u16> free_index();
  void send(const spec::Access& access, u16 index, bool last);
  bool expected(const transport::MessageExtension& message) const;
  void finish(Group& group, Answer answer, u8 code);
  void finish_all(Answer answer, u8 code);
  void set_status(spec::Field bit, bool value);
  void update_stopped();

  u32 stream_id_;
  ConfigSpace& config_;
  MisbehaviourControl& misbehaviour_;
  const trace::Bus& facts_;
  Post post_;
  std::array<Group, kGroups> groups_{};
  u16 next_index_ = 0;
  u32 outstanding_ = 0;
  u32 asked_ = 0;        // groups so far, for a device that exceeds its allocation
  bool failed_ = false;  // since a Response Failure, until enabled again
  std::set<u32> marker_due_;
  sc_core::sc_event changed_;
  u64 requests_ = 0, success_ = 0, invalid_ = 0, failure_ = 0, unexpected_ = 0, stop_markers_ = 0;
};

}  // namespace smmu_vp::pcie
