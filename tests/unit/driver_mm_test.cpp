// Address spaces: descriptors as D8.3 has them, demand paging, and the order of freeing.
#include <doctest/doctest.h>

#include "sw_driver/mm/process.h"
#include "tests/support/structures.h"
#include "tests/unit/driver_fake_os.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::FakeOs;
namespace pte = smmu_vp::test::pte;

namespace {

constexpr u64 kVa = 0x12'3456'7000;

struct World {
  explicit World(DriverConfig config = {}) : env{os, config} {}
  std::shared_ptr<Mm> mm(PageSource source = {}) { return Mm::create(env, 5, "test", std::move(source)); }
  // The leaf of `va`, by the test's own walk: 4 KB granule, four levels.
  u64 leaf(const Mm& mm, u64 va) {
    u64 table = mm.pgd();
    for (int shift = 39; shift > 12; shift -= 9) {
      const u64 d = os.load64(table + (va >> shift & 0x1FF) * 8);
      if ((d & pte::kTable) != pte::kTable) return 0;
      table = pte::address(d);
    }
    return os.load64(table + (va >> 12 & 0x1FF) * 8);
  }
  FakeOs os;
  Env env;
};

class Recorder : public MmuNotifier {
 public:
  explicit Recorder(std::string& out) : trail_(out) {}
  void invalidate_range(u64 start, u64 end) override {
    trail_ += "invalidate " + std::to_string((end - start) >> 12) + " ";
    if (during) during();
  }
  void release() override {
    trail_ += "release ";
    if (during) during();
  }
  void freed() override { trail_ += "freed "; }
  std::function<void()> during;

 private:
  std::string& trail_;
};

}  // namespace

TEST_CASE("a page is mapped with the process's own rights and AF set") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm();
    REQUIRE(mm->mmap(kVa, 0x4000, kProtReadWrite));
    REQUIRE(mm->mmap(kVa + 0x4000, 0x1000, kProtReadExec));
    CHECK(w.leaf(*mm, kVa) == 0);
    REQUIRE(mm->handle_fault(kVa + 0x123, Access::kWrite) == VmFault::kOk);
    const u64 d = w.leaf(*mm, kVa);
    constexpr u64 kWritten = u64{1} << 55;  // software's (D8.3)
    CHECK(pte::attributes(d) == (pte::kUserData | pte::kPage | kWritten));
    CHECK(w.os.owner_of(pte::address(d)) == 5);
    REQUIRE(mm->handle_fault(kVa + 0x1000, Access::kRead) == VmFault::kOk);
    CHECK((w.leaf(*mm, kVa + 0x1000) & pte::kReadOnly) != 0);  // clean: until written
    REQUIRE(mm->handle_fault(kVa + 0x4000, Access::kExec) == VmFault::kOk);
    CHECK((w.leaf(*mm, kVa + 0x4000) & (pte::kPxn | pte::kUxn)) == pte::kPxn);  // for the process only
  });
}

TEST_CASE("memory of blocks is mapped by one level 2 descriptor for 2 MB, changed whole, and freed whole") {
  World w;
  w.os.run([&] {
    constexpr u64 kBlock = u64{2} << 20, kStart = 0x12'3460'0000;
    const auto mm = w.mm();
    CHECK_FALSE(
        mm->mmap(kStart + 0x1000, kBlock, kProtReadWrite, {.leaf_level = 2}));  // not aligned to blocks
    REQUIRE(mm->mmap(kStart, 2 * kBlock, kProtReadWrite, {.leaf_level = 2}));
    REQUIRE(mm->handle_fault(kStart + 0x5678, Access::kWrite) == VmFault::kOk);
    u64 table = mm->pgd();
    for (int shift = 39; shift > 21; shift -= 9)
      table = pte::address(w.os.load64(table + (kStart >> shift & 0x1FF) * 8));
    const u64 block = w.os.load64(table + (kStart >> 21 & 0x1FF) * 8);
    CHECK((block & 0b11) == 0b01);  // a block (D8.3)
    CHECK(pte::address(block) % kBlock == 0);
    const u64 value = 0x1122'3344'5566'7788;
    REQUIRE(mm->write(kStart + kBlock - 4, &value, sizeof value));  // across two blocks
    CHECK(w.os.load32(pte::address(block) + kBlock - 4) == 0x5566'7788);
    CHECK_FALSE(mm->munmap(kStart, 0x1000));  // a part of a block
    CHECK_FALSE(mm->mprotect(kStart + 0x1000, kBlock, kProtRead));
    std::string trail;
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->munmap(kStart, 2 * kBlock));
    CHECK(trail.starts_with("invalidate 1024 "));
    CHECK_FALSE(w.os.is_allocated(pte::address(block)));
  });
}

