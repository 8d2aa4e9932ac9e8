// Registers, queues and channels of the accelerator.
#include "tlm/device/accelerator.h"

#include <algorithm>
#include <cstring>

namespace smmu_vp::device {

namespace {

namespace accel = spec::accel;
namespace reg = spec::accel::reg;

constexpr int kStackBytes = 256 << 10;  // a channel's thread runs through SMMU and RTL

// The dedicated queue's portal; the shared queue's follows it.
bool in_portal(u64 offset) {
  return offset >= reg::SUBMIT && offset < reg::ENQUEUE + accel::desc::kBytes;
}
bool is_shared(u64 offset) {
  return offset >= reg::ENQUEUE;
}

// An absent `pasid` matches every job.
bool belongs_to(const Descriptor& descriptor, std::optional<u32> pasid) {
  return !pasid || pasid_of(descriptor) == pasid;
}

}  // namespace

const CoreKind kAccelerator = {
    .pci_device_id = accel::kPciDeviceId,
    .make = [](const DeviceConfig& config, const CoreSite& site) -> std::unique_ptr<Core> {
      return std::make_unique<Accelerator>("accelerator", config, site);
    }};

Accelerator::Accelerator(sc_core::sc_module_name name, const DeviceConfig& config, const CoreSite& site)
    : sc_module(name), config_(config.accelerator), stream_id_(config.stream_id), site_(site) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kStackBytes);
  for (unsigned i = 0; i < config_.channels; ++i) {
    JobEngine& engine = engines_.emplace_back(stream_id_, site_.dma, config_.outstanding);
    sc_core::sc_spawn([this, &engine] { run_channel(engine); }, ("channel_" + std::to_string(i)).c_str(),
                      &options);
  }
  sc_core::sc_spawn([this] { run_control(); }, "control", &options);
}

bool Accelerator::read(u64 offset, void* data, unsigned bytes) const {
  if ((bytes != 4 && bytes != 8) || offset % bytes != 0) return false;
  const u64 value = read_register(offset & ~u64{7}) >> (8 * (offset & 7));
  std::memcpy(data, &value, bytes);
  return true;
}

bool Accelerator::write(u64 offset, const void* data, unsigned bytes) {
  const bool descriptor = bytes == accel::desc::kBytes && (offset == reg::SUBMIT || offset == reg::ENQUEUE);
  if ((bytes != 4 && bytes != 8 && !descriptor) || offset % std::min(bytes, 8u) != 0) return false;
  for (unsigned done = 0; done < bytes; done += 8) {
    const u64 at = offset + done;
    if (at % 8 != 0 && !in_portal(at)) continue;  // no register has a writable field in its upper half
    u64 value = read_register(at & ~u64{7});      // a 32-bit write keeps the other half
    std::memcpy(reinterpret_cast<u8*>(&value) + (at & 7), static_cast<const u8*>(data) + done,
                std::min(bytes, 8u));
    write_register(at & ~u64{7}, value);
  }
  const u64 end = offset + bytes;
  if (end == reg::SUBMIT + accel::desc::kBytes || end == reg::ENQUEUE + accel::desc::kBytes)
    submit(is_shared(offset));
  return true;
}

u64 Accelerator::read_register(u64 offset) const {
  if (in_portal(offset)) return portals_[is_shared(offset)][offset % accel::desc::kBytes / 8];
  switch (offset) {
    case reg::ID:
      return accel::kIdValue;
    case reg::CAP:
      return accel::cap::QUEUE_DEPTH.set(accel::cap::CHANNELS.set(0, config_.channels), config_.queue_depth);
    case reg::CTRL:
      return accel::ctrl::RESET.set(accel::ctrl::ENABLE.set(0, enabled_ ? 1 : 0), resetting_ ? 1 : 0);
    case reg::QUEUE_FREE:
      return config_.queue_depth - waiting_jobs(false);
    case reg::STOP_BUSY:
      return stopping_ ? 1 : 0;
    case reg::ERROR:
      return error_;
    case reg::ERROR_ADDRESS:
      return error_address_;
    case reg::ENQUEUE_STATUS:
      return retry_ ? 1 : 0;
    default:
      return 0;
  }
}

void Accelerator::write_register(u64 offset, u64 value) {
  if (in_portal(offset)) {
    portals_[is_shared(offset)][offset % accel::desc::kBytes / 8] = value;
    return;
  }
  switch (offset) {
    case reg::CTRL:
      enabled_ = accel::ctrl::ENABLE.get(value) != 0;
      if (accel::ctrl::RESET.get(value) != 0) resetting_ = true;
      work_.notify();
      control_.notify();
      break;
    case reg::STOP:
      if (stopping_) break;
      stopping_ = Stop{static_cast<u32>(accel::stop::PASID.get(value)), accel::stop::ABORT.get(value) != 0};
      control_.notify();
      break;
    case reg::ERROR:
      if (value == 0) error_ = error_address_ = 0;
      break;
    default:
      break;
  }
}

u64 Accelerator::waiting_jobs(bool shared) const {
  return static_cast<u64>(std::count_if(jobs_.begin(), jobs_.end(),
                                        [=](const Job& j) { return !j.running && j.shared == shared; }));
}

