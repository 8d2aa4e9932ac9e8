// STE.PRIVCFG and STE.INSTCFG on ordinary traffic: what a page permits and what its fault's record says go by
// the attributes after the override (5.2, 13.1.4, 7.3.16).
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid, kLeaf = Bench::kPte + 8 * 0x167;
constexpr u64 kPrivileged = 0xF03;  // EL1 reads and writes: AP[1] clear
constexpr u64 kUser = 0xF43;        // and EL0 too: AP[1]
constexpr u64 kReadOnly = 0xFC3;    // AP[2:1] 0b11
constexpr u64 kUxn = u64{1} << 54, kPxn = u64{1} << 53;
constexpr u64 kUseIncoming = 0, kReserved = 1;  // of both fields
constexpr u64 kUnprivileged = 2, kAlwaysPrivileged = 3;
constexpr u64 kData = 2, kInstruction = 3;

struct Kind {
  bool write = false, priv = false, exec = false;
};

class Overrides : public Bench {
 public:
  void start() {
    enable();
    bind_process();
  }
  void page(u64 bits) {
    memory.store(kLeaf, kPage | bits);
    forget(*this);
  }
  void configure(u64 privcfg, u64 instcfg) {
    memory.store(kSte + 8, 0x1 | privcfg << 48 | instcfg << 50);
    forget(*this);
  }
  bool passes(const Kind& kind) {
    DmaExtension ext;
    ext.stream_id = kSid;
    ext.has_pasid = true;
    ext.pasid = kPasid;
    ext.priv = kind.priv;
    ext.exec = kind.exec;
    const u32 before = events();
    const bool ok = send(ext, kVa, kind.write, 0x77, 8, 0).ok;
    CHECK(((events() - before) & 0xF) == (ok ? 0 : 1));
    // What the device set is its own and stays.
    CHECK(ext.priv == kind.priv);
    CHECK(ext.exec == kind.exec);
    return ok;
  }
  // RnW, InD and PnU of the newest record, an F_PERMISSION; then the queue is empty again.
  u64 recorded() {
    const u32 newest = events() - 1;
    CHECK((event_word(newest, 0) & 0xFF) == 0x13);
    write32(0x100AC, read32(0x100A8));
    return event_word(newest, 1) >> 33 & 0b111;
  }
};

}  // namespace

TEST_CASE("PRIVCFG decides over a page for privileged accesses alone whatever the device says") {
  Overrides b;
  b.run([&] {
    b.start();
    CHECK((b.read32(0x4) >> 26 & 1) == 1);  // IDR1.ATTR_PERMS_OVR
    b.page(kPrivileged | kUxn | kPxn);
    for (const bool write : {false, true}) {
      const u64 rnw = write ? 0 : 0b100;
      for (const u64 privcfg : {kUseIncoming, kReserved}) {  // 0b01 behaves as 0b00 (5.2)
        b.configure(privcfg, kUseIncoming);
        CHECK(b.passes({.write = write, .priv = true}));
        CHECK_FALSE(b.passes({.write = write}));
        CHECK(b.recorded() == rnw);
      }
      b.configure(kAlwaysPrivileged, kUseIncoming);
      CHECK(b.passes({.write = write}));
      CHECK(b.passes({.write = write, .priv = true}));
      b.configure(kUnprivileged, kUseIncoming);
      CHECK_FALSE(b.passes({.write = write, .priv = true}));
      CHECK(b.recorded() == rnw);  // PnU is 0, as overridden
      CHECK_FALSE(b.passes({.write = write}));
      CHECK(b.recorded() == rnw);
    }
    CHECK(b.events() == (b.read32(0x100AC) & 0xF));
  });
}

TEST_CASE("INSTCFG makes reads fetches or data and leaves writes data") {
  Overrides b;
  b.run([&] {
    b.start();
    b.page(kUser | kUxn);
    for (const u64 instcfg : {kUseIncoming, kReserved}) {
      b.configure(kUseIncoming, instcfg);
      CHECK(b.passes({}));
      CHECK_FALSE(b.passes({.exec = true}));
      CHECK(b.recorded() == 0b110);  // RnW and InD
    }
    b.configure(kUseIncoming, kData);
    CHECK(b.passes({.exec = true}));
    b.configure(kUseIncoming, kInstruction);
    CHECK_FALSE(b.passes({}));
    CHECK(b.recorded() == 0b110);
    CHECK(b.passes({.write = true}));  // ignored for writes (13.1.4)
    CHECK(b.memory.load(Bench::kPage) == 0x77);
    CHECK(b.passes({.write = true, .exec = true}));
    b.page(kReadOnly);
    CHECK(b.passes({}));
    CHECK_FALSE(b.passes({.write = true, .exec = true}));
    CHECK(b.recorded() == 0);  // InD is 0 where RnW is (7.3.16)
  });
}

TEST_CASE("PRIVCFG and INSTCFG together choose between UXN and PXN") {
  Overrides b;
  b.run([&] {
    b.start();
    b.page(kReadOnly | kPxn);
    b.configure(kUnprivileged, kInstruction);
    CHECK(b.passes({.priv = true}));
    b.configure(kAlwaysPrivileged, kInstruction);
    CHECK_FALSE(b.passes({}));
    CHECK(b.recorded() == 0b111);  // RnW, InD and PnU, all as overridden
    b.page(kReadOnly | kUxn);
    CHECK(b.passes({}));
    b.configure(kUnprivileged, kInstruction);
    CHECK_FALSE(b.passes({.priv = true}));
    CHECK(b.recorded() == 0b110);
  });
}

}  // namespace smmu_vp::test
