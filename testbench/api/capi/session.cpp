// Implements the calls of which a driver is made.
#include "testbench/api/capi/session.h"

#include <fmt/format.h>

#include <cstring>

#include "testbench/api/capi/refusal.h"
#include "testbench/api/capi/tlbi.h"
#include "testbench/machine/config/address_map.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kMaxAccesses = 64;  // outstanding; DMA that stalls forever can block them
constexpr u32 kMaxPasid = (1u << 20) - 1, kMaxPrgIndex = (1u << 9) - 1;

// Copies the data of a completed read to the caller's buffer.
void hand_over(const DmaJobs::Job& job) {
  if (job.request.write == 0 && job.result.status == SMMU_VP_DMA_OK && !job.data.empty())
    std::memcpy(job.request.data, job.data.data(), job.data.size());
}

}  // namespace

smmu_vp_dma_kind dma_kind(u32 number) {
  return enumerator("dma: kind", number, SMMU_VP_VIA_ATC);
}

Session::Session(const Config& config, std::shared_ptr<memory::HostMemory> ram)
    : config_(config),
      bus_([] { return now_ps(); }),
      monitors_(make_judges(bus_, config_, ram_view_, delays_of_own_driver(config_))),
      platform_("vp", config_, bus_, std::move(ram)),
      waves_(bus_, platform_),
      cpu_("cpu"),
      jobs_("dma_jobs", bus_,
            [this](std::size_t endpoint, const device::Injection& what) {
              return platform_.device(endpoint).inject(what);
            }),
      irqs_(platform_) {
  cpu_.out.bind(platform_.interconnect().in);
  ram_view_.look_at(platform_.ram());
  run_instant();
}

Session::~Session() = default;

smmu_vp_info Session::info() const {
  return {.smmu_base = config_.smmu.base,
          .smmu_size = map::kSmmuSize,
          .ram_base = config_.memory.base,
          .ram_size = config_.memory.size,
          .ecam_base = config_.pcie.ecam_base,
          .ecam_size = config_.pcie.ecam_size,
          .endpoint_count = static_cast<u32>(platform_.devices()),
          .irq_event = irq::kSmmuEvent,
          .irq_pri = irq::kSmmuPri,
          .irq_gerror = irq::kSmmuGerror,
          .irq_cmd_sync = irq::kSmmuCmdSync};
}

smmu_vp_layout Session::layout() const {
  return {.msi_doorbell = config_.platform.doorbell_base,
          .irq_lines = irq::kLines,
          .pcie_window_base = config_.pcie.window_base,
          .pcie_window_size = config_.pcie.window_size};
}

smmu_vp_endpoint Session::endpoint(u32 index) const {
  if (index >= platform_.devices())
    throw invalid(fmt::format("endpoint {}: there are {}", index, platform_.devices()));
  const auto& node = platform_.node(index);
  return {.pcie = !node,
          .stream_id = platform_.stream_id(index),
          .registers = node ? node->registers : 0,
          .irq = node ? node->irq : 0};
}

bool Session::on_cpu(const char* call, u64 cost_ps, std::function<void()> what) {
  if (cpu_.outstanding() >= kMaxAccesses)
    throw Refusal(SMMU_VP_EBUSY,
                  fmt::format("{}: {} earlier accesses are still outstanding", call, kMaxAccesses));
  const auto done = cpu_.begin(cost_ps, std::move(what));
  return reach([&] { return *done; }, deadline(kCallLimitPs)) == RunEnd::kReached;
}

u64 Session::access(tlm::tlm_command command, u64 pa, unsigned size, u64 value) {
  const bool read = command == tlm::TLM_READ_COMMAND;
  const char* const what = read ? "mmio_read" : "mmio_write";
  if (size != 1 && size != 2 && size != 4 && size != 8)
    throw invalid(fmt::format("{} at {:#x}: size {}: expected 1, 2, 4 or 8", what, pa, size));
  if (pa % size != 0)
    throw invalid(fmt::format("{} at {:#x}: not a multiple of its size {}", what, pa, size));
  const CpuCosts& costs = config_.cpu.costs;
  // Shared: an access that does not end outlives this call.
  const auto access = std::make_shared<CpuPort::Access>(
      CpuPort::Access{.command = command, .pa = pa, .bytes = size, .value = value});
  const u64 cost_ps = read ? costs.mmio_read_ps : costs.mmio_write_ps;
  if (!on_cpu(what, cost_ps, [this, access] { cpu_.perform(*access); }))
    throw Refusal(SMMU_VP_ETIMEDOUT,
                  fmt::format("{} at {:#x}: it waits for something that does not end", what, pa));
  switch (access->response) {
    case tlm::TLM_OK_RESPONSE:
      return access->value;
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
      throw Refusal(SMMU_VP_EFAULT,
                    fmt::format("{} of {} bytes at {:#x}: nothing responds at this address", what, size, pa));
    default:
      throw Refusal(SMMU_VP_EFAULT,
                    fmt::format("{} of {} bytes at {:#x}: refused by the target", what, size, pa));
  }
}

