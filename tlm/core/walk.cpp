// Stage 1, alone or over stage 2; and stage 2 alone.
#include "tlm/core/walk.h"

#include <algorithm>
#include <string_view>

#include "tlm/core/attributes.h"

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;
using enum spec::EventId;

// Neither reads nor writes: the right to execute alone is no answer to an ATS request (13.7.1).
bool grants_nothing(const Rights& r, const WalkRequest& request) {
  const bool write = request.priv ? r.priv_write : r.user_write;
  const bool exec = request.priv ? r.priv_exec : r.user_exec;
  const bool read = request.priv ? r.priv_read : r.user_read;
  return !write && !(request.by_read && read) && !(request.by_exec && exec);
}

// Where a walk of stage 1 stands.
struct Walker::Step {
  u64 transaction;
  const Regime& regime;
  const WalkRequest& request;
  const TranslationTable& table;
  WalkCache::Ticket& ticket;
  TableWalk walk;
  u64 descriptor_address = 0;  // an IPA under stage 2
  u64 descriptor_pa = 0;
};

WalkResult Walker::walk(u64 transaction, const Regime& regime, const WalkRequest& request) {
  const Context* context = regime.stage1;
  facts_.announce(
      trace::WalkBegin{transaction, context != nullptr ? context->asid : 0u, request.address,
                       context != nullptr ? table_of(*context, request.address).base : regime.stage2->base});
  WalkResult result = run(transaction, regime, request);
  if (facts_.heard<trace::WalkEnd>()) {
    const std::string_view name =
        result.fault ? spec::find_event(static_cast<u64>(result.fault->event))->name : "ok";
    facts_.announce(trace::WalkEnd{transaction, name});
  }
  return result;
}

WalkResult Walker::run(u64 transaction, const Regime& regime, const WalkRequest& request) {
  if (regime.stage1 == nullptr) return stage2_alone(transaction, *regime.stage2, request);
  if (table_of(*regime.stage1, request.address).walk_disabled)
    return {.fault = Fault{F_TRANSLATION}, .translation = {}, .cacheable = false};
  return stage1(transaction, regime, request);
}

WalkResult Walker::stage2_alone(u64 transaction, const Stage2& config, const WalkRequest& request) {
  const Stage2Result met = stage2_.translate(transaction, config,
                                             {.ipa = request.address,
                                              .write = request.write,
                                              .priv = request.priv,
                                              .exec = request.exec,
                                              .probe = request.probe});
  if (met.fault) return {.fault = met.fault, .translation = {}, .cacheable = false};
  Translation t;
  t.va = request.address & ~low_bits(met.log2_size);
  t.pa = met.pa & ~low_bits(met.log2_size);
  t.log2_size = met.log2_size;
  t.leaf_log2_size = met.leaf_log2_size;
  t.rights = met.rights;
  t.memory_attributes = met.attributes;
  t.shareability = met.shareability;
  return {.fault = std::nullopt, .translation = t};
}

WalkResult Walker::stage1(u64 transaction, const Regime& regime, const WalkRequest& request) {
  const Context& context = *regime.stage1;
  const TranslationTable& table = table_of(context, request.address);
  const WalkCache::Space space{.world = context.world, .vmid = context.vmid, .asid = context.asid};
  const auto failed = [](const Fault& fault) {
    return WalkResult{.fault = fault, .translation = {}, .cacheable = false};
  };
  // Again from the start when another agent changed the descriptor before it was updated here (D8.5).
  for (;;) {
    WalkCache::Ticket ticket(cache_, space);
    const int start = vmsa::start_level(geometry(table.granule), table.input_bits);
    Step step{.transaction = transaction,
              .regime = regime,
              .request = request,
              .table = table,
              .ticket = ticket,
              .walk = {table.granule, table.input_bits, context.output_bits, oas_bits_, start, table.base}};
    for (int level = static_cast<int>(vmsa::kLastLevel); level > start; --level) {
      const TablePointer* cached =
          cache_.find(space, request.address, vmsa::level_shift(geometry(table.granule), level - 1));
      if (cached == nullptr) continue;
      step.walk.level = level;
      step.walk.pointer = *cached;
      break;
    }
    if (const auto fault = descend(step)) return failed(*fault);

    const u64 found = step.walk.descriptor;
    u64 wanted = found;
    if (vmsa::AF.get(found) == 0) {
      if (context.updates_access_flag)
        wanted = vmsa::AF.set(wanted, 1);
      else if (!context.access_flag_ignored)
        return failed(Fault{F_ACCESS});
    }
    const Hierarchy& above = step.walk.pointer.hierarchy;
    Rights rights = leaf_rights(wanted, above, context);
    if (context.updates_dirty_state && writable_clean(wanted)) {
      // Writable-clean counts as writable, but a TLB entry may permit writes only once the page is dirty.
      const u64 dirty = vmsa::AP.set(wanted, vmsa::AP.get(wanted) & ~vmsa::kApReadOnly);
      rights = leaf_rights(dirty, above, context);
      if (request.write && (request.priv ? rights.priv_write : rights.user_write))
        wanted = dirty;
      else
        rights.user_write = rights.priv_write = false;
    }
    const bool refused = !request.probe && !allows(rights, access_of(request));
    // Stage 1 refuses before stage 2 is asked.
    if (refused && regime.stage2 != nullptr) return failed(Fault{F_PERMISSION});
    if (wanted != found && !refused) {
      std::optional<Fault> fault;
      const Swap swap = update(step, wanted, fault);
      if (fault) return failed(*fault);
      if (swap == Swap::kChanged) continue;
      step.walk.descriptor = wanted;
    }

    WalkResult result;
    if (refused) result.fault = Fault{F_PERMISSION};
    Translation& t = result.translation;
    const TableWalk::Output to = step.walk.output(request.address);
    t.log2_size = to.log2_size;
    t.leaf_log2_size = to.leaf_log2_size;
    t.pa = result.ipa = to.address;
    t.global = vmsa::nG.get(found) == 0 && has_asids(context.world);
    t.rights = rights;
    t.memory_attributes = mair_attributes(context.mair, vmsa::AttrIndx.get(found));
    t.shareability = static_cast<u8>(vmsa::SH.get(found));
    // A TLB must not let a global translation match across ASETs (3.17.1), and its tags have no ASET: global
    // translations are not kept. Nor is what an update has yet to make usable.
    result.cacheable = !t.global && (wanted == found || !refused);
    // An ATS request that stage 1 grants nothing sees no stage 2 (3.9.1.2).
    const bool nothing = request.probe && grants_nothing(rights, request);
    if (regime.stage2 != nullptr && nothing) {
      result.cacheable = false;
    } else if (regime.stage2 != nullptr) {
      through_stage2(result, step, rights);
    }
    t.va = request.address & ~low_bits(t.log2_size);
    t.pa &= ~low_bits(t.log2_size);
    return result;
  }
}