TEST_CASE("a fault is refused without a VMA or without the right") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm();
    REQUIRE(mm->mmap(kVa, 0x1000, kProtRead));
    CHECK(mm->handle_fault(kVa - 1, Access::kRead) == VmFault::kNoVma);
    CHECK(mm->handle_fault(kVa + 0x1000, Access::kRead) == VmFault::kNoVma);
    CHECK(mm->handle_fault(kVa, Access::kWrite) == VmFault::kNoRight);
    CHECK(mm->handle_fault(kVa, Access::kExec) == VmFault::kNoRight);
    w.os.pages_left = 0;
    CHECK(mm->handle_fault(kVa, Access::kRead) == VmFault::kOom);
  });
}

TEST_CASE("mmap requires aligned, free, 48-bit ranges") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm();
    CHECK(mm->mmap(kVa, 0x2000, kProtRead));
    CHECK_FALSE(mm->mmap(kVa + 0x1000, 0x1000, kProtRead));
    CHECK_FALSE(mm->mmap(kVa - 0x1000, 0x2000, kProtRead));
    CHECK_FALSE(mm->mmap(kVa + 0x10, 0x1000, kProtRead));
    CHECK_FALSE(mm->mmap(kVa + 0x8000, 0, kProtRead));
    CHECK_FALSE(mm->mmap(0xFFFF'FFFF'F000, 0x2000, kProtRead));
    CHECK(mm->mmap(0xFFFF'FFFF'F000, 0x1000, kProtRead));
  });
}

TEST_CASE("a process reads its source's contents and what it wrote") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm([](u64 va, std::span<u8> page) {
      for (u64 i = 0; i < page.size(); ++i) page[i] = static_cast<u8>((va + i) * 7);
    });
    REQUIRE(mm->mmap(kVa, 0x3000, kProtReadWrite));
    std::array<u8, 100> data{};
    REQUIRE(mm->read(kVa + 0xFF0, data.data(), data.size()));
    for (u64 i = 0; i < data.size(); ++i) REQUIRE(data[i] == static_cast<u8>((kVa + 0xFF0 + i) * 7));
    data.fill(0xAB);
    REQUIRE(mm->write(kVa + 0x1FF0, data.data(), data.size()));
    std::array<u8, 100> back{};
    REQUIRE(mm->read(kVa + 0x1FF0, back.data(), back.size()));
    CHECK(back == data);
    CHECK_FALSE(mm->read(kVa + 0x2FF0, data.data(), data.size()));
  });
}

TEST_CASE(
    "madvise(MADV_DONTNEED) invalidates before it frees, keeps mapping and tables, and pages come back "
    "empty") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm();
    REQUIRE(mm->mmap(kVa, 0x4000, kProtReadWrite));
    const u64 value = 0x1122'3344'5566'7788;
    for (u64 page = 1; page < 3; ++page) REQUIRE(mm->write(kVa + page * 0x1000, &value, sizeof value));
    const u64 frame = pte::address(w.leaf(*mm, kVa + 0x1000));
    std::string trail;
    const auto recorder = std::make_shared<Recorder>(trail);
    recorder->during = [&] { CHECK(w.os.is_allocated(frame)); };
    REQUIRE(mm->notifier_register(recorder));
    w.os.freed.clear();
    CHECK_FALSE(mm->madvise_dontneed(kVa + 0x800, 0x1000));
    REQUIRE(mm->madvise_dontneed(kVa, 0x4000));
    CHECK(trail == "invalidate 2 ");  // from the first page present to the last
    CHECK(w.os.freed.size() == 2);
    CHECK(w.os.freed.contains(frame));
    CHECK(w.leaf(*mm, kVa + 0x1000) == 0);
    u64 read = 1;
    REQUIRE(mm->read(kVa + 0x1000, &read, sizeof read));
    CHECK(read == 0);
  });
}

