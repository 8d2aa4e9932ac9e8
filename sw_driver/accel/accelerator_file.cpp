// An open file of the accelerator: submission, completion records, close.
#include "sw_driver/accel/accelerator.h"
#include "sw_driver/poll.h"

namespace smmu_vp::sw {

namespace accel = spec::accel;

namespace {
constexpr unsigned kRecordWords = accel::completion::kBytes / 8;
// Polling intervals for completion records when no interrupt arrives.
constexpr u64 kShortestPoll = kMicrosecond, kLongestPoll = 50 * kMicrosecond;
}  // namespace

bool AcceleratorFile::submit(const Job& job) {
  return bond_ != nullptr && device_.submit(bond_->pasid, job);
}

std::optional<Completion> AcceleratorFile::read_completion(u64 address) {
  std::array<u64, kRecordWords> r{};
  if (!mm_->read(address, r.data(), sizeof r)) return std::nullopt;
  return Completion{.status = static_cast<accel::Status>(accel::completion::STATUS.get(r)),
                    .done = static_cast<u32>(accel::completion::DONE.get(r)),
                    .fault_address = accel::completion::FAULT_ADDRESS.get(r),
                    .result = accel::completion::RESULT.get(r),
                    .tag = accel::completion::TAG.get(r)};
}

bool AcceleratorFile::clear_completion(u64 address) {
  const std::array<u64, kRecordWords> zero{};
  return mm_->write(address, zero.data(), sizeof zero);
}

std::optional<Completion> AcceleratorFile::wait(u64 address, u64 timeout_ps) {
  Os& os = device_.env_.os;
  const u64 deadline = os.now_ps() + timeout_ps;
  u64 interval = kShortestPoll;
  for (;;) {
    const u64 interrupts = device_.completion_interrupts_;
    const auto record = read_completion(address);
    if (!record) return std::nullopt;
    if (record->status != accel::Status::kNone) return record;
    const u64 now = os.now_ps();
    if (now >= deadline) return std::nullopt;
    device_.completions_->wait_for([&] { return device_.completion_interrupts_ != interrupts; },
                                   std::min(interval, deadline - now));
    interval = std::min(2 * interval, kLongestPoll);
  }
}

std::optional<Completion> AcceleratorFile::run(const Job& job, u64 timeout_ps) {
  if (!clear_completion(job.completion) || !submit(job)) return std::nullopt;
  return wait(job.completion, timeout_ps);
}

void AcceleratorFile::close() {
  if (bond_ == nullptr) return;
  device_.stop(bond_->pasid, true);
  device_.sva_.unbind(std::exchange(bond_, nullptr));
}

}  // namespace smmu_vp::sw
