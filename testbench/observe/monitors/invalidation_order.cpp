// invalidation_order. Checked at mm.invalidate_end, for the pages that the process removed (or made
// read-only) before the invalidation began, and for each device that the process was bound to, in phase 1,
// since before that removal:
// 1. A TLB invalidation that covers the page took effect after the removal and is complete: a CMD_SYNC
//    completed after a command, or a broadcast sync that began after a broadcast has ended. Neither
//    completes the other's (3.21.1, 4.7.3).
// 2. If the device had obtained translations of this PASID by ATS before the removal, an ATC invalidation
//    that covers the page was sent to it after that completion, and a CMD_SYNC then completed after it. An
//    ATC invalidation sent earlier does not count: the ATC could have been refilled from a TLB that still
//    held the page (3.9.1).
// A device that does not complete its ATC invalidations cannot be waited for. Its stream is made to abort
// instead (3.9.1.4), and needs none once a CMD_CFGI_STE for it is synchronised; what it still reaches is
// checked by stale_translation and isolation.
// The end of an invalidation is checked and not each ATC invalidation, so that wide ones stay legal: rounded
// up to a power of two, they include neighbours that another thread is still unmapping. mm.release counts as
// an invalidation of everything. The earliest TLB invalidation of either kind after the removal counts,
// whichever operation sent it.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "invalidation_order",
    .description = "TLB first, then ATC, each synced, before an invalidation ends",
    .rule =
        "When an invalidation of a bound process ends, each page unmapped before it began has "
        "seen a TLB invalidation, and each device that obtained translations by ATS an ATC "
        "invalidation sent after that TLB invalidation was synced, itself synced.",
    .section = "3.9.1, 4.5.1",
    .facts = "mm.*, smmu.tlbi, smmu.atc_inv, smmu.sync_end, smmu.broadcast_sync_*",
    .finds = "ATC_INV before the TLBI was synced; either left out; a broadcast without its DSB",
};

class InvalidationOrder final : public Monitor {
 public:
  InvalidationOrder(trace::Bus& bus, const SharedShadows&) : Monitor(bus, kInfo) {
    listen_to_system(bus);
    listen_to_hardware(bus);
  }

 private:
  struct Bond {  // a device bound to a process
    Requester who{};
    u64 mm = 0;
    u64 live_since = 0;
    u64 ats_since = 0;  // 0: it has obtained nothing by ATS
  };
  struct Blocked {   // a stream that is made to abort
    u64 reread = 0;  // its CMD_CFGI_STE; 0: none yet
  };
  struct AtcInvalidation {
    u64 bond, sequence;
  };
  struct Removed {  // a page being removed
    u64 sequence = 0;
    u64 leaf_first = 0, leaf_last = 0;    // the pages of the same leaf, removed with it
    u64 tlbi = 0, broadcast = 0;          // the first TLB invalidation of that kind since; 0: none
    std::vector<AtcInvalidation> atc;     // the first that counts, for each bond
    std::vector<AtcInvalidation> futile;  // sent too early
  };
  struct Invalidation {
    u64 start, end;
    u64 sequence;
  };
  // The tags of the process's translations (3.17).
  struct Tag {
    spec::World world = spec::World::kNsEl1;
    u32 vmid = 0, asid = 0;
  };
  struct Process {
    Tag tag;
    FlatMap<Removed> removed;  // by page
    std::vector<u64> bonds;
    std::vector<Invalidation> invalidations;
    bool releasing = false;
    Removed everything;  // while releasing
  };

  Removed removed_now() {
    Removed removed;
    removed.sequence = ++sequence_;
    return removed;
  }

