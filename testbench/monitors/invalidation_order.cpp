// invalidation_order. The rule, judged at mm.invalidate_end for the pages the process removed (or made
// read-only) before the invalidation began, and for each device bound to the process, in phase 1, since
// before that removal:
//  1. a TLB invalidation that covers the page took effect after the removal and is complete: a CMD_SYNC
//     completed after a command, a broadcast sync that began after a broadcast has ended. Neither completes
//     the other's (3.21.1, 4.7.3);
//  2. if the device had obtained translations of this PASID by ATS before the removal, an ATC invalidation
//     that covers the page was sent to it after that completion, and a CMD_SYNC completed after it in turn.
//     One sent earlier does not count: the ATC could be filled again from a TLB that still held the page
//     (3.9.1).
// A device that does not complete its ATC invalidations cannot be waited for. Its stream is made to abort
// instead (3.9.1.4), and once a CMD_CFGI_STE for it is synchronised it needs none; what it still reaches is
// judged by stale_translation and isolation.
// Judging the end, not each ATC invalidation, keeps wide ones legal: rounded up to a power of two they
// touch neighbours that another thread is still unmapping. mm.release is an invalidation of everything in
// the same sense. The earliest TLB invalidation of either kind after the removal counts; whose it was does
// not matter.
#include <fmt/format.h>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class InvalidationOrder final : public Monitor {
 public:
  InvalidationOrder(trace::Bus& bus, const MonitorInfo& info) : Monitor(bus, info) {
    listen_to_system(bus);
    listen_to_hardware(bus);
  }

 private:
  struct Bond {  // a device bound to a process
    u32 sid = 0, pasid = 0;
    u64 mm = 0;
    int phase = 0;
    u64 live_since = 0;
    u64 ats_since = 0;  // 0: it has obtained nothing by ATS
  };
  struct Blocked {   // a stream that is made to abort
    u64 reread = 0;  // its CMD_CFGI_STE; 0: none yet
  };
  struct AtcInvalidation {
    u64 bond, sequence;
  };
  struct Removed {  // a page on its way out
    u64 sequence = 0;
    u64 tlbi = 0, broadcast = 0;          // the first TLB invalidation of that kind since; 0: none
    std::vector<AtcInvalidation> atc;     // the first that counts, for each bond
    std::vector<AtcInvalidation> futile;  // sent too early
  };
  struct Invalidation {
    u64 start, end;
    u64 sequence;
  };
  struct Process {
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
  static u64 key(u32 sid, u32 pasid) { return u64{sid} << 32 | pasid; }

  void listen_to_system(trace::Bus& bus) {
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) { on_phase(f); });
    bus.on<trace::StreamBlocked>([this](const trace::StreamBlocked& f, u64) { blocked_[f.sid] = {}; });
    bus.on<trace::PageUnmapped>([this](const trace::PageUnmapped& f, u64) {
      Process* process = processes_.find(f.mm);
      if (process == nullptr || process->bonds.empty()) return;
      const u64 last = last_page(f.va, f.bytes);
      for (u64 page = first_page(f.va); page <= last; ++page) process->removed[page] = removed_now();
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
          complain(t_ps, bond, "mm.release", 0, *wrong);
      }
      processes_.erase(f.mm);
    });
  }

  void listen_to_hardware(trace::Bus& bus) {
    bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& f, u64) {
      Bond* bond = bonds_.find(key(f.sid, f.ssid));
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
      Blocked* blocked = f.name == "CMD_CFGI_STE" ? blocked_.find(f.sid) : nullptr;
      if (blocked != nullptr && blocked->reread == 0) blocked->reread = ++sequence_;
    });
    bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& f, u64) {
      const u64 span = f.log2_size >= 64 ? ~u64{0} : (u64{1} << f.log2_size) - 1;
      const u64 first = f.address & ~span, last = f.address | span;
      if (f.ssv) {
        on_atc_invalidation(key(f.sid, f.ssid), first, last);
        return;
      }
      // Without a PASID it reaches the entries of every PASID.
      for (const u64 bond : bonds_.keys_in(key(f.sid, 0), key(f.sid, ~u32{0})))
        on_atc_invalidation(bond, first, last);
    });
  }

  void on_phase(const trace::PasidPhase& f) {
    const u64 id = key(f.sid, f.pasid);
    if (f.phase == 1) {
      bonds_[id] = {f.sid, f.pasid, f.mm, 1, ++sequence_, 0};
      mm_of_asid_[f.asid] = f.mm;
      std::vector<u64>& bonds = processes_[f.mm].bonds;
      if (std::find(bonds.begin(), bonds.end(), id) == bonds.end()) bonds.push_back(id);
      return;
    }
    Bond* bond = bonds_.find(id);
    if (bond == nullptr || bond->mm != f.mm) return;
    bond->phase = f.phase;
    if (f.phase != 3) return;
    if (Process* process = processes_.find(f.mm)) {
      std::erase(process->bonds, id);
      if (process->bonds.empty()) process->removed.clear();
    }
    bonds_.erase(id);
  }

  void on_tlbi(const trace::TlbInvalidated& f) {
    ++sequence_;
    if (f.by_asid) {
      const u64* mm = mm_of_asid_.find(f.asid);
      if (mm != nullptr) invalidate_tlb(processes_.find(*mm), f);
      return;
    }
    for (const u64 mm : processes_.keys()) invalidate_tlb(processes_.find(mm), f);
  }

  void invalidate_tlb(Process* process, const trace::TlbInvalidated& f) {
    if (process == nullptr) return;
    const auto note = [&](Removed& removed) {
      u64& of_this_kind = f.name == trace::TlbInvalidated::kBroadcast ? removed.broadcast : removed.tlbi;
      if (of_this_kind == 0) of_this_kind = sequence_;
    };
    const u64 first = f.by_va ? first_page(f.first) : 0, last = f.by_va ? first_page(f.last) : ~u64{0};
    for (const u64 page : process->removed.keys_in(first, last)) note(*process->removed.find(page));
    if (process->releasing && !f.by_va) note(process->everything);
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
        break;  // one page stands for the range
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
    const Blocked* blocked = blocked_.find(bond.sid);
    if (blocked != nullptr && blocked->reread != 0 && blocked->reread <= synced_) return {};
    if (const AtcInvalidation* atc = find(removed.atc, id)) {
      if (atc->sequence > synced_) return "no CMD_SYNC completed after its ATC invalidation";
      return {};
    }
    if (find(removed.futile, id) != nullptr)
      return "its ATC invalidation was sent before the TLB invalidation was synced";
    return "no ATC invalidation covers it";
  }

  void complain(u64 t_ps, u64 id, std::string_view what, u64 address, std::string_view wrong) {
    const Bond& bond = *bonds_.find(id);
    report(t_ps,
           fmt::format("{} of {:#x} ended for StreamID {:#x}, PASID {}, though {}", what, address, bond.sid,
                       bond.pasid, wrong),
           bond.pasid, address);
  }

  FlatMap<Bond> bonds_;         // in phase 1 or 2, by StreamID and PASID
  FlatMap<Process> processes_;  // those that have been bound, until their release
  FlatMap<u64> mm_of_asid_;
  FlatMap<Blocked> blocked_;      // by StreamID
  FlatMap<u64> broadcast_syncs_;  // under way -> the last happening that it covers
  u64 sequence_ = 0;              // numbers what happens
  u64 synced_ = 0;                // the last happening that a completed CMD_SYNC covers
  u64 broadcast_synced_ = 0;      // and a completed broadcast sync
};

}  // namespace

std::unique_ptr<Monitor> make_invalidation_order(trace::Bus& bus, const MonitorInfo& info,
                                                 const SharedShadows&) {
  return std::make_unique<InvalidationOrder>(bus, info);
}

}  // namespace smmu_vp::tb
