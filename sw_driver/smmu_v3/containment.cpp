// Blocks devices that endanger memory, above all those that do not complete ATC invalidations: their stream
// aborts before any thread can take the invalidation for complete.
#include "sw_driver/smmu_v3/smmu.h"
#include "sw_driver/text.h"

namespace smmu_vp::sw {

// The SMMU does not report which invalidation timed out (7.1), so every device the CMD_SYNC waited for is
// blocked. The Command queue is stopped at that CMD_SYNC; its waiters continue only
// once the new STEs are in effect.
void Smmu::contain(std::span<const u32> stream_ids) {
  for (const u32 sid : stream_ids) {
    const auto it = masters_.find(sid);
    if (it == masters_.end() || it->second->blocked()) continue;
    it->second->block();
    env_.os.printk(LogLevel::kErr, text("arm-smmu-v3: ", it->second->device().info.name,
                                        " is blocked: it does not complete what it is asked"));
    blocked_.push_back(sid);
    queue_.hold();
  }
  containment_->wake_all();
}

void Smmu::containment_thread() {
  for (;;) {
    containment_->wait([this] { return !blocked_.empty(); });
    const std::vector<u32> streams = std::exchange(blocked_, {});
    for (const u32 sid : streams) {
      const spec::Command c = command::cfgi_ste(sid, true);
      queue_.issue_while_held({&c, 1});
      queue_.release();
    }
  }
}

}  // namespace smmu_vp::sw