// What stage 1 put out, as an IPA: sizes, rights and attributes of both stages in one.
void Walker::through_stage2(WalkResult& result, const Step& step, const Rights& rights) {
  Translation& t = result.translation;
  const WalkRequest& request = step.request;
  // A page that stage 1 does not let be written is not dirtied at stage 2 either (3.13.7.1).
  const bool write = request.write && (request.priv ? rights.priv_write : rights.user_write);
  const Stage2& config = *step.regime.stage2;
  const Stage2Result met = stage2_.translate(
      step.transaction, config,
      {.ipa = t.pa, .write = write, .priv = request.priv, .exec = request.exec, .probe = request.probe});
  if (met.fault) {
    result.fault = met.fault;
    result.cacheable = false;
    return;
  }
  t.pa = met.pa;
  t.log2_size = std::min(t.log2_size, met.log2_size);
  t.rights = both(t.rights, met.rights);
  const MemoryType type = combined({t.memory_attributes, t.shareability},
                                   {met.attributes, met.shareability, config.forces_attributes});
  t.memory_attributes = type.attributes;
  t.shareability = type.shareability;
}

std::optional<Fault> Walker::locate(const Step& step, u64 address, bool write, u64& pa) {
  pa = address;
  if (step.regime.stage2 == nullptr) return std::nullopt;
  const Stage2Result met = stage2_.translate(step.transaction, *step.regime.stage2,
                                             {.ipa = address, .of = spec::evt::kClassTT, .write = write});
  pa = met.pa;
  return met.fault;
}

// Reads descriptors until one is a leaf.
std::optional<Fault> Walker::descend(Step& step) {
  TableWalk& walk = step.walk;
  const u64 va = step.request.address;
  for (;;) {
    const unsigned shift = walk.shift();
    const int level = walk.level;
    step.descriptor_address = walk.descriptor_address(va);
    if (const auto fault = locate(step, step.descriptor_address, false, step.descriptor_pa)) return fault;
    u64 descriptor = 0;
    ++descriptors_read_;
    if (!memory_.read(step.descriptor_pa, &descriptor, sizeof descriptor))
      return Fault{F_WALK_EABT, step.descriptor_pa};
    facts_.announce(trace::WalkRead{step.transaction, level, step.descriptor_pa, descriptor});
    switch (walk.take(descriptor)) {
      case Met::kInvalid:
        return Fault{F_TRANSLATION};
      case Met::kAddressSize:
        return Fault{F_ADDR_SIZE};
      case Met::kTable:
        if (!step.table.hierarchy_ignored)
          walk.pointer.hierarchy = restricted_by(walk.pointer.hierarchy, descriptor);
        cache_.fill(step.ticket, va, shift, walk.pointer);
        break;
      case Met::kLeaf:
        return walk.in_range(va) ? std::nullopt : std::optional(Fault{F_ADDR_SIZE});
    }
  }
}

// 3.13.5: the update is a write, which stage 2 has to permit.
Swap Walker::update(const Step& step, u64 wanted, std::optional<Fault>& fault) {
  u64 pa = 0;
  fault = locate(step, step.descriptor_address, true, pa);
  if (fault) return Swap::kAborted;
  const Swap swap = memory_.compare_and_swap(pa, step.walk.descriptor, wanted);
  if (swap == Swap::kAborted) fault = Fault{F_WALK_EABT, pa};
  return swap;
}

}  // namespace smmu_vp::core
