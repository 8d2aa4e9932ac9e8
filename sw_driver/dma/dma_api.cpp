// Map, unmap and the flush queue, in the order of the kernel's dma-iommu.
#include "sw_driver/dma/dma_api.h"

namespace smmu_vp::sw {

DmaApi::DmaApi(Env& env, Smmu& smmu, Device& device, DmaFlush flush)
    : env_(env),
      smmu_(smmu),
      device_(device),
      flush_(flush),
      domain_(smmu.attach_dma(device)),
      iovas_(spec::vmsa::page_shift(env.config.granule)),
      shared_(std::make_shared<Shared>()) {
  shared_->lock = env.os.make_mutex("dma_iova");
  shared_->changed = env.os.make_wait_queue("dma_flush");
  if (usable() && flush_ == DmaFlush::kLazy) start_timer();
}

DmaApi::~DmaApi() {
  if (!usable()) return;
  {
    Guard guard(*shared_->lock);
    if (!queue_.empty()) flush();
    shared_->ended = true;
  }
  shared_->changed->wake_all();
  smmu_.detach_dma(device_, std::move(domain_));
}

std::optional<u64> DmaApi::map(std::span<const u64> pages) {
  Guard guard(*shared_->lock);
  const u64 page = domain_->page_bytes(), bytes = pages.size() * page;
  const std::optional<u64> iova = iovas_.allocate(bytes);
  if (!iova) return std::nullopt;
  for (std::size_t first = 0; first < pages.size();) {
    // Pages that follow each other in memory are mapped at once, by blocks if they fit.
    std::size_t next = first + 1;
    while (next < pages.size() && pages[next] == pages[next - 1] + page) ++next;
    if (!domain_->map({.iova = *iova + first * page, .pa = pages[first], .bytes = (next - first) * page})) {
      domain_->unmap({*iova, first * page});
      iovas_.free(*iova);
      return std::nullopt;
    }
    first = next;
  }
  return iova;
}

void DmaApi::unmap(u64 iova, u64 bytes) {
  Operation operation(env_, {.name = "dma_unmap"});
  if (flush_ == DmaFlush::kLazy) return unmap_later({iova, bytes});
  DmaDomain::Gather gather;
  domain_->unmap({iova, bytes}, gather, DmaDomain::Later::kGathered);
  operation.enter("invalidate");
  domain_->sync(gather);
  operation.enter("driver");
  Guard guard(*shared_->lock);
  iovas_.free(iova);
}

void DmaApi::unmap_later(const AddressRange& range) {
  Guard guard(*shared_->lock);
  DmaDomain::Gather none;
  domain_->unmap(range, none, DmaDomain::Later::kAll);
  if (queue_.size() == kQueued) flush();
  queue_.push_back(range.address);
  if (!std::exchange(shared_->timer_set, true)) shared_->changed->wake_all();
}

void DmaApi::flush() {
  domain_->flush_all();
  for (const u64 iova : queue_) iovas_.free(iova);
  queue_.clear();
}

void DmaApi::start_timer() {
  env_.os.spawn("dma_flush_timer", [this, shared = shared_, &os = env_.os] {
    for (;;) {
      shared->changed->wait([&] { return shared->timer_set || shared->ended; });
      if (shared->ended) return;
      os.sleep_ps(kFlushAfterPs);
      Guard guard(*shared->lock);
      if (shared->ended) return;
      shared->timer_set = false;
      flush();
    }
  });
}

}  // namespace smmu_vp::sw
