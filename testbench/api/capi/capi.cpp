// The C calls of which a driver is made: opening, accesses, time, interrupts, DMA.
#include <cstring>

#include "testbench/api/capi/boundary.h"
#include "testbench/api/capi/tlbi.h"

// libsystemc needs this symbol; here the C calls start the simulation.
extern "C" __attribute__((weak, visibility("default"))) int sc_main(int, char**) {
  return 0;
}

namespace {

using namespace smmu_vp::tb;
using smmu_vp::u32;
using smmu_vp::u64;

// A C caller may store any number in an enumeration field. Reading it as an enumeration before it is checked
// would be undefined, so it is copied as a number.
template <typename Enumeration>
u32 number_in(const Enumeration& field) {
  u32 number = 0;
  std::memcpy(&number, &field, sizeof number);
  return number;
}
smmu_vp_dma_request checked(const smmu_vp_dma_request* request) {
  need(request, "request");
  dma_kind(number_in(request->kind));
  return *request;
}
smmu_vp_tlbi checked(const smmu_vp_tlbi* tlbi) {
  need(tlbi, "tlbi");
  tlbi_op(number_in(tlbi->op));
  return *tlbi;
}

ConfigSources sources_of(const char* path, const char* const* overrides) {
  ConfigSources sources;
  if (path != nullptr) sources.file = path;
  for (; overrides != nullptr && *overrides != nullptr; ++overrides)
    sources.overrides.emplace_back(*overrides);
  return sources;
}

}  // namespace

