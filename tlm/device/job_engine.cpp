// The operations of the accelerator.
#include "tlm/device/job_engine.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace smmu_vp::device {

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
  pasid_ = pasid_of(descriptor);
  cancelled_ = &cancelled;
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
  namespace d = accel::desc;
  job.done = d::FIRST.get(descriptor);
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
    case Opcode::kCompare:
      return compare(descriptor, job);
    case Opcode::kChase:
      return chase(descriptor, job);
    case Opcode::kGather:
      return pieces({.address = d::SRC.get(descriptor), .entries = d::LENGTH.get(descriptor)},
                    d::DST.get(descriptor), true, job);
    case Opcode::kScatter:
      return pieces({.address = d::DST.get(descriptor), .entries = d::LENGTH.get(descriptor)},
                    d::SRC.get(descriptor), false, job);
    case Opcode::kBatch:  // only nested batches get here
    default:
      job.status = Status::kBadDescriptor;
  }
}

bool JobEngine::move(u64 address, void* data, u64 bytes, bool write, JobResult& job, u64 follows) {
  auto* at = static_cast<u8*>(data);
  while (bytes != 0) {
    DmaRequest request;
    request.access = {{stream_id_, pasid_}, address, {.read = !write, .write = write}};
    request.data = at;
    request.bytes = static_cast<unsigned>(std::min(bytes, to_page_end(address)));
    bytes -= request.bytes;
    const DmaOutcome outcome = port_.access(request, bytes + follows, *cancelled_);
    if (outcome != DmaOutcome::kOk) {
      job.status = status_of(outcome);
      job.fault_address = address;
      return false;
    }
    address += request.bytes;
    at += request.bytes;
  }
  return true;
}

template <typename Cut, typename Perform>
void JobEngine::each_piece(u64 length, JobResult& job, Cut cut, Perform perform) {
  u64 next = job.done, first_failed = std::max(length, next);
  JobResult failure;
  lanes_.run([&] { return next < length; },
             [&](u8* buffer) {
               Piece piece{
                   .offset = next, .bytes = cut(next), .buffer = buffer, .first_failed = first_failed};
               next += piece.bytes;
               if (perform(piece)) return true;
               if (piece.offset < first_failed) {
                 first_failed = piece.offset;
                 failure = piece.result;
               }
               return false;
             });
  job.done = first_failed;
  job.status = failure.status;
  job.fault_address = failure.fault_address;
}

void JobEngine::copy(const Descriptor& descriptor, JobResult& job) {
  const u64 source = accel::desc::SRC.get(descriptor), target = accel::desc::DST.get(descriptor);
  const u64 length = accel::desc::LENGTH.get(descriptor);
  each_piece(
      length, job,
      [&](u64 offset) {
        return std::min({length - offset, to_page_end(source + offset), to_page_end(target + offset)});
      },
      [&](Piece& p) {
        const u64 follows = length - p.offset - p.bytes;
        return move(source + p.offset, p.buffer, p.bytes, false, p.result, follows) &&
               move(target + p.offset, p.buffer, p.bytes, true, p.result, follows);
      });
}

void JobEngine::fill(const Descriptor& descriptor, JobResult& job) {
  const u64 seed = accel::desc::SEED.get(descriptor), length = accel::desc::LENGTH.get(descriptor);
  const u64 target = accel::desc::DST.get(descriptor);
  each_piece(
      length, job, [&](u64 offset) { return std::min(length - offset, to_page_end(target + offset)); },
      [&](Piece& p) {
        const u64 to = target + p.offset;
        for (u64 i = 0; i < p.bytes; ++i) p.buffer[i] = accel::pattern_byte(seed, to + i);
        return move(to, p.buffer, p.bytes, true, p.result, length - p.offset - p.bytes);
      });
}

// Pieces may arrive in any order, but the checksum takes their bytes in address order.
void JobEngine::crc(const Descriptor& descriptor, JobResult& job) {
  const u64 source = accel::desc::SRC.get(descriptor), length = accel::desc::LENGTH.get(descriptor);
  Crc32c sum(static_cast<u32>(accel::desc::SEED.get(descriptor)));
  u64 summed = job.done;
  each_piece(
      length, job, [&](u64 offset) { return std::min(length - offset, to_page_end(source + offset)); },
      [&](Piece& p) {
        if (!move(source + p.offset, p.buffer, p.bytes, false, p.result, length - p.offset - p.bytes))
          return false;
        while (summed != p.offset) {
          if (p.first_failed < p.offset) return false;  // the preceding piece has failed
          sc_core::wait(lanes_.ended());
        }
        sum.add(p.buffer, p.bytes);
        summed += p.bytes;
        return true;
      });
  job.result = sum.value();
}

