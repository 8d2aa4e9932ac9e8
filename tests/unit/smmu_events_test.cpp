// Every event of an access, at the SMMU's sockets: which one comes first, its record in memory, and what
// happens when the Event queue cannot take it (7.2, 7.3).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kCdAddress = Bench::cd_at();
constexpr u64 kPteAddress = Bench::kPte + 8 * 0x167;

// An access of Bench::kSid after all caches were invalidated, and the number of the event that it recorded.
struct Probe {
  Bench& b;
  u32 recorded = 0;
  DmaResult last{};

  u64 word(unsigned i) const { return b.event(recorded - 1).w[i]; }
  u64 operator()(u32 sid, u32 pasid, u64 va, bool write) {
    b.command(cmd::cfgi_all());
    b.command(cmd::tlbi_nsnh_all());
    DmaExtension ext;
    ext.who = {sid, pasid};
    last = b.send(ext, va, write, 0, 8, 0);
    if (b.events() == recorded % 16) return 0;
    b.write32(reg::EVENTQ_CONS, (recorded + 1) % 16);  // consumed
    ++recorded;
    return b.event(recorded - 1).type();
  }
};

}  // namespace

TEST_CASE("of several errors an access reports the first in the order of 7.3.22") {
  core::SmmuConfig config;
  Bench b(config);
  b.run([&] {
    b.enable();
    b.write_tables();
    Probe recorded{b};
    const u64 va = Bench::kVa + 0x18;
    // Everything is wrong; each reported error is corrected in turn.
    b.memory.aborts_at = Bench::ste_at();
    CHECK(recorded(0x100, 40, va, true) == event::C_BAD_STREAMID);  // the table has 256 entries
    CHECK(recorded(3, 40, va, true) == event::F_STE_FETCH);
    CHECK(recorded.word(3) == Bench::ste_at());
    b.memory.aborts_at = kCdAddress;
    CHECK(recorded(3, 40, va, true) == event::C_BAD_STE);  // V is 0
    CHECK(recorded.word(0) == event::head(event::C_BAD_STE, 3, 40));
    b.write_ste();
    CHECK(recorded(3, 40, va, true) == event::C_BAD_SUBSTREAMID);  // S1CDMax is 5
    CHECK(recorded.word(0) == (event::head(event::C_BAD_SUBSTREAMID, 3, 40) & ~event::kSsv));
    CHECK(recorded(3, 5, va, true) == event::F_CD_FETCH);
    CHECK(recorded.word(0) == event::head(event::F_CD_FETCH, 3, 5));
    CHECK(recorded.word(3) == kCdAddress);
    b.memory.aborts_at = kPteAddress;
    CHECK(recorded(3, 5, va, true) == event::C_BAD_CD);
    b.write_cd();
    b.memory.store(kCdAddress, b.memory.load(kCdAddress) & ~cd::ips(0b111));  // 32 bits
    CHECK(recorded(3, 5, va | u64{1} << 50, true) == event::F_TRANSLATION);   // beyond T0SZ
    CHECK(recorded(3, 5, va, true) == event::F_WALK_EABT);
    CHECK(recorded.word(1) == event::cls(event::kClassTT));  // a write
    CHECK(recorded.word(2) == va);
    CHECK(recorded.word(3) == kPteAddress);
    b.memory.aborts_at = ~u64{0};
    CHECK(recorded(3, 5, va, true) == event::F_TRANSLATION);  // an invalid descriptor
    CHECK(recorded.word(1) == event::cls(event::kClassIN));
    b.memory.store(kPteAddress,
                   0x1'0000'0000 | (pte::kUserData & ~pte::kAf) | pte::kReadOnly | pte::kPage);  // beyond IPS
    CHECK(recorded(3, 5, va, true) == event::F_ADDR_SIZE);
    b.memory.store(kPteAddress, Bench::kPage | (pte::kUserData & ~pte::kAf) | pte::kReadOnly | pte::kPage);
    CHECK(recorded(3, 5, va, true) == event::F_ACCESS);
    b.memory.store(kPteAddress, Bench::kPage | pte::kUserData | pte::kReadOnly | pte::kPage);
    CHECK(recorded(3, 5, va, true) == event::F_PERMISSION);
    CHECK(recorded.word(1) == event::cls(event::kClassIN));
    CHECK(recorded.word(2) == va);
    CHECK_FALSE(recorded.last.ok);
    CHECK(recorded(3, 5, va, false) == 0);
    CHECK(recorded.last.ok);
  });
}

