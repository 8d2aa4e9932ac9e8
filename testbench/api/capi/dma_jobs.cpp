// Runs the jobs. Facts announced on a worker's stack, and answers to its page requests, show whether its job
// waits for software.
#include "testbench/api/capi/dma_jobs.h"

#include <algorithm>
#include <cstring>

#include "testbench/api/capi/refusal.h"
#include "testbench/api/capi/stepping.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kBoundary = 4096;  // no single access crosses it

device::InjectKind kind_of(smmu_vp_dma_kind kind) {
  switch (kind) {
    case SMMU_VP_TRANSLATION_REQUEST:
      return device::InjectKind::kTranslationRequest;
    case SMMU_VP_TRANSLATED:
      return device::InjectKind::kTranslated;
    case SMMU_VP_PAGE_REQUEST:
      return device::InjectKind::kPageRequest;
    case SMMU_VP_STOP_MARKER:
      return device::InjectKind::kStopMarker;
    case SMMU_VP_VIA_ATC:
      return device::InjectKind::kViaAtc;
    case SMMU_VP_UNTRANSLATED:
      break;
  }
  return device::InjectKind::kUntranslated;
}

// A Translation Request asks for read and, unless NW is set, write permission.
spec::Intent intent_of(const smmu_vp_dma_request& r) {
  const bool asks = r.kind == SMMU_VP_TRANSLATION_REQUEST;
  return {.read = asks || r.write == 0,
          .write = asks ? r.no_write == 0 : r.write != 0,
          .exec = r.execute != 0,
          .priv = r.privileged != 0};
}

smmu_vp_dma_status status_of(transport::DmaStatus status) {
  switch (status) {
    case transport::DmaStatus::kSuccess:
      return SMMU_VP_DMA_OK;
    case transport::DmaStatus::kUnsupportedRequest:
      return SMMU_VP_DMA_UR;
    case transport::DmaStatus::kCompleterAbort:
      return SMMU_VP_DMA_CA;
    case transport::DmaStatus::kAborted:
      break;
  }
  return SMMU_VP_DMA_ABORTED;
}

}  // namespace

DmaJobs::DmaJobs(sc_core::sc_module_name name, trace::Bus& facts, Inject inject)
    : sc_module(name), inject_(std::move(inject)), workers_("dma_job") {
  listen(facts);
}

void DmaJobs::listen(trace::Bus& facts) {
  const auto stalls = [this](const auto& s, u64) {
    Running* const r = current();
    if (r == nullptr) return;
    r->stall = {s.smmu, s.transaction};
    r->job->stalled = true;
  };
  const auto goes_on = [this](const auto& f, u64) {
    for (auto& [process, r] : running_) {
      if (r.stall == std::pair(f.smmu, f.transaction)) r.job->stalled = false;
    }
  };
  facts.on<trace::Stalled>(stalls);
  facts.on<trace::StallUnrecorded>(stalls);
  facts.on<trace::Resumed>(goes_on);
  facts.on<trace::TransactionEnd>(goes_on);  // of an unrecorded stall: the transaction restarts
  facts.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& p, u64) {
    Running* const r = current();
    if (r == nullptr) return;
    r->job->page_request = {.asked = p};
    std::erase_if(asking_, [&](const auto& asking) { return asking.expired() || asking.lock() == r->job; });
    asking_.push_back(r->job);
  });
  facts.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& p, u64) { arrived(p); });
  facts.on<trace::PrgResponseReceived>([this](const trace::PrgResponseReceived& p, u64) { answered(p); });
}

// Messages stay in order: of several identical requests the first one issued arrives first.
void DmaJobs::arrived(const trace::PageRequestReceived& p) {
  for (const auto& asking : asking_) {
    const std::shared_ptr<Job> job = asking.lock();
    if (!job || job->page_request.arrived) continue;
    const trace::PageRequestIssued& asked = job->page_request.asked;
    if (asked.who.sid != p.who.sid || asked.prg_index != p.prg_index || asked.address != p.address ||
        asked.last != p.last)
      continue;
    job->page_request.arrived = true;
    job->page_request.answered_by_smmu = p.outcome == trace::PageRequestOutcome::kAutoResponse;
    job->stalled = p.outcome == trace::PageRequestOutcome::kQueued && p.last;
    changed_.notify();
    return;
  }
}

