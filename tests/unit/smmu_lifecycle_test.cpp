// The configuration of each phase of a PASID's life, and the outcome of every kind of traffic
// (docs/pasid_lifetime.md).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

using transport::DmaStatus;

TEST_CASE(
    "in phase 1 DMA is translated, end to end, and a translation request is granted the page's rights") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kVa + 0x18, true, 0xFEED'F00D).ok);
    CHECK(b.memory.load(Bench::kPage + 0x18) == 0xFEED'F00D);
    CHECK(b.dma(Bench::kVa + 0x18, false).data == 0xFEED'F00D);
    CHECK(b.counter("smmu.tlb.misses") == 1);
    CHECK(b.counter("smmu.tlb.hits") == 1);
    CHECK(b.counter("smmu.walk_reads") == 4);

    const DmaResult ats = b.translation_request(Bench::kVa + 0x18);
    CHECK(ats.status == DmaStatus::kSuccess);
    CHECK(ats.translation.address == Bench::kPage);
    CHECK(ats.translation.log2_size == 12);
    CHECK(ats.translation.read);
    CHECK(ats.translation.write);
    CHECK(b.translated(Bench::kPage + 0x18, false).data == 0xFEED'F00D);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("in phase 1 a translation request for an unmapped page gets R = W = 0, and no event") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    const DmaResult ats = b.translation_request(Bench::kVa + 0x1000);
    CHECK(ats.status == DmaStatus::kSuccess);
    CHECK_FALSE(ats.translation.read);
    CHECK_FALSE(ats.translation.write);
    CHECK(b.events() == 0);
    b.map(1, Bench::kPage + 0x1000, false);
    const DmaResult again = b.translation_request(Bench::kVa + 0x1000);
    CHECK(again.translation.read);
    CHECK_FALSE(again.translation.write);
  });
}

TEST_CASE("in phase 2 EPD0 with R and S clear aborts DMA without an event and answers ATS with R = W = 0") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kVa, false).ok);
    b.write_cd(false, false, true);
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
    b.command(cmd::tlbi_nh_asid(Bench::kAsid));
    b.sync();
    const DmaResult dma = b.dma(Bench::kVa, true, 1);
    CHECK_FALSE(dma.ok);
    CHECK(dma.status == DmaStatus::kAborted);
    const DmaResult ats = b.translation_request(Bench::kVa);
    CHECK(ats.status == DmaStatus::kSuccess);
    CHECK_FALSE(ats.translation.read);
    CHECK_FALSE(ats.translation.write);
    b.page_request(7);
    CHECK(b.read32(reg::PRIQ_PROD) == 1);  // queued for the driver to answer
    CHECK(b.events() == 0);
  });
}

TEST_CASE(
    "in phase 3 an invalid CD aborts DMA with C_BAD_CD and answers ATS with Completer Abort, silently") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(Bench::cd_at(), 0);
    CHECK_FALSE(b.dma(Bench::kVa, false).ok);
    CHECK(b.events() == 1);
    CHECK(b.event(0).head() == event::head(event::C_BAD_CD, Bench::kSid, Bench::kPasid));
    const DmaResult ats = b.translation_request(Bench::kVa);
    CHECK(ats.status == DmaStatus::kCompleterAbort);
    CHECK(b.events() == 1);
  });
}

TEST_CASE("in phase 3 with CR2.REC_CFG_ATS the refused translation request is recorded") {
  Bench b;
  b.run([&] {
    b.write32(reg::CR2, cr2::REC_CFG_ATS);
    CHECK(b.read32(reg::CR2) == cr2::REC_CFG_ATS);
    b.write64(reg::STRTAB_BASE, Bench::kStrtab);
    b.write32(reg::STRTAB_BASE_CFG, strtab::linear(8));
    b.write64(reg::EVENTQ_BASE, Bench::kEventq | 3);
    b.write32(reg::CR0, cr0::SMMUEN | cr0::EVENTQEN);
    b.bind_process();
    b.memory.store(Bench::cd_at(), 0);
    CHECK(b.translation_request(Bench::kVa).status == DmaStatus::kCompleterAbort);
    CHECK(b.event(0).head() == event::head(event::C_BAD_CD, Bench::kSid, Bench::kPasid));
  });
}

