// structure_update. The rule (3.21.3): the SMMU may read a reachable structure at any time, eight bytes at a
// time and in any order, and may cache it in any state. So between two synchronised invalidations of an
// entry, what of it means something changes in one word at most, setting and clearing V included; every
// change is followed by an invalidation that covers it and by a CMD_SYNC, before the driver counts on it
// (sva.phase) and before the run ends; and tables stay allocated while they are reachable. Bits that mean
// nothing with the contents before and after may change at will. Structures filled before anything points to
// them are free.
#include <fmt/format.h>

#include <bit>

#include "testbench/monitors/factories.h"
#include "testbench/monitors/structure_tables.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::tb {

namespace {

constexpr std::string_view kNames[] = {"L1STD", "STE", "L1CD", "CD"};

class StructureUpdate final : public Monitor {
 public:
  StructureUpdate(trace::Bus& bus, const MonitorInfo& info) : Monitor(bus, info) {
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64) { registers(f); });
    bus.on<trace::StructureStore>([this](const trace::StructureStore& f, u64 t) { store(f.pa, f.value, t); });
    bus.on<trace::PageFreed>([this](const trace::PageFreed& f, u64 t) { freed(f.pa, f.pages * 4096, t); });
    bus.on<trace::Command>([this](const trace::Command& f, u64) { command({{f.w0, f.w1}}); });
    bus.on<trace::SyncEnd>([this](const trace::SyncEnd&, u64) { synchronised(); });
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64 t) { phase(f, t); });
  }

  void finish(u64 t) override {
    for (const auto& [base, entry] : open_) {
      if (decisive(entry) != 0) unsynchronised(entry, "at the end", t);
    }
  }

 private:
  // An entry that differs from what the SMMU is known to have read last.
  struct Open {
    StructureTables::Place place;
    Words settled, now;
    std::optional<Words> invalidated;  // as it was when an invalidation of it was consumed
    bool reported = false;
  };

  void registers(const trace::RegisterWrite& f) {
    bool changed = tables_.register_written(f.offset, static_cast<u32>(f.value));
    if (f.bytes == 8) changed |= tables_.register_written(f.offset + 4, static_cast<u32>(f.value >> 32));
    if (!changed) return;
    // Software invalidates everything between the reset of the base and the first use (6.3.24).
    tables_.rebuild();
    open_.clear();
  }

  void store(u64 pa, u64 value, u64 t) {
    if (tables_.word(pa) == value) return;
    const std::optional<StructureTables::Place> place = tables_.find(pa);
    if (!place) return tables_.store(pa, value);
    judge();
    const Words before = tables_.entry(*place);
    Open& entry = open_.try_emplace(place->base, Open{*place, before, before, {}}).first->second;
    tables_.store(pa, value);
    entry.now = tables_.entry(*place);
    if (std::popcount(decisive(entry)) > 1 && !entry.reported) {
      entry.reported = true;
      report(
          t,
          fmt::format("{} changes in more than one word without an invalidation and a CMD_SYNC between: the "
                      "SMMU may see some of them and not the others",
                      name(entry.place)),
          pasid(entry.place), pa);
    }
    if (place->kind != StructureKind::kCd) {
      tables_.rebuild();
      std::erase_if(open_, [this](const auto& e) { return !tables_.find(e.first); });
    }
  }

  // A bit for each word in which the entry differs where it matters.
  static unsigned decisive(const Open& e) {
    const Words a = used_bits(e.place.kind, e.settled), b = used_bits(e.place.kind, e.now);
    unsigned words = 0;
    for (unsigned i = 0; i < words_of(e.place.kind); ++i) {
      if (((e.settled[i] ^ e.now[i]) & (a[i] | b[i])) != 0) words |= 1u << i;
    }
    return words;
  }

  void freed(u64 pa, u64 bytes, u64 t) {
    if (tables_.reachable(pa, bytes))
      report(t, fmt::format("pages at {:#x} are freed while the SMMU can reach structures in them", pa), {},
             pa);
    tables_.forget(pa, bytes);
  }

  void command(const spec::Command& c) {
    if (open_.empty()) return;
    namespace cmd = spec::cmd;
    const auto sid = static_cast<u32>(cmd::SID.get(c.w));
    const bool leaf = cmd::cfgi::Leaf.get(c.w) != 0;
    switch (static_cast<spec::Opcode>(cmd::Opcode.get(c.w))) {
      case spec::Opcode::CMD_CFGI_STE:
        return invalidated([=](const StructureTables::Place& p) {
          return p.kind == StructureKind::kL1std ? !leaf && within(p.sid, sid, p.log2) : p.sid == sid;
        });
      case spec::Opcode::CMD_CFGI_STE_RANGE: {
        const u64 range = (u64{2} << cmd::cfgi::Range.get(c.w)) - 1;
        const u64 first = sid & ~range;
        return invalidated([=](const StructureTables::Place& p) {
          const u64 last = p.kind == StructureKind::kL1std ? p.sid + (u64{1} << p.log2) - 1 : p.sid;
          return last >= first && p.sid <= first + range;
        });
      }
      case spec::Opcode::CMD_CFGI_CD: {
        const auto ssid = static_cast<u32>(cmd::SSID.get(c.w));
        return invalidated([=](const StructureTables::Place& p) {
          if (p.sid != sid) return false;
          return p.kind == StructureKind::kCd
                     ? p.ssid == ssid
                     : p.kind == StructureKind::kL1cd && !leaf && within(p.ssid, ssid, p.log2);
        });
      }
      case spec::Opcode::CMD_CFGI_CD_ALL:
        return invalidated([=](const StructureTables::Place& p) {
          return p.sid == sid && (p.kind == StructureKind::kCd || p.kind == StructureKind::kL1cd);
        });
      default:
        return;
    }
  }

  // A first-level descriptor stands for 2^log2 entries, aligned.
  static bool within(u32 first, u32 id, unsigned log2) { return first >> log2 == id >> log2; }

  template <typename Covers>
  void invalidated(Covers covers) {
    for (auto& [base, entry] : open_) {
      if (covers(entry.place)) entry.invalidated = entry.now;
    }
  }

  void synchronised() {
    for (auto it = open_.begin(); it != open_.end();) {
      Open& entry = it->second;
      const auto at = it++;
      if (!entry.invalidated) continue;
      entry.settled = *entry.invalidated;
      entry.invalidated.reset();
      entry.reported = false;
      if (entry.settled == entry.now) open_.erase(at);
    }
  }

  void phase(const trace::PasidPhase& f, u64 t) {
    for (const auto& [base, entry] : open_) {
      const StructureTables::Place& p = entry.place;
      const bool relied_on =
          p.sid == f.sid && (p.kind == StructureKind::kCd    ? p.ssid == f.pasid
                             : p.kind == StructureKind::kSte ? true
                                                             : within(p.ssid, f.pasid, p.log2));
      if (p.kind != StructureKind::kL1std && relied_on && decisive(entry) != 0)
        unsynchronised(entry, fmt::format("when PASID {} enters phase {}", f.pasid, f.phase), t);
    }
  }

  void unsynchronised(const Open& entry, std::string_view when, u64 t) {
    report(t,
           fmt::format("{} has changed and {} no invalidation of it has been synchronised", name(entry.place),
                       when),
           pasid(entry.place), entry.place.base);
  }

  static std::string name(const StructureTables::Place& p) {
    const bool cd = p.kind == StructureKind::kCd || p.kind == StructureKind::kL1cd;
    return fmt::format("the {} of StreamID {:#x}{}", kNames[static_cast<unsigned>(p.kind)], p.sid,
                       cd ? fmt::format(" SubstreamID {}", p.ssid) : "");
  }
  static std::optional<u32> pasid(const StructureTables::Place& p) {
    return p.kind == StructureKind::kCd ? std::optional<u32>(p.ssid) : std::nullopt;
  }

  StructureTables tables_;
  std::map<u64, Open> open_;  // by address
};

}  // namespace

std::unique_ptr<Monitor> make_structure_update(trace::Bus& bus, const MonitorInfo& info,
                                               const SharedShadows&) {
  return std::make_unique<StructureUpdate>(bus, info);
}

}  // namespace smmu_vp::tb