u64 Session::mmio_read(u64 pa, unsigned size) {
  return access(tlm::TLM_READ_COMMAND, pa, size, 0);
}

void Session::mmio_write(u64 pa, unsigned size, u64 value) {
  access(tlm::TLM_WRITE_COMMAND, pa, size, value);
}

void Session::tlbi_broadcast(const smmu_vp_tlbi& tlbi) {
  const spec::BroadcastTlbi message = broadcast_of(tlbi);
  if (!on_cpu("tlbi_broadcast", 0, [this, message] { platform_.broadcast(message); }))
    throw Refusal(SMMU_VP_ETIMEDOUT, "tlbi_broadcast: the SMMU does not accept it");
}

void Session::tlbi_sync() {
  if (!on_cpu("tlbi_sync", config_.cpu.costs.barrier_ps, [this] { platform_.broadcast_sync(); }))
    throw Refusal(SMMU_VP_ETIMEDOUT, "tlbi_sync: it waits for DMA that does not end");
}

u8* Session::mem_ptr(u64 pa, std::size_t bytes) const {
  u8* const at = platform_.ram().host_pointer({pa, bytes});
  if (at != nullptr) return at;
  throw Refusal(SMMU_VP_EFAULT,
                fmt::format("memory: {} bytes at {:#x}: RAM is {:#x}..{:#x}", bytes, pa, config_.memory.base,
                            config_.memory.base + config_.memory.size - 1));
}

RunEnd Session::reach(const std::function<bool()>& condition, u64 deadline_ps) {
  while (looks_.next_ps() < deadline_ps) {
    const RunEnd end = run_until(condition, std::max(looks_.next_ps(), now_ps()));
    looks_.reached(now_ps(), platform_, [this](const std::string& text) { explained(text); });
    if (end != RunEnd::kTime || process_ends) return end;
  }
  return run_until(condition, deadline_ps);
}

void Session::pass(u64 ps) {
  const u64 end = now_ps() + ps;
  for (u64 next = looks_.next_ps(); next <= end; next = looks_.next_ps()) {
    run_for(std::max(next, now_ps()) - now_ps());
    looks_.reached(now_ps(), platform_, [this](const std::string& text) { explained(text); });
  }
  run_for(end - now_ps());
}

void Session::spend_memory_time(u64 ps_per_line, std::size_t bytes) {
  constexpr u64 kLine = 64;
  pass(std::max<u64>(1, ps_per_line * ((bytes + kLine - 1) / kLine)));
}

void Session::mem_read(u64 pa, void* data, std::size_t bytes) {
  const u8* const from = mem_ptr(pa, bytes);
  spend_memory_time(config_.cpu.costs.load_ps, bytes);
  std::memcpy(data, from, bytes);
}

void Session::mem_write(u64 pa, const void* data, std::size_t bytes) {
  std::memcpy(mem_ptr(pa, bytes), data, bytes);
  spend_memory_time(config_.cpu.costs.store_ps, bytes);
}

u64 Session::now() const {
  return now_ps();
}

u64 Session::next_activity() {
  run_instant();
  return next_event_ps();
}

// Simulated time ends at 2^64 - 1 ps.
u64 Session::deadline(u64 ps) const {
  return ps > ~u64{0} - now_ps() ? ~u64{0} : now_ps() + ps;
}

void Session::advance(u64 ps) {
  if (ps >= ~u64{0} - now_ps())
    throw invalid(
        fmt::format("advance by {} ps: simulated time ends at 2^64 ps, and it is {} ps now", ps, now_ps()));
  pass(ps);
}

void Session::advance_to(u64 t_ps) {
  if (t_ps > now_ps()) pass(t_ps - now_ps());
}

void Session::settle(u64 max_ps) {
  switch (reach([this] { return idle(); }, deadline(max_ps))) {
    case RunEnd::kReached:
      return;
    case RunEnd::kTime:
      throw Refusal(SMMU_VP_ETIMEDOUT,
                    fmt::format("settle: operations are still in flight after {} ps", max_ps));
    case RunEnd::kNothing:
      throw Refusal(SMMU_VP_ETIMEDOUT, "settle: what is in flight waits for software");
  }
}

bool Session::irq_pending(u32 line) const {
  check_line(line);
  return irqs_.pending(line);
}

void Session::listen(NoticeListener* listener) {
  listener_ = listener;
  irqs_.listen(listener);
}

