// The command queue with several threads, at its wrap, and with an SMMU that does not answer.
#include <doctest/doctest.h>

#include "sw_driver/smmu_v3/command_queue.h"
#include "tests/support/commands.h"
#include "tests/support/registers.h"
#include "tests/unit/driver_fake_smmu.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::FakeOs;
using sw_test::FakeSmmu;
namespace cmd = smmu_vp::test::cmd;

namespace {

struct World {
  explicit World(DriverConfig config = {})
      : model(os), env{os, config}, registers(os, FakeSmmu::kBase), queue(env, registers) {}
  template <typename Body>
  void run(Body body) {
    os.run([&] {
      const auto features = probe_features(env, registers);
      REQUIRE(features.has_value());
      REQUIRE(queue.allocate(*features));
      queue.write_registers();
      model.forget();
      body();
    });
  }
  FakeOs os;
  FakeSmmu model;
  Env env;
  Registers registers;
  CommandQueue queue;
};

std::vector<u32> prods(const World& w) {
  std::vector<u32> out;
  for (const FakeSmmu::Write& x : w.model.writes) {
    if (x.offset == test::reg::CMDQ_PROD) out.push_back(static_cast<u32>(x.value));
  }
  return out;
}

}  // namespace

TEST_CASE("a batch is published every 64 commands and only its end is synced") {
  World w;
  w.run([&] {
    CommandBatch batch(w.env, w.queue);
    for (u64 i = 0; i < 130; ++i) batch.add(command::tlbi_va(false, 1, i << 12));
    batch.submit();
    CHECK(prods(w) == std::vector<u32>{64, 128, 131});
    CHECK(w.model.count(spec::Opcode::CMD_SYNC) == 1);
    CHECK(sw_test::short_name(w.model.commands.back()) == "SYNC");
    for (u64 i = 0; i < 130; ++i) REQUIRE(w.model.commands[i].w[1] == i << 12);
  });
}

TEST_CASE("an empty batch is a lone CMD_SYNC") {
  World w;
  w.run([&] {
    CommandBatch(w.env, w.queue).submit();
    CHECK(w.model.steps(0) == "SYNC");
  });
}

TEST_CASE("CMD_SYNC completes by MSI into its own slot, or by CONS") {
  for (const bool msi : {true, false}) {
    World w({.msi_sync = msi});
    w.run([&] {
      CommandBatch(w.env, w.queue).submit();
      const spec::Command& sync = w.model.commands.at(0);
      const u64 base = test::queue::addr(w.model.read(test::reg::CMDQ_BASE, 8));
      CHECK(sync.w == (msi ? cmd::sync_irq({.address = base, .sh = 0b11, .attr = 0xF})
                           : cmd::sync_sev({.sh = 0b11, .attr = 0xF})));
    });
  }
}

TEST_CASE("the queue wraps many times without losing or repeating a command") {
  for (const bool msi : {true, false}) {
    World w({.cmdq_log2 = 7, .msi_sync = msi});
    w.run([&] {
      u64 next = 0;
      for (int round = 0; round < 200; ++round) {
        CommandBatch batch(w.env, w.queue);
        for (int i = 0; i < round % 70; ++i) batch.add(command::tlbi_va(false, 1, next++ << 12));
        batch.submit();
      }
      u64 expected = 0;
      for (const spec::Command& c : w.model.commands) {
        if (sw_test::short_name(c) == "TLBI_NH_VA") REQUIRE(c.w[1] == expected++ << 12);
      }
      CHECK(expected == next);
      for (const u32 prod : prods(w)) REQUIRE(prod < 256);  // index and wrap bit, nothing above
    });
  }
}

TEST_CASE("threads' command lists are never interleaved, and one PROD write may publish several") {
  World w({.cmdq_log2 = 7});
  w.run([&] {
    constexpr u32 kThreads = 8, kRounds = 20;
    w.os.memory_ps = 700;
    unsigned left = kThreads;
    for (u32 t = 1; t <= kThreads; ++t) {
      w.os.spawn("t", [&, t] {
        for (u32 r = 0; r < kRounds; ++r) {
          CommandBatch batch(w.env, w.queue);
          for (u32 i = 0; i < 5 + t; ++i) batch.add(command::tlbi_va(false, t, u64{i} << 12));
          batch.submit();
          w.os.sleep_ps(100 * t);
        }
        --left;
      });
    }
    while (left != 0) w.os.sleep_ps(1'000'000);
    CHECK(w.model.count(spec::Opcode::CMD_SYNC) == kThreads * kRounds);
    CHECK(prods(w).size() < kThreads * kRounds);
    u64 asid = 0, expected = 0;
    for (const spec::Command& c : w.model.commands) {
      if (sw_test::short_name(c) == "SYNC") {
        REQUIRE(expected == 5 + asid);
        expected = 0;
      } else {
        if (expected == 0) asid = spec::cmd::tlbi::ASID.get(c.w);
        REQUIRE(spec::cmd::tlbi::ASID.get(c.w) == asid);
        REQUIRE(c.w[1] == expected++ << 12);
      }
    }
    CHECK(w.os.log.empty());
  });
}

TEST_CASE("a CMD_SYNC that never completes is reported after a second, and the driver continues") {
  for (const bool msi : {true, false}) {
    World w({.msi_sync = msi});
    w.run([&] {
      w.model.hold(true);
      CommandBatch(w.env, w.queue).submit();
      REQUIRE(w.os.log.size() == 1);
      CHECK(w.os.log[0].find("CMD_SYNC") != std::string::npos);
      CHECK(w.os.now_ps() >= 1'000'000'000'000);
      CHECK(w.os.now_ps() < 1'100'000'000'000);
    });
  }
}

TEST_CASE("a full queue makes the next thread wait until there is space") {
  World w({.cmdq_log2 = 7});
  w.run([&] {
    w.model.hold(true);
    const std::vector<spec::Command> many(64, command::cfgi_all());
    w.queue.issue(many, false);
    w.queue.issue(many, false);
    bool done = false;
    w.os.spawn("third", [&] {
      w.queue.issue(many, true);
      done = true;
    });
    w.os.sleep_ps(5'000'000);
    CHECK(prods(w).size() == 2);
    w.model.hold(false);
    w.os.sleep_ps(5'000'000);
    CHECK(done);
    CHECK(w.model.commands.size() == 3 * 64 + 1);
  });
}