TEST_CASE("in phase 4 the next process with the same PASID reaches only its own page") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(Bench::kPage, 0x01D);
    b.memory.store(Bench::kPage + 0x1000, 0x2E4);
    CHECK(b.dma(Bench::kVa, false).data == 0x01D);
    b.memory.store(Bench::cd_at(), 0);
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
    b.command(cmd::tlbi_nh_asid(Bench::kAsid));
    b.sync();
    b.map(0, Bench::kPage + 0x1000);
    b.write_cd();
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 0x2E4);
  });
}

TEST_CASE("a transfer over a page boundary is translated page by page, up to the page that faults") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(1, Bench::kPage + 0x5000);
    CHECK(b.dma(Bench::kVa + 0xFF8, true, 0x1111, 16).ok);
    CHECK(b.memory.load(Bench::kPage + 0xFF8) == 0x1111);
    CHECK_FALSE(b.dma(Bench::kVa + 0x1FF8, true, 0x2222, 16).ok);
    CHECK(b.memory.load(Bench::kPage + 0x5FF8) == 0x2222);
    CHECK(b.event(0).head() == event::head(event::F_TRANSLATION, Bench::kSid, Bench::kPasid));
    CHECK(b.event(0).input_address() == Bench::kVa + 0x2000);
  });
}

TEST_CASE("a process's read-only page refuses writes with F_PERMISSION") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(0, Bench::kPage, false);
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK_FALSE(b.dma(Bench::kVa, true, 1).ok);
    CHECK(b.event(0).head() == event::head(event::F_PERMISSION, Bench::kSid, Bench::kPasid));
    CHECK(b.event(0).w[1] == event::cls(event::kClassIN));  // write, data, unprivileged
    CHECK(b.event(0).input_address() == Bench::kVa);
  });
}

TEST_CASE("traffic without a PASID bypasses stage 1 if S1DSS says so") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kPage + 0x40, true, 77, 8, 0, false).ok);
    CHECK(b.memory.load(Bench::kPage + 0x40) == 77);
  });
}

TEST_CASE("Translated traffic of a stream without ATS is refused and recorded when ATSCHK is 1") {
  Bench b;
  b.run([&] {
    b.enable();
    b.write_ste(false);
    CHECK_FALSE(b.translated(Bench::kPage, true, 1).ok);
    CHECK(b.event(0).head() == event::head(event::F_TRANSL_FORBIDDEN, Bench::kSid));
    CHECK(b.event(0).w[1] == 0);
    CHECK(b.event(0).input_address() == Bench::kPage);
    CHECK(b.translation_request(Bench::kVa).status == DmaStatus::kUnsupportedRequest);
    CHECK(b.event(1).head() == event::head(event::F_BAD_ATS_TREQ, Bench::kSid, Bench::kPasid));
  });
}

TEST_CASE("a disabled SMMU bypasses or aborts traffic, as GBPA says, and has no ATS service") {
  Bench b;
  b.run([&] {
    CHECK(b.dma(Bench::kPage, true, 5).ok);
    CHECK(b.memory.load(Bench::kPage) == 5);
    b.write32(reg::GBPA, gbpa::ABORT);  // without Update: ignored
    CHECK(b.dma(Bench::kPage, true, 6).ok);
    b.write32(reg::GBPA, gbpa::Update | gbpa::ABORT);
    CHECK(b.read32(reg::GBPA) == gbpa::ABORT);
    CHECK_FALSE(b.dma(Bench::kPage, true, 7).ok);
    CHECK(b.memory.load(Bench::kPage) == 6);
    CHECK(b.translation_request(Bench::kVa).status == DmaStatus::kUnsupportedRequest);
    CHECK_FALSE(b.translated(Bench::kPage, true, 8).ok);
  });
}

}  // namespace smmu_vp::test