void Session::tell_pages_read() {
  if (pages_) return;
  pages_.emplace(bus_, PagesRead::Listener{.read =
                                               [this](u64 page) {
                                                 if (listener_ != nullptr) listener_->page_read(page);
                                               },
                                           .forgotten =
                                               [this](u64 page) {
                                                 if (listener_ != nullptr) listener_->page_forgotten(page);
                                               }});
}

void Session::check_line(u32 line) const {
  if (!irqs_.exists(line)) throw invalid(fmt::format("interrupt line {}: there are {}", line, irq::kLines));
}

u64 Session::irq_wait(u64 mask, u64 timeout_ps) {
  if (mask == 0) throw invalid("irq_wait: no line in the mask");
  const u64 end = deadline(timeout_ps);
  const auto fired = [&] { return irqs_.pending_of(mask); };
  if (reach([&] { return fired() != 0; }, end) == RunEnd::kReached) {
    const u64 lines = fired();
    irqs_.clear(lines);
    return lines;
  }
  // Let the waiting processor's time pass even if no event is left.
  if (end != ~u64{0}) pass(end - now_ps());
  throw Refusal(SMMU_VP_ETIMEDOUT, fmt::format("irq_wait: no interrupt of {:#x}", mask));
}

void Session::check(const smmu_vp_dma_request& r) const {
  endpoint(r.endpoint);  // throws where there is none
  if (!platform_.device(r.endpoint).has_ats() && r.kind != SMMU_VP_UNTRANSLATED && r.kind != SMMU_VP_VIA_ATC)
    throw invalid(fmt::format("dma: endpoint {} is a platform device: it has no ATS and no PRI", r.endpoint));
  if (r.has_pasid != 0 && r.pasid > kMaxPasid)
    throw invalid(fmt::format("dma: pasid {:#x}: expected 20 bits", r.pasid));
  switch (r.kind) {
    case SMMU_VP_TRANSLATION_REQUEST:
      return;
    case SMMU_VP_PAGE_REQUEST:
      if (r.prg_index > kMaxPrgIndex)
        throw invalid(fmt::format("dma: prg_index {:#x}: expected 9 bits", r.prg_index));
      return;
    case SMMU_VP_STOP_MARKER:
      if (r.has_pasid == 0) throw invalid("dma: a Stop Marker needs a PASID");
      return;
    case SMMU_VP_VIA_ATC:
      if (r.privileged != 0 || r.execute != 0)
        throw invalid("dma: a device makes no privileged or execute accesses by itself");
      break;
    case SMMU_VP_UNTRANSLATED:
    case SMMU_VP_TRANSLATED:
      break;
  }
  if (r.data == nullptr) throw invalid("dma: data is NULL");
  if (r.length == 0 || r.length > DmaJobs::kMaxBytes)
    throw invalid(fmt::format("dma: length {}: expected 1..{}", r.length, DmaJobs::kMaxBytes));
  if (r.address > ~u64{0} - (r.length - 1))
    throw invalid(fmt::format("dma: {} bytes at {:#x} wrap", r.length, r.address));
}

smmu_vp_dma_result Session::dma(const smmu_vp_dma_request& request) {
  check(request);
  const u64 begin = now_ps();
  const auto job = jobs_.start(request);
  const RunEnd end = reach([&] { return job->done || job->stalled; }, deadline(kCallLimitPs));
  smmu_vp_dma_result result = job->result;
  attributes_.reset();
  if (job->done) {
    attributes_ = job->attributes;
    hand_over(*job);
    return result;
  }
  result.latency_ps = now_ps() - begin;
  if (request.kind == SMMU_VP_PAGE_REQUEST && job->stalled) {
    result.status = SMMU_VP_DMA_OK;  // delivered to the SMMU, which is all that dma() waits for
  } else {
    result.status = end == RunEnd::kTime ? SMMU_VP_DMA_TIMEOUT : SMMU_VP_DMA_STALLED;
  }
  return result;
}

u64 Session::dma_start(const smmu_vp_dma_request& request) {
  check(request);
  return jobs_.keep(jobs_.start(request));
}

bool Session::dma_poll(u64 handle, smmu_vp_dma_result& result) {
  const auto job = jobs_.find(handle);
  if (!job) throw invalid(fmt::format("dma_poll: handle {} is unknown or was already reported done", handle));
  result = job->result;
  if (!job->done) {
    // As in dma(): if no event is left, only software can make the job continue.
    const bool waits = job->stalled || !sc_core::sc_pending_activity();
    result.status = waits ? SMMU_VP_DMA_STALLED : SMMU_VP_DMA_TIMEOUT;
    return false;
  }
  hand_over(*job);
  attributes_ = job->attributes;
  jobs_.drop(handle);
  return true;
}

smmu_vp_attributes Session::dma_attributes() const {
  if (!attributes_) throw invalid("dma_attributes: the DMA reported last was no access that ended well");
  return *attributes_;
}

}  // namespace smmu_vp::tb
