// The monitors of translations: stale ones, walks through freed tables, memory of somebody else.
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

TEST_CASE("DMA to a page the process maps pleases every monitor") {
  History h;
  h.process().bound().begin(1).translated().end(1).finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("stale_translation").checked() == 1);
  CHECK(h.monitor("ownership").checked() == 1);
}

TEST_CASE("A page may be used after its removal until the invalidation has ended") {
  History h;
  h.process().bound().unmap().translated().invalidate_begin().translated();
  CHECK(h.violations() == 0);
  h.tlbi().sync().invalidate_end().translated();
  CHECK(h.says("stale_translation", "PASID 1 reads 0x7f0000000000"));
  CHECK(h.monitor("stale_translation").violations()[0].pasid == kPasid);
  CHECK(h.monitor("stale_translation").violations()[0].address == kVa);
}

TEST_CASE("A transaction begun before the invalidation ended is stale after it all the same") {
  History h;
  h.process().bound().begin(1).unmapped_properly().translated();
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("An invalidation that began before the page was removed does not end its grace") {
  History h;
  h.process().bound().invalidate_begin().unmap().tlbi().sync().invalidate_end().translated();
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().invalidate_end().translated();
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("An invalidation of a neighbour does not end a page's grace") {
  History h;
  h.process().bound().unmap().invalidate_begin(kVa + kPage).invalidate_end(kVa + kPage).translated();
  CHECK(h.violations() == 0);
}

TEST_CASE("A page mapped again is used again") {
  History h;
  const u64 other = kPa + kPage;
  h.process().bound().add(trace::PageAllocated{other, 1, "process", kMm});
  h.unmapped_properly().add(trace::PageMapped{kMm, kVa, other, kPage, true}).translated(other);
  CHECK(h.violations() == 0);
  h.translated(kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("Old and new page may both be used while the old one's invalidation runs") {
  History h;
  const u64 other = kPa + kPage;
  h.process().bound().add(trace::PageAllocated{other, 1, "process", kMm});
  h.unmap().add(trace::PageMapped{kMm, kVa, other, kPage, true}).translated(kPa).translated(other);
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().invalidate_end().translated(other);
  CHECK(h.violations() == 0);
  h.translated(kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("A write through a page made read-only is stale once the invalidation ended, a read is not") {
  History h;
  h.process().bound().unmap(true).translated(kPa, true);
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().invalidate_end().translated(kPa, false);
  CHECK(h.violations() == 0);
  h.translated(kPa, true);
  CHECK(h.says("stale_translation", "PASID 1 writes"));
}

TEST_CASE("The right to write that came back may be used") {
  History h;
  h.process().bound().unmap(true).invalidate_begin().tlbi().sync().invalidate_end();
  h.add(trace::PageMapped{kMm, kVa, kPa, kPage, true}).translated(kPa, true);
  CHECK(h.violations() == 0);
}

TEST_CASE("A translation request may ask to write what is read-only") {
  History h;
  h.process().bound().unmap(true).invalidate_begin().tlbi().sync().invalidate_end();
  h.translated(kPa, true, "translation_request");
  CHECK(h.violations() == 0);
}

TEST_CASE("Nothing of a process is used after its release ended") {
  History h;
  h.process().bound().add(trace::ReleaseBegin{kMm}).translated();
  CHECK(h.violations() == 0);
  h.tlbi_asid().sync().phase(2).add(trace::ReleaseEnd{kMm}).translated();
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("A translated access is judged by the pages of the process that lead to its address") {
  History h;
  h.process().bound().ats_granted().translated(kPa + 8, true, "translated", kPa + 8);
  CHECK(h.violations() == 0);
  h.unmap().translated(kPa, true, "translated", kPa);
  CHECK(h.violations() == 0);
  h.invalidate_begin().tlbi().sync().atc_inv().sync().invalidate_end().translated(kPa, false, "translated",
                                                                                  kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("A page mapped twice stays reachable until both mappings are gone") {
  History h;
  const u64 second = kVa + 0x10'0000;
  h.process().bound().add(trace::PageMapped{kMm, second, kPa, kPage, true});
  h.unmapped_properly().translated(kPa, false, "translated", kPa);
  CHECK(h.violations() == 0);
  h.unmap(false, second)
      .invalidate_begin(second)
      .tlbi(second)
      .sync()
      .atc_inv(second)
      .sync()
      .invalidate_end(second);
  h.translated(kPa, false, "translated", kPa);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("The device's own address shows a stale page that has come back elsewhere in the process") {
  History h;
  const u64 second = kVa + 0x10'0000;
  h.process().bound().unmapped_properly().add(trace::PageMapped{kMm, second, kPa, kPage, true});
  h.translated(kPa, false, "translated", kPa);  // may well be meant for `second`
  CHECK(h.violations() == 0);
  h.wait(10'000).device_access(5'000);
  CHECK(h.says("stale_translation", "ended before the access began"));
}

TEST_CASE("A device may finish an access that began before the invalidation ended") {
  History h;
  h.process().bound().unmapped_properly().device_access(h.now());
  CHECK(h.violations() == 0);
}

TEST_CASE("A device that asks with an address the process never mapped is not called stale") {
  History h;
  h.process().bound().device_access(10, false, kPa);
  CHECK(h.violations() == 0);
}

TEST_CASE("A freed PASID translates nothing") {
  History h;
  h.process().bound().phase(3).add(trace::PasidFreed{kPasid, kMm}).translated();
  CHECK(h.says("stale_translation", "PASID 1 is free"));
  CHECK(h.violations("ownership") == 1);
}

TEST_CASE("A reused PASID sees the new process only") {
  History h;
  const u64 mm = kMm + 1, pa = kPa + kPage;
  h.process().bound().phase(3).add(trace::PasidFreed{kPasid, kMm}).process(mm, pa).bound(mm).translated(pa);
  CHECK(h.violations() == 0);
  h.translated(kPa);
  CHECK(h.violations("stale_translation") == 1);
  CHECK(h.says("ownership", "memory of process 3"));
}

TEST_CASE("A large mapping is judged page by page") {
  History h;
  h.process().bound();
  const u64 va = 0x4000'0000, pa = 0x10'0000'0000, bytes = u64{2} << 20;
  h.add(trace::PageAllocated{pa, bytes / kPage, "process", kMm})
      .add(trace::PageMapped{kMm, va, pa, bytes, true});
  h.translated(pa + 0x12'3000, true, "untranslated", va + 0x12'3000);
  CHECK(h.violations() == 0);
  h.translated(pa + 0x12'3000, true, "untranslated", va + 0x12'4000);
  CHECK(h.violations("stale_translation") == 1);
}

TEST_CASE("A walk reads its process's page tables") {
  History h;
  h.process().bound().begin(1).add(trace::WalkRead{1, 0, 0x9'0000'0000 + kMm * kPage + 8, 0});
  CHECK(h.violations() == 0);
  CHECK(h.monitor("freed_table_walk").checked() == 1);
}

TEST_CASE("A walk through a freed, foreign or other page is caught") {
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
    h.add(trace::PageFreed{table, 1}).add(trace::PageAllocated{table, 1, "process", kMm});
    h.add(trace::WalkRead{1, 0, table, 0});
    CHECK(h.says("freed_table_walk", "not a page table"));
  }
  CHECK(h.monitor("freed_table_walk").violations()[0].pasid == kPasid);
}

TEST_CASE("A page table freed and allocated again as one may be walked") {
  History h;
  const u64 table = 0x9'0000'0000 + kMm * kPage;
  h.process().bound().begin(1).add(trace::PageFreed{table, 1});
  h.add(trace::PageAllocated{table, 1, "page_table", kMm}).add(trace::WalkRead{1, 0, table, 0});
  CHECK(h.violations() == 0);
}

TEST_CASE("A PASID reaches no memory that its process does not own") {
  History h;
  h.process().bound();
  SUBCASE("the kernel's") {
    h.add(trace::PageAllocated{0xa'0000'0000, 1, "driver", 0}).translated(0xa'0000'0000);
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

TEST_CASE("Violations of a run that goes on and on are counted but not all kept") {
  History h;
  h.process().bound();
  for (int i = 0; i < 250; ++i) h.translated(kPa + kPage);
  CHECK(h.violations("ownership") == 250);
  CHECK(h.monitor("ownership").violations().size() == Monitor::kKept);
}

}  // namespace smmu_vp::tb::test
