// State that several monitors need, collected from facts: the process of each PASID, the use of each page of
// memory, and the transactions in flight.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testbench/observe/monitors/flat_map.h"
#include "testbench/observe/monitors/hardware/config_shadow.h"
#include "testbench/observe/monitors/hardware/register_shadow.h"
#include "testbench/observe/monitors/hardware/translation_shadow.h"
#include "testbench/observe/monitors/monitor.h"
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
  // The mm that the PASID stands for; 0 when it is free.
  u64 mm_of(u32 pasid) const { return pasid < entries_.size() ? entries_[pasid].mm : 0; }
  // Whether the PASID has ever been allocated; others are not checked.
  bool known(u32 pasid) const { return pasid < entries_.size() && entries_[pasid].known; }

 private:
  struct Entry {
    u64 mm = 0;
    bool known = false;
  };
  std::vector<Entry> entries_;
};

using trace::PageUse;

class PageLedger {
 public:
  explicit PageLedger(trace::Bus& bus);
  struct Entry {
    u64 owner = 0;  // mm, 0 for the kernel
    PageUse use = PageUse::kDriver;
    bool freed = false;
  };
  // Null for a page the allocator has never handed out.
  const Entry* find(u64 page) const { return pages_.find(page); }
  bool empty() const { return pages_.empty(); }
  static std::string describe(const Entry* entry);

 private:
  FlatMap<Entry> pages_;
};

using spec::Phase;
using spec::Requester;
using spec::pcie::At;
using trace::TransactionResult;

// "StreamID 0x8, PASID 3", or the StreamID alone.
std::string text_of(const Requester& who);
// "PASID 3" or "no PASID".
std::string pasid_text(const Requester& who);

// The origin of a group's faults, as text for a violation.
constexpr std::string_view source_text(trace::FaultSource source) {
  return source == trace::FaultSource::kPri ? "PRI" : "stall";
}

// A requester with a PASID, as a key.
constexpr u64 key_of(const Requester& who) {
  return u64{who.sid} << 32 | who.pasid.value_or(0);
}
// Transaction numbers are per SMMU; this key is unique.
constexpr u64 transaction_key(u8 smmu, u64 number) {
  return u64{smmu} << 56 | number;
}
template <typename Fact>
constexpr u64 transaction_key(const Fact& f) {
  return transaction_key(f.smmu, f.transaction);
}
constexpr u64 transaction_number(u64 key) {
  return key & ((u64{1} << 56) - 1);
}

// Page-request groups as the requesting functions know them: by index, with the PASID of the request.
class PageGroups {
 public:
  explicit PageGroups(trace::Bus& bus);
  // Why the function refuses a response to its latest group of that index; empty when it accepts it (PCIe
  // 10.4.2) or never sent such a group.
  std::string refusal(const Requester& who, u32 prg_index, bool failure) const;
  bool takes(const trace::PrgResponseSent& f) const;

 private:
  struct Asked {
    std::optional<u32> pasid;
    bool needs_pasid;
  };
  std::map<std::pair<u32, u32>, Asked> asked_;  // by StreamID and index
};

// The translations that devices obtained by ATS. A translated access carries only the physical address; this
// gives the virtual address that it stands for.
class AtsAnswers {
 public:
  explicit AtsAnswers(trace::Bus& bus);
  // Nothing when the device never got `pa` as a translation for that PASID, or for none.
  std::optional<u64> address_of(const Requester& who, u64 pa) const;

 private:
  struct Block {
    u64 va, last;  // `last` is the offset of the last byte
  };
  void keep(const Requester& who, u64 va, u64 pa, u32 log2_size);

  std::map<Requester, std::map<u64, Block>> told_;  // by physical address
};

struct Flight {
  u64 begin_ps = 0;
  u64 va = 0;
  Requester who{};
  std::optional<At> kind;  // nothing: a prefetch
  bool ever_stalled = false, stalled = false;
};

// Transactions between smmu.begin and smmu.end, by transaction_key().
class Flights {
 public:
  using OnBegin = std::function<void(u64 transaction, const Flight&)>;
  using OnEnd = std::function<void(u64 transaction, const Flight&, TransactionResult result, u64 t_ps)>;

  explicit Flights(trace::Bus& bus);
  void on_begin(OnBegin f) { on_begin_.push_back(std::move(f)); }
  void on_end(OnEnd f) { on_end_.push_back(std::move(f)); }
  const Flight* find(u64 transaction) const { return open_.find(transaction); }
  std::vector<u64> in_flight() const { return open_.keys(); }
  // Those of one SMMU that are numbered below `number`.
  std::vector<u64> in_flight_below(u8 smmu, u64 number) const {
    return number == 0 ? std::vector<u64>{}
                       : open_.keys_in(transaction_key(smmu, 0), transaction_key(smmu, number - 1));
  }

 private:
  FlatMap<Flight> open_;
  std::vector<OnBegin> on_begin_;
  std::vector<OnEnd> on_end_;
};

// Devices that were seen to break the rules. Rules that assume correct devices are not checked for them; the
// isolation monitor checks what they reach.
class Rogues {
 public:
  explicit Rogues(trace::Bus& bus);
  bool contains(u32 sid) const { return sids_.contains(sid); }

 private:
  std::set<u32> sids_;
};

struct Shadows {
  Shadows(trace::Bus& bus, const MachineTraits& what, const MemoryView& ram)
      : machine(what),
        memory(ram),
        registers(bus),
        configuration(bus, ram, registers),
        pasids(bus),
        pages(bus),
        flights(bus),
        rogues(bus),
        ats(bus),
        page_groups(bus),
        translations(bus, machine, memory, registers, flights) {}
  // The virtual address of an access; nothing for a translated one that no ATS answer explains.
  std::optional<u64> address_of(const trace::Translated& f) const;
  std::optional<u64> address_of(const Flight& flight) const;
  const MachineTraits machine;
  const MemoryView& memory;
  RegisterShadow registers;
  ConfigShadow configuration;
  PasidTable pasids;
  PageLedger pages;
  Flights flights;
  Rogues rogues;
  AtsAnswers ats;
  PageGroups page_groups;
  TranslationShadow translations;
};

// "0x7f0000001000 at physical 0x80001000"; a translated access without a known address: "physical 0x80001000,
// which the device never got by ATS".
std::string place_text(std::optional<u64> address, u64 physical);

}  // namespace smmu_vp::tb
