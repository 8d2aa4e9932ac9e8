// Translation Requests for several translations: which further ranges the completion carries, and whether
// descriptors of other ranges are updated (3.9.1.2, 3.13.7.1).
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

using transport::DmaStatus;

namespace {

constexpr u64 kCd = Bench::cd_at();
constexpr u64 kFirstBlock = Bench::kVa & ~u64{0x1F'FFFF}, kNextBlock = kFirstBlock + 0x20'0000;
constexpr u64 kNextPmd = Bench::kPmd + 8 * 0x1A3;

u64 place_of_page(unsigned page) {
  return Bench::kPte + 8 * (0x167 + page);
}
core::SmmuConfig dirty_updates() {
  core::SmmuConfig config;
  config.features.httu = 2;
  return config;
}
void bind_with_updates(Bench& b) {
  b.enable();
  b.bind_process();
  b.memory.store(kCd, b.memory.load(kCd) | cd::HA | cd::HD);
}
// Writable-clean (3.13.3).
u64 clean_page(u64 pa) {
  return pa | pte::kDbm | pte::kUserData | pte::kReadOnly | pte::kPage;
}

}  // namespace

TEST_CASE("a request for eight translations neither carries nor dirties a block behind its page") {
  constexpr u64 kClean = 0x80'0000 | pte::kDbm | pte::kUserData | pte::kReadOnly | pte::kBlock;
  Bench b(dirty_updates());
  b.run([&] {
    bind_with_updates(b);
    b.memory.store(Bench::kPte + 8 * 0x1FF, Bench::kPage | pte::kUserData | pte::kPage);
    b.memory.store(kNextPmd, kClean);
    const DmaResult r = b.translation_request(kNextBlock - 0x1000, false, 8);
    CHECK(r.status == DmaStatus::kSuccess);
    CHECK(rights(r) == "RW--");
    CHECK(r.translation.log2_size == 12);
    CHECK(r.following.count == 0);
    // 3.13.7.1: dirty only before an answer that grants the write.
    CHECK(b.memory.load(kNextPmd) == kClean);
    CHECK(rights(b.translation_request(kNextBlock)) == "RW--");
    CHECK(b.memory.load(kNextPmd) == (kClean & ~pte::kReadOnly));
  });
}

TEST_CASE("a request for several translations dirties only the pages that it answers") {
  Bench b(dirty_updates());
  b.run([&] {
    bind_with_updates(b);
    const u64 clean = clean_page(0x30'0000);
    const auto clean_again = [&] {
      for (unsigned page = 1; page < 8; ++page) b.memory.store(place_of_page(page), clean);
      forget(b);
    };
    clean_again();
    DmaResult r = b.translation_request(Bench::kVa, false, 3);
    REQUIRE(r.following.count == 2);
    CHECK(r.following.entries[0].write);
    CHECK(r.following.entries[1].write);
    for (unsigned page = 1; page < 8; ++page)
      CHECK(b.memory.load(place_of_page(page)) == (page < 3 ? clean & ~pte::kReadOnly : clean));
    // With NW none is (13.7).
    clean_again();
    r = b.translation_request(Bench::kVa, true, 3);
    REQUIRE(r.following.count == 2);
    CHECK(r.following.entries[0].read);
    CHECK_FALSE(r.following.entries[0].write);
    for (unsigned page = 1; page < 8; ++page) CHECK(b.memory.load(place_of_page(page)) == clean);
  });
}

TEST_CASE("a further range whose walk is aborted ends the list without a record") {
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr2(cr2::RECINVSID | cr2::REC_CFG_ATS);
    b.bind_process();
    for (unsigned page = 0x1FD; page <= 0x1FF; ++page)
      b.memory.store(Bench::kPte + 8 * page, Bench::kPage | pte::kUserData | pte::kPage);
    b.memory.store(kNextPmd, 0xFF00'0000 | pte::kTable);  // a table at an address without memory
    const DmaResult r = b.translation_request(kNextBlock - 0x3000, false, 8);
    CHECK(r.status == DmaStatus::kSuccess);  // the first range's answer is kept
    CHECK(rights(r) == "RW--");
    CHECK(r.following.count == 2);
    CHECK(b.events() == 0);
    CHECK(b.translation_request(kNextBlock).status == DmaStatus::kCompleterAbort);
    CHECK(b.events() == 1);
    CHECK(b.event(0).type() == event::F_WALK_EABT);
  });
}

TEST_CASE("a list of ranges ends at the top of the address space") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    // TTB1 as well: the same tables, whose last entries lead to the last page.
    b.memory.store(kCd, (Bench::kCd0 & ~cd::EPD1) | cd::R | cd::t1sz(16) | cd::tg1(0b10));
    b.memory.store(kCd + 16, Bench::kPgd);
    const u64 page = Bench::kPage | pte::kUserData | pte::kPage;
    for (const u64 entry : {u64{0}, u64{0x1FF}}) {
      b.memory.store(Bench::kPgd + 8 * entry, Bench::kPud | pte::kTable);
      b.memory.store(Bench::kPud + 8 * entry, Bench::kPmd | pte::kTable);
      b.memory.store(Bench::kPmd + 8 * entry, Bench::kPte | pte::kTable);
      b.memory.store(Bench::kPte + 8 * entry, page);
    }
    b.memory.store(Bench::kPte + 8 * 0x1FE, page);
    CHECK(rights(b.translation_request(0)) == "RW--");  // what a range after the last one would be
    const DmaResult r = b.translation_request(~u64{0x1FFF}, false, 8);
    CHECK(rights(r) == "RW--");
    CHECK(r.following.count == 1);
    CHECK(b.translation_request(~u64{0xFFF}, false, 8).following.count == 0);
    CHECK(b.events() == 0);
  });
}

}  // namespace smmu_vp::test
