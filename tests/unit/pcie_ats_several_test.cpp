// Translation Requests for several pages (10.2.2, 10.2.3), and invalidations completed on several paths.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;
using transport::AddressType;

namespace {

constexpr u32 kPasid = 5;
constexpr u64 kVa = 0x7fff'1234'4000, kPa = kRam + 0x8000;
constexpr u64 kPage = 0x1000;

pcie::EndpointConfig asking(unsigned translations, unsigned paths = 1) {
  pcie::EndpointConfig config = default_endpoint();
  config.ats.translations = translations;
  config.ats.paths = paths;
  return config;
}
void map(System& s, std::initializer_list<u64> pages) {
  for (const u64 p : pages) s.smmu.map(kPasid, kVa + p * kPage, kPa + p * kPage);
}
void touch(System& s, u64 page) {
  u64 value = 0;
  const device::InjectResult result = s.endpoint.inject({.kind = device::InjectKind::kViaAtc,
                                                         .pasid = kPasid,
                                                         .address = kVa + page * kPage,
                                                         .data = &value,
                                                         .bytes = 8});
  CHECK(result.status == transport::DmaStatus::kSuccess);
  CHECK(s.smmu.seen.back().address == kPa + page * kPage);
}
// How many pages each Translation Request so far asked for.
std::vector<unsigned> asked(const System& s) {
  std::vector<unsigned> out;
  for (const FakeSmmu::Seen& a : s.smmu.seen)
    if (a.request.at == AddressType::kTranslationRequest) out.push_back(a.request.translations_asked);
  return out;
}

// 10.3.2: as many completions as paths, each with the Completion Count field `count`.
void check_completions(unsigned paths, u8 count) {
  System s(asking(1, paths));
  s.run([&] {
    s.enable();
    s.invalidate(9, kPasid, 0, 64);
  });
  const auto completions = s.smmu.messages_of(MessageKind::kInvalidateCompletion);
  CHECK(completions.size() == paths);
  for (const MessageExtension& m : completions) {
    CHECK(m.itag_vector == 1u << 9);
    CHECK(m.completion_count == count);
  }
}

}  // namespace

TEST_CASE("one request also returns the pages behind the one accessed") {
  System s(asking(4));
  s.run([&] {
    s.enable();
    map(s, {0, 1, 2, 3, 4});
    for (u64 page = 0; page < 5; ++page) touch(s, page);
  });
  CHECK(asked(s) == std::vector<unsigned>{4, 4});  // ceil(5 / 4)
}

TEST_CASE("a request asks for no page that is already cached") {
  System s(asking(8));
  s.run([&] {
    s.enable();
    map(s, {0, 1, 2});
    touch(s, 2);  // asks for 2 to 9; beyond 2 nothing is mapped, so nothing of it is kept
    touch(s, 0);
    touch(s, 1);
  });
  CHECK(asked(s) == std::vector<unsigned>{8, 2});
}

TEST_CASE("a page without rights behind the first is requested when it is accessed") {
  System s(asking(2));
  s.run([&] {
    s.enable();
    map(s, {0});
    touch(s, 0);
    map(s, {1});
    touch(s, 1);
  });
  CHECK(asked(s) == std::vector<unsigned>{2, 2});
}

TEST_CASE("an invalidation also applies to pages requested ahead") {
  System s(asking(2));
  s.smmu.translation_ps = kMicrosecond;
  s.run([&] {
    s.enable();
    map(s, {0, 1});
    System::spawn([&] {
      sleep_ps(600 * kNanosecond);  // the answer is decided, but not back yet
      s.invalidate(3, kPasid, kVa + kPage, 12);
    });
    touch(s, 0);
    touch(s, 1);
  });
  CHECK(asked(s) == std::vector<unsigned>{2, 2});
}

TEST_CASE("with one miss register only the accessed page is requested") {
  System s(asking(8));
  s.cache = core::ReferenceCache(core::CacheConfig{.mshrs = 1});
  s.run([&] {
    s.enable();
    map(s, {0, 1});
    touch(s, 0);
    touch(s, 1);
  });
  CHECK(asked(s) == std::vector<unsigned>{1, 1});
}

TEST_CASE("each translation of a completion costs eight bytes on the link") {
  System s;
  s.run([&] {
    s.enable();
    map(s, {0, 1, 2, 3, 4, 5, 6, 7});
    const auto latency = [&](unsigned translations) {
      return s.endpoint
          .inject({.kind = device::InjectKind::kTranslationRequest,
                   .pasid = kPasid,
                   .address = kVa,
                   .intent = {.read = true, .write = true},
                   .translations = translations})
          .latency_ps;
    };
    const double more = static_cast<double>(latency(8)) - static_cast<double>(latency(1));
    CHECK(more == doctest::Approx(7 * 8 * 8000.0 / pcie::usable_gbps(3, 8)).epsilon(0.01));
  });
}

TEST_CASE("an invalidation is completed once on each of three paths") {
  check_completions(3, 3);
}

TEST_CASE("an invalidation completed on eight paths has a count of 0") {
  check_completions(8, 0);
}

TEST_CASE("32 Invalidate Requests are accepted at once and each is completed") {
  System s;
  s.run([&] {
    s.enable();
    for (u8 itag = 0; itag < 32; ++itag) s.invalidate(itag, kPasid, kVa + itag * kPage, 12);
  });
  u32 tags = 0;
  const auto completions = s.smmu.messages_of(MessageKind::kInvalidateCompletion);
  CHECK(completions.size() == 32);
  for (const MessageExtension& m : completions) tags |= m.itag_vector;
  CHECK(tags == 0xFFFF'FFFF);
}
