// Facts announced on a worker's own stack, and answers to its page requests,
// tell whether its job waits for software.
#include "testbench/capi/dma_jobs.h"

#include <algorithm>
#include <cstring>

#include "testbench/capi/refusal.h"
#include "testbench/capi/stepping.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kBoundary = 4096;  // an access does not cross it

pcie::InjectKind kind_of(smmu_vp_dma_kind kind) {
  switch (kind) {
    case SMMU_VP_TRANSLATION_REQUEST:
      return pcie::InjectKind::kTranslationRequest;
    case SMMU_VP_TRANSLATED:
      return pcie::InjectKind::kTranslated;
    case SMMU_VP_PAGE_REQUEST:
      return pcie::InjectKind::kPageRequest;
    case SMMU_VP_STOP_MARKER:
      return pcie::InjectKind::kStopMarker;
    case SMMU_VP_VIA_ATC:
      return pcie::InjectKind::kViaAtc;
    case SMMU_VP_UNTRANSLATED:
      break;
  }
  return pcie::InjectKind::kUntranslated;
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
  facts.on<trace::Stalled>([this](const trace::Stalled& s, u64) {
    Running* const r = current();
    if (r == nullptr) return;
    r->stall = s.transaction;
    r->job->stalled = true;
  });
  facts.on<trace::Resumed>([this](const trace::Resumed& f, u64) {
    for (auto& [process, r] : running_) {
      if (r.stall == f.transaction) r.job->stalled = false;
    }
  });
  facts.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& p, u64) {
    if (Running* const r = current()) r->asked = {p.sid, p.prg_index};
  });
  facts.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& p, u64) {
    for (auto& [process, r] : running_) {
      if (r.asked == std::pair{p.sid, p.prg_index}) r.job->stalled = p.outcome == "queued";
    }
  });
  facts.on<trace::PrgResponseReceived>([this](const trace::PrgResponseReceived& p, u64) {
    for (auto& [process, r] : running_) {
      if (r.asked == std::pair{p.sid, p.prg_index}) r.job->stalled = false;
    }
  });
}

DmaJobs::Running* DmaJobs::current() {
  const auto it = running_.find(sc_core::sc_get_current_process_b());
  return it == running_.end() ? nullptr : &it->second;
}

std::shared_ptr<DmaJobs::Job> DmaJobs::start(const smmu_vp_dma_request& request) {
  if (workers_.busy() >= kMaxJobs || kept_.size() >= kMaxJobs) {
    throw Refusal(SMMU_VP_EBUSY, "dma: " + std::to_string(kMaxJobs) +
                                     " are under way or not yet reported done by dma_poll()");
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
  const pcie::InjectResult got = inject_(r.endpoint, {.kind = kind_of(r.kind),
                                                      .has_pasid = r.has_pasid != 0,
                                                      .pasid = r.pasid,
                                                      .address = address,
                                                      .data = data,
                                                      .bytes = bytes,
                                                      .write = r.write != 0,
                                                      .exec = r.execute != 0,
                                                      .priv = r.privileged != 0,
                                                      .no_write = r.no_write != 0,
                                                      .prg_index = static_cast<u16>(r.prg_index),
                                                      .last = r.last != 0});
  smmu_vp_dma_result& result = job.result;
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
  if (got.response_code) {
    result.responded = 1;
    result.prg_response_code = *got.response_code;
  }
  return result.status == SMMU_VP_DMA_OK;
}

}  // namespace smmu_vp::tb
