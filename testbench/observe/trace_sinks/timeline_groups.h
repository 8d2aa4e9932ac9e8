// Groups of tracks, which the Chrome format calls processes, in the order they are shown.
#pragma once

namespace smmu_vp::tb {

enum Group : unsigned {
  kScenario = 1,
  kPasids,
  kCpus,
  kThreads,
  kKernel,
  kQueues,
  kTranslation,
  kLink,
  kDevices
};

}  // namespace smmu_vp::tb