  void listen_to_system(trace::Bus& bus) {
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) { on_phase(f); });
    bus.on<trace::StreamBlocked>([this](const trace::StreamBlocked& f, u64) { blocked_[f.sid] = {}; });
    bus.on<trace::PageUnmapped>([this](const trace::PageUnmapped& f, u64) {
      Process* process = processes_.find(f.mm);
      if (process == nullptr || process->bonds.empty()) return;
      const u64 first = first_page(f.va), last = last_page(f.va, f.bytes);
      for (u64 page = first; page <= last; ++page) {
        Removed& removed = process->removed[page] = removed_now();
        removed.leaf_first = first;
        removed.leaf_last = last;
      }
    });
    bus.on<trace::InvalidateBegin>([this](const trace::InvalidateBegin& f, u64) {
      if (Process* process = processes_.find(f.mm))
        process->invalidations.push_back({f.start, f.end, ++sequence_});
    });
    bus.on<trace::InvalidateEnd>(
        [this](const trace::InvalidateEnd& f, u64 t_ps) { on_invalidate_end(f, t_ps); });
    bus.on<trace::ReleaseBegin>([this](const trace::ReleaseBegin& f, u64) {
      Process* process = processes_.find(f.mm);
      if (process == nullptr) return;
      process->releasing = true;
      process->everything = removed_now();
    });
    bus.on<trace::ReleaseEnd>([this](const trace::ReleaseEnd& f, u64 t_ps) {
      Process* process = processes_.find(f.mm);
      if (process == nullptr) return;
      if (!process->bonds.empty()) judge();
      for (const u64 bond : process->bonds) {
        if (const auto wrong = fault_of(process->everything, bond))
          complain(t_ps, bond, "mm.release", {}, *wrong);
      }
      processes_.erase(f.mm);
    });
  }

  void listen_to_hardware(trace::Bus& bus) {
    bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& f, u64) {
      Bond* bond = f.who.pasid ? bonds_.find(key_of(f.who)) : nullptr;
      if (bond != nullptr && bond->ats_since == 0 && (f.read || f.write)) bond->ats_since = ++sequence_;
    });
    bus.on<trace::TlbInvalidated>([this](const trace::TlbInvalidated& f, u64) { on_tlbi(f); });
    bus.on<trace::SyncEnd>([this](const trace::SyncEnd&, u64) { synced_ = sequence_; });
    bus.on<trace::BroadcastSyncBegin>(
        [this](const trace::BroadcastSyncBegin& f, u64) { broadcast_syncs_[f.sync] = sequence_; });
    bus.on<trace::BroadcastSyncEnd>([this](const trace::BroadcastSyncEnd& f, u64) {
      const u64* covers = broadcast_syncs_.find(f.sync);
      if (covers != nullptr) broadcast_synced_ = std::max(broadcast_synced_, *covers);
      broadcast_syncs_.erase(f.sync);
    });
    bus.on<trace::ConfigInvalidated>([this](const trace::ConfigInvalidated& f, u64) {
      Blocked* blocked = f.command == spec::Opcode::CMD_CFGI_STE ? blocked_.find(f.who.sid) : nullptr;
      if (blocked != nullptr && blocked->reread == 0) blocked->reread = ++sequence_;
    });
    bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& f, u64) {
      const u64 span = f.log2_size >= 64 ? ~u64{0} : (u64{1} << f.log2_size) - 1;
      const u64 first = f.address & ~span, last = f.address | span;
      if (f.who.pasid) {
        on_atc_invalidation(key_of(f.who), first, last);
        return;
      }
      // Without a PASID it covers the entries of every PASID.
      for (const u64 bond : bonds_.keys_in(key_of({f.who.sid, 0}), key_of({f.who.sid, ~u32{0}})))
        on_atc_invalidation(bond, first, last);
    });
  }

  void on_phase(const trace::PasidPhase& f) {
    const u64 id = key_of(f.who());
    if (f.phase == Phase::kLive) {
      bonds_[id] = {f.who(), f.mm, ++sequence_, 0};
      Process& process = processes_[f.mm];
      process.tag = {f.world, f.vmid, f.asid};
      std::vector<u64>& bonds = process.bonds;
      if (std::find(bonds.begin(), bonds.end(), id) == bonds.end()) bonds.push_back(id);
      return;
    }
    Bond* bond = bonds_.find(id);
    if (bond == nullptr || bond->mm != f.mm) return;
    if (f.phase != Phase::kUnbound) return;
    if (Process* process = processes_.find(f.mm)) {
      std::erase(process->bonds, id);
      if (process->bonds.empty()) process->removed.clear();
    }
    bonds_.erase(id);
  }

  void on_tlbi(const trace::TlbInvalidated& f) {
    ++sequence_;
    for (const u64 mm : processes_.keys()) {
      Process& process = *processes_.find(mm);
      const Tag& tag = process.tag;
      const bool meant =
          f.world == tag.world && (!f.by_vmid || f.vmid == tag.vmid) && (!f.by_asid || f.asid == tag.asid);
      if (meant) invalidate_tlb(process, f);
    }
  }

  void invalidate_tlb(Process& process, const trace::TlbInvalidated& f) {
    const auto note = [&](Removed& removed) {
      u64& of_this_kind = f.command ? removed.tlbi : removed.broadcast;
      if (of_this_kind == 0) of_this_kind = sequence_;
    };
    u64 first = f.by_va ? first_page(f.first) : 0, last = f.by_va ? first_page(f.last) : ~u64{0};
    // An operation that meets any address of an entry invalidates the whole entry
    // (4.4), and an entry is a leaf.
    if (const Removed* met = process.removed.find(first)) first = std::min(first, met->leaf_first);
    if (const Removed* met = process.removed.find(last)) last = std::max(last, met->leaf_last);
    for (const u64 page : process.removed.keys_in(first, last)) note(*process.removed.find(page));
    if (process.releasing && !f.by_va) note(process.everything);
  }

  bool tlb_is_clean(const Removed& removed) const {
    return (removed.tlbi != 0 && removed.tlbi <= synced_) ||
           (removed.broadcast != 0 && removed.broadcast <= broadcast_synced_);
  }

  void on_atc_invalidation(u64 id, u64 first, u64 last) {
    const Bond* bond = bonds_.find(id);
    Process* process = bond == nullptr ? nullptr : processes_.find(bond->mm);
    if (process == nullptr) return;
    ++sequence_;
    for (const u64 page : process->removed.keys_in(first_page(first), first_page(last)))
      count_atc_invalidation(*process->removed.find(page), id);
    // Everything a process can map lies below 2^48.
    if (process->releasing && first == 0 && last >> 48 != 0) count_atc_invalidation(process->everything, id);
  }

  void count_atc_invalidation(Removed& removed, u64 bond) {
    std::vector<AtcInvalidation>& list = tlb_is_clean(removed) ? removed.atc : removed.futile;
    if (find(list, bond) == nullptr) list.push_back({bond, sequence_});
  }

  static const AtcInvalidation* find(const std::vector<AtcInvalidation>& list, u64 bond) {
    const auto it =
        std::find_if(list.begin(), list.end(), [&](const AtcInvalidation& a) { return a.bond == bond; });
    return it == list.end() ? nullptr : &*it;
  }

  void on_invalidate_end(const trace::InvalidateEnd& f, u64 t_ps) {
    Process* process = processes_.find(f.mm);
    if (process == nullptr) return;
    auto& running = process->invalidations;
    const auto begun = std::find_if(running.begin(), running.end(), [&](const Invalidation& i) {
      return i.start == f.start && i.end == f.end;
    });
    if (begun == running.end()) return;
    const u64 began = begun->sequence;
    running.erase(begun);
    if (f.start >= f.end) return;

    std::vector<u64> ended;
    for (const u64 page : process->removed.keys_in(first_page(f.start), first_page(f.end - 1))) {
      if (process->removed.find(page)->sequence < began) ended.push_back(page);
    }
    if (ended.empty()) return;
    judge();
    for (const u64 bond : process->bonds) {
      for (const u64 page : ended) {
        const auto wrong = fault_of(*process->removed.find(page), bond);
        if (!wrong) continue;
        complain(t_ps, bond, "the invalidation", page * kPageBytes, *wrong);
        break;  // one page is reported for the range
      }
    }
    for (const u64 page : ended) process->removed.erase(page);
  }

  std::optional<std::string_view> fault_of(const Removed& removed, u64 id) const {
    const Bond& bond = *bonds_.find(id);
    if (bond.live_since > removed.sequence) return {};
    if (!tlb_is_clean(removed)) {
      if (removed.tlbi != 0) return "no CMD_SYNC completed after its TLB invalidation";
      if (removed.broadcast != 0) return "no broadcast sync completed after its broadcast TLB invalidation";
      return "no TLB invalidation covers it";
    }
    if (bond.ats_since == 0 || bond.ats_since > removed.sequence) return {};
    const Blocked* blocked = blocked_.find(bond.who.sid);
    if (blocked != nullptr && blocked->reread != 0 && blocked->reread <= synced_) return {};
    if (const AtcInvalidation* atc = find(removed.atc, id)) {
      if (atc->sequence > synced_) return "no CMD_SYNC completed after its ATC invalidation";
      return {};
    }
    if (find(removed.futile, id) != nullptr)
      return "its ATC invalidation was sent before the TLB invalidation was synced";
    return "no ATC invalidation covers it";
  }

  void complain(u64 t_ps, u64 id, std::string what, std::optional<u64> address, std::string_view wrong) {
    const Bond& bond = *bonds_.find(id);
    if (address) what += fmt::format(" of {:#x}", *address);
    report(t_ps, fmt::format("{} ended for {}, though {}", what, text_of(bond.who), wrong),
           {.sid = bond.who.sid, .pasid = bond.who.pasid, .address = address});
  }

  FlatMap<Bond> bonds_;           // in phase 1 or 2, by StreamID and PASID
  FlatMap<Process> processes_;    // from their first bind until their release
  FlatMap<Blocked> blocked_;      // by StreamID
  FlatMap<u64> broadcast_syncs_;  // in progress -> the last step that it covers
  u64 sequence_ = 0;              // numbers the steps observed
  u64 synced_ = 0;                // the last step that a completed CMD_SYNC covers
  u64 broadcast_synced_ = 0;      // and a completed broadcast sync
};

}  // namespace

MonitorEntry monitors::invalidation_order() {
  return entry_of<InvalidationOrder>(kInfo);
}

}  // namespace smmu_vp::tb
