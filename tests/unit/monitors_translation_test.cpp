// The monitors of translations: stale ones, walks through freed tables, memory of other owners.
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

TEST_CASE("DMA to a page that the process maps is legal for every monitor") {
  History h;
  h.process().bound().begin(1).translated().end(1).finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("stale_translation").checked() == 1);
  CHECK(h.monitor("ownership").checked() == 1);
}

TEST_CASE("a page may be used after its removal until the invalidation has ended") {
  History h;
  h.process().bound().unmap().translated().invalidate_begin().translated();
  CHECK(h.violations() == 0);
  h.tlbi().sync().invalidate_end().translated();
  CHECK(h.says("stale_translation", "PASID 1 reads 0x7f0000000000"));
  CHECK(h.monitor("stale_translation").violations()[0].subject.pasid == kPasid);
  CHECK(h.monitor("stale_translation").violations()[0].subject.address == kVa);
}

TEST_CASE("a transaction that began before the invalidation ended is stale after it too") {
  History h;
  h.process().bound().begin(1).unmapped_properly().translated();
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("an invalidation that began before the page was removed does not end its grace") {
  History h;
  h.process().bound().invalidate_begin().unmap().tlbi().sync().invalidate_end().translated();
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().invalidate_end().translated();
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("an invalidation of a neighbour does not end a page's grace") {
  History h;
  h.process().bound().unmap().invalidate_begin(kVa + kPage).invalidate_end(kVa + kPage).translated();
  CHECK(h.violations() == 0);
}

TEST_CASE("a page mapped again may be used again") {
  History h;
  const u64 other = kPa + kPage;
  h.process().bound().add(trace::PageAllocated{other, 1, trace::PageUse::kProcess, kMm});
  h.unmapped_properly().add(trace::PageMapped{kMm, kVa, other, kPage, true}).translated(other);
  CHECK(h.violations() == 0);
  h.translated(kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("old and new page may both be used while the old one's invalidation runs") {
  History h;
  const u64 other = kPa + kPage;
  h.process().bound().add(trace::PageAllocated{other, 1, trace::PageUse::kProcess, kMm});
  h.unmap().add(trace::PageMapped{kMm, kVa, other, kPage, true}).translated(kPa).translated(other);
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().invalidate_end().translated(other);
  CHECK(h.violations() == 0);
  h.translated(kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("a write through a page made read-only is stale once the invalidation ended, a read is not") {
  History h;
  h.process().bound().unmap(true).translated(kPa, true);
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().invalidate_end().translated(kPa, false);
  CHECK(h.violations() == 0);
  h.translated(kPa, true);
  CHECK(h.says("stale_translation", "PASID 1 writes"));
}

TEST_CASE("a write permission that was restored may be used") {
  History h;
  h.process().bound().unmap(true).invalidate_begin().tlbi().sync().invalidate_end();
  h.add(trace::PageMapped{kMm, kVa, kPa, kPage, true}).translated(kPa, true);
  CHECK(h.violations() == 0);
}

TEST_CASE("a translation request may ask to write what is read-only") {
  History h;
  h.process().bound().unmap(true).invalidate_begin().tlbi().sync().invalidate_end();
  h.translated(kPa, true, At::kTranslationRequest);
  CHECK(h.violations() == 0);
}

TEST_CASE("no page of a process may be used after its release ended") {
  History h;
  h.process().bound().add(trace::ReleaseBegin{kMm}).translated();
  CHECK(h.violations() == 0);
  h.tlbi_asid().sync().quiesced().add(trace::ReleaseEnd{kMm}).translated();
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("a translated access is checked against the pages of the process that map to its address") {
  History h;
  h.process().bound().ats_granted().translated(kPa + 8, true, At::kTranslated, kPa + 8);
  CHECK(h.violations() == 0);
  h.unmap().translated(kPa, true, At::kTranslated, kPa);
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().atc_inv().sync().invalidate_end().translated(kPa, false, At::kTranslated,
                                                                                  kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("a page mapped twice stays reachable until both mappings are gone") {
  History h;
  const u64 second = kVa + 0x10'0000;
  h.process().bound().add(trace::PageMapped{kMm, second, kPa, kPage, true});
  h.unmapped_properly().translated(kPa, false, At::kTranslated, kPa);
  CHECK(h.violations() == 0);
  h.unmap(false, second)
      .invalidate_begin(second)
      .tlbi(second)
      .sync()
      .atc_inv(second)
      .sync()
      .invalidate_end(second);
  h.translated(kPa, false, At::kTranslated, kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("the device's own address reveals a stale page that is mapped again elsewhere in the process") {
  History h;
  const u64 second = kVa + 0x10'0000;
  h.process().bound().unmapped_properly().add(trace::PageMapped{kMm, second, kPa, kPage, true});
  h.translated(kPa, false, At::kTranslated, kPa);  // may be meant for `second`
  CHECK(h.violations() == 0);
  h.wait(10'000).device_access(5'000);
  CHECK(h.says("stale_translation", "ended before the access began"));
}

TEST_CASE("a device may finish an access that began before the invalidation ended") {
  History h;
  h.process().bound().unmapped_properly().device_access(h.now());
  CHECK(h.violations("stale_translation") == 0);
}

TEST_CASE("a request for an address that the process never mapped is not stale") {
  History h;
  h.process().bound().device_access(10, false, kPa);
  CHECK(h.violations("stale_translation") == 0);
}

TEST_CASE("a freed PASID has no valid translation") {
  History h;
  h.process().bound().unbound().add(trace::PasidFreed{kPasid, kMm}).translated();
  CHECK(h.says("stale_translation", "the PASID is free"));
  CHECK(h.violations("ownership") == 1);
}

TEST_CASE("a reused PASID reaches the new process only") {
  History h;
  const u64 mm = kMm + 1, pa = kPa + kPage;
  h.process().bound().unbound().add(trace::PasidFreed{kPasid, kMm}).process(mm, pa).bound(mm).translated(pa);
  CHECK(h.violations() == 0);
  h.translated(kPa);
  CHECK(h.violations("stale_translation") == 1);
  CHECK(h.says("ownership", "memory of process 3"));
}

TEST_CASE("a large mapping is checked page by page") {
  History h;
  h.process().bound();
  const u64 va = 0x4000'0000, pa = 0x10'0000'0000, bytes = u64{2} << 20;
  h.add(trace::PageAllocated{pa, bytes / kPage, trace::PageUse::kProcess, kMm})
      .add(trace::PageMapped{kMm, va, pa, bytes, true});
  h.translated(pa + 0x12'3000, true, At::kUntranslated, va + 0x12'3000);
  CHECK(h.violations() == 0);
  h.translated(pa + 0x12'3000, true, At::kUntranslated, va + 0x12'4000);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("a walk reads its process's page tables") {
  History h;
  h.process().bound().begin(1).add(trace::WalkRead{1, 0, 0x9'0000'0000 + kMm * kPage + 8, 0});
  CHECK(h.violations() == 0);
  CHECK(h.monitor("freed_table_walk").checked() == 1);
}

TEST_CASE("a walk through a freed, foreign or other page is caught") {
  History h;
  const u64 table = 0x9'0000'0000 + kMm * kPage;
  h.process().bound().process(kMm + 1, kPa + kPage).begin(1);
  SUBCASE("freed") {
    h.add(trace::PageFreed{table, 1}).add(trace::WalkRead{1, 0, table, 0});
    CHECK(h.says("freed_table_walk", "in a freed page table"));
  }
  SUBCASE("another process's") {
    h.add(trace::WalkRead{1, 0, table + kPage, 0});
    CHECK(h.says("freed_table_walk", "in another process's page table"));
  }
  SUBCASE("freed and reused as memory") {
    h.add(trace::PageFreed{table, 1}).add(trace::PageAllocated{table, 1, trace::PageUse::kProcess, kMm});
    h.add(trace::WalkRead{1, 0, table, 0});
    CHECK(h.says("freed_table_walk", "not a page table"));
  }
  CHECK(h.monitor("freed_table_walk").violations()[0].subject.pasid == kPasid);
}

TEST_CASE("a page table freed and allocated again as one may be walked") {
  History h;
  const u64 table = 0x9'0000'0000 + kMm * kPage;
  h.process().bound().begin(1).add(trace::PageFreed{table, 1});
  h.add(trace::PageAllocated{table, 1, trace::PageUse::kPageTable, kMm}).add(trace::WalkRead{1, 0, table, 0});
  CHECK(h.violations() == 0);
}

TEST_CASE("a PASID reaches no memory that its process does not own") {
  History h;
  h.process().bound();
  SUBCASE("the kernel's") {
    h.add(trace::PageAllocated{0xa'0000'0000, 1, trace::PageUse::kDriver, 0}).translated(0xa'0000'0000);
    CHECK(h.says("ownership", "the kernel's"));
  }
  SUBCASE("a page table, its own even") {
    h.translated(0x9'0000'0000 + kMm * kPage);
    CHECK(h.says("ownership", "a page table"));
  }
  SUBCASE("a free page") {
    h.add(trace::PageFreed{kPa, 1}).translated();
    CHECK(h.says("ownership", "a free page"));
  }
  SUBCASE("what no allocator handed out") {
    h.translated(0x2a00'0000);
    CHECK(h.says("ownership", "no memory of any process"));
  }
}

TEST_CASE("all violations of a run are counted but only the first are kept") {
  History h;
  h.process().bound();
  for (int i = 0; i < 250; ++i) h.translated(kPa + kPage);
  CHECK(h.violations("ownership") == 250);
  CHECK(h.monitor("ownership").violations().size() == Monitor::kKept);
}

TEST_CASE("a stale translated access is named by the address its process knows") {
  History h;
  h.process()
      .bound()
      .ats_granted()
      .unmap()
      .invalidate_begin()
      .tlbi()
      .sync()
      .atc_inv()
      .sync()
      .invalidate_end();
  h.translated(kPa + 0x40, true, At::kTranslated, kPa + 0x40);
  CHECK(h.says("stale_translation", "PASID 1 writes 0x7f0000000040 at physical 0x800000040 (translated"));
  const Subject& about = h.monitor("stale_translation").violations()[0].subject;
  CHECK(about.sid == kSid);
  CHECK(about.pasid == kPasid);
  CHECK(about.address == kVa + 0x40);
  CHECK(about.physical == kPa + 0x40);
  CHECK(about.write);
}

TEST_CASE(
    "a translated access inside a block, or to a page of a multi-page answer, is reported by its address "
    "too") {
  History h;
  const u64 block_pa = 0x9'4000'0000, block_va = 0x7f80'0000'0000, next = kPa + 7 * kPage;
  h.process().bound().ats_granted();
  h.add(trace::AtsFollowing{kWho, kVa + kPage, next, 12, true, true});
  h.add(trace::AtsCompletion{kWho, block_va, block_pa, 21, true, false, spec::DmaStatus::kSuccess});
  h.translated(next + 8, false, At::kTranslated, next + 8);
  h.translated(block_pa + 0x12'3458, false, At::kTranslated, block_pa + 0x12'3458);
  const auto& all = h.monitor("stale_translation").violations();
  REQUIRE(all.size() == 2);
  CHECK(all[0].subject.address == kVa + kPage + 8);
  CHECK(all[1].subject.address == block_va + 0x12'3458);
}

TEST_CASE(
    "a translated access to an address the device never obtained is reported by physical address only") {
  History h;
  const u64 forged = kPa + 64 * kPage;
  h.process().bound().ats_granted();
  h.add(trace::AtsCompletion{{kSid, kPasid + 1}, kVa, forged, 12, true, true, spec::DmaStatus::kSuccess});
  h.translated(forged, false, At::kTranslated, forged);
  CHECK(h.says("stale_translation", "reads physical 0x800040000, which the device never got by ATS"));
  CHECK(!h.monitor("stale_translation").violations()[0].subject.address);
  CHECK(h.monitor("stale_translation").violations()[0].subject.physical == forged);
}

TEST_CASE("a TLB invalidation by one address covers the larger page it lies in, and no neighbour of it") {
  constexpr u64 kLarge = 0x4000;
  History h;
  h.process().bound();
  h.add(trace::PageUnmapped{kMm, kVa, kPa, kLarge, false});
  SUBCASE("its first address") {
    h.add(trace::InvalidateBegin{kMm, kVa, kVa + kLarge}).tlbi(kVa).sync();
    h.add(trace::InvalidateEnd{kMm, kVa, kVa + kLarge});
    CHECK(h.violations() == 0);
  }
  SUBCASE("another one") {
    h.add(trace::InvalidateBegin{kMm, kVa, kVa + kLarge}).tlbi(kVa + 0x3000).sync();
    h.add(trace::InvalidateEnd{kMm, kVa, kVa + kLarge});
    CHECK(h.violations() == 0);
  }
  SUBCASE("of two pages only one") {
    h.add(trace::PageUnmapped{kMm, kVa + kLarge, kPa + kLarge, kLarge, false});
    h.add(trace::InvalidateBegin{kMm, kVa, kVa + 2 * kLarge}).tlbi(kVa).sync();
    h.add(trace::InvalidateEnd{kMm, kVa, kVa + 2 * kLarge});
    CHECK(h.says("invalidation_order", "the invalidation of 0x7f0000004000 ended"));
    CHECK(h.says("invalidation_order", "no TLB invalidation covers it"));
  }
}

}  // namespace smmu_vp::tb::test
