// queue_use: what 3.5, 3.21.2 and chapters 4, 7 and 8 do not permit of queues, beside the nearest that they do.
#include "tests/unit/monitors_machine_queue.h"
#include "tests/support/structures.h"

namespace smmu_vp::tb::test {

TEST_CASE("a driver that fills and drains its queues step by step breaks no rule of queues") {
  Software s;
  s.enabled();
  for (u32 i = 0; i < 3 * kEntries; ++i) s.put(cmd::sync()).consume(cmd::sync());
  s.queue(QueueKind::kEventq, kEntries | 0, 0).write(reg::EVENTQ_CONS, 5).write(reg::EVENTQ_CONS, kWrap);
  s.queue(QueueKind::kEventq, kWrap, kWrap);
  s.h.finish();
  CHECK(s.h.violations(kMonitor) == 0);
  CHECK(s.h.monitor(kMonitor).verdict() == Verdict::kClean);
}

TEST_CASE("CMDQ_PROD only moves on, and within what CONS leaves free") {
  Software s;
  s.enabled().prod(5);
  SUBCASE("up to a full queue") {
    s.prod(kWrap);
    CHECK(s.silent());
  }
  SUBCASE("not beyond it") {
    s.prod(kWrap + 1);
    CHECK(s.says(
        "CMDQ_PROD (0x98) 0x5 -> 0x11 (CMDQ_CONS (0x9c) 0x0, 16 entries) is more entries beyond CONS"));
  }
  SUBCASE("not back") {
    s.prod(3);
    CHECK(s.says("CMDQ_PROD (0x98) 0x5 -> 0x3 (CMDQ_CONS (0x9c) 0x0, 16 entries) moves back by 2"));
  }
  SUBCASE("not with bits above the wrap flag") {
    s.prod(6 | kWrap << 1);
    CHECK(s.says("sets bits 0x20 above the wrap flag of a queue of 2^4 entries"));
  }
  SUBCASE("though back to CONS while a command error is active") {
    s.put(cmd::reserved());
    s.gerror(gerror::CMDQ_ERR).prod(0);
    CHECK(s.silent());
  }
  SUBCASE("and anywhere while the queue is disabled") {
    s.control(cr0::EVENTQEN).prod(2);
    CHECK(s.silent());
  }
}

TEST_CASE("EVENTQ_CONS only moves on, and no further than PROD") {
  Software s;
  s.enabled().queue(QueueKind::kEventq, 5, 0).write(reg::EVENTQ_CONS, 2).queue(QueueKind::kEventq, 5, 2);
  SUBCASE("up to PROD") {
    s.write(reg::EVENTQ_CONS, 5);
    CHECK(s.silent());
  }
  SUBCASE("not beyond PROD") {
    s.write(reg::EVENTQ_CONS, 6);
    CHECK(s.says("EVENTQ_CONS (0x100ac) 0x2 -> 0x6 (EVENTQ_PROD (0x100a8) 0x5, 16 entries) is beyond PROD"));
  }
  SUBCASE("not back") {
    s.write(reg::EVENTQ_CONS, 1);
    CHECK(s.says("moves back by 1"));
  }
}

TEST_CASE("an enabled queue keeps its base and the pointer that the SMMU moves") {
  Software s;
  s.enabled();
  SUBCASE("the base") {
    s.write(reg::CMDQ_BASE, (kCommands + 0x1000) | kLog2Size, 8);
    CHECK(s.says("CMDQ_BASE (0x90) 0x80001004 -> 0x80002004 while CR0.CMDQEN is 1"));
  }
  SUBCASE("the SMMU's pointer") {
    s.write(reg::CMDQ_CONS, 0);
    CHECK(s.says("CMDQ_CONS (0x9c) 0x0 -> 0x0 while CR0.CMDQEN is 1"));
  }
  SUBCASE("as long as it is on its way to off") {
    s.write(reg::CR0, 0).write(reg::EVENTQ_PROD, 1);
    CHECK(s.says("EVENTQ_PROD (0x100a8)"));
  }
}

TEST_CASE("a queue is enabled in a state that it can have") {
  Software s;
  s.write(reg::CMDQ_BASE, kCommands | kLog2Size, 8);
  SUBCASE("with a base that is aligned to its size") {
    s.write(reg::CMDQ_BASE, (kCommands + 0x80) | kLog2Size, 8).control(cr0::CMDQEN);
    CHECK(s.says(
        "CMDQ_BASE (0x90) 0x80001084 is not aligned to its 256 bytes: the SMMU uses 0x80001000 (6.3.26)"));
  }
  SUBCASE("a queue of one entry still with 32 bytes") {
    s.write(reg::CMDQ_BASE, kCommands + 0x20, 8).control(cr0::CMDQEN);
    CHECK(s.silent());
  }
  SUBCASE("no larger than IDR1 says") {
    s.write(reg::CMDQ_BASE, kCommands | 9, 8).control(cr0::CMDQEN);
    CHECK(s.says("has LOG2SIZE 9, and IDR1 allows 8 (6.3.26)"));
  }
  SUBCASE("with consistent indexes") {
    s.queue(QueueKind::kCmdq, 3, 4).control(cr0::CMDQEN);
    CHECK(s.says("CMDQ is enabled with PROD 0x3 and CONS 0x4, which is no state of 16 entries (3.5.1)"));
  }
  SUBCASE("with a base at all") {
    s.control(cr0::EVENTQEN);
    CHECK(s.says("EVENTQ is enabled and EVENTQ_BASE (0xa0) was never written"));
  }
}

TEST_CASE("a submitted command stays as it is until it is consumed") {
  Software s;
  s.enabled().put(cmd::cfgi_ste(3));
  SUBCASE("as it should be") {
    s.consume(cmd::cfgi_ste(3));
    CHECK(s.silent());
  }
  SUBCASE("changed after the SMMU has fetched it") {
    s.place(0, cmd::cfgi_ste(4));
    s.consume(cmd::cfgi_ste(3));
    CHECK(s.says("a submitted command must not be altered before it is consumed (3.21.2)"));
  }
  SUBCASE("written after PROD had made it visible") {
    s.prod(2).place(1, cmd::sync());
    s.consume(cmd::cfgi_ste(3)).consume(cmd::sync());
    CHECK(s.says("CMD_SYNC at CMDQ index 1 (0x46, 0x0) was Reserved (0x0, 0x0)"));
  }
  SUBCASE("unless an error let software mend it") {
    s.h.add(trace::CommandError{spec::Cerror::CERROR_ATC_INV_SYNC, 0})
        .add(trace::GlobalError{gerror::CMDQ_ERR});
    s.place(0, cmd::sync());
    s.write(reg::GERRORN, gerror::CMDQ_ERR).consume(cmd::sync());
    CHECK(s.silent());
  }
}

TEST_CASE("a command with something wrong in it is named with what is wrong") {
  struct Case {
    cmd::Command command;
    std::string_view expected;
  };
  const u64 kPage0 = 0x7f00'0000'0000;
  const Case cases[] = {
      {cmd::reserved(), "opcode 0xff is Reserved"},
      {{cmd::sync()[0] | u64{1} << 8, 0}, "bits 0x100 of word 0"},
      {{cmd::cfgi_ste(3)[0] | cmd::kSsec, 0}, "SSec is 1"},
      {cmd::sync(0b11, {}), "CS 0b11 is Reserved"},
      {cmd::atc_inv(3, {}, 0, 53), "Size 53 is above 52"},
      {cmd::pri_resp(3, {}, 1, 0b11), "Resp 0b11 is Reserved"},
      {cmd::tlbi_el2_all(), "ILLEGAL where IDR0.Hyp is 0"},
      {cmd::tlbi_s12_vmall(1), "ILLEGAL where IDR0.S2P is 0"},
      {cmd::tlbi_nh_all(1), "VMID 0x1 is RES0 without stage 2"},
      {cmd::tlbi_nh_va(7, kPage0, {.num = 1}), "NUM, SCALE and TTL are RES0 while TG is 0"},
      {cmd::tlbi_nh_va(7, kPage0, {.tg = 1}), "TG with NUM, SCALE and TTL of 0 is Reserved"},
      {cmd::tlbi_nh_va(7, kPage0 + kPage, {.tg = 1, .num = 1, .ttl = 2}), "not aligned to the 2^21 bytes"},
      {cmd::tlbi_nh_va(7, kPage0 + kPage, {.tg = 2, .num = 1}), "not aligned to the 2^14 bytes"},
      {cmd::tlbi_nh_va(7, kPage0, {.tg = 1, .scale = 32}), "SCALE has 5 bits"},
      {cmd::cfgi_ste(0x1'0000), "StreamID 0x10000 has more than the 16 bits"},
      {cmd::cfgi_ste_range(0x1'0000, 0), "StreamID 0x10000"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expected);
    Software s;
    s.enabled().issue(c.command);
    CHECK(s.says(c.expected));
  }
}

TEST_CASE("commands as drivers write them have nothing wrong in them") {
  const cmd::Command commands[] = {
      cmd::cfgi_all(),
      cmd::cfgi_ste_range(0xFFFF, 7),
      cmd::cfgi_cd(3, 0xF'FFFF),
      cmd::cfgi_cd_all(3),
      cmd::tlbi_nsnh_all(),
      cmd::tlbi_nh_asid(0xFFFF),
      cmd::tlbi_nh_va(7, 0x7f00'0000'1000, {.leaf = true}),
      cmd::tlbi_nh_va(7, 0x7f00'0020'0000, {.tg = 1, .num = 31, .scale = 31, .ttl = 2}),
      cmd::tlbi_nh_va(7, 0x7f00'0000'1000, {.tg = 1, .num = 1}),
      cmd::atc_inv(3, 1, 0, 0, true),
      cmd::atc_inv_all(3),
      cmd::pri_resp(3, 1, 0x1FF, cmd::kSuccess),
      cmd::resume(3, 0xFFFF, cmd::kRetry),
      cmd::stall_term(3),
      cmd::prefetch_config(3),
      cmd::prefetch_addr(3, 1, 0x7f00'0000'0000, 3, 9),
      cmd::sync_irq({.address = 0x8000'1000, .data = 0, .sh = 3, .attr = 0xF}),
      cmd::sync_sev({.sh = 3, .attr = 0xF}),
  };
  Software s;
  s.enabled();
  for (const cmd::Command& command : commands) s.issue(command);
  CHECK(s.silent());
}

TEST_CASE("ranges and level hints are Reserved where the ID registers deny them") {
  MachineTraits machine = stage1_machine();
  machine.id_register = [](u32 offset) {
    return offset == spec::offset::IDR3 ? 0 : stage1_id_register(offset);
  };
  History h(machine);
  const cmd::Command command = cmd::tlbi_nh_va(7, 0, {.tg = 1, .num = 1});
  h.add(trace::Command{0, command[0], command[1]});
  CHECK(h.says(kMonitor, "NUM, SCALE, TG and TTL are RES0 where IDR3.RIL is 0"));
}

TEST_CASE("an EL2 invalidation by address waits for CR2.E2H to be known") {
  MachineTraits machine = stage1_machine();
  machine.id_register = [](u32 offset) {
    return stage1_id_register(offset) |
           (offset == spec::offset::IDR0 ? static_cast<u32>(spec::IDR0::Hyp.mask()) : 0);
  };
  History h(machine);
  const cmd::Command all = cmd::tlbi_el2_all(), page = cmd::tlbi_el2_va(7, 0);
  h.add(trace::RegisterWrite{reg::CR2, cr2::E2H, 4}).add(trace::Command{0, all[0], all[1]});
  CHECK(h.violations(kMonitor) == 0);
  SUBCASE("which it is once SMMUEN is acknowledged") {
    h.add(trace::RegisterRead{reg::CR0ACK, cr0::SMMUEN, 4}).add(trace::Command{1, page[0], page[1]});
    CHECK(h.violations(kMonitor) == 0);
  }
  SUBCASE("and not before") {
    h.add(trace::Command{1, page[0], page[1]});
    CHECK(h.says(kMonitor, "CR2.E2H, which decides what it does, is UNKNOWN"));
  }
}

TEST_CASE("a refused command is named once") {
  Software s;
  s.enabled();
  SUBCASE("with the reason that is seen in it") {
    s.put(cmd::reserved()).refused(cmd::reserved());
    CHECK(s.says("opcode 0xff is Reserved"));
  }
  SUBCASE("or without") {
    s.put(cmd::sync()).refused(cmd::sync());
    CHECK(s.says("the command at CMDQ index 0 was refused with CERROR_ILL (7.1)"));
  }
  SUBCASE("or because the queue has no memory") {
    s.h.add(trace::CommandError{spec::Cerror::CERROR_ABT, 2});
    CHECK(s.says("the Command queue has no memory at 0x80001020"));
  }
  SUBCASE("and not when a device let an invalidation time out") {
    s.put(cmd::sync()).refused(cmd::sync(), spec::Cerror::CERROR_ATC_INV_SYNC);
    CHECK(s.silent());
  }
}

TEST_CASE("commands that do nothing are named on request") {
  for (const bool strict : {false, true}) {
    Software ignored(strict), beyond(strict), no_ats(strict), useful(strict);
    constexpr u64 kStreams = 0x8001'0000, kValid = ste::V;
    for (Software* s : {&ignored, &beyond, &no_ats, &useful}) {
      s->write(reg::STRTAB_BASE, kStreams, 8).write(reg::STRTAB_BASE_CFG, kLog2Size).enabled();
      s->h.memory()[kStreams + 3 * 64] = s->h.memory()[kStreams + 4 * 64] = kValid;
      s->h.memory()[kStreams + 4 * 64 + 8] = ste::kFullAts;
      if (s != &ignored) s->control(cr0::CMDQEN | cr0::EVENTQEN | cr0::SMMUEN);
    }
    ignored.issue(cmd::atc_inv_all(4));
    beyond.issue(cmd::cfgi_ste(kEntries));
    no_ats.issue(cmd::atc_inv_all(3));
    useful.issue(cmd::atc_inv_all(4)).issue(cmd::cfgi_ste(3));
    CHECK(ignored.silent() == !strict);
    CHECK(beyond.silent() == !strict);
    CHECK(no_ats.silent() == !strict);
    CHECK(useful.silent());
  }
}

TEST_CASE(
    "an overflow is acknowledged where there is one and before records are lost for longer than the grace") {
  const u64 grace = stage1_machine().grace_ps;
  Software s;
  s.enabled();
  SUBCASE("acknowledged") {
    s.queue(QueueKind::kEventq, kWrap | queue::OVFLG, 0).lost_event();
    s.write(reg::EVENTQ_CONS, kWrap | queue::OVFLG);
    s.queue(QueueKind::kEventq, kWrap | queue::OVFLG, kWrap | queue::OVFLG).h.wait(2 * grace);
    s.lost_event();
    CHECK(s.silent());
  }
  SUBCASE("where there is none") {
    s.write(reg::EVENTQ_CONS, queue::OVFLG);
    CHECK(s.says("changes OVACKFLG where OVFLG tells of no overflow"));
  }
  SUBCASE("not at all") {
    s.queue(QueueKind::kEventq, kWrap | queue::OVFLG, 0).lost_event();
    CHECK(s.silent());
    s.h.wait(2 * grace);
    s.lost_event().lost_event();
    CHECK(s.says("EVENTQ has been overflowing since"));
  }
  SUBCASE("not by a handler that has drained the queue and goes on") {
    s.queue(QueueKind::kEventq, kWrap | queue::OVFLG, 0).lost_event();
    s.write(reg::EVENTQ_CONS, kWrap).queue(QueueKind::kEventq, kWrap | queue::OVFLG, kWrap);
    s.h.wait(2 * grace);
    s.queue(QueueKind::kEventq, (kWrap + 1) | queue::OVFLG, kWrap);
    s.write(reg::EVENTQ_CONS, kWrap + 1)
        .queue(QueueKind::kEventq, (kWrap + 1) | queue::OVFLG, kWrap + 1)
        .lost_event();
    CHECK(s.says("EVENTQ has been overflowing since"));
  }
  SUBCASE("late, by a handler that drains the queue first") {
    s.queue(QueueKind::kEventq, kWrap | queue::OVFLG, 0).lost_event().h.wait(2 * grace);
    s.write(reg::EVENTQ_CONS, 1).queue(QueueKind::kEventq, kWrap | queue::OVFLG, 1).lost_event();
    CHECK(s.silent());
  }
}

TEST_CASE("a global error is acknowledged while it is active and within the grace") {
  const u64 grace = stage1_machine().grace_ps;
  Software s;
  s.enabled().gerror(gerror::EVENTQ_ABT_ERR);
  SUBCASE("as it should be") {
    s.write(reg::GERRORN, gerror::EVENTQ_ABT_ERR).h.wait(2 * grace);
    s.h.finish();
    CHECK(s.silent());
  }
  SUBCASE("not where none is active") {
    s.write(reg::GERRORN, gerror::EVENTQ_ABT_ERR | gerror::CMDQ_ERR);
    CHECK(s.says(
        "GERRORN (0x64) 0x0 -> 0x5 with GERROR 0x4 toggles CMDQ_ERR, of which no error is active (6.3.20)"));
  }
  SUBCASE("not by the end") {
    s.h.wait(2 * grace).finish();
    CHECK(s.says("EVENTQ_ABT_ERR has been active since"));
  }
  SUBCASE("not before software looks again") {
    s.h.wait(2 * grace).add(trace::RegisterRead{reg::GERROR, gerror::EVENTQ_ABT_ERR, 4});
    CHECK(s.says("EVENTQ_ABT_ERR has been active since"));
  }
}

}  // namespace smmu_vp::tb::test
