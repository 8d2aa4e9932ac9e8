// The shadow advances while a batch is built: entry by entry, as the accelerator will execute them.
#include "testbench/runs/workload/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smmu_vp::tb {

using spec::accel::pattern_byte;

// Write seeds have 32 bits, so the top bit distinguishes initial contents from anything a device can write.
void InitialContents::fill(u64 va, std::span<u8> page) const {
  const u64 pattern = seed | u64{1} << 63;
  for (std::size_t i = 0; i < page.size(); ++i) page[i] = pattern_byte(pattern, va + i);
}

void ShadowMemory::read(u64 va, std::span<u8> bytes) const {
  for (std::size_t done = 0; done < bytes.size();) {
    const u64 at = va + done, in_page = at % kWorkloadPage;
    const std::size_t n = std::min<std::size_t>(bytes.size() - done, kWorkloadPage - in_page);
    const auto page = pages_.find(at - in_page);
    if (page == pages_.end()) {
      initial_.fill(at, bytes.subspan(done, n));
    } else {
      std::copy_n(page->second->begin() + static_cast<std::ptrdiff_t>(in_page), n,
                  bytes.begin() + static_cast<std::ptrdiff_t>(done));
    }
    done += n;
  }
}

ShadowMemory::Page& ShadowMemory::page(u64 va) {
  std::unique_ptr<Page>& page = pages_[va];
  if (page == nullptr) {
    page = std::make_unique<Page>();
    initial_.fill(va, *page);
  }
  return *page;
}

void ShadowMemory::write(u64 va, std::span<const u8> bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const u64 at = va + done, in_page = at % kWorkloadPage;
    const std::size_t n = std::min<std::size_t>(bytes.size() - done, kWorkloadPage - in_page);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(done), n,
                page(at - in_page).begin() + static_cast<std::ptrdiff_t>(in_page));
    done += n;
  }
}

void ShadowMemory::discard(u64 start, u64 end) {
  pages_.erase(pages_.lower_bound(start), pages_.lower_bound(end));
}

void ShadowMemory::write_pattern(const AddressRange& range, u64 seed) {
  std::vector<u8> data(range.bytes);
  for (u64 i = 0; i < range.bytes; ++i) data[i] = pattern_byte(seed, range.address + i);
  write(range.address, data);
}

std::optional<std::string> ShadowMemory::first_difference(const ReadMemory& read_memory) const {
  Page actual{};
  for (const auto& [va, expected] : pages_) {
    read_memory(va, actual);
    const auto [e, a] = std::mismatch(expected->begin(), expected->end(), actual.begin());
    if (e == expected->end()) continue;
    return fmt::format("byte {:#x} is {:#04x}, must be {:#04x}", va + static_cast<u64>(e - expected->begin()),
                       *a, *e);
  }
  return {};
}

Replay::Replay(const std::string& path, const ReplayOptions& options)
    : reader_(path), options_(options), shadow_(options.mm_seed), pages_(options.page_bytes) {}

std::vector<PageChange> Replay::initial_map() {
  std::vector<PageChange> changes;
  for (const Vma& vma : info().vmas) {
    const auto more = change({MapEvent::Kind::kMap, vma});
    changes.insert(changes.end(), more.begin(), more.end());
  }
  return changes;
}

std::vector<PageChange> Replay::change(const MapEvent& event) {
  std::vector<PageChange> changes = pages_.apply(event);
  for (const PageChange& c : changes) {
    if (c.kind == MapEvent::Kind::kUnmap) shadow_.discard(c.start, c.end);
  }
  return changes;
}

std::optional<Step> Replay::take() {
  if (accesses_ == options_.max_accesses) return {};
  return held_ ? std::exchange(held_, {}) : reader_.next();
}

std::optional<ReplayBatch> Replay::next() {
  ReplayBatch batch;
  std::optional<Step> step = take();
  std::vector<PageChange> changes;
  for (; step && std::holds_alternative<MapEvent>(*step); step = take()) {
    const auto more = change(std::get<MapEvent>(*step));
    changes.insert(changes.end(), more.begin(), more.end());
  }
  // The entries that follow need only the permissions left at the end, so they need not wait for the trailing
  // changes that only remove permissions.
  auto beside = changes.end();
  while (beside != changes.begin() && std::prev(beside)->narrows) --beside;
  batch.beside.assign(beside, changes.end());
  changes.erase(beside, changes.end());
  batch.before = std::move(changes);

  Crc32c crc;
  for (; step; step = take()) {
    if (batch.entries.size() == options_.batch_entries || std::holds_alternative<MapEvent>(*step)) {
      held_ = std::move(step);
      break;
    }
    ++accesses_;
    add(std::get<Access>(*step), batch, crc);
  }
  if (batch.entries.empty() && batch.before.empty() && batch.beside.empty()) return {};
  batch.expected_crc = crc.value();
  return batch;
}

void Replay::add(const Access& a, ReplayBatch& batch, Crc32c& reads) {
  using namespace spec::accel;
  std::array<u64, 2>& entry = batch.entries.emplace_back();
  access::ADDRESS.set(entry, a.va);
  access::SIZE.set(entry, a.bytes);
  if (a.write) {
    const u32 seed = options_.write_seed++;
    access::WRITE.set(entry, 1);
    access::SEED.set(entry, seed);
    shadow_.write_pattern({a.va, a.bytes}, seed);
    batch.bytes_written += a.bytes;
  } else {
    std::vector<u8> data(a.bytes);
    shadow_.read(a.va, data);
    reads.add(data);
    batch.bytes_read += a.bytes;
  }
}

}  // namespace smmu_vp::tb
