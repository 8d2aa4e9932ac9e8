// Threads of user programs, and waiting for their end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sw_driver/os.h"

namespace smmu_vp::tb {

class Threads {
 public:
  explicit Threads(sw::Os& os) : os_(os), ended_(os.make_wait_queue("user_threads")) {}

  void start(std::string name, std::function<void()> body) {
    ++running_;
    os_.spawn(std::move(name), [this, body = std::move(body)] {
      body();
      --running_;
      ended_->wake_all();
    });
  }
  void join() {
    ended_->wait([this] { return running_ == 0; });
  }

 private:
  sw::Os& os_;
  unsigned running_ = 0;
  std::unique_ptr<sw::WaitQueue> ended_;
};

}  // namespace smmu_vp::tb
