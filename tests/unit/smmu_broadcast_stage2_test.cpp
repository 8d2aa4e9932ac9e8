// Broadcast TLB maintenance with stage 2 and EL2: each operation affects its own world and VMID only (3.17).
#include "tests/unit/smmu_broadcast.h"
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

namespace {

using Op = BroadcastOp;

core::SmmuConfig hypervisor() {
  core::SmmuConfig config = both_stages();
  config.features.btm = true;
  return config;
}

// Whether an access needs a walk: of the process, and of its stream without a PASID.
struct Walks {
  Bench& b;
  bool process() { return walks(Bench::kVa, true); }
  bool stream() { return walks(kDataIpa, false); }

 private:
  bool walks(u64 address, bool with_pasid) {
    const u64 before = b.counter("smmu.tlb.misses");
    CHECK(b.dma(address, false, 0, 8, 0, with_pasid).ok);
    return b.counter("smmu.tlb.misses") != before;
  }
};

// The process in NS-EL2, or in NS-EL2-E2H (CR2.E2H).
void enable_el2(Bench& b, bool e2h) {
  b.enable();
  b.set_cr0(cr0::all_but(cr0::SMMUEN));
  b.write32(reg::CR2, e2h ? cr2::E2H | cr2::RECINVSID : cr2::RECINVSID);
  b.set_cr0(cr0::kAll);
  b.bind_process();
  const u64 ste = Bench::ste_at() + 8;
  b.memory.store(ste, b.memory.load(ste) | ste::strw(0b10));
}

void check_el2(Bench& b, Pe& pe, std::initializer_list<BroadcastTlbi> others,
               std::initializer_list<BroadcastTlbi> matching) {
  Walks walks{b};
  CHECK(walks.process());
  for (const BroadcastTlbi& other : others) {
    CAPTURE(static_cast<int>(other.op));
    CAPTURE(other.e2h);
    pe.tlbi(other);
    CHECK_FALSE(walks.process());
  }
  for (const BroadcastTlbi& match : matching) {
    CAPTURE(static_cast<int>(match.op));
    CAPTURE(match.e2h);
    pe.tlbi(match);
    CHECK(walks.process());
  }
}

}  // namespace

TEST_CASE("broadcasts for EL1 invalidate entries of their VMID, and by IPA only those of stage 2 alone") {
  Bench b(hypervisor());
  Pe pe(b);
  b.run([&] {
    b.enable();
    enable_stage2(b, true);  // VMID 9; without a PASID stage 2 alone
    Walks walks{b};
    CHECK(walks.process());
    CHECK(walks.stream());
    const u64 last = kDataIpa + 0x1F'F000;
    struct Row {
      BroadcastTlbi what;
      bool process, stream;
    };
    const Row rows[] = {
        {{.op = Op::kIpaS2E1, .vmid = 8, .address = kDataIpa}, false, false},
        {{.op = Op::kIpaS2E1, .vmid = 9, .address = kDataIpa + 0x20'0000}, false, false},
        {{.op = Op::kIpaS2E1, .vmid = 9, .address = kDataIpa}, false, true},
        {{.op = Op::kIpaS2E1, .vmid = 9, .address = last, .last_level = true}, false, true},
        {{.op = Op::kVmallS12E1, .vmid = 8}, false, false},
        {{.op = Op::kVmallS12E1, .vmid = 9}, true, true},
        {{.op = Op::kVaE1, .vmid = 8, .asid = 0x42, .address = Bench::kVa}, false, false},
        {{.op = Op::kVaE1, .vmid = 9, .asid = 0x43, .address = Bench::kVa}, false, false},
        {{.op = Op::kVaE1, .vmid = 9, .asid = 0x42, .address = Bench::kVa}, true, false},
        {{.op = Op::kVaaE1, .vmid = 9, .address = Bench::kVa}, true, false},
        {{.op = Op::kAsidE1, .vmid = 8, .asid = 0x42}, false, false},
        {{.op = Op::kAsidE1, .vmid = 9, .asid = 0x42}, true, false},
        {{.op = Op::kAllE2}, false, false},
        {{.op = Op::kAllE2, .e2h = true}, false, false},
        {{.op = Op::kVaE2, .asid = 0x42, .address = Bench::kVa}, false, false},
        {{.op = Op::kVaE2, .asid = 0x42, .address = Bench::kVa, .e2h = true}, false, false},
        {{.op = Op::kAsidE2, .asid = 0x42, .e2h = true}, false, false},
        {{.op = Op::kAllE1}, true, true},
    };
    for (const Row& row : rows) {
      CAPTURE(static_cast<int>(row.what.op));
      CAPTURE(row.what.vmid);
      pe.tlbi(row.what);
      CHECK(walks.process() == row.process);
      CHECK(walks.stream() == row.stream);
    }
    CHECK(b.events() == 0);
  });
}

TEST_CASE("broadcasts of an EL2 without E2H apply to entries of NS-EL2 for any ASID") {
  Bench b(hypervisor());
  Pe pe(b);
  b.run([&] {
    enable_el2(b, false);
    check_el2(b, pe,
              {{.op = Op::kAllE1},
               {.op = Op::kVmallS12E1},
               {.op = Op::kVaaE1, .address = Bench::kVa},
               {.op = Op::kVaE2, .address = Bench::kVa + 0x1000},
               {.op = Op::kAsidE2, .asid = 0x42},  // E2H only (3.17.5)
               {.op = Op::kVaaE2, .address = Bench::kVa}},
              {{.op = Op::kAllE2},
               {.op = Op::kVaE2, .address = Bench::kVa},
               {.op = Op::kVaE2, .asid = 0x77, .address = Bench::kVa}});
  });
}

TEST_CASE("broadcasts of an EL2 with E2H match the ASID of entries of NS-EL2-E2H") {
  Bench b(hypervisor());
  Pe pe(b);
  b.run([&] {
    enable_el2(b, true);
    check_el2(b, pe,
              {{.op = Op::kAllE1},
               {.op = Op::kAsidE1, .asid = 0x42},
               {.op = Op::kVaE2, .asid = 0x43, .address = Bench::kVa, .e2h = true},
               {.op = Op::kVaE2, .asid = 0x42, .address = Bench::kVa + 0x1000, .e2h = true},
               {.op = Op::kVaaE2, .address = Bench::kVa + 0x1000, .e2h = true},
               {.op = Op::kAsidE2, .asid = 0x43, .e2h = true}},
              {{.op = Op::kAllE2, .e2h = true},
               {.op = Op::kVaE2, .asid = 0x42, .address = Bench::kVa, .e2h = true},
               {.op = Op::kVaaE2, .address = Bench::kVa, .e2h = true},
               {.op = Op::kAsidE2, .asid = 0x42, .e2h = true}});
  });
}

TEST_CASE("a broadcast sync waits for the fetches of CMD_PREFETCH_CONFIG") {
  Bench b(hypervisor());
  Pe pe(b);
  Gate gate(b, Bench::cd_at());
  b.run([&] {
    b.enable();
    b.bind_process();
    b.submit(cmd::prefetch_config(Bench::kSid, Bench::kPasid));
    Bench::until([&] { return gate.reached; });
    bool synced = false;
    Bench::spawn([&] {
      pe.sync();
      synced = true;
    });
    Bench::delay(100);
    CHECK_FALSE(synced);  // 3.21.1
    gate.let_go();
    Bench::until([&] { return synced; });
  });
}

}  // namespace smmu_vp::test
