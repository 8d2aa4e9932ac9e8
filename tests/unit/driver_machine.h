// A machine for driver tests: fake OS and SMMU, the real driver core, and devices that
// record the calls made to them.
#pragma once

#include "sw_driver/iommu/sva.h"
#include "sw_driver/smmu_v3/smmu.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tests/unit/driver_fake_smmu.h"

namespace smmu_vp::sw_test {

class TestDevice : public sw::Device {
 public:
  TestDevice(FakeOs& os, sw::DeviceInfo information, bool pcie)
      : Device(std::move(information)), os_(os), pcie_(pcie) {}

  bool has_ats() const override { return pcie_; }
  void enable_ats(unsigned) override { os_.trail("ats on"); }
  void disable_ats() override { os_.trail("ats off"); }
  bool has_pri() const override { return pcie_; }
  bool enable_pri(unsigned) override {
    os_.trail("pri on");
    return true;
  }
  void disable_pri() override { os_.trail("pri off"); }

 private:
  FakeOs& os_;
  bool pcie_;
};

struct Machine {
  explicit Machine(sw::DriverConfig config = {})
      : smmu_model(os),
        env{os, config},
        faults(env),
        sva(env, faults),
        smmu(env, faults,
             {.base = FakeSmmu::kBase,
              .irq_event = FakeSmmu::kIrqEvent,
              .irq_pri = FakeSmmu::kIrqPri,
              .irq_gerror = FakeSmmu::kIrqGerror}),
        pcie(os, {.name = "pcie", .stream_id = kPcieSid, .pasid_bits = 20}, true),
        stalling(os, {.name = "stalling", .stream_id = kStallSid, .pasid_bits = 20, .can_stall = true},
                 false) {}

  static constexpr u32 kPcieSid = 0x100, kStallSid = 0x2001;

  void boot() {
    REQUIRE(smmu.probe());
    faults.start();
    REQUIRE(smmu.add_device(pcie));
    REQUIRE(smmu.add_device(stalling));
    smmu_model.forget();
  }
  std::shared_ptr<sw::Mm> make_mm() { return sw::Mm::create(env, next_mm++, "test", {}); }
  // Boots, then runs `body`, as a thread of the machine.
  template <typename Body>
  void run(Body body) {
    os.run([&] {
      boot();
      body();
    });
  }
  // The address of the CD of (sid, ssid), found by following the tables as the hardware does.
  u64 cd_address(u32 sid, u32 ssid);

  FakeOs os;
  FakeSmmu smmu_model;
  sw::Env env;
  sw::IoPageFaults faults;
  sw::Sva sva;
  sw::Smmu smmu;
  TestDevice pcie, stalling;
  u64 next_mm = 1;
};

// The same of the STE.
inline u64 ste_address(FakeOs& os, FakeSmmu& smmu, u32 sid) {
  const u64 base = test::strtab::addr(smmu.read(test::reg::STRTAB_BASE, 8));
  const u64 l1std = os.load64(base + u64{sid >> 8} * 8);
  return test::l1std::l2_ptr(l1std) + u64{sid & 0xFF} * 64;
}

inline u64 Machine::cd_address(u32 sid, u32 ssid) {
  const u64 table = test::ste::s1_context_ptr(os.load64(ste_address(os, smmu_model, sid)));
  const u64 l1cd = os.load64(table + u64{ssid >> 10} * 8);
  return test::l1cd::l2_ptr(l1cd) + u64{ssid & 0x3FF} * 64;
}

}  // namespace smmu_vp::sw_test