TEST_CASE(
    "a page that migrates keeps contents and rights, and is invalidated between its old and its new "
    "descriptor") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm();
    REQUIRE(mm->mmap(kVa, 0x2000, kProtReadWrite));
    const u64 value = 0x1122'3344'5566'7788;
    REQUIRE(mm->write(kVa, &value, sizeof value));
    REQUIRE(mm->handle_fault(kVa + 0x1000, Access::kRead) == VmFault::kOk);
    const u64 before[] = {w.leaf(*mm, kVa), w.leaf(*mm, kVa + 0x1000)};
    std::string trail;
    const auto recorder = std::make_shared<Recorder>(trail);
    u64 moved = 0;
    recorder->during = [&] { CHECK(w.leaf(*mm, kVa + moved++ * 0x1000) == 0); };
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->migrate(kVa, 0x2000));
    CHECK(trail == "invalidate 1 invalidate 1 ");
    for (u64 page = 0; page < 2; ++page) {
      const u64 after = w.leaf(*mm, kVa + page * 0x1000);
      CHECK(pte::address(after) != pte::address(before[page]));
      CHECK((after ^ before[page]) ==
            (pte::address(after) ^ pte::address(before[page])));  // nothing else differs
      CHECK(w.os.is_allocated(pte::address(after)));
    }
    u64 read = 0;
    REQUIRE(mm->read(kVa, &read, sizeof read));
    CHECK(read == value);
    recorder->during = {};
    w.os.pages_left = 0;
    CHECK_FALSE(mm->migrate(kVa, 0x1000));
    REQUIRE(mm->read(kVa, &read, sizeof read));
    CHECK(read == value);
  });
}

TEST_CASE(
    "the first write to a page of a private file copies it, and invalidates the file's page before the copy "
    "is mapped") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm();
    REQUIRE(mm->mmap(kVa, 0x2000, kProtReadWrite, {.private_file = true}));
    REQUIRE(mm->handle_fault(kVa, Access::kRead) == VmFault::kOk);
    const u64 file = w.leaf(*mm, kVa);
    std::string trail;
    const auto recorder = std::make_shared<Recorder>(trail);
    recorder->during = [&] { CHECK(w.leaf(*mm, kVa) == 0); };
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    const u64 copy = w.leaf(*mm, kVa);
    CHECK(trail == "invalidate 1 ");
    CHECK(pte::address(copy) != pte::address(file));
    CHECK_FALSE(w.os.is_allocated(pte::address(file)));
    CHECK((copy & pte::kReadOnly) == 0);
    recorder->during = {};
    // It is the process's now: what follows changes rights only, and a page that is written at first was never the file's.
    REQUIRE(mm->mprotect(kVa, 0x1000, kProtRead));
    REQUIRE(mm->mprotect(kVa, 0x1000, kProtReadWrite));
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    CHECK(pte::address(w.leaf(*mm, kVa)) == pte::address(copy));
    trail.clear();
    REQUIRE(mm->handle_fault(kVa + 0x1000, Access::kWrite) == VmFault::kOk);
    CHECK(trail.empty());
  });
}

