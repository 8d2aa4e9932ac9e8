// Registers, submission portal and stop protocol (data sheet: tlm/spec/accelerator.h).
#include "sw_driver/accel/accelerator.h"

#include "sw_driver/poll.h"
#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace accel = spec::accel;

namespace {

constexpr u64 kStopTimeout = kSecond;
constexpr u64 kSlotTimeout = kSecond;
constexpr unsigned kWords = accel::desc::kBytes / 8;
constexpr u64 kGone = ~u64{0};  // what every register of an absent device reads as

std::array<u64, kWords> descriptor(u32 pasid, const Job& job) {
  std::array<u64, kWords> d{};
  accel::desc::OPCODE.set(d, static_cast<u64>(job.opcode));
  accel::desc::PASID_VALID.set(d, 1);
  accel::desc::INTERRUPT.set(d, job.interrupt ? 1 : 0);
  accel::desc::PASID.set(d, pasid);
  accel::desc::COMPLETION.set(d, job.completion);
  accel::desc::SRC.set(d, job.source);
  accel::desc::DST.set(d, job.destination);
  accel::desc::LENGTH.set(d, job.length);
  accel::desc::SEED.set(d, job.seed);
  accel::desc::TAG.set(d, job.tag);
  return d;
}

}  // namespace

Accelerator::Accelerator(Env& env, Sva& sva, Device& device, u64 registers)
    : env_(env),
      sva_(sva),
      device_(device),
      registers_(registers),
      portal_lock_(env.os.make_mutex("accel_portal")),
      stop_lock_(env.os.make_mutex("accel_stop")),
      completions_(env.os.make_wait_queue("accel_completions")) {}

bool Accelerator::probe() {
  if (env_.os.mmio_read64(registers_ + accel::reg::ID) != accel::kIdValue) {
    env_.os.printk(LogLevel::kErr, text(device_.info.name, ": not an accelerator"));
    return false;
  }
  const u64 cap = env_.os.mmio_read64(registers_ + accel::reg::CAP);
  channels_ = static_cast<unsigned>(accel::cap::CHANNELS.get(cap));
  queue_depth_ = static_cast<unsigned>(accel::cap::QUEUE_DEPTH.get(cap));
  env_.os.mmio_write64(registers_ + accel::reg::CTRL, accel::ctrl::ENABLE.mask());
  return true;
}

void Accelerator::remove() {
  env_.os.mmio_write64(registers_ + accel::reg::CTRL, 0);
}

void Accelerator::on_completion() {
  ++completion_interrupts_;
  completions_->wake_all();
}

// The completion record reports a failed job; here the ERROR register is only cleared for the next one.
void Accelerator::on_event() {
  if (accel::error::VALID.get(env_.os.mmio_read64(registers_ + accel::reg::ERROR)) != 0)
    env_.os.mmio_write64(registers_ + accel::reg::ERROR, 0);
}

std::unique_ptr<AcceleratorFile> Accelerator::open(Process& process) {
  Bond* bond = sva_.bind(device_, process.shared_mm());
  return bond == nullptr ? nullptr : std::make_unique<AcceleratorFile>(*this, process, bond);
}

bool Accelerator::submit(u32 pasid, const Job& job) {
  const auto words = descriptor(pasid, job);
  env_.os.wmb();  // the job's input is visible before the job starts
  Guard guard(*portal_lock_);
  const auto free_slot = [&] { return env_.os.mmio_read64(registers_ + accel::reg::QUEUE_FREE) != 0; };
  if (!poll_until(env_.os, kSlotTimeout, free_slot)) return false;
  for (unsigned i = 0; i < kWords; ++i)
    env_.os.mmio_write64(registers_ + accel::reg::SUBMIT + u64{i} * 8, words[i]);
  return true;
}

bool Accelerator::reset() {
  if (device_.reset() && probe()) return true;
  env_.os.printk(LogLevel::kErr, text(device_.info.name, ": does not come back from its reset"));
  if (device_.iommu != nullptr) device_.iommu->block(device_);
  return false;
}

bool Accelerator::stop(u32 pasid, bool abort) {
  Guard guard(*stop_lock_);
  const u64 request = accel::stop::PASID.set(abort ? accel::stop::ABORT.mask() : 0, pasid);
  env_.os.mmio_write64(registers_ + accel::reg::STOP, request);
  u64 busy = 0;
  const bool answered = poll_until(env_.os, kStopTimeout, [&] {
    busy = env_.os.mmio_read64(registers_ + accel::reg::STOP_BUSY);
    return busy == 0 || busy == kGone;
  });
  const bool stopped = answered && busy == 0;
  if (!stopped)
    env_.os.printk(LogLevel::kErr,
                   text(device_.info.name, answered ? ": is gone" : ": a PASID does not stop"));
  return stopped;
}

}  // namespace smmu_vp::sw
