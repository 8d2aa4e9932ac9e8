// Memory is read again at each look, and decoded only when it has changed.
#include "testbench/observe/monitors/hardware/translation_requesters.h"

#include <span>

#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace ste = spec::ste;

namespace {

// Those words of an STE or CD that say where a walk goes and what it grants (5.2, 5.4).
constexpr std::size_t kWords = 4;

}  // namespace

void TranslationRequesters::fetched(const trace::ConfigFetched& f) {
  ++fetches_;
  const u64 stream = stream_key(f.who.sid, f.smmu);
  if (f.structure == spec::Structure::kSte) structures_[stream] = {f.pa, f.words};
  if (f.structure != spec::Structure::kCd) return;
  const Structure* const led_here = structures_.find(stream);
  const u64 through = led_here == nullptr ? 0 : led_here->words[0];
  structures_[context_key(f.who.sid, f.who.ssid(), f.smmu)] = {f.pa, f.words, through};
}

u32 TranslationRequesters::number_of(const spec::Requester& who, u8 smmu) {
  // Apart from the structures' keys: a requester without a PASID has a number of its own.
  const u64 key = u64{smmu} << 53 | u64{who.sid} << 21 | who.pasid.value_or(kNoPasid);
  if (const u32* known = numbers_.find(key)) return *known;
  const u32 number = static_cast<u32>(list_.size());
  numbers_[key] = number;
  list_.emplace_back();
  list_.back().who = who;
  list_.back().smmu = smmu;
  return number;
}

bool TranslationRequesters::read(u64 pa, std::array<u64, 8>& words) const {
  return memory_.words(pa, std::span(words).first<kWords>());
}

RegimeSetting TranslationRequesters::setting(u8 smmu) const {
  const u32 idr0 = machine_.id_register(spec::offset::IDR0);
  const u32 idr5 = machine_.id_register(spec::offset::IDR5);
  return {.output_bits = spec::kAddressSizeBits[spec::IDR5::OAS.get(idr5)],
          .has_stage2 = spec::IDR0::S2P.get(idr0) != 0,
          .has_el2 = spec::IDR0::Hyp.get(idr0) != 0,
          .e2h = spec::CR2::E2H.get(registers_.word(spec::offset::CR2, smmu)) != 0};
}

// A request without a PASID may skip stage 1 (STE.S1DSS).
bool TranslationRequesters::reaches_cd(const RequesterContext& r, const spec::Ste& s) const {
  if (!uses_stage1(s)) return false;
  const bool bypasses = ste::S1CDMax.get(s.w) != 0 && ste::S1DSS.get(s.w) == ste::kS1DssBypass;
  return r.who.pasid.has_value() || !bypasses;
}

// Where the CD is that the STE leads to by now; nothing where that is unknown: an invalid first-level descriptor, or
// another table under stage 2, where it has an IPA.
std::optional<u64> TranslationRequesters::cd_address(const RequesterContext& r, const spec::Ste& s) const {
  const Structure* const fetched = context(r);
  const u64 table = ste::S1ContextPtr.mask() | ste::S1Fmt.mask() | ste::S1CDMax.mask();
  if (fetched != nullptr && ((s.w[0] ^ fetched->through) & table) == 0) return fetched->pa;
  if (ste::ConfigS2.get(s.w) != 0) return std::nullopt;
  const u64 base = ste::S1ContextPtr.in_place(s.w), format = ste::S1Fmt.get(s.w);
  if (ste::S1CDMax.get(s.w) == 0) return base;
  u64 index = r.who.ssid();
  if (format != ste::kS1Fmt4K && format != ste::kS1Fmt64K) return base + (index << spec::kCdLog2Bytes);
  const unsigned leaf = format == ste::kS1Fmt4K ? spec::l1cd::kLog2Leaf4K : spec::l1cd::kLog2Leaf64K;
  const std::optional<u64> l1 = memory_.word(base + (index >> leaf << spec::l1cd::kLog2Bytes));
  if (!l1 || spec::l1cd::V.get(*l1) == 0) return std::nullopt;
  index &= (u64{1} << leaf) - 1;
  return spec::l1cd::L2Ptr.in_place(*l1) + (index << spec::kCdLog2Bytes);
}