TEST_CASE("C_BAD_STREAMID is recorded only with CR2.RECINVSID") {
  Bench b;
  b.run([&] {
    b.write64(reg::STRTAB_BASE, Bench::kStrtab);
    b.write32(reg::STRTAB_BASE_CFG, strtab::linear(8));
    b.write64(reg::EVENTQ_BASE, Bench::kEventq | 3);
    b.write32(reg::CR0, cr0::SMMUEN | cr0::EVENTQEN);
    DmaExtension ext;
    ext.who.sid = 0x100;
    CHECK_FALSE(b.send(ext, 0x1000, false, 0, 8, 0).ok);
    CHECK(b.events() == 0);
    b.set_cr0(cr0::EVENTQEN);
    b.write32(reg::CR2, cr2::RECINVSID);
    b.write32(reg::CR0, cr0::SMMUEN | cr0::EVENTQEN);
    CHECK_FALSE(b.send(ext, 0x1000, false, 0, 8, 0).ok);
    CHECK(b.events() == 1);
    CHECK(b.event(0).head() == event::head(event::C_BAD_STREAMID, 0x100));
  });
}

TEST_CASE("traffic that S1DSS disables is F_STREAM_DISABLED with and without a SubstreamID") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 w1 = b.memory.load(Bench::ste_at() + 8) & ~ste::s1_dss(0b11);
    b.memory.store(Bench::ste_at() + 8, w1);  // S1DSS 0b00
    CHECK_FALSE(b.dma(Bench::kVa, false, 0, 8, 0, false).ok);
    CHECK(b.event(0).head() == event::head(event::F_STREAM_DISABLED, Bench::kSid));
    b.memory.store(Bench::ste_at() + 8, w1 | ste::kDssSubstream0);
    b.command(cmd::cfgi_all());
    DmaExtension ext;
    ext.who = {Bench::kSid, 0};
    CHECK_FALSE(b.send(ext, Bench::kVa, false, 0, 8, 0).ok);
    CHECK(b.event(1).head() == event::head(event::F_STREAM_DISABLED, Bench::kSid));
    CHECK(b.events() == 2);
  });
}

TEST_CASE("an access that cannot be split is aborted with F_UUT whether or not the SMMU is enabled") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::SMMUEN));
    const auto scattered = [&] {
      DmaExtension ext;
      ext.who.sid = Bench::kSid;
      ext.priv = true;
      unsigned char data[16] = {}, enables[2] = {0xFF, 0};
      tlm::tlm_generic_payload p;
      p.set_command(tlm::TLM_READ_COMMAND);
      p.set_address(0x1FF8);
      p.set_data_ptr(data);
      p.set_data_length(16);
      p.set_streaming_width(16);
      p.set_byte_enable_ptr(enables);
      p.set_byte_enable_length(2);
      p.set_extension(&ext);
      sc_core::sc_time t;
      (*b.devices[0])->b_transport(p, t);
      p.clear_extension(&ext);
      CHECK(p.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
    };
    scattered();
    b.set_cr0(cr0::kAll);
    scattered();
    CHECK(b.events() == 2);
    for (const u32 i : {0u, 1u}) {
      CHECK(b.event(i).head() == event::head(event::F_UUT, Bench::kSid));
      CHECK(b.event(i).w[1] == (event::kRnW | event::kPnU));
      CHECK(b.event(i).input_address() == 0x1FF8);
    }
    CHECK(b.smmu.idle());
  });
}

TEST_CASE("a page hint becomes E_PAGE_REQUEST while the SMMU is enabled and is dropped otherwise") {
  Bench b;
  b.run([&] {
    MessageExtension hint;
    hint.kind = MessageKind::kPageHint;
    hint.who = {Bench::kSid, Bench::kPasid};
    hint.address = Bench::kVa;
    hint.intent.read = hint.intent.write = true;
    hint.span = 3;
    b.enable(cr0::all_but(cr0::SMMUEN));
    b.upstream(hint);
    CHECK(b.events() == 0);
    b.write32(reg::CR0, cr0::kAll);
    b.upstream(hint);
    CHECK(b.events() == 1);
    CHECK(b.event(0).head() == event::head(event::E_PAGE_REQUEST, Bench::kSid, Bench::kPasid));
    CHECK(b.event(0).w[1] == (event::span(3) | event::kUr | event::kUw));
    CHECK(b.event(0).input_address() == Bench::kVa);
    CHECK(b.received.empty());  // no response (3.12.4.1)
  });
}

