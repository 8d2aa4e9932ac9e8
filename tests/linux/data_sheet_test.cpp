// The guest's header of the accelerator, which is C for the kernel, says what the data sheet says.
#include <doctest/doctest.h>

#include <cstddef>

#include "testbench/linux/guest/driver/accelerator_ioctl.h"
#include "tlm/spec/accelerator.h"

namespace accel = smmu_vp::spec::accel;

TEST_CASE("the guest's work descriptor has the fields of the data sheet") {
  const auto word = [](accel::Opcode opcode) { return static_cast<unsigned>(opcode); };
  CHECK(word(accel::Opcode::kCopy) == ACCELERATOR_COPY);
  CHECK(word(accel::Opcode::kFill) == ACCELERATOR_FILL);
  CHECK(word(accel::Opcode::kCrc) == ACCELERATOR_CRC);
  CHECK(word(accel::Opcode::kCompare) == ACCELERATOR_COMPARE);
  CHECK(sizeof(accelerator_job) == accel::desc::kBytes);
  CHECK(accel::desc::PASID_VALID.mask() == ACCELERATOR_PASID_VALID);
  CHECK(accel::desc::INTERRUPT.mask() == ACCELERATOR_INTERRUPT);
  CHECK(accel::desc::PASID.lo == ACCELERATOR_PASID_SHIFT);
  CHECK(accel::desc::COMPLETION.lo == 8 * offsetof(accelerator_job, completion));
  CHECK(accel::desc::SRC.lo == 8 * offsetof(accelerator_job, source));
  CHECK(accel::desc::DST.lo == 8 * offsetof(accelerator_job, destination));
  CHECK(accel::desc::LENGTH.lo == 8 * offsetof(accelerator_job, length));
  CHECK(accel::desc::SEED.lo == 8 * offsetof(accelerator_job, seed));
  CHECK(accel::desc::TAG.lo == 8 * offsetof(accelerator_job, tag));
  CHECK(accel::desc::FIRST.lo == 8 * offsetof(accelerator_job, first));
}

TEST_CASE("the guest's completion record has the fields of the data sheet") {
  const auto number = [](accel::Status status) { return static_cast<unsigned>(status); };
  CHECK(number(accel::Status::kOk) == ACCELERATOR_OK);
  CHECK(number(accel::Status::kPageFault) == ACCELERATOR_PAGE_FAULT);
  CHECK(number(accel::Status::kAborted) == ACCELERATOR_ABORTED);
  CHECK(number(accel::Status::kStopped) == ACCELERATOR_STOPPED);
  CHECK(sizeof(accelerator_completion) == accel::completion::kBytes);
  CHECK(accel::completion::DONE.lo == 8 * offsetof(accelerator_completion, done));
  CHECK(accel::completion::FAULT_ADDRESS.lo == 8 * offsetof(accelerator_completion, fault_address));
  CHECK(accel::completion::RESULT.lo == 8 * offsetof(accelerator_completion, result));
  CHECK(accel::completion::TAG.lo == 8 * offsetof(accelerator_completion, tag));
}
