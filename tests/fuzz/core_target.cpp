// Registers, commands, configuration and stage 1 walks as functions, without SystemC: many inputs per second,
// and every feature combination that the model supports.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/image.h"
#include "tests/support/events.h"
#include "tests/support/registers.h"
#include "tlm/core/command.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/event_record.h"
#include "tlm/core/id_registers.h"
#include "tlm/core/permissions.h"
#include "tlm/core/walk.h"

namespace smmu_vp::fuzz {

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

struct Memory final : core::MemoryPort {
  Memory(Image& i, u64 l) : image(i), limit(l) {}
  bool read(u64 pa, void* data, std::size_t bytes, spec::MemoryType) override {
    require(pa < limit, "an access goes beyond the output size (3.4.3)");
    return image.read(pa, data, bytes);
  }
  bool write(u64 pa, const void* data, std::size_t bytes, spec::MemoryType) override {
    require(pa < limit, "an access goes beyond the output size (3.4.3)");
    return image.write(pa, data, bytes);
  }
  core::Swap compare_and_swap(u64 pa, const core::Exchange& word, spec::MemoryType type) override {
    u64 seen = 0;
    if (!read(pa, &seen, sizeof seen, type)) return core::Swap::kAborted;
    if (seen != word.expected) return core::Swap::kChanged;
    return write(pa, &word.desired, sizeof word.desired, type) ? core::Swap::kDone : core::Swap::kAborted;
  }
  Image& image;
  u64 limit;
};

core::SmmuConfig any_configuration(Input& in) {
  core::SmmuConfig config;
  core::SmmuFeatures& f = config.features;
  const u32 flags = in.take<u32>();
  const auto bit = [flags](unsigned n) { return (flags >> n & 1) != 0; };
  f.version = flags & 3;
  f.ats = bit(2);
  f.pri = bit(3);
  f.msi = bit(4);
  f.ril = bit(5);
  f.s2 = bit(6);
  f.hyp = bit(7);
  f.btm = bit(8);
  f.stall_model = flags >> 9 & 3;
  f.term_model = flags >> 11 & 1;
  f.asid_bits = bit(12) ? 16 : 8;
  f.vmid_bits = bit(13) ? 16 : 8;
  f.granule_4k = bit(14);
  f.granule_16k = bit(15);
  f.granule_64k = bit(16);
  f.stream_table_levels = bit(17) ? 2 : 1;
  f.cd_table_levels = bit(18) ? 2 : 1;
  f.httu = flags >> 19 & 3;
  f.sid_bits = flags >> 21 & 31;
  f.ssid_bits = flags >> 26 & 15;
  static constexpr unsigned kOas[] = {32, 36, 40, 42, 44, 48, 52};
  f.oas_bits = kOas[in.below(std::size(kOas))];
  f.cmdq_log2_max = f.eventq_log2_max = f.priq_log2_max = static_cast<unsigned>(in.below(20));
  return core::unsupported(config) ? core::SmmuConfig{} : config;
}

// Has no effects; only checks that they are plausible.
struct Effects final : core::CommandEffects {
  void prefetch_configuration(const spec::Requester&) override {}
  void prefetch_translations(const spec::Requester&, const core::PrefetchSpan& span) override {
    require(span.count != 0 && span.stride >= 4096, "a prefetch has no addresses");
  }
  void invalidate_streams(u32 first, u32 last, bool) override {
    require(first <= last, "a range of streams ends before it begins");
  }
  void invalidate_context(const spec::Requester&, bool) override {}
  void invalidate_contexts(u32) override {}
  void invalidate_translations(const core::TlbScope& scope) override {
    require(scope.what.first <= scope.what.last, "a range of addresses ends before it begins");
  }
  void invalidate_atc(const spec::Requester&, bool, u64 address, u8 log2_size) override {
    require(log2_size >= 12 && log2_size <= 64, "an ATC invalidation has no size");
    require(log2_size == 64 ? address == 0 : (address & ((u64{1} << log2_size) - 1)) == 0,
            "an ATC invalidation is not aligned to its size");
  }
  void respond_to_page_request(const spec::Requester&, u16 prg_index, spec::Resp) override {
    require(prg_index < 512, "a PRG index has more than 9 bits");
  }
  void resume(u32, u16, core::StallAction) override {}
  void terminate_stalls(u32) override {}
  spec::Cerror synchronize() override { return spec::Cerror::CERROR_NONE; }
};

void any_register(core::RegisterFile& r, Input& in) {
  const u32 offset = in.flag() ? in.take<u8>() * 4u : (in.take<u32>() & 0x3'FFFC);
  const auto size = offset % 8 == 0 && in.flag() ? spec::RegisterSize::k64 : spec::RegisterSize::k32;
  const u64 before = r.read(offset, size);
  r.write(offset, size, in.take<u64>());
  const u64 after = r.read(offset, size);
  if (in.flag()) r.acknowledge(in.flag() ? spec::offset::CR0 : spec::offset::IRQ_CTRL, ~0u);
  const spec::Register* known = spec::find_register(offset);
  if (known == nullptr || known->offset != offset || size != spec::size_of(known->width)) return;
  const bool reserved = (after & ~known->defined()) == 0,
             kept = ((before ^ after) & ~r.writable(*known)) == 0;
  if (!reserved || !kept)
    std::fprintf(stderr, "fuzz: register %s goes from %#llx to %#llx\n", std::string(known->name).c_str(),
                 static_cast<unsigned long long>(before), static_cast<unsigned long long>(after));
  require(reserved, "a Reserved bit of a register reads as one");
  require(kept, "a bit that is not writable changed");
}

struct Answer {
  std::optional<core::Fault> fault;
  u64 pa = 0;
  core::Rights rights;
};

// The flow of chapter 15, without caches.
Answer translate(const core::RegisterFile& r, const core::SmmuConfig& config, Memory& memory,
                 const spec::Access& access) {
  static const trace::Bus silent([] { return u64{0}; });
  core::WalkCache no_cache(0);
  core::Stage2Walker stage2(memory, no_cache, config.features.oas_bits, silent);
  core::ConfigLookup lookup(r, config.features, memory, stage2, silent);
  core::Walker walker(memory, no_cache, stage2, config.features.oas_bits, silent);
  const core::Configuration stream = lookup.stream(access.who.sid);
  const core::Configuration found = stream.fault ? stream : lookup.context(access.who, stream);
  if (found.fault || !found.translates()) return {found.fault, access.address, {}};
  if (!found.stage1 && access.address >> config.features.oas_bits != 0)
    return {core::Fault{spec::EventId::F_ADDR_SIZE}, 0, {}};
  const std::optional<u64> va =
      found.stage1 ? core::canonical_address(found.context, access) : access.address;
  if (!va) return {core::Fault{spec::EventId::F_TRANSLATION}, 0, {}};
  const core::WalkResult walked = walker.walk(1, core::regime_of(found), core::walk_request(access, *va));
  if (walked.fault) return {walked.fault, 0, {}};
  const core::Translation& t = walked.translation;
  require(t.va <= *va && *va - t.va < u64{1} << t.log2_size, "a translation does not cover its address");
  require((t.pa & ((u64{1} << t.log2_size) - 1)) == 0, "a translation is not aligned to its size");
  require(t.leaf_log2_size >= t.log2_size, "a translation is larger than its leaf");
  return {std::nullopt, t.pa + (*va - t.va), t.rights};
}

void any_access(const core::RegisterFile& r, const core::SmmuConfig& config, Memory& memory, Input& in) {
  const u8 flags = in.take<u8>();
  const spec::Access access{
      .who = {Image::stream(in), spec::substream((flags & 1) != 0, in.take<u8>() & 15u)},
      .address = (flags & 2) != 0 ? in.take<u64>() : Image::kVa + in.take<u16>() % 0x5000,
      .intent = {.read = (flags & 4) == 0,
                 .write = (flags & 4) != 0,
                 .exec = (flags & 16) != 0,
                 .priv = (flags & 8) != 0}};
  const Answer answer = translate(r, config, memory, access);
  if (!answer.fault) return;
  const spec::Event record = core::event_record(*answer.fault, access);
  const spec::EventInfo* info = spec::find_event(test::EventWords{record.w}.type());
  require(info != nullptr, "a fault has no event's number");
  u64 defined[4] = {};
  for (const spec::NamedField& f : info->fields) defined[f.field.word()] |= f.field.mask();
  for (int i = 0; i < 4; ++i)
    require((record.w[static_cast<unsigned>(i)] & ~defined[i]) == 0,
            "a record has bits where it has no field");
}

}  // namespace

int one_input(const unsigned char* data, std::size_t size) {
  static Image image;
  image.restore();
  Input in(data, size);
  const core::SmmuConfig config = any_configuration(in);
  core::RegisterFile r(config);
  Memory memory(image, u64{1} << config.features.oas_bits);
  Effects effects;
  r.write(test::reg::STRTAB_BASE, spec::RegisterSize::k64, Image::kStrtab);
  r.write(test::reg::STRTAB_BASE_CFG, spec::RegisterSize::k32, test::strtab::linear(8));
  while (!in.empty()) {
    switch (in.below(4)) {
      case 0:
        any_register(r, in);
        break;
      case 1:
        image.change(in);
        break;
      case 2: {
        spec::Command command{{in.take<u64>(), in.take<u64>()}};
        const bool legal = core::legal(command, config.features);
        const spec::Cerror error = core::execute(command, config.features, effects);
        require(legal == (error != spec::Cerror::CERROR_ILL), "legality and execution disagree");
        break;
      }
      default:
        any_access(r, config, memory, in);
        break;
    }
  }
  return 0;
}

}  // namespace smmu_vp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  return smmu_vp::fuzz::one_input(data, size);
}
