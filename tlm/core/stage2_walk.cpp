// The stage 2 walk, its permissions, and its updates of descriptors (D8.3, D8.4, D8.5).
#include "tlm/core/stage2_walk.h"

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;
using enum spec::EventId;

namespace {

// Without IDR3.XNX, XN is bit 54 alone (13.4.3).
Rights rights_of(u64 leaf, bool exec_by_privilege) {
  const u64 ap = vmsa::s2::S2AP.get(leaf), xn = vmsa::s2::XN.get(leaf);
  Rights r;
  r.user_read = r.priv_read = (ap & vmsa::s2::kS2apRead) != 0;
  r.user_write = r.priv_write = (ap & vmsa::s2::kS2apWrite) != 0;
  r.user_exec = (xn & 0b10) == 0;
  r.priv_exec = exec_by_privilege ? xn == 0b00 || xn == 0b11 : r.user_exec;
  return r;
}

Fault fault_of(spec::EventId event, const IpaAccess& access, u64 fetch_address = 0) {
  return {.event = event,
          .fetch_address = fetch_address,
          .s2 = true,
          .of = access.of,
          .table_write = access.write && access.of == spec::evt::kClassTT,
          .ipa = access.ipa};
}

// What stage 2 refuses, a leaf being found.
bool refused(const IpaAccess& access, const Stage2& config, const Rights& rights, u8 attributes) {
  if (access.probe) return false;
  const bool of_walk = access.of != spec::evt::kClassIN;
  if (of_walk && config.walks_protected && is_device(attributes, config.forces_attributes)) return true;
  if (access.write) return !rights.priv_write;
  if (access.exec) return access.priv ? !rights.priv_exec : !rights.user_exec;
  return !rights.priv_read;
}

}  // namespace

bool is_device(u8 attributes, bool forces_attributes) {
  return (attributes & (forces_attributes ? 0b0100 : 0b1100)) == 0;
}

std::optional<int> stage2_start_level(Granule granule, u64 sl0, unsigned input_bits, const SmmuFeatures& f) {
  const vmsa::Granule g = geometry(granule);
  const int level = vmsa::kS2StartLevel[static_cast<unsigned>(g)][sl0];
  // What sizes an implementation's output needs no such start for (D8.2.2): 4KB level 0 and 64KB level 1
  // below 44 bits, 16KB level 1 below 42. 16KB starts at level 0 with 52-bit addresses (DS) only, 4KB at
  // level 3 with small tables only (VTCR_EL2.SL0 without FEAT_TTST).
  if (level == vmsa::kReservedLevel) return std::nullopt;
  if (granule == Granule::k4K && level == 0 && f.oas_bits < 44) return std::nullopt;
  if (granule == Granule::k4K && level == 3 && !f.small_tables()) return std::nullopt;
  if (granule == Granule::k16K && (level == 0 || (level == 1 && f.oas_bits < 42))) return std::nullopt;
  if (granule == Granule::k64K && level == 1 && f.oas_bits < 44) return std::nullopt;
  // One bit at least for the first level to resolve, and at most a whole level and 16 concatenated tables.
  const unsigned below = vmsa::level_shift(g, level);
  constexpr unsigned kLog2Concatenated = 4;
  if (input_bits <= below || input_bits > below + vmsa::bits_per_level(g) + kLog2Concatenated)
    return std::nullopt;
  return level;
}

std::optional<Fault> Stage2Walker::descend(u64 transaction, TableWalk& walk, WalkCache::Ticket& ticket,
                                           const IpaAccess& access, u64& descriptor_pa) {
  for (;;) {
    const unsigned shift = walk.shift();
    const int level = walk.level;
    descriptor_pa = walk.descriptor_address(access.ipa);
    u64 descriptor = 0;
    ++descriptors_read_;
    if (!memory_.read(descriptor_pa, &descriptor, sizeof descriptor))
      return fault_of(F_WALK_EABT, access, descriptor_pa);
    facts_.announce(trace::WalkRead{transaction, level, descriptor_pa, descriptor});
    switch (walk.take(descriptor)) {
      case Met::kInvalid:
        return fault_of(F_TRANSLATION, access);
      case Met::kAddressSize:
        return fault_of(F_ADDR_SIZE, access);
      case Met::kTable:
        cache_.fill(ticket, access.ipa, shift, walk.pointer);
        break;
      case Met::kLeaf:
        return std::nullopt;
    }
  }
}