TEST_CASE("munmap calls the notifier before it frees pages, and frees tables that become empty") {
  World w;
  std::string trail;
  w.os.run([&] {
    const auto mm = w.mm();
    const u64 before = w.os.pages_left;
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->mmap(kVa, 0x3000, kProtReadWrite));
    for (u64 i = 0; i < 3; ++i) REQUIRE(mm->handle_fault(kVa + i * 0x1000, Access::kWrite) == VmFault::kOk);
    w.os.trail = [&](const std::string& what) { trail += what + " "; };
    recorder->during = [&] { CHECK(w.leaf(*mm, kVa + 0x1000) == 0); };
    REQUIRE(mm->munmap(kVa + 0x1000, 0x1000));
    CHECK(trail == "invalidate 1 free ");
    trail.clear();
    recorder->during = {};
    REQUIRE(mm->munmap(kVa, 0x3000));
    // The pages, then what the tables mapped, from the first address of the level 1 table to the last of the level 3
    // table; two pages, three levels of tables.
    constexpr u64 kLevel1 = kVa >> 39 << 39, kEnd = ((kVa >> 21) + 1) << 21;
    CHECK(trail == "invalidate 3 invalidate " + std::to_string((kEnd - kLevel1) / 4096) +
                       " free free free free free ");
    CHECK(w.os.pages_left == before);
    trail.clear();
    REQUIRE(mm->munmap(kVa, 0x3000));
    CHECK(trail.empty());
  });
}

TEST_CASE("munmap in the middle of a VMA keeps its ends") {
  World w;
  w.os.run([&] {
    const auto mm = w.mm();
    REQUIRE(mm->mmap(kVa, 0x5000, kProtReadWrite));
    REQUIRE(mm->munmap(kVa + 0x1000, 0x2000));
    CHECK(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    CHECK(mm->handle_fault(kVa + 0x1000, Access::kWrite) == VmFault::kNoVma);
    CHECK(mm->handle_fault(kVa + 0x3000, Access::kWrite) == VmFault::kOk);
  });
}

TEST_CASE("removed and added rights are both invalidated") {
  World w;
  std::string trail;
  w.os.run([&] {
    const auto mm = w.mm();
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->mmap(kVa, 0x2000, kProtReadWrite));
    REQUIRE(mm->handle_fault(kVa, Access::kRead) == VmFault::kOk);
    CHECK(trail.empty());
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    CHECK(trail == "invalidate 1 ");
    const u64 pa = pte::address(w.leaf(*mm, kVa));
    REQUIRE(mm->mprotect(kVa, 0x2000, kProtRead));
    CHECK(trail == "invalidate 1 invalidate 1 ");  // the second page is not present
    CHECK(mm->handle_fault(kVa, Access::kWrite) == VmFault::kNoRight);
    REQUIRE(mm->mprotect(kVa, 0x2000, kProtNone));
    CHECK((w.leaf(*mm, kVa) & 1) == 0);
    CHECK(mm->handle_fault(kVa, Access::kRead) == VmFault::kNoRight);
    REQUIRE(mm->mprotect(kVa, 0x2000, kProtReadWrite));
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    CHECK(pte::address(w.leaf(*mm, kVa)) == pa);  // the page was not moved
  });
}

