// From a translation table base to a leaf.
#include "tlm/core/walk.h"

#include <string_view>

#include "tlm/spec/vmsa.h"

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;
using enum spec::EventId;

namespace {

u64 low_bits(unsigned n) {
  return n >= 64 ? ~u64{0} : (u64{1} << n) - 1;
}

vmsa::Granule geometry(Granule g) {
  return static_cast<vmsa::Granule>(g);
}

// Output address of a table, block or page descriptor, before its low bits are dropped (D8.3).
u64 output_address(u64 descriptor, Granule granule, bool wide) {
  switch (granule) {
    case Granule::k4K:
      return vmsa::Address4K.in_place(descriptor);
    case Granule::k16K:
      return vmsa::Address16K.in_place(descriptor);
    case Granule::k64K:
      break;
  }
  const u64 high = wide ? vmsa::Address64K51_48.get(descriptor) << 48 : 0;
  return vmsa::Address64K.in_place(descriptor) | high;
}

}  // namespace

// Where a walk stands: the table to index next.
struct Walker::Step {
  const TranslationTable& table;
  u8 output_bits;
  bool wide;  // 52-bit output addresses in 64KB descriptors
  WalkCache::Ticket& ticket;
  u64 transaction;
  int level;
  TablePointer pointer;
  u64 descriptor = 0;
};

WalkResult Walker::walk(u64 transaction, const Context& context, u64 va) {
  facts_.announce(trace::WalkBegin{transaction, context.asid, va, table_of(context, va).base});
  WalkResult result = run(transaction, context, va);
  if (facts_.heard<trace::WalkEnd>()) {
    const std::string_view name =
        result.fault ? spec::find_event(static_cast<u64>(result.fault->event))->name : "ok";
    facts_.announce(trace::WalkEnd{transaction, name});
  }
  return result;
}

WalkResult Walker::run(u64 transaction, const Context& context, u64 va) {
  const TranslationTable& table = table_of(context, va);
  if (table.walk_disabled) return {.fault = Fault{F_TRANSLATION}, .translation = {}};

  const vmsa::Granule g = geometry(table.granule);
  const int start = vmsa::start_level(g, table.input_bits);
  WalkCache::Ticket ticket(cache_, {context.world, context.vmid, context.asid});
  Step step{.table = table,
            .output_bits = context.output_bits,
            .wide = table.granule == Granule::k64K && oas_bits_ > 48,
            .ticket = ticket,
            .transaction = transaction,
            .level = start,
            .pointer = {}};
  // The first table is aligned to its own size (5.4 TTB0), 64 bytes at least for 52-bit addresses.
  const unsigned first_index_bits = table.input_bits - vmsa::level_shift(g, start);
  const unsigned alignment = first_index_bits + vmsa::kDescriptorLog2Bytes;
  step.pointer.address = table.base & ~low_bits(context.output_bits > 48 && alignment < 6 ? 6 : alignment);
  for (int level = static_cast<int>(vmsa::kLastLevel); level > start; --level) {
    const TablePointer* cached =
        cache_.find({context.world, context.vmid, context.asid}, va, vmsa::level_shift(g, level - 1));
    if (cached == nullptr) continue;
    step.level = level;
    step.pointer = *cached;
    break;
  }

  if (const std::optional<Fault> fault = descend(step, va)) return {.fault = fault, .translation = {}};
  if (vmsa::AF.get(step.descriptor) == 0 && !context.access_flag_ignored)
    return {.fault = Fault{F_ACCESS}, .translation = {}};
  const Translation t = leaf(step, context, va);
  // A TLB must not let a global translation match across ASETs (3.17.1), and its tags have no ASET: global
  // translations are not kept.
  return {.fault = std::nullopt, .translation = t, .cacheable = !t.global};
}

// Reads descriptors until one is a leaf.
std::optional<Fault> Walker::descend(Step& step, u64 va) {
  const Granule granule = step.table.granule;
  const vmsa::Granule g = geometry(granule);
  const u64 in_range = va & low_bits(step.table.input_bits);
  for (;; ++step.level) {
    const unsigned shift = vmsa::level_shift(g, step.level);
    const u64 offset = (in_range >> shift & low_bits(vmsa::bits_per_level(g))) << vmsa::kDescriptorLog2Bytes;
    const u64 address = step.pointer.address + offset;
    u64& descriptor = step.descriptor;
    ++descriptors_read_;
    if (!memory_.read(address, &descriptor, sizeof descriptor)) return Fault{F_WALK_EABT, address};
    facts_.announce(trace::WalkRead{step.transaction, step.level, address, descriptor});

    const bool last = step.level == static_cast<int>(vmsa::kLastLevel);
    const bool table_or_page = vmsa::Type.get(descriptor) != 0;
    if (vmsa::Valid.get(descriptor) == 0 || (last && !table_or_page)) return Fault{F_TRANSLATION};
    if (!last && !table_or_page && !vmsa::block_permitted(g, step.level, step.wide))
      return Fault{F_TRANSLATION};
    const u64 out = output_address(descriptor, granule, step.wide);
    if ((out & ~low_bits(step.output_bits)) != 0) return Fault{F_ADDR_SIZE};
    if (last || !table_or_page) return std::nullopt;

    step.pointer.address = out;
    if (!step.table.hierarchy_ignored)
      step.pointer.hierarchy = restricted_by(step.pointer.hierarchy, descriptor);
    cache_.fill(step.ticket, va, shift, step.pointer);
  }
}

Translation Walker::leaf(const Step& step, const Context& context, u64 va) const {
  const Granule granule = step.table.granule;
  const vmsa::Granule g = geometry(granule);
  unsigned size = vmsa::level_shift(g, step.level);
  const u64 out = output_address(step.descriptor, granule, step.wide) & ~low_bits(size);
  const u64 pa = out | (va & low_bits(size));
  // The Contiguous bit is a hint (D8.7): taken when the group fits both the table and its output.
  if (vmsa::Contiguous.get(step.descriptor) != 0) {
    const unsigned group = size + vmsa::contiguous_log2(g, step.level);
    const bool aligned = ((pa ^ va) & low_bits(group)) == 0;
    if (aligned && group <= step.table.input_bits) size = group;
  }
  Translation t;
  t.va = va & ~low_bits(size);
  t.pa = pa & ~low_bits(size);
  t.log2_size = static_cast<u8>(size);
  t.leaf_log2_size = static_cast<u8>(size);
  t.global = vmsa::nG.get(step.descriptor) == 0;
  t.rights = leaf_rights(step.descriptor, step.pointer.hierarchy, context);
  t.memory_attributes = static_cast<u8>(context.mair >> (8 * vmsa::AttrIndx.get(step.descriptor)));
  t.shareability = static_cast<u8>(vmsa::SH.get(step.descriptor));
  return t;
}

}  // namespace smmu_vp::core
