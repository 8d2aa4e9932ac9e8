// Collects faults into groups, runs the workers, and pages in through the mm.
#include "sw_driver/iommu/io_pgfault.h"

#include <algorithm>

#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace {
constexpr unsigned kWorkers = 4;
}

IoPageFaults::IoPageFaults(Env& env)
    : env_(env), work_(env.os.make_wait_queue("iopf_work")), done_(env.os.make_wait_queue("iopf_done")) {}

void IoPageFaults::start() {
  for (unsigned i = 0; i < kWorkers; ++i)
    env_.os.spawn(text("iopf/", std::to_string(i)), [this] { worker(); });
}

void IoPageFaults::add_device(Device& device) {
  if (device.faults.users++ == 0) devices_.push_back(&device);
}

void IoPageFaults::remove_device(Device& device) {
  if (--device.faults.users != 0) return;
  std::erase(devices_, &device);
  device.faults.partial.clear();
}

bool IoPageFaults::report(Device& device, const Fault& fault) {
  if (device.faults.users == 0) return false;
  std::vector<Fault>& partial = device.faults.partial;
  if (!fault.last && !env_.has(Bug::kPartialTakenForGroup)) {
    partial.push_back(fault);
    return true;
  }
  // The PASID is part of the group's identity: a request for one process is never served in another.
  const auto same_group = [&](const Fault& f) {
    return f.group == fault.group && f.has_pasid == fault.has_pasid && f.pasid == fault.pasid;
  };
  std::vector<Fault> faults;
  std::copy_if(partial.begin(), partial.end(), std::back_inserter(faults), same_group);
  std::erase_if(partial, same_group);
  faults.push_back(fault);

  const auto handler =
      env_.has(Bug::kFaultOfWrongProcess) ? device.by_pasid.begin() : device.by_pasid.find(fault.pasid);
  if (!fault.has_pasid || handler == device.by_pasid.end()) {  // no bond owns the PASID: refuse
    if (!env_.has(Bug::kUnhandledUnanswered)) device.iommu->respond(device, fault, FaultResponse::kInvalid);
    return true;
  }
  auto group = std::make_unique<Group>();
  group->device = &device;
  group->faults = std::move(faults);
  group->domain = handler->second;
  env_.announce(trace::FaultGroupBegin{fault.stream_id, fault.pasid, fault.group, fault.source,
                                       group->faults.front().address});
  group->operation =
      std::make_unique<Operation>(env_, Operation::Names{.name = "page_fault", .first_part = "queue"});
  queue_.push_back(std::move(group));
  ++queued_;
  work_->wake_all();
  return true;
}

void IoPageFaults::discard_partial() {
  for (Device* device : devices_) device->faults.partial.clear();
}

void IoPageFaults::flush() {
  const u64 target = queued_;
  done_->wait([this, target] {
    return taken_ >= target &&
           std::none_of(in_progress_.begin(), in_progress_.end(), [&](u64 n) { return n < target; });
  });
}

void IoPageFaults::worker() {
  for (;;) {
    work_->wait([this] { return !queue_.empty(); });
    if (queue_.empty()) continue;  // another worker took it
    const std::unique_ptr<Group> group = std::move(queue_.front());
    queue_.pop_front();
    const u64 number = taken_++;
    in_progress_.push_back(number);
    serve(*group);
    std::erase(in_progress_, number);
    done_->wake_all();
  }
}

// The first fault that fails decides the group's response; the rest are skipped.
void IoPageFaults::serve(Group& group) {
  group.operation->enter("handler");
  FaultResponse response = FaultResponse::kSuccess;
  for (const Fault& fault : group.faults) {
    response = page_in(*group.domain->mm(), fault);
    if (response != FaultResponse::kSuccess) break;
  }
  answer(group, response);
}

void IoPageFaults::answer(Group& group, FaultResponse response) {
  const Fault& last = group.faults.back();
  group.operation->enter("response");
  group.device->iommu->respond(*group.device, last, response);
  if (env_.has(Bug::kGroupAnsweredTwice)) group.device->iommu->respond(*group.device, last, response);
  env_.announce(trace::FaultGroupEnd{last.stream_id, last.pasid, last.group, last.source, response});
  group.operation.reset();
}

// Failures are not logged, because user space can provoke every one of them. A dying mm has no users left.
FaultResponse IoPageFaults::page_in(Mm& mm, const Fault& fault) {
  if (!mm.mmget_not_zero()) return FaultResponse::kInvalid;
  bool ok = true;
  if (fault.exec) ok = mm.handle_fault(fault.address, Access::kExec) == VmFault::kOk;
  if (ok && fault.write) ok = mm.handle_fault(fault.address, Access::kWrite) == VmFault::kOk;
  if (ok && fault.read && !fault.write) ok = mm.handle_fault(fault.address, Access::kRead) == VmFault::kOk;
  mm.mmput();  // may drop the last user and tear down the address space here
  return ok ? FaultResponse::kSuccess : FaultResponse::kInvalid;
}

}  // namespace smmu_vp::sw
