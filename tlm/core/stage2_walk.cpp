// The stage 2 walk, its permissions, and its updates of descriptors (D8.3, D8.4, D8.5).
#include "tlm/core/stage2_walk.h"

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;
using enum spec::EventId;

namespace {

// Without IDR3.XNX only bit 54 controls execution (13.4.3).
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
          .table_write = access.intent.write && access.of == spec::evt::kClassTT,
          .ipa = access.ipa};
}

// Whether stage 2 refuses the access, once a leaf is found.
bool refused(const IpaAccess& access, const Stage2& config, const Rights& rights, u8 attributes) {
  if (access.probe) return false;
  const bool of_walk = access.of != spec::evt::kClassIN;
  if (of_walk && config.walks_protected && is_device(attributes, config.forces_attributes)) return true;
  if (access.intent.write) return !rights.priv_write;
  if (access.intent.exec) return access.intent.priv ? !rights.priv_exec : !rights.user_exec;
  return !rights.priv_read;
}

}  // namespace

bool is_device(u8 attributes, bool forces_attributes) {
  return (attributes & (forces_attributes ? 0b0100 : 0b1100)) == 0;
}

std::optional<int> stage2_start_level(Granule g, u64 sl0, unsigned input_bits, const SmmuFeatures& f) {
  const int level = vmsa::kS2StartLevel[static_cast<unsigned>(g)][sl0];
  // Start levels that the OAS, DS or small tables restrict (D8.2.2): 4KB level 0 and 64KB level 1 need 44
  // bits, 16KB level 1 needs 42; 16KB starts at level 0 only with 52-bit addresses (DS), 4KB at level 3 only
  // with small tables (VTCR_EL2.SL0 without FEAT_TTST).
  if (level == vmsa::kReservedLevel) return std::nullopt;
  if (g == Granule::k4K && level == 0 && f.oas_bits < 44) return std::nullopt;
  if (g == Granule::k4K && level == 3 && !f.small_tables()) return std::nullopt;
  if (g == Granule::k16K && (level == 0 || (level == 1 && f.oas_bits < 42))) return std::nullopt;
  if (g == Granule::k64K && level == 1 && f.oas_bits < 44) return std::nullopt;
  // The first level resolves at least one bit, and at most a whole level in 16 concatenated tables.
  const unsigned below = vmsa::level_shift(g, level);
  constexpr unsigned kLog2Concatenated = 4;
  if (input_bits <= below || input_bits > below + vmsa::bits_per_level(g) + kLog2Concatenated)
    return std::nullopt;
  return level;
}

std::optional<Fault> Stage2Walker::descend(u64 transaction, const Stage2& config, TableWalk& walk,
                                           WalkCache::Ticket& ticket, const IpaAccess& access,
                                           u64& descriptor_pa) {
  for (;;) {
    const unsigned shift = walk.shift();
    const int level = walk.level();
    descriptor_pa = walk.descriptor_address(access.ipa);
    u64 descriptor = 0;
    descriptors_read_.add(level);
    if (!memory_.read(descriptor_pa, &descriptor, sizeof descriptor, config.table_type))
      return fault_of(F_WALK_EABT, access, descriptor_pa);
    if (facts_.heard<trace::WalkRead>())
      facts_.announce(trace::WalkRead{transaction, level, descriptor_pa, descriptor, true});
    switch (walk.take(descriptor)) {
      case Met::kInvalid:
        return fault_of(F_TRANSLATION, access);
      case Met::kAddressSize:
        return fault_of(F_ADDR_SIZE, access);
      case Met::kTable:
        cache_.fill(ticket, access.ipa, shift, walk.pointer());
        break;
      case Met::kLeaf:
        return std::nullopt;
    }
  }
}

Stage2Result Stage2Walker::translate(u64 transaction, const Stage2& config, const IpaAccess& access) {
  // S2T0SZ sets the input size, which is at most the IAS (3.4).
  if (access.ipa >> config.input_bits != 0) return {.fault = fault_of(F_TRANSLATION, access), .rights = {}};

  const WalkCache::Space space{.world = World::kNsEl1, .vmid = config.vmid, .asid = 0, .stage2 = true};
  // A descriptor that needs an update is read again, as the cache does not keep its location.
  for (bool cached = true;; cached = false) {
    WalkCache::Ticket ticket(cache_, space);
    TableWalk walk({.granule = config.granule,
                    .input_bits = config.input_bits,
                    .output_bits = config.output_bits,
                    .oas_bits = oas_bits_,
                    .start_level = config.start_level,
                    .base = config.base});
    bool leaf_found = false;
    unsigned shift = vmsa::page_shift(config.granule);
    for (int level = static_cast<int>(vmsa::kLastLevel); level >= walk.start_level();
         --level, shift += vmsa::bits_per_level(config.granule)) {
      const TablePointer* known = cache_.find(space, access.ipa, shift);
      if (known == nullptr || (known->leaf && !cached)) continue;
      leaf_found = known->leaf;
      if (known->leaf)
        walk.enter_leaf(level, known->address);
      else
        walk.enter(level + 1, *known);
      break;
    }
    u64 descriptor_pa = 0;
    if (!leaf_found) {
      if (const auto fault = descend(transaction, config, walk, ticket, access, descriptor_pa))
        return {.fault = fault, .rights = {}};
    }

    if (!walk.in_range(access.ipa)) return {.fault = fault_of(F_ADDR_SIZE, access), .rights = {}};

    u64 wanted = walk.descriptor();
    if (vmsa::AF.get(wanted) == 0) {
      if (config.updates_access_flag)
        wanted = vmsa::AF.set(wanted, 1);
      else if (!config.access_flag_ignored)
        return {.fault = fault_of(F_ACCESS, access), .rights = {}};
    }
    // Never for a CD fetch, which is only read (3.13.3.1).
    const u64 ap = vmsa::s2::S2AP.get(wanted);
    if (access.intent.write && config.updates_dirty_state && vmsa::DBM.get(wanted) != 0)
      wanted = vmsa::s2::S2AP.set(wanted, ap | vmsa::s2::kS2apWrite);

    Stage2Result out;
    out.rights = rights_of(wanted, config.exec_by_privilege);
    out.attributes = static_cast<u8>(vmsa::s2::MemAttr.get(wanted));
    out.shareability = static_cast<u8>(vmsa::SH.get(wanted));
    if (refused(access, config, out.rights, out.attributes)) {
      out.fault = fault_of(F_PERMISSION, access);
      return out;
    }
    if (wanted != walk.descriptor()) {
      if (leaf_found) continue;
      const Swap swap = memory_.compare_and_swap(
          descriptor_pa, {.expected = walk.descriptor(), .desired = wanted}, config.table_type);
      if (swap == Swap::kAborted)
        return {.fault = fault_of(F_WALK_EABT, access, descriptor_pa), .rights = {}};
      if (swap == Swap::kChanged) continue;
      walk.replace(wanted);
    }
    // A descriptor with AF = 0 is not cached (D8.5).
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
