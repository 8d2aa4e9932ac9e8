// A process: a name and the address space it owns until it dies.
#pragma once

#include "sw_driver/mm/mm.h"

namespace smmu_vp::sw {

class Process {
 public:
  Process(std::string name, std::shared_ptr<Mm> mm) : name_(std::move(name)), mm_(std::move(mm)) {}

  const std::string& name() const { return name_; }
  Mm& mm() { return *mm_; }
  const std::shared_ptr<Mm>& shared_mm() const { return mm_; }
  bool alive() const { return alive_; }

  // Kills the process, at any moment, and drops its user of the address space. Its open files are closed
  // later, so a device may still be working for a dead process.
  void kill() {
    if (!alive_) return;
    alive_ = false;
    mm_->mmput();
  }

 private:
  std::string name_;
  std::shared_ptr<Mm> mm_;
  bool alive_ = true;
};

}  // namespace smmu_vp::sw
