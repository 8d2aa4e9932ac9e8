// What several monitors need to know, gathered from facts once: which process a PASID stands for, what each
// page of memory is used for, which transactions are in flight.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/monitors/flat_map.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

inline constexpr u64 kPageBytes = 4096;
// The pages that [address, address + bytes) touches, by number; an empty range counts as one byte.
constexpr u64 first_page(u64 address) {
  return address / kPageBytes;
}
constexpr u64 last_page(u64 address, u64 bytes) {
  return (address + (bytes == 0 ? 0 : bytes - 1)) / kPageBytes;
}

class PasidTable {
 public:
  explicit PasidTable(trace::Bus& bus);
  // The mm the PASID stands for; 0 when it is free.
  u64 mm_of(u32 pasid) const { return pasid < entries_.size() ? entries_[pasid].mm : 0; }
  // Whether the PASID has ever been allocated: the others are nobody's business here.
  bool known(u32 pasid) const { return pasid < entries_.size() && entries_[pasid].known; }

 private:
  struct Entry {
    u64 mm = 0;
    bool known = false;
  };
  std::vector<Entry> entries_;
};

enum class Use : u8 { kProcess, kPageTable, kDriver };

class PageLedger {
 public:
  explicit PageLedger(trace::Bus& bus);
  struct Entry {
    u64 owner = 0;  // mm, 0 for the kernel
    Use use = Use::kDriver;
    bool freed = false;
  };
  // Null for a page the allocator has never handed out.
  const Entry* find(u64 page) const { return pages_.find(page); }
  bool empty() const { return pages_.empty(); }
  static std::string describe(const Entry* entry);

 private:
  FlatMap<Entry> pages_;
};

enum class Kind : u8 { kUntranslated, kTranslationRequest, kTranslated, kPrefetch };
Kind kind_of(std::string_view kind);

struct Flight {
  u64 begin_ps = 0;
  u64 va = 0;
  u32 sid = 0, ssid = 0;
  Kind kind = Kind::kUntranslated;
  bool ssv = false;
  bool ever_stalled = false, stalled = false;
};

// Transactions between smmu.begin and smmu.end.
class Flights {
 public:
  using OnBegin = std::function<void(u64 transaction, const Flight&)>;
  using OnEnd = std::function<void(u64 transaction, const Flight&, std::string_view result, u64 t_ps)>;

  explicit Flights(trace::Bus& bus);
  void on_begin(OnBegin f) { on_begin_.push_back(std::move(f)); }
  void on_end(OnEnd f) { on_end_.push_back(std::move(f)); }
  const Flight* find(u64 transaction) const { return open_.find(transaction); }
  std::vector<u64> in_flight() const { return open_.keys(); }
  std::vector<u64> in_flight_below(u64 transaction) const {
    return transaction == 0 ? std::vector<u64>{} : open_.keys_in(0, transaction - 1);
  }

 private:
  FlatMap<Flight> open_;
  std::vector<OnBegin> on_begin_;
  std::vector<OnEnd> on_end_;
};

// Devices seen to break the rules. What a rule takes for granted of a device is not judged for them: the
// isolation monitor judges what they achieve.
class Rogues {
 public:
  explicit Rogues(trace::Bus& bus);
  bool contains(u32 sid) const { return sids_.contains(sid); }

 private:
  std::set<u32> sids_;
};

struct Shadows {
  explicit Shadows(trace::Bus& bus) : pasids(bus), pages(bus), flights(bus), rogues(bus) {}
  PasidTable pasids;
  PageLedger pages;
  Flights flights;
  Rogues rogues;
};

}  // namespace smmu_vp::tb
