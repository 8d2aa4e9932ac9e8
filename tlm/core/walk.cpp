// Walks of stage 1 alone, of stage 1 over stage 2, and of stage 2 alone.
#include "tlm/core/walk.h"

#include <algorithm>
#include <string_view>

#include "tlm/core/attributes.h"

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;
using enum spec::EventId;

// Neither read nor write: for an ATS request, the right to execute alone counts as nothing (13.7.1).
bool grants_nothing(const Rights& r, const WalkRequest& request) {
  const bool write = request.intent.priv ? r.priv_write : r.user_write;
  const bool exec = request.intent.priv ? r.priv_exec : r.user_exec;
  const bool read = request.intent.priv ? r.priv_read : r.user_read;
  return !write && !(request.by_read && read) && !(request.by_exec && exec);
}

// The state of a stage 1 walk.
struct Walker::Step {
  u64 transaction;
  const Regime& regime;
  const WalkRequest& request;
  const TranslationTable& table;
  WalkCache::Ticket& ticket;
  TableWalk walk;
  u64 descriptor_address = 0;  // an IPA under stage 2
  Place descriptor_place{};
};

WalkResult Walker::walk(u64 transaction, const Regime& regime, const WalkRequest& request) {
  if (facts_.heard<trace::WalkBegin>()) announce_begin(transaction, regime, request.address);
  WalkResult result = run(transaction, regime, request);
  // Other implementations may keep a global translation, too (3.17.1).
  const bool may_be_kept = result.cacheable || (result.translation.global && !result.fault);
  if (may_be_kept && facts_.heard<trace::Walked>())
    announce_found(transaction, regime, request.address, result.translation);
  if (facts_.heard<trace::WalkEnd>())
    facts_.announce(
        trace::WalkEnd{transaction, result.fault ? std::optional(result.fault->event) : std::nullopt});
  return result;
}

void Walker::announce_begin(u64 transaction, const Regime& regime, u64 address) const {
  const Context* const context = regime.stage1;
  facts_.announce(
      trace::WalkBegin{transaction, context != nullptr ? context->asid : 0u, address,
                       context != nullptr ? table_of(*context, address).base : regime.stage2->base});
}

void Walker::announce_found(u64 transaction, const Regime& regime, u64 address,
                            const Translation& found) const {
  const Context* const context = regime.stage1;
  const Stage2* const stage2 = regime.stage2;
  facts_.announce(trace::Walked{
      .transaction = transaction,
      .world = context != nullptr ? context->world : World::kNsEl1,
      .vmid = context != nullptr ? context->vmid : stage2->vmid,
      .asid = context != nullptr ? context->asid : u16{0},
      .ttb = context != nullptr ? std::optional(table_of(*context, address).base) : std::nullopt,
      .s2ttb = stage2 != nullptr ? std::optional(stage2->base) : std::nullopt,
      .address = address,
      .pa = found.pa | (address & low_bits(found.log2_size)),
      .log2_size = found.log2_size,
      .leaf_log2_size = found.leaf_log2_size});
}

WalkResult Walker::run(u64 transaction, const Regime& regime, const WalkRequest& request) {
  if (regime.stage1 == nullptr) return stage2_alone(transaction, *regime.stage2, request);
  if (table_of(*regime.stage1, request.address).walk_disabled)
    return {.fault = Fault{F_TRANSLATION}, .translation = {}, .cacheable = false};
  return stage1(transaction, regime, request);
}

