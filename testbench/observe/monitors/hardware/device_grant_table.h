// What each function may use as translated: the answers to its Translation Requests, until it completes an
// invalidation of them, or loses them with a reset or with ATS. Whatever was ever granted is remembered, so that a
// late use can be told from a forged one.
#pragma once

#include <vector>

#include "testbench/observe/monitors/flat_map.h"
#include "tlm/trace/facts_device.h"

namespace smmu_vp::tb {

// A range of addresses, both ends included.
struct AddressRange {
  u64 first, last;
  // The naturally aligned range of 2^log2_size bytes round `address`; everything from 64 on.
  static constexpr AddressRange round(u64 address, unsigned log2_size) {
    const u64 below = log2_size >= 64 ? ~u64{0} : (u64{1} << log2_size) - 1;
    return {address & ~below, address | below};
  }
  constexpr bool overlaps(const AddressRange& other) const {
    return first <= other.last && other.first <= last;
  }
};

class DeviceGrantTable {
 public:
  struct Granted {
    u64 va, pa;
    u8 log2_size;  // bytes
    bool read, write;
    u64 asked;  // how many Invalidate Requests had reached the device when it asked for this
  };
  struct Loss {
    u64 t_ps;                // from then on
    u64 received = ~u64{0};  // of grants that were asked for before this many Invalidate Requests had come
  };
  // The best that is known of an address: `kGone` and `kReadOnly` name the grant that came closest.
  enum class Standing : u8 { kHeld, kReadOnly, kGone, kNever };
  struct Answer {
    Standing standing = Standing::kNever;
    u64 va = 0;       // what the device calls it
    u64 lost_ps = 0;  // with kGone
  };

  void grant(const spec::Requester& who, const Granted& granted);
  // Of the PASID, or of all of the function's when there is none.
  void take_away(const spec::Requester& whose, const AddressRange& vas, const Loss& loss);
  // Whether an access that began at `begin_ps` may use `pa`. Without a PASID any grant of the function will do: a
  // translated request need not carry one (3.9.1.3).
  Answer find(const spec::Requester& who, u64 pa, bool write, u64 begin_ps);

 private:
  static constexpr u64 kHeldForEver = ~u64{0};
  struct Grant {
    Granted of;
    u64 lost_ps = kHeldForEver;
    u32 next_at_va = 0, next_at_pa = 0;  // others of the same key; 0: none
  };
  // One requester's. Grants are found by their first byte and size; of sizes there are one or two.
  struct Holder {
    spec::Requester who;
    u64 sizes = 0;  // bit n: some grant has 2^n bytes
    FlatMap<u32> at_va, at_pa;
    std::vector<u32> all;
  };

  static u64 key_of(u64 address, unsigned log2_size) { return address >> log2_size << 6 | log2_size; }
  Holder& holder(const spec::Requester& who);
  void look(const Holder& holder, u64 pa, bool write, u64 begin_ps, Answer& answer) const;
  void lose(Holder& holder, const AddressRange& vas, const Loss& loss);

  std::vector<Grant> grants_ = std::vector<Grant>(1);  // the first is none
  std::vector<Holder> holders_;
  FlatMap<u32> holder_of_;  // by requester
  FlatMap<std::vector<u32>> holders_of_sid_;
};

}  // namespace smmu_vp::tb
