// Registers, queue and channels of the accelerator.
#include "tlm/pcie/accelerator.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace smmu_vp::pcie {

namespace {

namespace accel = spec::accel;
namespace reg = spec::accel::reg;

constexpr int kStackBytes = 256 << 10;  // a channel's thread runs through SMMU and RTL

// The dedicated queue's portal, and behind it the shared queue's.
bool in_portal(u64 offset) {
  return offset >= reg::SUBMIT && offset < reg::ENQUEUE + accel::desc::kBytes;
}
bool is_shared(u64 offset) {
  return offset >= reg::ENQUEUE;
}

bool belongs_to(const Descriptor& descriptor, std::optional<u32> pasid) {
  return !pasid ||
         (accel::desc::PASID_VALID.get(descriptor) != 0 && accel::desc::PASID.get(descriptor) == *pasid);
}

}  // namespace

Accelerator::Accelerator(sc_core::sc_module_name name, const AcceleratorConfig& config, u32 stream_id,
                         DmaPort& dma, std::function<void(unsigned)> interrupt, const trace::Bus& facts)
    : sc_module(name),
      config_(config),
      stream_id_(stream_id),
      dma_(dma),
      interrupt_(std::move(interrupt)),
      facts_(facts) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kStackBytes);
  for (unsigned i = 0; i < config_.channels; ++i) {
    JobEngine& engine = engines_.emplace_back(dma_, config_.outstanding);
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
    u64 value = read_register(at & ~u64{7});      // a 32-bit write leaves the other half as it is
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

// A full dedicated queue loses the job, and software watches QUEUE_FREE; a full shared one tells the
// submitter to try again. A PASID being stopped takes no new work: the stop could not end otherwise.
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
    announce(job, stopped ? "stopped" : "error");
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
  announce(job, "begin");
  const JobResult result = engine.run(job.descriptor, job.cancelled);
  if (result.status == accel::Status::kStopped) {
    ++cancelled_;
    return announce(job, "stopped");
  }
  if (result.status == accel::Status::kOk) {
    ++done_;
    announce(job, "done");
  } else {
    ++failed_;
    announce(job, "error");
    record_error(job, result);
    interrupt_(kStopOrErrorVector);
  }
  if (accel::desc::INTERRUPT.get(job.descriptor) != 0) interrupt_(kCompletionVector);
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
      announce(*job, "stopped");
      job = jobs_.erase(job);
    }
  }
  dma_.abandon(pasid);
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
  dma_.settle(stop.pasid);
  stopping_.reset();
  interrupt_(kStopOrErrorVector);
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

void Accelerator::announce(const Job& job, std::string_view state) const {
  facts_.announce(trace::DeviceJob{.sid = stream_id_,
                                   .ssid = static_cast<u32>(accel::desc::PASID.get(job.descriptor)),
                                   .job = job.number,
                                   .state = state});
}

void Accelerator::visit_counters(const std::string& prefix, const CounterVisitor& visit) const {
  visit(prefix + ".jobs.submitted", submitted_);
  visit(prefix + ".jobs.done", done_);
  visit(prefix + ".jobs.failed", failed_);
  visit(prefix + ".jobs.cancelled", cancelled_);
  visit(prefix + ".jobs.refused", refused_);
  visit(prefix + ".jobs.retried", retried_);
}

}  // namespace smmu_vp::pcie