TEST_CASE("an aborted event write is a global error that stops the queue until it is acknowledged") {
  Bench b;
  b.run([&] {
    b.enable();
    b.memory.aborts_at = Bench::kEventq;
    b.dma(Bench::kVa, false);  // C_BAD_STE, lost
    CHECK(b.read32(reg::GERROR) == gerror::EVENTQ_ABT_ERR);
    CHECK(b.read32(reg::EVENTQ_PROD) == 0);  // synchronous: PROD stays (7.2.2)
    b.memory.aborts_at = ~u64{0};
    b.dma(Bench::kVa, false);
    CHECK(b.read32(reg::EVENTQ_PROD) ==
          0);  // not writable while the error is active, and no overflow (7.2.1)
    CHECK(b.counter("smmu.events_dropped") == 2);
    b.write32(reg::GERRORN, gerror::EVENTQ_ABT_ERR);
    b.dma(Bench::kVa, false);
    CHECK(b.read32(reg::EVENTQ_PROD) == 1);
  });
}

TEST_CASE("a stalling access whose record could not be written restarts once the queue is writable") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write_ste(false);
    b.write_cd(true, true);
    b.memory.aborts_at = Bench::kEventq;
    bool done = false;
    Bench::spawn([&] {
      CHECK(b.dma(Bench::kVa + 0x1000, false).ok);
      done = true;
    });
    Bench::until([&] { return b.read32(reg::GERROR) == gerror::EVENTQ_ABT_ERR; });
    Bench::delay(100);
    CHECK(b.events() == 0);
    CHECK_FALSE(done);
    b.memory.aborts_at = ~u64{0};
    b.write32(reg::GERRORN, gerror::EVENTQ_ABT_ERR);
    Bench::until([&] { return b.events() == 1; });
    b.map(1, Bench::kPage + 0x1000);
    const u64 stag = b.event(0).stag();
    b.command(cmd::resume(Bench::kSid, stag, cmd::kRetry));
    Bench::until([&] { return done; });
  });
}

TEST_CASE("with EVENTQEN clear events are discarded without an overflow") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::EVENTQEN));
    b.dma(Bench::kVa, false);
    CHECK(b.read32(reg::EVENTQ_PROD) == 0);
    CHECK(b.counter("smmu.events_dropped") == 1);
  });
}

TEST_CASE("STALL_MODEL and TERM_MODEL restrict CD.S and CD.A, and forced stalling stalls") {
  core::SmmuConfig config;
  config.features.stall_model = 2;
  config.features.term_model = 1;
  Bench b(config);
  b.run([&] {
    b.enable();
    CHECK(idr::stall_model(b.read32(reg::IDR0)) == 0b10);
    CHECK(idr::term_model(b.read32(reg::IDR0)));
    b.bind_process();
    b.write_ste(false);
    b.dma(Bench::kVa, false);  // CD.S is 0: ILLEGAL (5.5)
    CHECK(b.event(0).type() == event::C_BAD_CD);
    b.write_cd(true, true);
    b.command(cmd::cfgi_all());
    bool done = false;
    Bench::spawn([&] {
      CHECK_FALSE(b.dma(Bench::kVa + 0x1000, false).ok);
      done = true;
    });
    Bench::until([&] { return b.events() == 2; });
    CHECK(b.event(1).stall());
    // Ab 0 requests RAZ/WI, which is not supported: terminated with abort (4.7.1).
    b.command(cmd::resume(Bench::kSid, b.event(1).stag(), cmd::kTerminate));
    Bench::until([&] { return done; });
  });
}

TEST_CASE("without the stall model CMD_RESUME and CMD_STALL_TERM are illegal") {
  core::SmmuConfig config;
  config.features.stall_model = 1;
  Bench b(config);
  b.run([&] {
    b.enable();
    CHECK(idr::stall_max(b.read32(reg::IDR5)) == 0);
    for (const cmd::Command& command :
         {cmd::resume(Bench::kSid, 0, cmd::kTerminate), cmd::stall_term(Bench::kSid)}) {
      b.submit(command);
      b.until_command_error();
      CHECK(b.command_error() == cerror::ILL);
      b.write32(reg::CMDQ_PROD, b.read32(reg::CMDQ_CONS) & 0xF);
      b.write32(reg::GERRORN, b.read32(reg::GERROR));
    }
  });
}

TEST_CASE("GBPA overrides the attributes that leave a disabled SMMU, and the device's request is unchanged") {
  Bench b;
  b.run([&] {
    b.write32(reg::GBPA, gbpa::Update | gbpa::instcfg(0b10) | gbpa::privcfg(0b11));  // data, privileged
    DmaExtension ext;
    ext.who.sid = Bench::kSid;
    ext.exec = true;
    bool priv = false, exec = true;
    b.memory.before_access = [&](u64, bool) {
      priv = ext.priv;
      exec = ext.exec;
    };
    CHECK(b.send(ext, Bench::kPage, false, 0, 8, 0).ok);
    CHECK(priv);
    CHECK_FALSE(exec);
    CHECK_FALSE(ext.priv);
    CHECK(ext.exec);
  });
}

}  // namespace smmu_vp::test