WalkResult Walker::stage2_alone(u64 transaction, const Stage2& config, const WalkRequest& request) {
  const Stage2Result met = stage2_.translate(
      transaction, config, {.ipa = request.address, .intent = request.intent, .probe = request.probe});
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
  // Starts again when another agent changed the descriptor before this walk updated it (D8.5).
  for (;;) {
    WalkCache::Ticket ticket(cache_, space);
    const int start = vmsa::start_level(table.granule, table.input_bits);
    Step step{.transaction = transaction,
              .regime = regime,
              .request = request,
              .table = table,
              .ticket = ticket,
              .walk = TableWalk({.granule = table.granule,
                                 .input_bits = table.input_bits,
                                 .output_bits = context.output_bits,
                                 .oas_bits = oas_bits_,
                                 .start_level = start,
                                 .base = table.base})};
    unsigned shift = vmsa::page_shift(table.granule);
    for (int level = static_cast<int>(vmsa::kLastLevel); level > start; --level) {
      shift += vmsa::bits_per_level(table.granule);
      const TablePointer* cached = cache_.find(space, request.address, shift);
      if (cached == nullptr) continue;
      step.walk.enter(level, *cached);
      break;
    }
    if (const auto fault = descend(step)) return failed(*fault);

    const u64 found = step.walk.descriptor();
    u64 wanted = found;
    if (vmsa::AF.get(found) == 0) {
      if (context.updates_access_flag)
        wanted = vmsa::AF.set(wanted, 1);
      else if (!context.access_flag_ignored)
        return failed(Fault{F_ACCESS});
    }
    const Hierarchy& above = step.walk.pointer().hierarchy;
    Rights rights = leaf_rights(wanted, above, context);
    if (context.updates_dirty_state && writable_clean(wanted)) {
      // Writable-clean counts as writable, but a TLB entry may permit writes only once the page is dirty.
      const u64 dirty = vmsa::AP.set(wanted, vmsa::AP.get(wanted) & ~vmsa::kApReadOnly);
      rights = leaf_rights(dirty, above, context);
      if (request.intent.write && (request.intent.priv ? rights.priv_write : rights.user_write))
        wanted = dirty;
      else
        rights.user_write = rights.priv_write = false;
    }
    const bool refused = !request.probe && !allows(rights, request.intent);
    // Stage 1 refuses before stage 2 is consulted.
    if (refused && regime.stage2 != nullptr) return failed(Fault{F_PERMISSION});
    if (wanted != found && !refused) {
      std::optional<Fault> fault;
      const Swap swap = update(step, wanted, fault);
      if (fault) return failed(*fault);
      if (swap == Swap::kChanged) continue;
      step.walk.replace(wanted);
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
    const MemoryType type = consistent(
        {mair_attributes(context.mair, vmsa::AttrIndx.get(found)), static_cast<u8>(vmsa::SH.get(found))});
    t.memory_attributes = type.attributes;
    t.shareability = type.shareability;
    // A TLB must not let a global translation match across ASETs (3.17.1), and its tags have
    // no ASET, so global translations are not cached. Nor is a translation that becomes valid
    // only after a descriptor update.
    result.cacheable = !t.global && (wanted == found || !refused);
    // For an ATS request that stage 1 grants nothing, stage 2 is not consulted (3.9.1.2).
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

// Takes stage 1's output through stage 2 and combines sizes, rights and attributes.
void Walker::through_stage2(WalkResult& result, const Step& step, const Rights& rights) {
  Translation& t = result.translation;
  const WalkRequest& request = step.request;
  // A page that stage 1 does not allow to be written must not be marked dirty at stage 2 either (3.13.7.1).
  spec::Intent intent = request.intent;
  intent.write &= request.intent.priv ? rights.priv_write : rights.user_write;
  const Stage2& config = *step.regime.stage2;
  const Stage2Result met =
      stage2_.translate(step.transaction, config, {.ipa = t.pa, .intent = intent, .probe = request.probe});
  if (met.fault) {
    result.fault = met.fault;
    result.cacheable = false;
    return;
  }
  t.pa = met.pa;
  t.log2_size = std::min(t.log2_size, met.log2_size);
  t.rights = both(t.rights, met.rights);
  const MemoryType type = combined({t.memory_attributes, t.shareability}, stage2_type(met, config));
  t.memory_attributes = type.attributes;
  t.shareability = type.shareability;
}

std::optional<Fault> Walker::locate(const Step& step, u64 address, bool write, Place& place) {
  const Stage2Result met =
      stage2_.translate(step.transaction, *step.regime.stage2,
                        {.ipa = address, .of = spec::evt::kClassTT, .intent = {.write = write}});
  place = {met.pa, combined(step.table.type, stage2_type(met, *step.regime.stage2))};
  return met.fault;
}

// Reads descriptors down to a leaf.
std::optional<Fault> Walker::descend(Step& step) {
  TableWalk& walk = step.walk;
  const u64 va = step.request.address;
  for (;;) {
    const unsigned shift = walk.shift();
    const int level = walk.level();
    step.descriptor_address = walk.descriptor_address(va);
    step.descriptor_place = {step.descriptor_address, step.table.type};
    if (step.regime.stage2 != nullptr) {
      if (const auto fault = locate(step, step.descriptor_address, false, step.descriptor_place))
        return fault;
    }
    u64 descriptor = 0;
    descriptors_read_.add(level);
    const Place& at = step.descriptor_place;
    if (!memory_.read(at.pa, &descriptor, sizeof descriptor, at.type)) return Fault{F_WALK_EABT, at.pa};
    if (facts_.heard<trace::WalkRead>())
      facts_.announce(trace::WalkRead{step.transaction, level, at.pa, descriptor});
    switch (walk.take(descriptor)) {
      case Met::kInvalid:
        return Fault{F_TRANSLATION};
      case Met::kAddressSize:
        return Fault{F_ADDR_SIZE};
      case Met::kTable:
        if (!step.table.hierarchy_ignored) walk.restrict_hierarchy();
        cache_.fill(step.ticket, va, shift, walk.pointer());
        break;
      case Met::kLeaf:
        return walk.in_range(va) ? std::nullopt : std::optional(Fault{F_ADDR_SIZE});
    }
  }
}

// 3.13.5: the update is a write, which stage 2 must permit.
Swap Walker::update(const Step& step, u64 wanted, std::optional<Fault>& fault) {
  Place at{step.descriptor_address, step.table.type};
  if (step.regime.stage2 != nullptr) fault = locate(step, step.descriptor_address, true, at);
  if (fault) return Swap::kAborted;
  const Swap swap =
      memory_.compare_and_swap(at.pa, {.expected = step.walk.descriptor(), .desired = wanted}, at.type);
  if (swap == Swap::kAborted) fault = Fault{F_WALK_EABT, at.pa};
  return swap;
}

}  // namespace smmu_vp::core
