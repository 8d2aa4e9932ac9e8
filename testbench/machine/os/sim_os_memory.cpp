// Memory, device register and page allocation services of the simulated kernel.
#include <cassert>
#include <cstring>

#include <fmt/format.h>

#include "testbench/machine/os/sim_os.h"

namespace smmu_vp::tb {

namespace {

// A larger bulk write goes straight to memory after the thread's earlier stores: the weak model allows this
// order, and it is the cheapest to simulate.
constexpr std::size_t kBufferedBytes = 256;

u64 lines(std::size_t bytes) {
  return (bytes + 63) / 64;
}

}  // namespace

bool SimOs::in_ram(u64 pa, std::size_t bytes, const char* what) {
  if (ram_(pa, bytes)) return true;
  printk(sw::LogLevel::kErr, fmt::format("{} of {} bytes at {:#x}: not memory", what, bytes, pa));
  return false;
}

void SimOs::read(u64 pa, void* data, std::size_t bytes) {
  owe(config_.costs.load_ps * lines(bytes));
  std::memset(data, 0xff, bytes);
  if (!in_ram(pa, bytes, "load")) return;
  std::memcpy(data, ram_(pa, bytes), bytes);
  if (stores_) stores_->overlay(current().id, {pa, bytes}, data);
}

void SimOs::write(u64 pa, const void* data, std::size_t bytes) {
  owe(config_.costs.store_ps * lines(bytes));
  if (!in_ram(pa, bytes, "store")) return;
  if (!stores_ || bytes > kBufferedBytes) {
    drain_stores();
    std::memcpy(ram_(pa, bytes), data, bytes);
    landed(pa, bytes);
    return;
  }
  const u64 now = sc_core::sc_time_stamp().value();
  for (std::size_t done = 0; done < bytes;) {
    // Pieces are naturally aligned, so that each is single-copy atomic.
    const u64 at = pa + done;
    const auto piece = static_cast<unsigned>(std::min<u64>(8 - at % 8, bytes - done));
    u64 value = 0;
    std::memcpy(&value, static_cast<const u8*>(data) + done, piece);
    const u64 due = stores_->store(current().id, at, value, piece, now);
    stores_due_.notify(sc_core::sc_time::from_value(due - now));  // an earlier pending notification wins
    done += piece;
  }
}

// Called when a store has become visible to others: announces stores to the SMMU's structures.
void SimOs::landed(u64 pa, std::size_t bytes) {
  if (!facts_.heard<trace::StructureStore>()) return;
  auto pages = structures_.upper_bound(pa);
  if (pages == structures_.begin() || pa >= (--pages)->second) return;
  for (u64 at = pa & ~u64{7}; at < pa + bytes; at += 8) {
    u64 value = 0;
    std::memcpy(&value, ram_(at, sizeof value), sizeof value);
    facts_.announce(trace::StructureStore{at, value});
  }
}

u64 SimOs::load(u64 pa, unsigned bytes) {
  u64 value = 0;
  read(pa, &value, bytes);
  return value;
}
u64 SimOs::load64(u64 pa) {
  return load(pa, 8);
}
u32 SimOs::load32(u64 pa) {
  return static_cast<u32>(load(pa, 4));
}
void SimOs::store64(u64 pa, u64 value) {
  write(pa, &value, sizeof value);
}

void SimOs::barrier() {
  run_for(config_.costs.barrier_ps);
  drain_stores();
}

// The CPU waits until the interconnect has accepted a TLBI, or has completed a DSB. A DSB is also a barrier.
void SimOs::tlbi(const spec::BroadcastTlbi& what) {
  settle();
  broadcasts.tlbi(what);
}
void SimOs::dsb() {
  barrier();
  broadcasts.sync();
}

void SimOs::drain_stores() {
  if (stores_) stores_->drain(current().id);
}

void SimOs::expire_stores() {
  const u64 now = sc_core::sc_time_stamp().value();
  if (const u64 next = stores_->expire(now)) stores_due_.notify(sc_core::sc_time::from_value(next - now));
}

bool SimOs::transport(tlm::tlm_command command, u64 pa, void* data, unsigned bytes) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(pa);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  mmio_out->b_transport(payload, delay);
  if (payload.is_response_ok()) return true;
  printk(sw::LogLevel::kErr,
         fmt::format("{} of {} bytes at {:#x}: {}",
                     command == tlm::TLM_READ_COMMAND ? "register read" : "register write", bytes, pa,
                     payload.get_response_string()));
  return false;
}

u64 SimOs::mmio_load(u64 pa, unsigned bytes) {
  run_for(config_.costs.mmio_read_ps);
  u64 value = 0;
  // A read that no device answers returns all ones.
  if (!transport(tlm::TLM_READ_COMMAND, pa, &value, bytes)) value = ~u64{0};
  return bytes == 8 ? value : value & ((u64{1} << 8 * bytes) - 1);
}

void SimOs::mmio_store(u64 pa, unsigned bytes, u64 value) {
  run_for(config_.costs.mmio_write_ps);
  transport(tlm::TLM_WRITE_COMMAND, pa, &value, bytes);
}

u64 SimOs::alloc_pages(u64 pages, sw::PageUse use, u64 owner) {
  const u64 pa = pages_.allocate(pages);
  if (pa == 0) return 0;
  const std::size_t bytes = pages * PageAllocator::kPage;
  std::memset(ram_(pa, bytes), 0, bytes);
  if (use == sw::PageUse::kStructure) structures_[pa] = pa + bytes;
  facts_.announce(trace::PageAllocated{pa, pages, use, owner});
  return pa;
}

void SimOs::free_pages(u64 pa, u64 pages) {
  settle();
  drain_stores();  // no store of the old owner may reach the next owner's page
  if (!pages_.release(pa, pages))
    return printk(sw::LogLevel::kErr,
                  fmt::format("free of {} pages at {:#x} that are not allocated", pages, pa));
  structures_.erase(pa);
  facts_.announce(trace::PageFreed{pa, pages});
}

}  // namespace smmu_vp::tb
