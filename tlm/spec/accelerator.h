// Data sheet of the accelerator, the platform's DMA device: registers, work descriptors, completion records.
// The same block is in the PCIe endpoint (BAR0, ATS/PRI) and in the stall-capable platform device. It is
// specific to this platform, not Arm's.
#pragma once

#include "tlm/spec/field.h"

namespace smmu_vp::spec::accel {

// Registers, 64 bits each, offsets from BAR0 or from the platform device's base.
namespace reg {
inline constexpr u32 ID = 0x00;          // kIdValue
inline constexpr u32 CAP = 0x08;         // read-only, see cap::
inline constexpr u32 CTRL = 0x10;        // see ctrl::
inline constexpr u32 QUEUE_FREE = 0x18;  // free work-queue slots
inline constexpr u32 STOP = 0x20;        // write: stop a PASID, see stop::; ignored while STOP_BUSY is 1
inline constexpr u32 STOP_BUSY = 0x28;   // 1 from the write of STOP until nothing of that PASID is in flight
inline constexpr u32 ERROR = 0x30;       // first failed job since last write of 0: see error::
inline constexpr u32 ERROR_ADDRESS = 0x38;
inline constexpr u32 ENQUEUE_STATUS = 0x40;  // of the last submission to ENQUEUE: 0 accepted, 1 retry
// 64-byte portals: eight 64-bit writes; the one at +0x38 submits. Each portal has its own QUEUE_DEPTH slots.
inline constexpr u32 SUBMIT =
    0x1000;  // dedicated queue: the owner checks QUEUE_FREE; a job that does not fit is dropped
inline constexpr u32 ENQUEUE = 0x1040;  // shared queue: needs no check; a full one answers retry
}  // namespace reg
inline constexpr u64 kIdValue = 0x3141'5653'4343'4141;  // "AACCSVA1"
inline constexpr u16 kPciVendorId = 0x1EAF, kPciDeviceId = 0x5A01;
inline constexpr u64 kBarSize = 0x4000;  // MSI-X table at 0x2000, PBA at 0x3000
inline constexpr u32 kMsixTableOffset = 0x2000, kMsixPbaOffset = 0x3000;
inline constexpr unsigned kMsixVectors = 2;  // 0: job completion, 1: stop finished or error

namespace cap {
inline constexpr Field CHANNELS{7, 0}, QUEUE_DEPTH{23, 8};
}
namespace ctrl {
inline constexpr Field ENABLE{0, 0}, RESET{1, 1};
}
namespace stop {
// ABORT: drop queued and running jobs of the PASID; otherwise they are finished (graceful stop).
inline constexpr Field PASID{19, 0}, ABORT{31, 31};
}  // namespace stop
namespace error {
inline constexpr Field VALID{0, 0}, STATUS{15, 8}, PASID{51, 32};
}

// Work descriptor: eight 64-bit words.
namespace desc {
inline constexpr unsigned kBytes = 64;
inline constexpr Field OPCODE{7, 0}, PASID_VALID{8, 8}, INTERRUPT{9, 9}, PASID{51, 32};
inline constexpr Field COMPLETION{
    127, 64};  // address of the completion record in the job's address space; 0 = none
inline constexpr Field SRC{191, 128}, DST{255, 192};
inline constexpr Field LENGTH{319, 256};  // bytes; entries for ACCESS_LIST and BATCH
inline constexpr Field SEED{383, 320};    // FILL pattern
inline constexpr Field TAG{447, 384};     // returned in the completion record
// DONE of an earlier attempt's completion record: the job continues there. A checksum also needs that
// record's RESULT as SEED; a chase continues at its RESULT.
inline constexpr Field FIRST{511, 448};
}  // namespace desc
enum class Opcode : u8 {
  kNop = 0,
  kCopy = 1,        // SRC -> DST, LENGTH bytes
  kFill = 2,        // DST, LENGTH bytes of pattern_byte(SEED, address)
  kCrc = 3,         // CRC32C of SRC, LENGTH bytes, into the completion record; SEED: that of the bytes before
  kBatch = 4,       // SRC: LENGTH descriptors, run in order; nested batches are refused
  kAccessList = 5,  // SRC: LENGTH access entries, performed in order; RESULT = CRC32C over all bytes read
  kCompare = 6,     // SRC with DST, LENGTH bytes; RESULT = offset of the first difference, LENGTH if none
  kChase = 7,    // SRC: a node, whose first word points to the next; LENGTH nodes, or up to a null pointer;
                 // RESULT = the next node
  kGather = 8,   // SRC: LENGTH access entries, read in order into consecutive bytes at DST
  kScatter = 9,  // DST: LENGTH access entries, written in order from consecutive bytes at SRC
};

// Access entry: two 64-bit words. A write stores pattern_byte(SEED, address).
namespace access {
inline constexpr unsigned kBytes = 16;
inline constexpr Field ADDRESS{63, 0}, SIZE{79, 64}, WRITE{80, 80}, SEED{127, 96};  // SIZE 1..4096 bytes
}  // namespace access

// Completion record: four 64-bit words; word 0 is written last.
namespace completion {
inline constexpr unsigned kBytes = 32;
inline constexpr Field STATUS{7, 0}, DONE{63, 32};  // DONE: bytes (entries for lists) finished
inline constexpr Field FAULT_ADDRESS{127, 64}, RESULT{191, 128}, TAG{255, 192};
}  // namespace completion
enum class Status : u8 { kNone = 0, kOk = 1, kPageFault = 2, kAborted = 3, kStopped = 4, kBadDescriptor = 5 };

// The byte that FILL or a list write stores at `address`; it depends on seed and address.
constexpr u8 pattern_byte(u64 seed, u64 address) {
  u64 x = (address ^ (seed * 0x9E37'79B9'7F4A'7C15u)) + seed;
  x ^= x >> 29;
  x *= 0xBF58'476D'1CE4'E5B9u;
  return static_cast<u8>(x >> 56);
}

}  // namespace smmu_vp::spec::accel
