// Both kinds of access split at pages, as a translation is for one.
#include "tlm/smmu/direct_access.h"

#include <algorithm>
#include <utility>

namespace smmu_vp::smmu {

using core::Decision;
using transport::AddressType;
using transport::DmaExtension;

namespace {

constexpr u64 kPage = 4096;

}  // namespace

spec::Access DirectAccess::access_of(const tlm::tlm_generic_payload& payload, const DmaExtension& ext) const {
  spec::Access access{
      .who = ext.who,
      .address = payload.get_address(),
      .intent = {.read = payload.is_read(), .write = payload.is_write(), .exec = ext.exec, .priv = ext.priv}};
  if (access.who.pasid) *access.who.pasid &= spec::kSubstreamMask;
  return access;
}

Decision DirectAccess::decide(StillWalk& walk, const spec::Access& access, AddressType at) const {
  return at == AddressType::kTranslated ? walk.translated(access) : walk.untranslated(access);
}

unsigned DirectAccess::debug(tlm::tlm_generic_payload& payload) {
  const auto* const ext = payload.get_extension<DmaExtension>();
  if (ext == nullptr || ext->at == AddressType::kTranslationRequest) return 0;
  spec::Access access = access_of(payload, *ext);
  const u64 first = access.address;
  unsigned char* const data = payload.get_data_ptr();
  const unsigned length = payload.get_data_length();
  unsigned done = 0;
  while (done < length) {
    access.address = first + done;
    StillWalk walk(state_, look_);
    const Decision decision = decide(walk, access, ext->at);
    if (decision.outcome != Decision::Outcome::kPass) break;
    const auto bytes = static_cast<unsigned>(std::min<u64>(length - done, kPage - access.address % kPage));
    payload.set_address(decision.pa);
    payload.set_data_ptr(data + done);
    payload.set_data_length(bytes);
    const unsigned moved = sockets_.out->transport_dbg(payload);
    done += moved;
    if (moved != bytes) break;
  }
  payload.set_address(first);
  payload.set_data_ptr(data);
  payload.set_data_length(length);
  return done;
}

bool DirectAccess::pointer(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  const u64 address = payload.get_address();
  dmi.set_start_address(address & ~(kPage - 1));
  dmi.set_end_address(address | (kPage - 1));
  const auto* const ext = payload.get_extension<DmaExtension>();
  if (ext == nullptr || ext->at == AddressType::kTranslationRequest) return false;
  const spec::Access access = access_of(payload, *ext);
  StillWalk walk(state_, look_);
  const Decision decision = decide(walk, access, ext->at);
  // Where an access would change a descriptor, it must be made.
  if (decision.outcome != Decision::Outcome::kPass || walk.updates()) return false;

  tlm::tlm_dmi there;
  payload.set_address(decision.pa);
  const bool granted = sockets_.out->get_direct_mem_ptr(payload, there);
  payload.set_address(address);
  if (!granted) return false;
  // What both the translation and memory's pointer reach. Without a translation the addresses are memory's own.
  core::Translation t{.va = 0, .pa = 0, .log2_size = 63, .leaf_log2_size = 63, .rights = {}};
  if (walk.translation()) t = *walk.translation();
  const u64 offset = decision.pa - address;  // modulo 2^64
  const u64 size_mask = (u64{1} << t.log2_size) - 1, leaf_mask = (u64{1} << t.leaf_log2_size) - 1;
  const u64 pa_first = std::max<u64>(decision.pa & ~size_mask, there.get_start_address());
  const u64 pa_last = std::min<u64>(decision.pa | size_mask, there.get_end_address());
  dmi.set_start_address(pa_first - offset);
  dmi.set_end_address(pa_last - offset);
  dmi.set_dmi_ptr(there.get_dmi_ptr() + (pa_first - there.get_start_address()));
  dmi.set_read_latency(there.get_read_latency());
  dmi.set_write_latency(there.get_write_latency());
  const bool priv = decision.access.intent.priv;
  const core::Rights& r = t.rights;
  const bool all = !walk.translation(), write = all || (priv ? r.priv_write : r.user_write);
  const bool read = all || (priv ? r.priv_read : r.user_read);
  // The access that was asked about passes; the other direction may be had, too, if the page grants it.
  const bool reads = there.is_read_allowed() && (read || payload.is_read());
  const bool writes = there.is_write_allowed() && write;
  if (payload.is_write() ? !writes : !reads) return false;
  dmi.set_granted_access(reads && writes ? tlm::tlm_dmi::DMI_ACCESS_READ_WRITE
                         : reads         ? tlm::tlm_dmi::DMI_ACCESS_READ
                                         : tlm::tlm_dmi::DMI_ACCESS_WRITE);
  const Grant grant{.first = std::min<u64>(address & ~leaf_mask, dmi.get_start_address()),
                    .last = std::max<u64>(address | leaf_mask, dmi.get_end_address()),
                    .pa_first = pa_first,
                    .pa_last = pa_last};
  if (std::ranges::find(grants_, grant) == grants_.end()) grants_.push_back(grant);
  return true;
}

template <typename Concerned>
void DirectAccess::take_back(Concerned&& concerned) {
  if (grants_.empty()) return;
  std::vector<Grant> gone;
  std::erase_if(grants_, [&](const Grant& g) {
    if (!concerned(g)) return false;
    gone.push_back(g);
    return true;
  });
  for (const Grant& g : gone) sockets_.in->invalidate_direct_mem_ptr(g.first, g.last);
}

// By VA: what the range meets, of any address space. Other scopes, and IPAs, may concern every address.
void DirectAccess::invalidated(const core::Invalidation& what) {
  const bool by_va = what.scope == core::Invalidation::Scope::kVa && what.context != core::kStage2Context;
  take_back([&](const Grant& g) { return !by_va || (g.first <= what.last && g.last >= what.first); });
}

void DirectAccess::configuration_changed() {
  take_back([](const Grant&) { return true; });
}

void DirectAccess::memory_takes_back(u64 first, u64 last) {
  take_back([&](const Grant& g) { return g.pa_first <= last && g.pa_last >= first; });
}

}  // namespace smmu_vp::smmu
