// STE.PRIVCFG and STE.INSTCFG on ordinary traffic: a page's permission check and the fault record use the
// attributes after the override (5.2, 13.1.4, 7.3.16).
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kSte = Bench::ste_at(), kLeaf = Bench::kPte + 8 * 0x167;
// EL1 reads and writes; EL0 too; both only read.
constexpr u64 kPrivileged = pte::kNg | pte::kAf | pte::kInnerShareable | pte::kPage;
constexpr u64 kUser = kPrivileged | pte::kUser, kReadOnly = kUser | pte::kReadOnly;
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
    memory.store(kSte + 8, ste::kDssBypass | ste::privcfg(privcfg) | ste::instcfg(instcfg));
    forget(*this);
  }
  bool passes(const Kind& kind) {
    DmaExtension ext;
    ext.who = {kSid, kPasid};
    ext.priv = kind.priv;
    ext.exec = kind.exec;
    const u32 before = events();
    const bool ok = send(ext, kVa, kind.write, 0x77, 8, 0).ok;
    CHECK(((events() - before) & 0xF) == (ok ? 0 : 1));
    // The device's own attributes are restored.
    CHECK(ext.priv == kind.priv);
    CHECK(ext.exec == kind.exec);
    return ok;
  }
  // The attributes of the newest record, an F_PERMISSION; empties the queue again.
  u64 recorded() {
    const u32 newest = events() - 1;
    CHECK(event(newest).type() == event::F_PERMISSION);
    write32(reg::EVENTQ_CONS, read32(reg::EVENTQ_PROD));
    return event(newest).attributes();
  }
};

}  // namespace

TEST_CASE("PRIVCFG determines access to a privileged page whatever the device requests") {
  Overrides b;
  b.run([&] {
    b.start();
    CHECK(idr::attr_perms_ovr(b.read32(reg::IDR1)));
    b.page(kPrivileged | pte::kUxn | pte::kPxn);
    for (const bool write : {false, true}) {
      const u64 rnw = write ? 0 : event::kRnW;
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
    CHECK(b.events() == (b.read32(reg::EVENTQ_CONS) & 0xF));
  });
}

TEST_CASE("INSTCFG makes reads instruction or data accesses, and writes stay data") {
  Overrides b;
  b.run([&] {
    b.start();
    b.page(kUser | pte::kUxn);
    for (const u64 instcfg : {kUseIncoming, kReserved}) {
      b.configure(kUseIncoming, instcfg);
      CHECK(b.passes({}));
      CHECK_FALSE(b.passes({.exec = true}));
      CHECK(b.recorded() == (event::kRnW | event::kInD));
    }
    b.configure(kUseIncoming, kData);
    CHECK(b.passes({.exec = true}));
    b.configure(kUseIncoming, kInstruction);
    CHECK_FALSE(b.passes({}));
    CHECK(b.recorded() == (event::kRnW | event::kInD));
    CHECK(b.passes({.write = true}));  // ignored for writes (13.1.4)
    CHECK(b.memory.load(Bench::kPage) == 0x77);
    CHECK(b.passes({.write = true, .exec = true}));
    b.page(kReadOnly);
    CHECK(b.passes({}));
    CHECK_FALSE(b.passes({.write = true, .exec = true}));
    CHECK(b.recorded() == 0);  // InD is 0 where RnW is (7.3.16)
  });
}

TEST_CASE("PRIVCFG and INSTCFG together select UXN or PXN") {
  Overrides b;
  b.run([&] {
    b.start();
    b.page(kReadOnly | pte::kPxn);
    b.configure(kUnprivileged, kInstruction);
    CHECK(b.passes({.priv = true}));
    b.configure(kAlwaysPrivileged, kInstruction);
    CHECK_FALSE(b.passes({}));
    CHECK(b.recorded() == (event::kRnW | event::kInD | event::kPnU));  // as overridden
    b.page(kReadOnly | pte::kUxn);
    CHECK(b.passes({}));
    b.configure(kUnprivileged, kInstruction);
    CHECK_FALSE(b.passes({.priv = true}));
    CHECK(b.recorded() == (event::kRnW | event::kInD));
  });
}

}  // namespace smmu_vp::test
