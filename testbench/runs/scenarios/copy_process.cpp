// Copies and compares.
#include "testbench/runs/scenarios/copy_process.h"

#include <utility>

namespace smmu_vp::tb {

namespace {
constexpr u64 kSource = 0x1000'0000, kDestination = 0x2000'0000, kCompletion = 0x3000'0000;
}

CopyProcess::CopyProcess(ScenarioContext& ctx, std::string name, const Work& work)
    : ctx_(ctx), name_(std::move(name)), device_(work.device), process_(ctx.kernel.create_process(name_)) {
  if (!ctx.expect(process_ != nullptr, name_ + ": the process gets its memory")) return;
  sw::Mm& mm = process_->mm();
  data_.resize(work.pages * mm.page_bytes());
  mm.mmap(kSource, bytes(), sw::kProtReadWrite);
  mm.mmap(kDestination, bytes(), sw::kProtReadWrite);
  mm.mmap(kCompletion, mm.page_bytes(), sw::kProtReadWrite);
}

u64 CopyProcess::source() const {
  return kSource;
}
u64 CopyProcess::destination() const {
  return kDestination;
}

u64 CopyProcess::completion() const {
  return kCompletion;
}

bool CopyProcess::open() {
  file_ = ctx_.accelerator(device_).open(*process_);
  return file_ != nullptr;
}

sw::Job CopyProcess::job() const {
  return {.opcode = spec::accel::Opcode::kCopy,
          .source = kSource,
          .destination = kDestination,
          .length = bytes(),
          .completion = kCompletion};
}

CopyProcess::Result CopyProcess::copy(u64 timeout_ps) {
  for (u8& byte : data_) byte = static_cast<u8>(ctx_.random.next());
  sw::Mm& mm = process_->mm();
  if (!mm.write(kSource, data_.data(), bytes())) return Result::kLost;
  const auto done = file_->run(job(), timeout_ps);
  if (!done || done->status != spec::accel::Status::kOk) return Result::kLost;
  std::vector<u8> copied(bytes());
  if (!mm.read(kDestination, copied.data(), bytes())) return Result::kLost;
  return copied == data_ ? Result::kRight : Result::kWrong;
}

bool CopyProcess::submit() {
  return file_->submit(job());
}

void CopyProcess::remap() {
  process_->mm().munmap(kDestination, bytes());
  process_->mm().mmap(kDestination, bytes(), sw::kProtReadWrite);
}

void CopyProcess::populate() {
  const std::vector<u8> zero(bytes());
  for (const u64 va : {kSource, kDestination}) process_->mm().write(va, zero.data(), bytes());
  process_->mm().write(kCompletion, zero.data(), spec::accel::completion::kBytes);
}

}  // namespace smmu_vp::tb
