// Page requests as the function that sends them must count them: how many are outstanding, and whether its Page
// Request Interface may ask at all (PCIe 10.4, 10.5.2).
#pragma once

#include <map>
#include <optional>

#include "testbench/observe/monitors/hardware/device_breach.h"
#include "tlm/spec/pri.h"
#include "tlm/trace/facts_device.h"

namespace smmu_vp::tb {

class DevicePageRequests {
 public:
  // Enabling starts afresh, and a reset forgets everything.
  void control(const trace::FunctionControls& f) {
    if (f.reset || (f.pri && !(controls_ && controls_->pri))) {
      failed_ = false;
      groups_.clear();
      outstanding_ = 0;
    }
    controls_ = f;
  }

  // Nothing when the function may send the request, or when nobody has told yet what it may.
  std::optional<DeviceBreach> sent(const trace::PageRequestIssued& f) {
    std::optional<DeviceBreach> breach;
    if (controls_ && !controls_->pri)
      breach = DeviceBreach::kPriDisabled;
    else if (failed_)
      breach = DeviceBreach::kPriFailed;
    else if (controls_ && outstanding_ >= controls_->allocation)
      breach = DeviceBreach::kBeyondAllocation;
    ++outstanding_;
    ++groups_[f.prg_index];
    return breach;
  }

  // One response returns what the whole group took; a failure, and a reserved code is one, ends all of them.
  void answered(const trace::PrgResponseReceived& f) {
    const bool failure = f.code != static_cast<u32>(spec::ResponseCode::kSuccess) &&
                         f.code != static_cast<u32>(spec::ResponseCode::kInvalidRequest);
    if (failure && f.expected) {
      failed_ = true;
      groups_.clear();
      outstanding_ = 0;
    } else if (const auto group = groups_.find(f.prg_index); group != groups_.end()) {
      outstanding_ -= group->second;
      groups_.erase(group);
    }
  }

 private:
  std::optional<trace::FunctionControls> controls_;
  bool failed_ = false;  // by a Response Failure, until enabled again (10.5.2.3)
  u32 outstanding_ = 0;
  std::map<u32, u32> groups_;  // by index: page requests without a response
};

}  // namespace smmu_vp::tb
