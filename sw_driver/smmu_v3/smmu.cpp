// Serves the iommu layer. Bring-up is in reset.cpp; events and page requests are in reports.cpp.
#include "sw_driver/smmu_v3/smmu.h"
#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace {
constexpr OutputQueue::Place kEventQueue{"evtq", spec::queue::kEventBytes, spec::offset::EVENTQ_BASE,
                                         spec::offset::EVENTQ_PROD, spec::offset::EVENTQ_CONS};
constexpr OutputQueue::Place kPriQueue{"priq", spec::queue::kPageRequestBytes, spec::offset::PRIQ_BASE,
                                       spec::offset::PRIQ_PROD, spec::offset::PRIQ_CONS};
}  // namespace

Smmu::Smmu(Env& env, IoPageFaults& faults, const SmmuResources& resources)
    : env_(env),
      faults_(faults),
      resources_(resources),
      registers_(env.os, resources.base),
      queue_(env, registers_),
      streams_(env, registers_, queue_),
      event_queue_(env, registers_, kEventQueue),
      pri_queue_(env, registers_, kPriQueue),
      containment_(env.os.make_wait_queue("smmu_containment")),
      log_(env.os) {}

bool Smmu::add_device(Device& device) {
  const u32 sid = device.info.stream_id;
  if (masters_.contains(sid) || !streams_.prepare(sid)) {
    env_.os.printk(LogLevel::kErr, text(device.info.name, ": StreamID taken or out of range"));
    return false;
  }
  streams_.write(sid, bypass_ste(features_.attr_types_ovr));
  masters_[sid] = std::make_unique<Master>(env_, queue_, streams_, faults_, features_, device);
  device.iommu = this;
  return true;
}

Device* Smmu::find_device(u32 stream_id) const {
  const auto it = masters_.find(stream_id);
  return it == masters_.end() ? nullptr : &it->second->device();
}

void Smmu::prefetch(const Device& device, u32 pasid, u64 va) {
  issue_unsynced(command::prefetch_addr({device.info.stream_id, pasid}, va));
}

bool Smmu::lay_stage2(const Device& device) {
  if (!identity_) identity_ = identity_stage2(env_, features_);
  if (identity_) change_stage2(device, identity_);
  return identity_.has_value();
}

// What was found with the other stages is dropped, although it is the same: its entries are of this VMID, too.
void Smmu::change_stage2(const Device& device, std::optional<Stage2Tables> tables) {
  Master& master = *masters_.at(device.info.stream_id);
  master.put_below(tables);
  const spec::Command tlbi = command::tlbi_s12();
  queue_.issue({&tlbi, 1}, true);
  if (master.ats_enabled()) master.atc_invalidate_all({});
}

u32 Smmu::max_pasids(const Device& device) const {
  return masters_.at(device.info.stream_id)->max_pasids();
}

// Registers the notifier before any CD points at the tables. Domain and notifier each hold an mm count.
std::shared_ptr<Domain> Smmu::alloc_sva_domain(std::shared_ptr<Mm> mm) {
  const auto asid = asids_.allocate(u32{1} << features_.asid_bits);
  if (!asid) return nullptr;
  auto domain = std::make_shared<SvaDomain>(env_, queue_, features_, mm, *asid);
  if (!mm->notifier_register(domain)) {
    asids_.free(*asid);
    return nullptr;
  }
  mm->mmgrab();
  mm->mmgrab();
  return domain;
}

// No CD uses the ASID any more; tlbi_all() removes its last TLB entries before it is freed.
void Smmu::free_sva_domain(const std::shared_ptr<Domain>& domain) {
  const auto sva = std::static_pointer_cast<SvaDomain>(domain);
  if (!env_.has(Bug::kNoTlbiAtUnbind)) sva->tlbi_all();
  asids_.free(sva->asid());
  sva->mm()->notifier_put(sva);
  sva->mm()->mmdrop();
}

bool Smmu::attach(Device& device, u32 pasid, Domain& domain) {
  return masters_.at(device.info.stream_id)->attach(pasid, static_cast<SvaDomain&>(domain));
}

void Smmu::detach(Device& device, u32 pasid, Domain& domain) {
  masters_.at(device.info.stream_id)->detach(pasid, static_cast<SvaDomain&>(domain));
}

std::unique_ptr<DmaDomain> Smmu::attach_dma(Device& device) {
  const auto asid = asids_.allocate(u32{1} << features_.asid_bits);
  if (!asid) return nullptr;
  auto domain = std::make_unique<DmaDomain>(env_, queue_, features_, *asid);
  if (domain->create() && masters_.at(device.info.stream_id)->attach_dma(*domain)) return domain;
  domain->free_tables();
  asids_.free(*asid);
  return nullptr;
}

void Smmu::detach_dma(Device& device, std::unique_ptr<DmaDomain> domain) {
  masters_.at(device.info.stream_id)->detach_dma(*domain);
  domain->tlbi_all();
  asids_.free(domain->asid());
  domain->free_tables();
}

void Smmu::drain_faults() {
  event_queue_.wait_drained();
  if (features_.pri) pri_queue_.wait_drained();
}

// No CMD_SYNC: the driver does not wait until a response has arrived.
void Smmu::respond(Device& device, const Fault& last, FaultResponse response) {
  if (last.source == FaultSource::kStall) {
    issue_unsynced(command::resume(last.stream_id, last.group, response == FaultResponse::kSuccess));
    return;
  }
  const bool refused = response == FaultResponse::kInvalid && !env_.has(Bug::kFailureForInvalid);
  const spec::Resp code = response == FaultResponse::kSuccess ? spec::Resp::kSuccess
                          : refused                           ? spec::Resp::kInvalidRequest
                                                              : spec::Resp::kResponseFailure;
  const bool needed = device.prg_response_needs_pasid() && !env_.has(Bug::kResponseWithoutPasid);
  const spec::Requester to{last.stream_id, spec::substream(last.has_pasid && needed, last.pasid)};
  issue_unsynced(command::pri_resp(to, last.group, code));
}

}  // namespace smmu_vp::sw