extern "C" {

smmu_vp_status smmu_vp_open(const char* config_path_or_null, const char* const* overrides_or_null,
                            smmu_vp_handle** out) {
  return guarded("smmu_vp_open", [&] {
    need(out, "out");
    *out = nullptr;
    *out = ProcessLife::open(sources_of(config_path_or_null, overrides_or_null));
  });
}

void smmu_vp_close(smmu_vp_handle* vp) {
  guarded("smmu_vp_close", [&] { ProcessLife::close(vp); });
}

smmu_vp_status smmu_vp_reset(smmu_vp_handle* vp) {
  return guarded("smmu_vp_reset", [&] { ProcessLife::machine(vp).reset(); });
}

smmu_vp_status smmu_vp_get_info(smmu_vp_handle* vp, smmu_vp_info* info) {
  return guarded("smmu_vp_get_info", [&] {
    need(info, "info");
    *info = session_of(vp).info();
  });
}

smmu_vp_status smmu_vp_get_layout(smmu_vp_handle* vp, smmu_vp_layout* layout) {
  return guarded("smmu_vp_get_layout", [&] {
    need(layout, "layout");
    *layout = session_of(vp).layout();
  });
}

smmu_vp_status smmu_vp_get_endpoint(smmu_vp_handle* vp, uint32_t index, smmu_vp_endpoint* endpoint) {
  return guarded("smmu_vp_get_endpoint", [&] {
    need(endpoint, "endpoint");
    *endpoint = session_of(vp).endpoint(index);
  });
}

smmu_vp_status smmu_vp_mmio_read(smmu_vp_handle* vp, uint64_t pa, unsigned size, uint64_t* value) {
  return guarded("smmu_vp_mmio_read", [&] {
    need(value, "value");
    *value = size < 8 ? (u64{1} << 8 * size) - 1 : ~u64{0};
    *value = session_of(vp).mmio_read(pa, size);
  });
}

smmu_vp_status smmu_vp_mmio_write(smmu_vp_handle* vp, uint64_t pa, unsigned size, uint64_t value) {
  return guarded("smmu_vp_mmio_write", [&] { session_of(vp).mmio_write(pa, size, value); });
}

smmu_vp_status smmu_vp_mem_read(smmu_vp_handle* vp, uint64_t pa, void* buf, size_t n) {
  return guarded("smmu_vp_mem_read", [&] {
    Session& session = session_of(vp);
    if (n == 0) return;
    need(buf, "buf");
    session.mem_read(pa, buf, n);
  });
}

smmu_vp_status smmu_vp_mem_write(smmu_vp_handle* vp, uint64_t pa, const void* buf, size_t n) {
  return guarded("smmu_vp_mem_write", [&] {
    Session& session = session_of(vp);
    if (n == 0) return;
    need(buf, "buf");
    session.mem_write(pa, buf, n);
  });
}

void* smmu_vp_mem_ptr(smmu_vp_handle* vp, uint64_t pa, size_t n) {
  void* at = nullptr;
  guarded("smmu_vp_mem_ptr", [&] { at = session_of(vp).mem_ptr(pa, n); });
  return at;
}

uint64_t smmu_vp_now_ps(const smmu_vp_handle* vp) {
  u64 now = 0;
  guarded("smmu_vp_now_ps", [&] { now = session_of(vp).now(); });
  return now;
}

smmu_vp_status smmu_vp_advance(smmu_vp_handle* vp, uint64_t ps) {
  return guarded("smmu_vp_advance", [&] { session_of(vp).advance(ps); });
}

smmu_vp_status smmu_vp_settle(smmu_vp_handle* vp, uint64_t max_ps) {
  return guarded("smmu_vp_settle", [&] { session_of(vp).settle(max_ps); });
}

int smmu_vp_irq_level(smmu_vp_handle* vp, uint32_t irq) {
  int level = -1;
  guarded("smmu_vp_irq_level", [&] { level = session_of(vp).irq_pending(irq) ? 1 : 0; });
  return level;
}

smmu_vp_status smmu_vp_irq_wait(smmu_vp_handle* vp, uint64_t irq_mask, uint64_t timeout_ps, uint64_t* fired) {
  return guarded("smmu_vp_irq_wait", [&] {
    need(fired, "fired");
    *fired = 0;
    *fired = session_of(vp).irq_wait(irq_mask, timeout_ps);
  });
}

smmu_vp_status smmu_vp_tlbi_broadcast(smmu_vp_handle* vp, const smmu_vp_tlbi* tlbi) {
  return guarded("smmu_vp_tlbi_broadcast", [&] { session_of(vp).tlbi_broadcast(checked(tlbi)); });
}

smmu_vp_status smmu_vp_tlbi_sync(smmu_vp_handle* vp) {
  return guarded("smmu_vp_tlbi_sync", [&] { session_of(vp).tlbi_sync(); });
}

smmu_vp_status smmu_vp_dma(smmu_vp_handle* vp, const smmu_vp_dma_request* request,
                           smmu_vp_dma_result* result) {
  return guarded("smmu_vp_dma", [&] {
    Session& session = session_of(vp);
    need(result, "result");
    *result = session.dma(checked(request));
  });
}

smmu_vp_status smmu_vp_dma_start(smmu_vp_handle* vp, const smmu_vp_dma_request* request, uint64_t* handle) {
  return guarded("smmu_vp_dma_start", [&] {
    Session& session = session_of(vp);
    need(handle, "handle");
    *handle = session.dma_start(checked(request));
  });
}

smmu_vp_status smmu_vp_dma_poll(smmu_vp_handle* vp, uint64_t handle, smmu_vp_dma_result* result, int* done) {
  return guarded("smmu_vp_dma_poll", [&] {
    Session& session = session_of(vp);
    need(result, "result");
    need(done, "done");
    *done = session.dma_poll(handle, *result) ? 1 : 0;
  });
}

smmu_vp_status smmu_vp_dma_attributes(const smmu_vp_handle* vp, smmu_vp_attributes* attributes) {
  return guarded("smmu_vp_dma_attributes", [&] {
    const Session& session = session_of(vp);
    need(attributes, "attributes");
    *attributes = session.dma_attributes();
  });
}

}  // extern "C"
