// The pauses of a device between page requests that are answered without effect.
#include <doctest/doctest.h>

#include "tlm/pcie/pri_retry.h"

using namespace smmu_vp;
using pcie::RetryPauses;

TEST_CASE("the first repetition is immediate and each further pause is twice the one before") {
  CHECK(RetryPauses{100}.before_attempt(0) == 0);
  CHECK(RetryPauses{100}.before_attempt(1) == 0);
  CHECK(RetryPauses{100}.before_attempt(2) == 100);
  CHECK(RetryPauses{100}.before_attempt(3) == 200);
  CHECK(RetryPauses{100}.before_attempt(12) == 100 * 1024);
}

TEST_CASE("attempts_within() gives the least number of repetitions for a time") {
  // 100 + 200 + … + 100 * 2^(n-1) = 100 * (2^n - 1), with n = attempts - 1 pauses.
  for (unsigned pauses = 1; pauses < 20; ++pauses) {
    const u64 sum = 100 * ((u64{1} << pauses) - 1);
    CHECK(RetryPauses{100}.attempts_within(sum) == pauses + 1);
    CHECK(RetryPauses{100}.attempts_within(sum + 1) == pauses + 2);
  }
}