Stage2Result Stage2Walker::translate(u64 transaction, const Stage2& config, const IpaAccess& access) {
  // Stage 2's input is what S2T0SZ says, IAS at most (3.4).
  if (access.ipa >> config.input_bits != 0) return {.fault = fault_of(F_TRANSLATION, access), .rights = {}};

  const WalkCache::Space space{.world = World::kNsEl1, .vmid = config.vmid, .asid = 0, .stage2 = true};
  // A descriptor that has to be updated is read again, as the cache does not know where it was.
  for (bool cached = true;; cached = false) {
    WalkCache::Ticket ticket(cache_, space);
    TableWalk walk(config.granule, config.input_bits, config.output_bits, oas_bits_, config.start_level,
                   config.base);
    bool leaf_found = false;
    for (int level = static_cast<int>(vmsa::kLastLevel); level >= walk.start_level; --level) {
      const TablePointer* known =
          cache_.find(space, access.ipa, vmsa::level_shift(geometry(config.granule), level));
      if (known == nullptr || (known->leaf && !cached)) continue;
      leaf_found = known->leaf;
      walk.level = known->leaf ? level : level + 1;
      (known->leaf ? walk.descriptor : walk.pointer.address) = known->address;
      break;
    }
    u64 descriptor_pa = 0;
    if (!leaf_found) {
      if (const auto fault = descend(transaction, walk, ticket, access, descriptor_pa))
        return {.fault = fault, .rights = {}};
    }

    if (!walk.in_range(access.ipa)) return {.fault = fault_of(F_ADDR_SIZE, access), .rights = {}};

    u64 wanted = walk.descriptor;
    if (vmsa::AF.get(wanted) == 0) {
      if (config.updates_access_flag)
        wanted = vmsa::AF.set(wanted, 1);
      else if (!config.access_flag_ignored)
        return {.fault = fault_of(F_ACCESS, access), .rights = {}};
    }
    // Never for a CD, which is only read (3.13.3.1).
    const u64 ap = vmsa::s2::S2AP.get(wanted);
    if (access.write && config.updates_dirty_state && vmsa::DBM.get(wanted) != 0)
      wanted = vmsa::s2::S2AP.set(wanted, ap | vmsa::s2::kS2apWrite);

    Stage2Result out;
    out.rights = rights_of(wanted, config.exec_by_privilege);
    out.attributes = static_cast<u8>(vmsa::s2::MemAttr.get(wanted));
    out.shareability = static_cast<u8>(vmsa::SH.get(wanted));
    if (refused(access, config, out.rights, out.attributes)) {
      out.fault = fault_of(F_PERMISSION, access);
      return out;
    }
    if (wanted != walk.descriptor) {
      if (leaf_found) continue;
      const Swap swap = memory_.compare_and_swap(descriptor_pa, walk.descriptor, wanted);
      if (swap == Swap::kAborted)
        return {.fault = fault_of(F_WALK_EABT, access, descriptor_pa), .rights = {}};
      if (swap == Swap::kChanged) continue;
      walk.descriptor = wanted;
    }
    // No entry is kept of a descriptor whose AF is 0 (D8.5).
    if (!leaf_found && vmsa::AF.get(wanted) != 0)
      cache_.fill(ticket, access.ipa, walk.shift(), {.address = wanted, .hierarchy = {}, .leaf = true});
    const TableWalk::Output to = walk.output(access.ipa);
    out.pa = to.address;
    out.log2_size = to.log2_size;
    out.leaf_log2_size = to.leaf_log2_size;
    return out;
  }
}

}  // namespace smmu_vp::core
