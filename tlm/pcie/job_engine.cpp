// The operations of the accelerator.
#include "tlm/pcie/job_engine.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace smmu_vp::pcie {

namespace {

namespace accel = spec::accel;
using accel::Opcode;
using accel::Status;

constexpr u64 kPage = 4096;

u64 to_page_end(u64 address) {
  return kPage - address % kPage;
}

Status status_of(DmaOutcome outcome) {
  switch (outcome) {
    case DmaOutcome::kOk:
      return Status::kOk;
    case DmaOutcome::kPageFault:
      return Status::kPageFault;
    case DmaOutcome::kAborted:
      return Status::kAborted;
    case DmaOutcome::kStopped:
      return Status::kStopped;
  }
  return Status::kAborted;
}

}  // namespace

JobResult JobEngine::run(const Descriptor& descriptor, const bool& cancelled) {
  context_ = {};
  context_.has_pasid = accel::desc::PASID_VALID.get(descriptor) != 0;
  context_.pasid = context_.has_pasid ? static_cast<u32>(accel::desc::PASID.get(descriptor)) : 0;
  context_.cancelled = &cancelled;
  JobResult job;
  if (static_cast<Opcode>(accel::desc::OPCODE.get(descriptor)) == Opcode::kBatch) {
    batch(descriptor, job);
  } else {
    execute(descriptor, job);
  }
  complete(descriptor, job);
  return job;
}

void JobEngine::execute(const Descriptor& descriptor, JobResult& job) {
  switch (static_cast<Opcode>(accel::desc::OPCODE.get(descriptor))) {
    case Opcode::kNop:
      return;
    case Opcode::kCopy:
      return copy(descriptor, job);
    case Opcode::kFill:
      return fill(descriptor, job);
    case Opcode::kCrc:
      return crc(descriptor, job);
    case Opcode::kAccessList:
      return access_list(descriptor, job);
    case Opcode::kBatch:  // only nested ones come here
    default:
      job.status = Status::kBadDescriptor;
  }
}

bool JobEngine::move(u64 address, void* data, u64 bytes, bool write, JobResult& job) {
  auto* at = static_cast<u8*>(data);
  while (bytes != 0) {
    DmaAccess access = context_;
    access.address = address;
    access.data = at;
    access.bytes = static_cast<unsigned>(std::min(bytes, to_page_end(address)));
    access.write = write;
    const DmaOutcome outcome = port_.access(access);
    if (outcome != DmaOutcome::kOk) {
      job.status = status_of(outcome);
      job.fault_address = address;
      return false;
    }
    address += access.bytes;
    at += access.bytes;
    bytes -= access.bytes;
  }
  return true;
}

void JobEngine::copy(const Descriptor& descriptor, JobResult& job) {
  const u64 source = accel::desc::SRC.get(descriptor), target = accel::desc::DST.get(descriptor);
  const u64 length = accel::desc::LENGTH.get(descriptor);
  while (job.done < length) {
    const u64 from = source + job.done, to = target + job.done;
    const u64 n = std::min({length - job.done, to_page_end(from), to_page_end(to)});
    if (!move(from, buffer_.data(), n, false, job) || !move(to, buffer_.data(), n, true, job)) return;
    job.done += n;
  }
}

void JobEngine::fill(const Descriptor& descriptor, JobResult& job) {
  const u64 seed = accel::desc::SEED.get(descriptor), length = accel::desc::LENGTH.get(descriptor);
  while (job.done < length) {
    const u64 to = accel::desc::DST.get(descriptor) + job.done;
    const u64 n = std::min(length - job.done, to_page_end(to));
    for (u64 i = 0; i < n; ++i) buffer_[i] = accel::pattern_byte(seed, to + i);
    if (!move(to, buffer_.data(), n, true, job)) return;
    job.done += n;
  }
}

void JobEngine::crc(const Descriptor& descriptor, JobResult& job) {
  const u64 length = accel::desc::LENGTH.get(descriptor);
  Crc32c sum;
  while (job.done < length) {
    const u64 from = accel::desc::SRC.get(descriptor) + job.done;
    const u64 n = std::min(length - job.done, to_page_end(from));
    if (!move(from, buffer_.data(), n, false, job)) return;
    sum.add(buffer_.data(), n);
    job.done += n;
  }
  job.result = sum.value();
}

// The batch's PASID rules its members: a descriptor in memory cannot name another address space.
void JobEngine::batch(const Descriptor& descriptor, JobResult& job) {
  const u64 count = accel::desc::LENGTH.get(descriptor);
  while (job.done < count) {
    Descriptor member;
    const u64 at = accel::desc::SRC.get(descriptor) + job.done * accel::desc::kBytes;
    if (!move(at, member.data(), accel::desc::kBytes, false, job)) return;
    JobResult one;
    execute(member, one);
    complete(member, one);
    if (one.status != Status::kOk) {
      job.status = one.status;
      job.fault_address = one.fault_address;
      return;
    }
    ++job.done;
  }
}

void JobEngine::access_list(const Descriptor& descriptor, JobResult& job) {
  const u64 count = accel::desc::LENGTH.get(descriptor);
  constexpr u64 kAtOnce = kBuffer / accel::access::kBytes;
  Crc32c sum;
  while (job.done < count) {
    const u64 at = accel::desc::SRC.get(descriptor) + job.done * accel::access::kBytes;
    const u64 n = std::min(count - job.done, kAtOnce);
    if (!move(at, list_.data(), n * accel::access::kBytes, false, job)) return;
    for (u64 i = 0; i < n; ++i) {
      std::array<u64, 2> entry;
      std::memcpy(entry.data(), &list_[i * accel::access::kBytes], accel::access::kBytes);
      if (!access_entry(entry, sum, job)) return;
      ++job.done;
    }
  }
  job.result = sum.value();
}

bool JobEngine::access_entry(const std::array<u64, 2>& entry, Crc32c& sum, JobResult& job) {
  const u64 address = accel::access::ADDRESS.get(entry), size = accel::access::SIZE.get(entry);
  if (size == 0 || size > kBuffer) {
    job.status = Status::kBadDescriptor;
    return false;
  }
  const bool write = accel::access::WRITE.get(entry) != 0;
  if (write)
    for (u64 i = 0; i < size; ++i)
      buffer_[i] = accel::pattern_byte(accel::access::SEED.get(entry), address + i);
  if (!move(address, buffer_.data(), size, write, job)) return false;
  if (!write) sum.add(buffer_.data(), size);
  return true;
}

void JobEngine::complete(const Descriptor& descriptor, JobResult& job) {
  const u64 at = accel::desc::COMPLETION.get(descriptor);
  if (at == 0 || job.status == Status::kStopped) return;
  if (at % sizeof(u64) != 0) {
    job.status = Status::kBadDescriptor;
    return;
  }
  std::array<u64, accel::completion::kBytes / 8> record{};
  accel::completion::STATUS.set(record, static_cast<u64>(job.status));
  accel::completion::DONE.set(record, job.done);
  accel::completion::FAULT_ADDRESS.set(record, job.fault_address);
  accel::completion::RESULT.set(record, job.result);
  accel::completion::TAG.set(record, accel::desc::TAG.get(descriptor));
  // Word 0 last: who sees the status sees the rest.
  JobResult written;
  if (move(at + 8, &record[1], sizeof record - 8, true, written) && move(at, record.data(), 8, true, written))
    return;
  job.status = written.status;
  job.fault_address = written.fault_address;
}

}  // namespace smmu_vp::pcie
