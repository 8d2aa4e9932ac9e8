// Walks of the stream table and of CD tables.
#include "tlm/core/config_lookup.h"

#include <algorithm>
#include <cstring>

#include "tlm/core/attributes.h"
#include "tlm/core/context_descriptor.h"
#include "tlm/core/own_attributes.h"
#include "tlm/core/stream_table_entry.h"
#include "tlm/core/table_limits.h"

namespace smmu_vp::core {

using enum spec::EventId;

namespace {

// LOG2SIZE may hold values that exceed any address (6.3.24).
u64 aligned(u64 address, u64 log2_bytes) {
  return log2_bytes < 64 ? address & ~((u64{1} << log2_bytes) - 1) : 0;
}

// 6.3.25: other values of SPLIT behave as 6.
u64 split_of(u32 strtab_base_cfg) {
  const u64 split = spec::STRTAB_BASE_CFG::SPLIT.get(strtab_base_cfg);
  return split == 8 || split == 10 ? split : 6;
}

// A first-level descriptor that is kept, or what `fetch()` reads into `descriptor`; false when that fails.
template <typename Fetch>
bool first_level(FirstLevel* kept, const FirstLevel::Key& key, u64& descriptor, Fetch&& fetch) {
  if (kept == nullptr) return fetch();
  if (const auto found = kept->find(key)) {
    descriptor = *found;
    return true;
  }
  const u64 epoch = kept->epoch();
  if (!fetch()) return false;
  kept->fill(key, {.descriptor = descriptor, .epoch = epoch});
  return true;
}

}  // namespace

bool ConfigLookup::fetch(spec::Structure structure, const spec::Requester& who, const Place& place,
                         void* data, std::size_t bytes) {
  facts_.announce(trace::ConfigRead{structure, who, place.pa});
  fetching_(who.sid);
  if (!memory_.read(place.pa, data, bytes, place.type)) return false;
  if (facts_.heard<trace::ConfigFetched>()) {
    trace::ConfigFetched fetched{structure, who, place.pa, {}};
    std::memcpy(fetched.words.data(), data, bytes);
    facts_.announce(fetched);
  }
  return true;
}

std::optional<Fault> ConfigLookup::fetch_for_stage1(spec::Structure structure, const spec::Requester& who,
                                                    const StreamConfig& stream, u64 address, void* data,
                                                    std::size_t bytes) {
  Place place{address, stream.context_type};
  if (stream.stage2) {
    const Stage2Result met = stage2_.translate(0, stream.s2, {.ipa = address, .of = spec::evt::kClassCD});
    if (met.fault) return met.fault;
    place = {met.pa, combined(place.type, stage2_type(met, stream.s2))};
  }
  if (!fetch(structure, who, place, data, bytes)) return Fault{F_CD_FETCH, place.pa};
  return std::nullopt;
}

Configuration ConfigLookup::fault(const Configuration& so_far, const Fault& met) const {
  Configuration out = so_far;
  out.fault = met;
  return out;
}

Configuration ConfigLookup::stream(u32 sid, FirstLevel* kept) {
  const u32 cfg = registers_.word(spec::offset::STRTAB_BASE_CFG);
  const u64 base = spec::STRTAB_BASE::ADDR.in_place(registers_.dword(spec::offset::STRTAB_BASE));
  const u64 log2size = spec::STRTAB_BASE_CFG::LOG2SIZE.get(cfg);
  if (u64{sid} >> std::min<u64>(log2size, features_.sid_bits) != 0) return fault({}, Fault{C_BAD_STREAMID});

  if (spec::STRTAB_BASE_CFG::FMT.get(cfg) != spec::kStrtabTwoLevel)
    return fetch_ste(sid, aligned(base, log2size + spec::kSteLog2Bytes) + (u64{sid} << spec::kSteLog2Bytes));

  const u64 split = split_of(cfg);
  const u64 l1_log2 = std::max<u64>(6, (log2size > split ? log2size - split : 0) + spec::l1std::kLog2Bytes);
  const u64 l1_address = aligned(base, l1_log2) + ((u64{sid} >> split) << spec::l1std::kLog2Bytes);
  u64 l1std = 0;
  const FirstLevel::Key key{
      .kind = spec::Structure::kL1Std, .sid = sid, .ssid = 0, .log2_ids = static_cast<unsigned>(split)};
  if (!first_level(kept, key, l1std, [&] {
        return fetch(spec::Structure::kL1Std, {sid, {}}, {l1_address, stream_table_type(registers_)}, &l1std,
                     sizeof l1std);
      }))
    return fault({}, Fault{F_STE_FETCH, l1_address});
  const u64 span = spec::l1std::Span.get(l1std);
  if (span == spec::l1std::kSpanInvalid || span > spec::l1std::kSpanMax || span > split + 1)
    return fault({}, Fault{C_BAD_STREAMID});  // 7.3.3
  const u64 index = sid & ((u64{1} << split) - 1);
  if (index >> (span - 1) != 0) return fault({}, Fault{C_BAD_STREAMID});
  const u64 l2 = aligned(spec::l1std::L2Ptr.in_place(l1std), spec::kSteLog2Bytes + span - 1);
  return fetch_ste(sid, l2 + (index << spec::kSteLog2Bytes));
}

Configuration ConfigLookup::fetch_ste(u32 sid, u64 address) {
  spec::Ste ste;
  if (address >> features_.oas_bits != 0 ||
      !fetch(spec::Structure::kSte, {sid, {}}, {address, stream_table_type(registers_)}, ste.w.data(),
             sizeof ste.w))
    return fault({}, Fault{F_STE_FETCH, address & low_bits(features_.oas_bits)});  // 7.3.4
  const SteControls controls{.e2h = registers_.flag(spec::offset::CR2, spec::CR2::E2H),
                             .atschk = registers_.flag(spec::offset::CR0, spec::CR0::ATSCHK)};
  const std::optional<StreamConfig> parsed = parse_ste(ste, features_, controls);
  if (!parsed) return fault({}, Fault{C_BAD_STE});
  Configuration out;
  out.stream_valid = true;
  out.stream = *parsed;
  return out;
}

Configuration ConfigLookup::context(const spec::Requester& who, const Configuration& found,
                                    FirstLevel* kept) {
  const StreamConfig& s = found.stream;
  if (found.fault || s.path == StreamConfig::Path::kAbort) return found;
  // 7.3.9 comes before 7.3.7.
  if (who.pasid && (s.path == StreamConfig::Path::kBypass || s.s1cdmax == 0 || *who.pasid >> s.s1cdmax != 0))
    return fault(found, Fault{C_BAD_SUBSTREAMID});
  if (s.path == StreamConfig::Path::kBypass) return found;
  if (s.s1cdmax == 0) return fetch_cd({who.sid, 0}, found, kept);
  if (who.pasid) {
    // With S1DSS 0b10, CD 0 is reserved for transactions without a SubstreamID.
    if (*who.pasid == 0 && s.s1dss == spec::ste::kS1DssSsid0) return fault(found, Fault{F_STREAM_DISABLED});
    return fetch_cd(who, found, kept);
  }
  if (s.s1dss == spec::ste::kS1DssBypass) {
    Configuration out = found;
    out.stream.path = StreamConfig::Path::kBypass;
    return out;
  }
  if (s.s1dss == spec::ste::kS1DssSsid0) return fetch_cd({who.sid, 0}, found, kept);
  return fault(found, Fault{F_STREAM_DISABLED});
}

std::optional<Fault> ConfigLookup::find_cd(const spec::Requester& who, const StreamConfig& s,
                                           FirstLevel* kept, u64& address) {
  const u32 ssid = who.ssid();
  const bool two_level =
      s.s1cdmax != 0 && (s.s1fmt == spec::ste::kS1Fmt4K || s.s1fmt == spec::ste::kS1Fmt64K);
  u64 table = aligned(s.s1_context_ptr, s.s1cdmax + spec::kCdLog2Bytes);
  u64 index = ssid;
  if (two_level) {
    const unsigned leaf = s.s1fmt == spec::ste::kS1Fmt4K ? spec::l1cd::kLog2Leaf4K : spec::l1cd::kLog2Leaf64K;
    const unsigned l1_entries = s.s1cdmax > leaf ? s.s1cdmax - leaf : 0u;
    const u64 l1_address = aligned(s.s1_context_ptr, std::max(6u, l1_entries + spec::l1cd::kLog2Bytes)) +
                           (u64{ssid} >> leaf << spec::l1cd::kLog2Bytes);
    u64 l1cd = 0;
    std::optional<Fault> met;
    const FirstLevel::Key key{.kind = spec::Structure::kL1Cd, .sid = who.sid, .ssid = ssid, .log2_ids = leaf};
    if (!first_level(kept, key, l1cd, [&] {
          met = fetch_for_stage1(spec::Structure::kL1Cd, who, s, l1_address, &l1cd, sizeof l1cd);
          return !met.has_value();
        }))
      return met;
    table = aligned(spec::l1cd::L2Ptr.in_place(l1cd), leaf + spec::kCdLog2Bytes);
    if (spec::l1cd::V.get(l1cd) == 0 || table >> features_.oas_bits != 0)
      return Fault{C_BAD_SUBSTREAMID};  // 5.3.1, 3.4.3
    index = ssid & ((1u << leaf) - 1);
  }
  address = table + (index << spec::kCdLog2Bytes);
  return std::nullopt;
}

Configuration ConfigLookup::fetch_cd(const spec::Requester& who, const Configuration& found,
                                     FirstLevel* kept) {
  const StreamConfig& s = found.stream;
  u64 address = 0;
  if (const auto met = find_cd(who, s, kept, address)) return fault(found, *met);
  spec::Cd cd;
  if (const auto met = fetch_for_stage1(spec::Structure::kCd, who, s, address, cd.w.data(), sizeof cd.w))
    return fault(found, *met);
  const std::optional<Context> parsed = parse_cd(cd, s, features_);
  if (!parsed) return fault(found, Fault{C_BAD_CD});
  Configuration out = found;
  out.stage1 = true;
  out.context = *parsed;
  return out;
}

ConfigRef fetch_into(ConfigCache& cache, ConfigLookup& lookup, u32 sid, u32 selector, u64 epoch) {
  ConfigRef stream = cache.find(sid, ConfigCache::kStreamOnly);
  if (!stream) {
    stream = ConfigRef(lookup.stream(sid, cache.first_level()));
    cache.fill(sid, ConfigCache::kStreamOnly, stream, epoch);
  }
  if (selector == ConfigCache::kStreamOnly) return stream;
  const spec::Requester who{sid, spec::substream(selector != ConfigCache::kNoSubstream, selector)};
  ConfigRef found(lookup.context(who, *stream, cache.first_level()));
  cache.fill(sid, selector, found, epoch);
  return found;
}

}  // namespace smmu_vp::core