// arm64's mmu_gather collects the range of the entries that it clears.
TEST_CASE("only what lies between the first and the last page present is invalidated") {
  World w;
  std::string trail;
  w.os.run([&] {
    const auto mm = w.mm();
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->mmap(kVa, 0x10'0000, kProtReadWrite));
    for (const u64 page : {u64{1}, u64{14}, u64{16}})
      REQUIRE(mm->handle_fault(kVa + page * 0x1000, Access::kWrite) == VmFault::kOk);
    REQUIRE(mm->munmap(kVa, 0x1'0000));
    CHECK(trail == "invalidate 14 ");
  });
}

// mm/mprotect.c, can_change_pte_writable(): a page that the process has to itself becomes writable at once.
TEST_CASE(
    "a page that was written becomes writable with its memory, one that was only read with its first write") {
  World w;
  std::string trail;
  w.os.run([&] {
    const auto mm = w.mm();
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->mmap(kVa, 0x2000, kProtReadWrite));
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    REQUIRE(mm->handle_fault(kVa + 0x1000, Access::kRead) == VmFault::kOk);
    REQUIRE(mm->mprotect(kVa, 0x2000, kProtRead));
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->mprotect(kVa, 0x2000, kProtReadWrite));
    CHECK(trail == "invalidate 2 ");
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    CHECK(trail == "invalidate 2 ");
    REQUIRE(mm->handle_fault(kVa + 0x1000, Access::kWrite) == VmFault::kOk);
    CHECK(trail == "invalidate 2 invalidate 1 ");
  });
}

TEST_CASE("exit releases first, then frees pages and tables, and the top-level table with the last count") {
  World w;
  std::string trail;
  w.os.run([&] {
    const auto mm = w.mm();
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->mmap(kVa, 0x2000, kProtReadWrite));
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    mm->mmgrab();
    const u64 pgd = mm->pgd();
    w.os.trail = [&](const std::string& what) { trail += what + " "; };
    recorder->during = [&] { CHECK(w.leaf(*mm, kVa) != 0); };
    mm->mmput();
    CHECK(trail == "release free free free free ");
    CHECK(w.os.is_allocated(pgd));
    CHECK_FALSE(mm->mmget_not_zero());
    CHECK_FALSE(mm->notifier_register(recorder));
    CHECK_FALSE(mm->read(kVa, &trail, 1));
    mm->mmdrop();
    CHECK_FALSE(w.os.is_allocated(pgd));
  });
}

TEST_CASE("another thread's reference delays the exit, which then runs in that thread") {
  World w;
  std::string trail;
  w.os.run([&] {
    const auto mm = w.mm();
    Process process("p", mm);
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->mmget_not_zero());
    process.kill();
    process.kill();
    CHECK_FALSE(process.alive());
    CHECK(trail.empty());
    mm->mmput();
    CHECK(trail == "release ");
  });
}

TEST_CASE("a notifier is freed only when no call into it is running") {
  World w;
  std::string trail;
  w.os.run([&] {
    const auto mm = w.mm();
    const auto recorder = std::make_shared<Recorder>(trail);
    REQUIRE(mm->notifier_register(recorder));
    REQUIRE(mm->mmap(kVa, 0x1000, kProtReadWrite));
    REQUIRE(mm->handle_fault(kVa, Access::kWrite) == VmFault::kOk);
    recorder->during = [&] { w.os.sleep_ps(1000); };
    w.os.spawn("munmap", [&] { mm->munmap(kVa, 0x1000); });
    w.os.sleep_ps(10);
    mm->notifier_put(recorder);
    CHECK(trail == "invalidate 1 ");
    w.os.sleep_ps(2000);
    CHECK(trail == "invalidate 1 freed ");
  });
}

TEST_CASE("16 KB and 64 KB granules have their own tables") {
  for (const auto g : {spec::vmsa::Granule::k16K, spec::vmsa::Granule::k64K}) {
    World w({.granule = g});
    w.os.run([&] {
      const auto mm = w.mm();
      const u64 page = mm->page_bytes();
      CHECK(page == (g == spec::vmsa::Granule::k16K ? 0x4000 : 0x10000));
      const u64 before = w.os.pages_left;
      const u64 va = 0xFFFF'0000'0000;
      REQUIRE(mm->mmap(va, 2 * page, kProtReadWrite));
      u64 value = 0x1122'3344'5566'7788, back = 0;
      REQUIRE(mm->write(va + page - 4, &value, 8));
      REQUIRE(mm->read(va + page - 4, &back, 8));
      CHECK(back == value);
      // 16 KB: levels 0 (two entries), 1, 2, 3. 64 KB: levels 1, 2, 3.
      const u64 tables = g == spec::vmsa::Granule::k16K ? 3 : 2;
      CHECK(before - w.os.pages_left == (tables + 2) * page / 4096);
      const u64 top_shift = g == spec::vmsa::Granule::k16K ? 47 : 42;
      CHECK((w.os.load64(mm->pgd() + (va >> top_shift) * 8) & 3) == 3);
      REQUIRE(mm->munmap(va, 2 * page));
      CHECK(w.os.pages_left == before);
    });
  }
}
