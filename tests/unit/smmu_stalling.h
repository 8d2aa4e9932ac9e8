// A stream whose faults stall, and accesses that may wait for an answer.
#pragma once

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

// Configures the bench's stream; its pages beyond the first are not mapped.
inline void bind_stalling(Bench& b) {
  b.bind_process();
  b.write_ste(false);
  b.write_cd(true, true);
}

struct Dma {
  bool done = false;
  DmaResult result;
  Dma(Bench& b, u64 va, bool write, u64 value = 0, u32 sid = Bench::kSid) {
    Bench::spawn([this, &b, va, write, value, sid] {
      DmaExtension ext;
      ext.who = {sid, Bench::kPasid};
      result = b.send(ext, va, write, value, 8, 0);
      done = true;
    });
  }
};

}  // namespace smmu_vp::test
