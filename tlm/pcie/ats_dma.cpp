// One access of an ATS endpoint, from virtual address to memory.
#include "tlm/pcie/ats_dma.h"

#include <algorithm>
#include <limits>

#include "tlm/pcie/tlp.h"

namespace smmu_vp::pcie {

namespace {

// Pages that the job touches from the beginning of `access` on.
u32 pages_of(const DmaAccess& access) {
  const u64 rest_of_page = kPage - access.address % kPage - access.bytes;
  if (access.follows <= rest_of_page) return 1;
  return static_cast<u32>(
      std::min(2 + (access.follows - rest_of_page - 1) / kPage, u64{std::numeric_limits<u32>::max()}));
}

}  // namespace

DmaOutcome AtsDma::access(const DmaAccess& access) {
  if (access.has_pasid && !config_.pasid_enabled())
    return DmaOutcome::kAborted;  // no prefix may be sent (6.20)
  for (unsigned attempt = 0; attempt <= pri_.retries; ++attempt) {
    if (*access.cancelled) return DmaOutcome::kStopped;
    const Atc::Grant grant = atc_.translate(
        {.has_pasid = access.has_pasid, .pasid = access.pasid, .va = access.address, .write = access.write});
    if (*access.cancelled) return DmaOutcome::kStopped;
    switch (grant.verdict) {
      case Atc::Verdict::kTranslated:
        return issue(access, transport::AddressType::kTranslated, grant.pa);
      case Atc::Verdict::kUntranslated:
        return issue(access, transport::AddressType::kUntranslated, access.address);
      case Atc::Verdict::kRefused:
        return DmaOutcome::kAborted;
      case Atc::Verdict::kNoAccess:
        break;
    }
    if (const DmaOutcome paged = page_in(access, attempt); paged != DmaOutcome::kOk) return paged;
  }
  return DmaOutcome::kPageFault;
}

DmaOutcome AtsDma::issue(const DmaAccess& access, transport::AddressType at, u64 address) {
  DmaRequest request;
  request.at = at;
  request.has_pasid = access.has_pasid;
  request.pasid = access.pasid;
  request.write = access.write;
  request.address = address;
  request.data = access.data;
  request.bytes = access.bytes;
  const bool ok = requester_.issue(request, access.address).ok();
  rogue_.accessed(access, at == transport::AddressType::kTranslated ? address : 0);
  return ok ? DmaOutcome::kOk : DmaOutcome::kAborted;
}

// A group that is larger than the host's queue would be lost for ever (8.1): each attempt in vain halves it.
DmaOutcome AtsDma::page_in(const DmaAccess& access, unsigned attempt) {
  const PageRequester::Wish wish{.has_pasid = access.has_pasid,
                                 .pasid = access.pasid,
                                 .address = access.address,
                                 .read = !access.write,
                                 .write = access.write};
  u32 pages = std::min(std::max(pri_.pages_per_group >> std::min(attempt, 31u), 1u), pages_of(access));
  PageRequester::Answer answer = pages_.ask(wish, pages, *access.cancelled);
  // One response answers the whole group (10.4.2): of several pages, any may be the invalid one.
  if (answer == PageRequester::Answer::kInvalid && pages > 1)
    answer = pages_.ask(wish, pages = 1, *access.cancelled);
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
