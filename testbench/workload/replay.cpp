// The shadow is advanced as the batches are made: entry by entry, as the accelerator works them off.
#include "testbench/workload/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/workload/crc.h"

namespace smmu_vp::tb {

using spec::accel::pattern_byte;

// Write seeds have 32 bits; the top bit keeps initial contents apart from anything a device could have
// written.
void fill_initial_page(u64 mm_seed, u64 va, std::span<u8> page) {
  const u64 seed = mm_seed | u64{1} << 63;
  for (std::size_t i = 0; i < page.size(); ++i) page[i] = pattern_byte(seed, va + i);
}

void ShadowMemory::read(u64 va, std::span<u8> bytes) const {
  for (std::size_t done = 0; done < bytes.size();) {
    const u64 at = va + done, in_page = at % kWorkloadPage;
    const std::size_t n = std::min<std::size_t>(bytes.size() - done, kWorkloadPage - in_page);
    const auto page = pages_.find(at - in_page);
    if (page == pages_.end()) {
      fill_initial_page(mm_seed_, at, bytes.subspan(done, n));
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
    fill_initial_page(mm_seed_, va, *page);
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

void ShadowMemory::write_pattern(u64 va, u64 bytes, u64 seed) {
  std::vector<u8> data(bytes);
  for (u64 i = 0; i < bytes; ++i) data[i] = pattern_byte(seed, va + i);
  write(va, data);
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
    : reader_(path), options_(options), shadow_(options.mm_seed) {}

std::optional<ReplayBatch> Replay::next() {
  using namespace spec::accel;
  ReplayBatch batch;
  Crc32c crc;
  std::vector<u8> data;
  while (batch.entries.size() < options_.batch_entries && accesses_ < options_.max_accesses) {
    const std::optional<Access> a = reader_.next();
    if (!a) break;
    ++accesses_;
    std::array<u64, 2>& entry = batch.entries.emplace_back();
    access::ADDRESS.set(entry, a->va);
    access::SIZE.set(entry, a->bytes);
    if (a->write) {
      const u32 seed = options_.write_seed++;
      access::WRITE.set(entry, 1);
      access::SEED.set(entry, seed);
      shadow_.write_pattern(a->va, a->bytes, seed);
      batch.bytes_written += a->bytes;
    } else {
      data.resize(a->bytes);
      shadow_.read(a->va, data);
      crc.add(data);
      batch.bytes_read += a->bytes;
    }
  }
  if (batch.entries.empty()) return {};
  batch.expected_crc = crc.value();
  return batch;
}

}  // namespace smmu_vp::tb