// A full dedicated queue drops the job, so software checks QUEUE_FREE first; a full shared queue tells the
// submitter to retry. A PASID that is being stopped takes no new jobs, or the stop might never end.
void Accelerator::submit(bool shared) {
  const Descriptor& descriptor = portals_[shared];
  const bool stopped = resetting_ || (stopping_ && belongs_to(descriptor, stopping_->pasid));
  const bool full = waiting_jobs(shared) >= config_.queue_depth;
  if (shared) retry_ = !stopped && full;
  if (shared && retry_) {
    ++retried_;
    return;
  }
  const Job job{.number = submitted_++, .descriptor = descriptor, .shared = shared};
  if (stopped || full) {
    ++refused_;
    announce(job, stopped ? trace::JobState::kStopped : trace::JobState::kError);
    if (!stopped) record_error(job, {.status = accel::Status::kAborted});
    return;
  }
  jobs_.push_back(job);
  work_.notify();
}

Accelerator::Job* Accelerator::next_job() {
  if (!enabled_ || resetting_) return nullptr;
  const auto waiting = std::find_if(jobs_.begin(), jobs_.end(), [](const Job& j) { return !j.running; });
  return waiting == jobs_.end() ? nullptr : &*waiting;
}

void Accelerator::run_channel(JobEngine& engine) {
  for (;;) {
    Job* job = next_job();
    while (job == nullptr) {
      sc_core::wait(work_);
      job = next_job();
    }
    job->running = true;
    run_job(engine, *job);
    jobs_.remove_if([job](const Job& j) { return &j == job; });
    ended_.notify();
  }
}

void Accelerator::run_job(JobEngine& engine, Job& job) {
  site_.facts.announce(trace::PasidUse{{stream_id_, pasid_of(job.descriptor)}, false});
  announce(job, trace::JobState::kBegin);
  const JobResult result = engine.run(job.descriptor, job.cancelled);
  if (result.status == accel::Status::kStopped) {
    ++cancelled_;
    return announce(job, trace::JobState::kStopped);
  }
  if (result.status == accel::Status::kOk) {
    ++done_;
    announce(job, trace::JobState::kDone);
  } else {
    ++failed_;
    announce(job, trace::JobState::kError);
    record_error(job, result);
    site_.interrupt(kStopOrErrorVector);
  }
  if (accel::desc::INTERRUPT.get(job.descriptor) != 0) site_.interrupt(kCompletionVector);
}

void Accelerator::record_error(const Job& job, const JobResult& result) {
  if (accel::error::VALID.get(error_) != 0) return;
  error_ = accel::error::STATUS.set(accel::error::VALID.set(0, 1), static_cast<u64>(result.status));
  error_ = accel::error::PASID.set(error_, accel::desc::PASID.get(job.descriptor));
  error_address_ = result.fault_address;
}

void Accelerator::cancel(std::optional<u32> pasid) {
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (!belongs_to(job->descriptor, pasid)) {
      ++job;
    } else if (job->running) {
      job->cancelled = true;
      ++job;
    } else {
      ++cancelled_;
      announce(*job, trace::JobState::kStopped);
      job = jobs_.erase(job);
    }
  }
  site_.dma.abandon(pasid);
}

bool Accelerator::any_job(std::optional<u32> pasid) const {
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [&](const Job& j) { return belongs_to(j.descriptor, pasid); });
}

void Accelerator::run_control() {
  for (;;) {
    while (!stopping_ && !resetting_) sc_core::wait(control_);
    if (resetting_) {
      finish_reset();
    } else {
      finish_stop();
    }
  }
}

void Accelerator::finish_stop() {
  const Stop stop = *stopping_;
  if (stop.abort) cancel(stop.pasid);
  while (any_job(stop.pasid) && !resetting_) sc_core::wait(ended_ | control_);
  if (resetting_) return;
  site_.dma.settle(stop.pasid);
  site_.facts.announce(trace::PasidUse{{stream_id_, stop.pasid}, true});
  stopping_.reset();
  site_.interrupt(kStopOrErrorVector);
}

void Accelerator::finish_reset() {
  cancel(std::nullopt);
  while (any_job(std::nullopt)) sc_core::wait(ended_);
  stopping_.reset();
  enabled_ = false;
  error_ = error_address_ = 0;
  portals_ = {};
  retry_ = false;
  resetting_ = false;
}

void Accelerator::reset() {
  resetting_ = true;
  control_.notify();
}

void Accelerator::announce(const Job& job, trace::JobState state) const {
  site_.facts.announce(
      trace::DeviceJob{.who = {stream_id_, pasid_of(job.descriptor)}, .job = job.number, .state = state});
}

void Accelerator::visit_counters(const std::string& prefix, const CounterVisitor& visit) const {
  visit(prefix + ".jobs.submitted", submitted_);
  visit(prefix + ".jobs.done", done_);
  visit(prefix + ".jobs.failed", failed_);
  visit(prefix + ".jobs.cancelled", cancelled_);
  visit(prefix + ".jobs.refused", refused_);
  visit(prefix + ".jobs.retried", retried_);
}

}  // namespace smmu_vp::device