void DmaJobs::answered(const trace::PrgResponseReceived& p) {
  // A response that the function did not expect is no answer. Exception: a function that is out of service
  // ignores a Response Failure, but it was sent.
  if (!p.expected && p.code != static_cast<u32>(spec::ResponseCode::kResponseFailure)) return;
  for (const auto& asking : asking_) {
    const std::shared_ptr<Job> job = asking.lock();
    if (!job || !job->page_request.arrived) continue;
    if (job->page_request.asked.who.sid != p.who.sid || job->page_request.asked.prg_index != p.prg_index)
      continue;
    job->stalled = false;
    if (job->request.kind != SMMU_VP_PAGE_REQUEST) continue;
    job->result.responded = 1;
    job->result.prg_response_code = p.code;
  }
  std::erase_if(asking_, [](const auto& asking) {
    const std::shared_ptr<Job> job = asking.lock();
    return !job || job->result.responded != 0;
  });
  changed_.notify();
}

DmaJobs::Running* DmaJobs::current() {
  const auto it = running_.find(sc_core::sc_get_current_process_b());
  return it == running_.end() ? nullptr : &it->second;
}

std::shared_ptr<DmaJobs::Job> DmaJobs::start(const smmu_vp_dma_request& request) {
  if (workers_.busy() >= kMaxJobs || kept_.size() >= kMaxJobs) {
    throw Refusal(SMMU_VP_EBUSY, "dma: " + std::to_string(kMaxJobs) +
                                     " are in flight or not yet reported done by dma_poll()");
  }
  auto job = std::make_shared<Job>();
  job->request = request;
  const bool access = request.kind == SMMU_VP_UNTRANSLATED || request.kind == SMMU_VP_TRANSLATED ||
                      request.kind == SMMU_VP_VIA_ATC;
  if (access) {
    const auto* const data = static_cast<const u8*>(request.data);
    job->data.assign(data, data + request.length);
  }
  workers_.run([this, job] {
    const auto* const me = sc_core::sc_get_current_process_b();
    running_[me].job = job;
    run(*job);
    job->stalled = false;
    job->done = true;
    running_.erase(me);
  });
  return job;
}

u64 DmaJobs::keep(std::shared_ptr<Job> job) {
  kept_[next_handle_] = std::move(job);
  return next_handle_++;
}

std::shared_ptr<DmaJobs::Job> DmaJobs::find(u64 handle) const {
  const auto it = kept_.find(handle);
  return it == kept_.end() ? nullptr : it->second;
}

void DmaJobs::run(Job& job) {
  const u64 begin = now_ps();
  if (job.data.empty()) {
    part(job, job.request.address, nullptr, 0);
  } else {
    for (u64 done = 0; done < job.data.size();) {
      const u64 address = job.request.address + done;
      const u64 bytes = std::min<u64>(kBoundary - address % kBoundary, job.data.size() - done);
      if (!part(job, address, job.data.data() + done, static_cast<unsigned>(bytes))) break;
      done += bytes;
    }
  }
  job.result.latency_ps = now_ps() - begin;
}

bool DmaJobs::part(Job& job, u64 address, u8* data, unsigned bytes) {
  const smmu_vp_dma_request& r = job.request;
  const device::InjectResult got = inject_(r.endpoint, {.kind = kind_of(r.kind),
                                                        .pasid = spec::substream(r.has_pasid != 0, r.pasid),
                                                        .address = address,
                                                        .data = data,
                                                        .bytes = bytes,
                                                        .intent = intent_of(r),
                                                        .prg_index = static_cast<u16>(r.prg_index),
                                                        .last = r.last != 0});
  smmu_vp_dma_result& result = job.result;
  // A request that is not the last of its group ends when the SMMU has queued it or answered it itself.
  if (r.kind == SMMU_VP_PAGE_REQUEST && r.last == 0) {
    const auto& request = job.page_request;
    while (!request.arrived || (request.answered_by_smmu && result.responded == 0)) wait(changed_);
  }
  result.status = got.page_fault ? SMMU_VP_DMA_ABORTED : status_of(got.status);
  if (r.kind == SMMU_VP_TRANSLATION_REQUEST && result.status == SMMU_VP_DMA_OK) {
    const transport::AtsTranslation& t = got.translation;
    result.translated_address = t.address;
    result.translated_size = u64{1} << t.log2_size;
    result.r = t.read;
    result.w = t.write;
    result.u = t.untranslated_only;
    result.exe = t.exec;
    result.priv = t.priv;
    result.global = t.global;
  }
  const bool access = r.kind == SMMU_VP_UNTRANSLATED || r.kind == SMMU_VP_TRANSLATED;
  job.attributes.reset();
  if (access && result.status == SMMU_VP_DMA_OK) {
    job.attributes = {.memory_attributes = got.attributes.type.attributes,
                      .shareability = got.attributes.type.shareability,
                      .instruction = got.attributes.exec,
                      .privileged = got.attributes.priv};
  }
  if (got.response_code) {
    result.responded = 1;
    result.prg_response_code = *got.response_code;
  }
  return result.status == SMMU_VP_DMA_OK;
}

}  // namespace smmu_vp::tb