const Regime* TranslationRequesters::now(u32 number) {
  RequesterContext& r = list_[number];
  const Structure* const at = stream(r);
  spec::Ste s;
  if (at == nullptr || !read(at->pa, s.w)) return nullptr;
  const bool stage1 = reaches_cd(r, s);
  const std::optional<u64> cd_at = stage1 ? cd_address(r, s) : std::nullopt;
  spec::Cd c;
  if (stage1 && (!cd_at || !read(*cd_at, c.w))) return nullptr;
  if (!r.looked || s != r.ste || c != r.cd) {
    r.looked = true;
    r.ste = s;
    r.cd = c;
    r.now = regime_of(s, stage1 ? &c : nullptr, setting(r.smmu));
  }
  return r.now ? &*r.now : nullptr;
}

std::optional<spec::Ste> TranslationRequesters::ste_now(u32 number) const {
  const Structure* const at = stream(list_[number]);
  spec::Ste s;
  if (at == nullptr || !read(at->pa, s.w)) return std::nullopt;
  return s;
}

const Regime* TranslationRequesters::stage2_now(u32 number) {
  RequesterContext& r = list_[number];
  const std::optional<spec::Ste> s = ste_now(number);
  if (!s) return nullptr;
  if (*s != r.stage2_ste) {
    r.stage2_ste = *s;
    r.stage2_now = regime_of(*s, nullptr, setting(r.smmu));
  }
  return r.stage2_now ? &*r.stage2_now : nullptr;
}

const Regime* TranslationRequesters::fetched(u32 number) {
  RequesterContext& r = list_[number];
  if (r.fetches != fetches_) {
    r.fetches = fetches_;
    r.as_fetched.reset();
    const Structure* const at = stream(r);
    if (at == nullptr) return nullptr;
    const spec::Ste s{at->words};
    const bool stage1 = reaches_cd(r, s);
    const Structure* const cd_at = context(r);
    if (stage1 && cd_at == nullptr) return nullptr;
    const spec::Cd c{stage1 ? cd_at->words : std::array<u64, 8>{}};
    r.as_fetched = regime_of(s, stage1 ? &c : nullptr, setting(r.smmu));
  }
  return r.as_fetched ? &*r.as_fetched : nullptr;
}

std::optional<MemoryChange> TranslationRequesters::changed_structure(u32 number) const {
  const RequesterContext& r = list_[number];
  const auto differs = [&](const Structure* at, MemoryChange::Where where) -> std::optional<MemoryChange> {
    if (at == nullptr) return std::nullopt;
    for (std::size_t i = 0; i < kWords; ++i) {
      const u64 after = memory_.word(at->pa + 8 * i).value_or(0);
      if (after != at->words[i])
        return MemoryChange{.where = where, .pa = at->pa + 8 * i, .before = at->words[i], .after = after};
    }
    return std::nullopt;
  };
  if (const auto change = differs(stream(r), MemoryChange::Where::kStream)) return change;
  return differs(context(r), MemoryChange::Where::kContext);
}

bool TranslationRequesters::lets_translated_pass(u32 number) {
  const RequesterContext& r = list_[number];
  const u32 cr0 = registers_.word(spec::offset::CR0, r.smmu);
  if (spec::CR0::SMMUEN.get(cr0) == 0) return false;  // 7.3.8: forbidden while the SMMU is disabled
  if (spec::CR0::ATSCHK.get(cr0) == 0) return true;
  const Structure* const at = stream(r);
  spec::Ste s;
  if (at == nullptr || !read(at->pa, s.w)) return false;
  return ste::V.get(s.w) != 0 && ste::ConfigPass.get(s.w) != 0 && ste::EATS.get(s.w) != ste::kEatsAbort;
}

}  // namespace smmu_vp::tb
