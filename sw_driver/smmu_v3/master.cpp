// Attach and detach, in an order that leaves no window for stale translations.
#include "sw_driver/smmu_v3/master.h"

#include <algorithm>

#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace {
constexpr AtcBlock kEverything{0, spec::cmd::atc_inv::kSizeAll};
}

Master::Master(Env& env, CommandQueue& queue, StreamTable& streams, IoPageFaults& faults,
               const Features& features, Device& device)
    : env_(env),
      queue_(queue),
      streams_(streams),
      faults_(faults),
      features_(features),
      device_(device),
      cds_(env, queue, device.info.stream_id),
      lock_(env.os.make_mutex("iommu_group")) {}

u32 Master::max_pasids() const {
  // An untrusted device gets no ATS, so no PRI: without stalls its programs must use resident memory.
  const bool can_fault = stall_enabled() || pri_supported() || !device_.trusted;
  if (!features_.sva || !can_fault || device_.info.pasid_bits == 0) return 0;
  return u32{1} << CdTable::usable_bits(features_, device_.info.pasid_bits);
}

bool Master::prepare_cd(u32 ssid) {
  if (!cds_.allocated() && !cds_.allocate(features_, device_.info.pasid_bits)) return false;
  return cds_.prepare(ssid);
}

bool Master::attach_dma(DmaDomain& domain) {
  Guard guard(*lock_);
  if (blocked_ || dma_ || !prepare_cd(0)) return false;
  ats_enabled_ = ats_supported();  // as in attach()
  domain.add(*this, {});
  cds_.write(0, stage1_cd({.pgd = domain.pgd(),
                           .granule = env_.config.granule,
                           .input_bits = PageTables::kInputBits,
                           .pa_bits = std::min(env_.config.cpu_pa_bits, features_.oas_bits),
                           .asid = domain.asid(),
                           .stall = features_.stall_forced}));
  dma_ = true;
  if (contexts_in_use_++ == 0)
    enter_cd_table();
  else
    write_ste(cd_table_entry());
  return true;
}

void Master::detach_dma(DmaDomain& domain) {
  Guard guard(*lock_);
  dma_ = false;
  if (--contexts_in_use_ == 0)
    leave_cd_table();
  else
    write_ste(cd_table_entry());
  cds_.write(0, Entry{});
  if (ats_enabled_) atc_invalidate_all({});
  domain.remove(*this, {});
}

bool Master::attach(u32 pasid, SvaDomain& domain) {
  Guard guard(*lock_);
  if (blocked_ || !prepare_cd(pasid)) return false;
  const bool first = contexts_in_use_++ == 0;
  faults_.add_device(device_);
  ats_enabled_ = ats_supported();  // invalidations must reach the device before it can hold translations
  domain.add(*this, pasid);

  cds_.write(pasid, stage1_cd({.pgd = domain.mm()->pgd(),
                               .granule = env_.config.granule,
                               .input_bits = PageTables::kInputBits,
                               .pa_bits = env_.config.cpu_pa_bits,
                               .asid = domain.asid(),
                               .stall = stall_enabled(),
                               .shared_asid = shares_tlb_maintenance(env_, features_)}));
  announce_phase(pasid, domain, spec::Phase::kLive);
  if (first)
    enter_cd_table();
  else if (ats_enabled_)
    atc_invalidate_all(pasid);
  return true;
}

Entry Master::cd_table_entry() const {
  return cd_table_ste({.table = cds_.base(),
                       .format = cds_.format(),
                       .ssid_bits = cds_.ssid_bits(),
                       .context_0 = dma_,
                       .ats = ats_enabled_,
                       .stalls_denied = features_.stalls && !stall_enabled(),
                       .pri_pasid_required = device_.prg_response_needs_pasid(),
                       .el2 = features_.el2,
                       .shareability = features_.attr_types_ovr,
                       .below = below_});
}

void Master::put_below(std::optional<Stage2Tables> tables) {
  Guard guard(*lock_);
  below_ = tables;
  if (contexts_in_use_ != 0) write_ste(cd_table_entry());
}

// The STE permits ATS before the device enables it; in between, the device's cache is invalidated.
void Master::enter_cd_table() {
  write_ste(cd_table_entry());
  if (!ats_enabled_) return;
  atc_invalidate_all({});
  device_.enable_ats(features_.smallest_granule_shift);
  if (pri_supported() && !device_.enable_pri(env_.config.pri_allocation))
    env_.os.printk(LogLevel::kErr, text(device_.info.name, ": page requests could not be enabled"));
}

// block() may be called at any time, also while an entry is being written.
void Master::write_ste(const Entry& wanted) {
  bool as_blocked;
  do {
    as_blocked = blocked_;
    streams_.write(device_.info.stream_id, as_blocked ? abort_ste() : wanted);
  } while (as_blocked != blocked_);
}

// A single 64-bit store makes the STE abort, so no lock is needed and no torn entry is visible.
void Master::block() {
  blocked_ = true;
  streams_.abort(device_.info.stream_id);
  env_.announce(trace::StreamBlocked{device_.info.stream_id});
  device_.block();
}

void Master::detach(u32 pasid, SvaDomain& domain) {
  Guard guard(*lock_);
  domain.clear_cd(*this, pasid);
  announce_phase(pasid, domain, spec::Phase::kUnbound);
  if (ats_enabled_) atc_invalidate_all(pasid);
  domain.remove(*this, pasid);
  if (--contexts_in_use_ == 0) leave_cd_table();
  faults_.remove_device(device_);
}

// The reverse of enter_cd_table(): the device disables ATS before the STE forbids it.
void Master::leave_cd_table() {
  if (pri_supported()) device_.disable_pri();
  if (ats_enabled_) {
    device_.disable_ats();
    env_.os.wmb();
  }
  write_ste(bypass_ste(features_.attr_types_ovr));
  if (ats_enabled_) atc_invalidate_all({});
  ats_enabled_ = false;
}

void Master::quiesce(u32 pasid) {
  const bool stall_forced = features_.stall_forced && !env_.has(Bug::kStallModeIgnored);
  cds_.write(pasid, quiet_cd(cds_.read(pasid), stall_forced, env_.has(Bug::kStallInQuietCd)));
}

void Master::add_atc_inv(CommandBatch& batch, std::optional<u32> pasid, const AtcBlock& block) const {
  if (!ats_enabled_ || blocked_ || env_.has(Bug::kNoAtcInv)) return;
  batch.add(command::atc_inv({device_.info.stream_id, pasid}, block));
}

void Master::atc_invalidate_all(std::optional<u32> pasid) const {
  CommandBatch batch(env_, queue_);
  add_atc_inv(batch, pasid, kEverything);
  batch.submit();
}

void Master::announce_phase(u32 pasid, const SvaDomain& domain, spec::Phase phase) const {
  env_.announce(trace::PasidPhase{.sid = device_.info.stream_id,
                                  .pasid = pasid,
                                  .mm = domain.mm()->id(),
                                  .asid = domain.asid(),
                                  .phase = phase,
                                  .world = features_.el2 ? spec::World::kNsEl2E2h : spec::World::kNsEl1});
}

}  // namespace smmu_vp::sw
