// One access of an ATS endpoint, from its virtual address to memory.
#include "tlm/pcie/ats_dma.h"

#include <algorithm>
#include <limits>

#include "tlm/pcie/pri_retry.h"
#include "tlm/pcie/tlp.h"

namespace smmu_vp::pcie {

using device::DmaOutcome;
using device::DmaRequest;

namespace {

// The number of pages that the job touches from the start of `request` on.
u32 pages_of(const DmaRequest& request, u64 follows) {
  const u64 rest_of_page = kPage - request.access.address % kPage - request.bytes;
  if (follows <= rest_of_page) return 1;
  return static_cast<u32>(
      std::min(2 + (follows - rest_of_page - 1) / kPage, u64{std::numeric_limits<u32>::max()}));
}

}  // namespace

DmaOutcome AtsDma::access(const DmaRequest& request, u64 follows, const bool& cancelled) {
  if (request.access.who.pasid && !config_.pasid_enabled())
    return DmaOutcome::kAborted;  // no PASID prefix may be sent (6.20)
  for (unsigned attempt = 0; attempt <= pri_.retries; ++attempt) {
    pages_.pause(RetryPauses{pri_.retry_ps}.before_attempt(attempt), cancelled);
    if (cancelled) return DmaOutcome::kStopped;
    const Atc::Grant grant = atc_.translate(request.access);
    if (cancelled) return DmaOutcome::kStopped;
    switch (grant.verdict) {
      case Atc::Verdict::kTranslated:
        return issue(request, transport::AddressType::kTranslated, grant.pa);
      case Atc::Verdict::kUntranslated:
        return issue(request, transport::AddressType::kUntranslated, request.access.address);
      case Atc::Verdict::kRefused:
        return DmaOutcome::kAborted;
      case Atc::Verdict::kNoAccess:
        break;
    }
    const DmaOutcome paged = page_in(request, follows, cancelled, attempt);
    if (paged != DmaOutcome::kOk) return paged;
  }
  return DmaOutcome::kPageFault;
}

DmaOutcome AtsDma::issue(const DmaRequest& request, transport::AddressType at, u64 address) {
  DmaRequest sent = request;
  sent.at = at;
  sent.access.address = address;
  const bool ok = issuer_.issue(sent, request.access.address).ok();
  rogue_.accessed(request.access, at == transport::AddressType::kTranslated ? address : 0);
  return ok ? DmaOutcome::kOk : DmaOutcome::kAborted;
}

// A group larger than the host's queue can never be queued as a whole (8.1), so
// each failed attempt halves it.
DmaOutcome AtsDma::page_in(const DmaRequest& request, u64 follows, const bool& cancelled, unsigned attempt) {
  u32 pages =
      std::min(std::max(pri_.pages_per_group >> std::min(attempt, 31u), 1u), pages_of(request, follows));
  PageRequester::Answer answer = pages_.ask(request.access, pages, cancelled);
  // One response answers the whole group (10.4.2), so any of its pages may be the invalid one.
  if (answer == PageRequester::Answer::kInvalid && pages > 1) {
    pages = 1;
    answer = pages_.ask(request.access, pages, cancelled);
  }
  switch (answer) {
    case PageRequester::Answer::kSuccess:
      return DmaOutcome::kOk;
    case PageRequester::Answer::kStopped:
      return DmaOutcome::kStopped;
    case PageRequester::Answer::kFailure:
      return DmaOutcome::kAborted;
    case PageRequester::Answer::kInvalid:
    case PageRequester::Answer::kUnavailable:
      break;
  }
  return DmaOutcome::kPageFault;
}

void AtsDma::settle(u32 pasid) {
  if (pages_.needs_stop_marker(pasid)) pages_.send_stop_marker(pasid);
  upstream_.flush_messages();
  rogue_.stopped(pasid);
}

}  // namespace smmu_vp::pcie
