// The C ABI: broadcast TLB maintenance as a processor sends it, for a driver bound by hand.
#include "tests/unit/capi_driver.h"

using namespace smmu_vp::test;

namespace {

// A platform with a page mapped for PASID 1 of the platform device, whose
// ASID 7 is shared with the processor.
struct Bound : Machine {
  explicit Bound(const std::vector<std::string>& settings = {"smmu.features.btm=true"}, std::uint32_t cr2 = 0)
      : Machine(settings) {
    write(reg::CR2, cr2);  // before SMMUEN is set (6.3.12.1)
    enable(kPlatformSid, cd::kAborts);
    cd(1)[0] &= ~cd::ASET;
    map(0, kPage);
  }
  smmu_vp_dma_status dma() {
    auto r = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, kVa, &data, sizeof data, false);
    r.has_pasid = 1;
    r.pasid = 1;
    smmu_vp_dma_result result{};
    CHECK_MESSAGE(smmu_vp_dma(vp, &r, &result) == SMMU_VP_OK, last_error());
    return result.status;
  }
  // Reads the page, then removes it from the tables.
  void read_and_unmap() {
    CHECK(dma() == SMMU_VP_DMA_OK);
    *ram(kPtes) = 0;
  }
  void broadcast(const smmu_vp_tlbi& t) const {
    CHECK_MESSAGE(smmu_vp_tlbi_broadcast(vp, &t) == SMMU_VP_OK, last_error());
    CHECK_MESSAGE(smmu_vp_tlbi_sync(vp) == SMMU_VP_OK, last_error());
  }

  std::uint64_t data = 0;
};

smmu_vp_tlbi vae1(std::uint64_t address, std::uint32_t asid = 7) {
  smmu_vp_tlbi t{};
  t.op = SMMU_VP_TLBI_VAE1;
  t.asid = asid;
  t.address = address;
  return t;
}

}  // namespace

TEST_CASE("through the C ABI an unmapped page cannot be reached after a broadcast VAE1IS and its sync") {
  Bound m;
  CHECK(idr::btm(m.read(reg::IDR0)));
  m.read_and_unmap();
  CHECK(m.dma() == SMMU_VP_DMA_OK);  // from the TLB
  m.broadcast(vae1(Machine::kVa + 0x1000));
  m.broadcast(vae1(Machine::kVa, 8));
  CHECK(m.dma() == SMMU_VP_DMA_OK);  // neither TLBI applied to it
  m.broadcast(vae1(Machine::kVa));
  CHECK(m.dma() == SMMU_VP_DMA_ABORTED);
  CHECK(smmu_vp_settle(m.vp, 100 * kUs) == SMMU_VP_OK);
  CHECK(m.event().type() == event::F_TRANSLATION);
}

TEST_CASE("through the C ABI a range of pages and a whole ASID are invalidated by a broadcast") {
  Bound m;
  auto range = vae1(Machine::kVa - 0x3000);
  range.bytes = 0x4000;
  smmu_vp_tlbi asid{};
  asid.op = SMMU_VP_TLBI_ASIDE1;
  asid.asid = 7;
  for (const smmu_vp_tlbi& t : {range, asid}) {
    m.map(0, Machine::kPage);
    m.read_and_unmap();
    CHECK(m.dma() == SMMU_VP_DMA_OK);
    m.broadcast(t);
    CHECK(m.dma() == SMMU_VP_DMA_ABORTED);
  }
}

TEST_CASE("through the C ABI with CR2.PTM set a broadcast is ignored and DMA still hits the stale entry") {
  Bound m({"smmu.features.btm=true"}, cr2::PTM);
  m.read_and_unmap();
  m.broadcast(vae1(Machine::kVa));
  CHECK(m.dma() == SMMU_VP_DMA_OK);
  m.command(cmd::tlbi_nh_va(7, Machine::kVa));
  m.command(cmd::sync());
  CHECK(m.dma() == SMMU_VP_DMA_ABORTED);
}

TEST_CASE("through the C ABI an SMMU without IDR0.BTM ignores broadcasts") {
  Bound m(std::vector<std::string>{});
  CHECK_FALSE(idr::btm(m.read(reg::IDR0)));
  m.read_and_unmap();
  m.broadcast(vae1(Machine::kVa));
  CHECK(m.dma() == SMMU_VP_DMA_OK);
}

TEST_CASE("through the C ABI a broadcast that no processor can send is refused with the field named") {
  Machine m({"smmu.features.btm=true"});
  const auto refused = [&](const smmu_vp_tlbi& t, const char* field) {
    CHECK(smmu_vp_tlbi_broadcast(m.vp, &t) == SMMU_VP_EINVAL);
    CHECK_MESSAGE(last_error().find(field) != std::string::npos, last_error());
  };
  CHECK(smmu_vp_tlbi_broadcast(m.vp, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_tlbi_broadcast(nullptr, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_tlbi_sync(nullptr) == SMMU_VP_EINVAL);
  smmu_vp_tlbi t = vae1(Machine::kVa);
  for (const int op : {11, -1}) {
    std::memcpy(&t.op, &op, sizeof op);
    refused(t, "op ");
  }
  t = vae1(Machine::kVa, 0x1'0000);
  refused(t, "asid");
  t = vae1(Machine::kVa);
  t.vmid = 0x1'0000;
  refused(t, "vmid");
  refused(vae1(Machine::kVa + 8), "4 KB pages");
  t = vae1(Machine::kVa);
  t.bytes = 100;
  refused(t, "4 KB pages");
  t.address = ~std::uint64_t{0xFFF};
  t.bytes = 0x2000;
  refused(t, "wrap");
  t.op = SMMU_VP_TLBI_ASIDE2;
  refused(t, "e2h");
  // Fields that an operation does not use are not checked.
  t.op = SMMU_VP_TLBI_ALLE1;
  t.asid = t.vmid = ~0u;
  CHECK(smmu_vp_tlbi_broadcast(m.vp, &t) == SMMU_VP_OK);
}

TEST_CASE("through the C ABI a broadcast sync takes the time of a barrier") {
  Machine m({"smmu.features.btm=true", "cpu.costs.barrier_ns=70"});
  const std::uint64_t begin = smmu_vp_now_ps(m.vp);
  CHECK(smmu_vp_tlbi_sync(m.vp) == SMMU_VP_OK);
  CHECK(smmu_vp_now_ps(m.vp) == begin + 70'000);
}