// Members use the batch's PASID: a descriptor in memory cannot select another address space.
void JobEngine::batch(const Descriptor& descriptor, JobResult& job) {
  const u64 count = accel::desc::LENGTH.get(descriptor);
  job.done = accel::desc::FIRST.get(descriptor);
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

template <typename Perform>
void JobEngine::each_entry(const List& list, JobResult& job, Perform perform) {
  constexpr u64 kAtOnce = kBuffer / accel::access::kBytes;
  for (u64 index = 0; index < list.entries;) {
    const u64 n = std::min(list.entries - index, kAtOnce);
    if (!move(list.address + index * accel::access::kBytes, list_.data(), n * accel::access::kBytes, false,
              job))
      return;
    for (u64 i = 0; i < n; ++i, ++index) {
      std::array<u64, 2> entry;
      std::memcpy(entry.data(), &list_[i * accel::access::kBytes], accel::access::kBytes);
      const u64 size = accel::access::SIZE.get(entry);
      if (size == 0 || size > kBuffer) {
        job.status = Status::kBadDescriptor;
        return;
      }
      if (!perform(entry, size, index < job.done)) return;
      if (index == job.done) ++job.done;
    }
  }
}

void JobEngine::access_list(const Descriptor& descriptor, JobResult& job) {
  Crc32c sum(static_cast<u32>(accel::desc::SEED.get(descriptor)));
  each_entry({.address = accel::desc::SRC.get(descriptor), .entries = accel::desc::LENGTH.get(descriptor)},
             job, [&](const std::array<u64, 2>& entry, u64 size, bool done) {
               return done || access_entry(entry, size, sum, job);
             });
  job.result = sum.value();
}

// One side is the contiguous range `consecutive`; the list's entries are the other side.
void JobEngine::pieces(const List& list, u64 consecutive, bool gather, JobResult& job) {
  each_entry(list, job, [&](const std::array<u64, 2>& entry, u64 size, bool done) {
    const u64 address = accel::access::ADDRESS.get(entry);
    const u64 from = gather ? address : consecutive, to = gather ? consecutive : address;
    consecutive += size;
    return done ||
           (move(from, buffer_.data(), size, false, job) && move(to, buffer_.data(), size, true, job));
  });
}

void JobEngine::compare(const Descriptor& descriptor, JobResult& job) {
  const u64 length = accel::desc::LENGTH.get(descriptor);
  while (job.done < length) {
    const u64 a = accel::desc::SRC.get(descriptor) + job.done,
              b = accel::desc::DST.get(descriptor) + job.done;
    const u64 n = std::min({length - job.done, to_page_end(a), to_page_end(b)});
    if (!move(a, buffer_.data(), n, false, job) || !move(b, list_.data(), n, false, job)) return;
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(n);
    const auto same =
        static_cast<u64>(std::mismatch(buffer_.begin(), end, list_.begin()).first - buffer_.begin());
    job.done += same;
    if (same != n) break;
  }
  job.result = job.done;
}

void JobEngine::chase(const Descriptor& descriptor, JobResult& job) {
  const u64 count = accel::desc::LENGTH.get(descriptor);
  job.result = accel::desc::SRC.get(descriptor);
  while (job.done < count && job.result != 0) {
    u64 next = 0;
    if (!move(job.result, &next, sizeof next, false, job)) return;
    job.result = next;
    ++job.done;
  }
}

bool JobEngine::access_entry(const std::array<u64, 2>& entry, u64 size, Crc32c& sum, JobResult& job) {
  const u64 address = accel::access::ADDRESS.get(entry);
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
  // The status word is written last, so that software that sees it sees the rest.
  JobResult written;
  if (move(at + 8, &record[1], sizeof record - 8, true, written) && move(at, record.data(), 8, true, written))
    return;
  job.status = written.status;
  job.fault_address = written.fault_address;
}

}  // namespace smmu_vp::device
