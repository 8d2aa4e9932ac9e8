// Every event an access can be answered with, at the SMMU's sockets: which comes first, its words in memory,
// and when the Event queue takes none (7.2, 7.3).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kCdAddress = Bench::kCds + 64 * Bench::kPasid;
constexpr u64 kPteAddress = Bench::kPte + 8 * 0x167;

// An access of Bench::kSid after everything cached is forgotten, and the number of the event it recorded.
struct Probe {
  Bench& b;
  u32 recorded = 0;
  DmaResult last{};

  u64 word(unsigned i) const { return b.event_word(recorded - 1, i); }
  u64 operator()(u32 sid, u32 pasid, u64 va, bool write) {
    b.command(0x04, 31);  // CMD_CFGI_ALL
    b.command(0x30);      // CMD_TLBI_NSNH_ALL
    DmaExtension ext;
    ext.stream_id = sid;
    ext.has_pasid = true;
    ext.pasid = pasid;
    last = b.send(ext, va, write, 0, 8, 0);
    if (b.events() == recorded % 16) return 0;
    b.write32(0x100AC, (recorded + 1) % 16);  // consumed
    ++recorded;
    return word(0) & 0xFF;
  }
};

}  // namespace

TEST_CASE("of several errors an access reports the first in the order of 7.3.22") {
  core::SmmuConfig config;
  Bench b(config);
  b.run([&] {
    b.enable();
    b.write_tables();
    Probe event{b};
    const u64 va = Bench::kVa + 0x18;
    // Everything is wrong; what was reported is put right.
    b.memory.aborts_at = Bench::kStrtab + 64 * Bench::kSid;
    CHECK(event(0x100, 40, va, true) == 0x02);  // C_BAD_STREAMID: the table has 256 entries
    CHECK(event(3, 40, va, true) == 0x03);      // F_STE_FETCH
    CHECK(event.word(3) == Bench::kStrtab + 64 * Bench::kSid);
    b.memory.aborts_at = kCdAddress;
    CHECK(event(3, 40, va, true) == 0x04);  // C_BAD_STE: V is 0
    CHECK(event.word(0) == 0x0000'0003'0002'8804);
    b.write_ste();
    CHECK(event(3, 40, va, true) == 0x08);  // C_BAD_SUBSTREAMID: S1CDMax is 5
    CHECK(event.word(0) == 0x0000'0003'0002'8008);
    CHECK(event(3, 5, va, true) == 0x09);  // F_CD_FETCH
    CHECK(event.word(0) == 0x0000'0003'0000'5809);
    CHECK(event.word(3) == kCdAddress);
    b.memory.aborts_at = kPteAddress;
    CHECK(event(3, 5, va, true) == 0x0A);  // C_BAD_CD
    b.write_cd();
    b.memory.store(kCdAddress, b.memory.load(kCdAddress) & ~(u64{7} << 32));  // IPS: 32 bits
    CHECK(event(3, 5, va | u64{1} << 50, true) == 0x10);                      // F_TRANSLATION: beyond T0SZ
    CHECK(event(3, 5, va, true) == 0x0B);                                     // F_WALK_EABT
    CHECK(event.word(1) == 0x0000'0100'0000'0000);                            // CLASS TT, a write
    CHECK(event.word(2) == va);
    CHECK(event.word(3) == kPteAddress);
    b.memory.aborts_at = ~u64{0};
    CHECK(event(3, 5, va, true) == 0x10);  // F_TRANSLATION: an invalid descriptor
    CHECK(event.word(1) == 0x0000'0200'0000'0000);
    b.memory.store(kPteAddress, 0x0060'0001'0000'0BC3);  // output beyond IPS, AF 0, read-only
    CHECK(event(3, 5, va, true) == 0x11);                // F_ADDR_SIZE
    b.memory.store(kPteAddress, Bench::kPage | 0x0060'0000'0000'0BC3);
    CHECK(event(3, 5, va, true) == 0x12);  // F_ACCESS
    b.memory.store(kPteAddress, Bench::kPage | 0x0060'0000'0000'0FC3);
    CHECK(event(3, 5, va, true) == 0x13);  // F_PERMISSION
    CHECK(event.word(1) == 0x0000'0200'0000'0000);
    CHECK(event.word(2) == va);
    CHECK_FALSE(event.last.ok);
    CHECK(event(3, 5, va, false) == 0);
    CHECK(event.last.ok);
  });
}

TEST_CASE("C_BAD_STREAMID is recorded only with CR2.RECINVSID") {
  Bench b;
  b.run([&] {
    b.write64(0x80, Bench::kStrtab);
    b.write32(0x88, 8);
    b.write64(0xA0, Bench::kEventq | 3);
    b.write32(0x20, 0x5);
    DmaExtension ext;
    ext.stream_id = 0x100;
    CHECK_FALSE(b.send(ext, 0x1000, false, 0, 8, 0).ok);
    CHECK(b.events() == 0);
    b.write32(0x20, 0x4);
    Bench::until([&] { return b.read32(0x24) == 0x4; });
    b.write32(0x2C, 0x2);
    b.write32(0x20, 0x5);
    CHECK_FALSE(b.send(ext, 0x1000, false, 0, 8, 0).ok);
    CHECK(b.events() == 1);
    CHECK(b.event_word(0, 0) == 0x0000'0100'0000'0002);
  });
}

TEST_CASE("traffic that S1DSS disables is F_STREAM_DISABLED with and without a SubstreamID") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 w1 = b.memory.load(Bench::kStrtab + 64 * Bench::kSid + 8) & ~u64{3};
    b.memory.store(Bench::kStrtab + 64 * Bench::kSid + 8, w1);  // S1DSS 0b00
    CHECK_FALSE(b.dma(Bench::kVa, false, 0, 8, 0, false).ok);
    CHECK(b.event_word(0, 0) == 0x0000'0003'0000'0006);
    b.memory.store(Bench::kStrtab + 64 * Bench::kSid + 8, w1 | 2);  // S1DSS 0b10
    b.command(0x04, 31);
    DmaExtension ext;
    ext.stream_id = Bench::kSid;
    ext.has_pasid = true;
    CHECK_FALSE(b.send(ext, Bench::kVa, false, 0, 8, 0).ok);
    CHECK(b.event_word(1, 0) == 0x0000'0003'0000'0006);
    CHECK(b.events() == 2);
  });
}

TEST_CASE("an access that cannot be taken apart is aborted with F_UUT whether or not the SMMU is enabled") {
  Bench b;
  b.run([&] {
    b.enable(0x1E);
    const auto scattered = [&] {
      DmaExtension ext;
      ext.stream_id = Bench::kSid;
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
    b.write32(0x20, 0x1F);
    Bench::until([&] { return b.read32(0x24) == 0x1F; });
    scattered();
    CHECK(b.events() == 2);
    for (const u32 i : {0u, 1u}) {
      CHECK(b.event_word(i, 0) == 0x0000'0003'0000'0001);
      CHECK(b.event_word(i, 1) == 0x0000'000A'0000'0000);  // RnW, PnU
      CHECK(b.event_word(i, 2) == 0x1FF8);
    }
    CHECK(b.smmu.idle());
  });
}

TEST_CASE("a page hint becomes E_PAGE_REQUEST while the SMMU is enabled and is dropped otherwise") {
  Bench b;
  b.run([&] {
    MessageExtension hint;
    hint.kind = MessageKind::kPageHint;
    hint.stream_id = Bench::kSid;
    hint.has_pasid = true;
    hint.pasid = Bench::kPasid;
    hint.address = Bench::kVa;
    hint.read = hint.write = true;
    hint.span = 3;
    b.enable(0x1E);
    b.upstream(hint);
    CHECK(b.events() == 0);
    b.write32(0x20, 0x1F);
    b.upstream(hint);
    CHECK(b.events() == 1);
    CHECK(b.event_word(0, 0) == 0x0000'0003'0000'5824);
    CHECK(b.event_word(0, 1) == 0x0000'300C'0000'0000);  // Span, uR, uW
    CHECK(b.event_word(0, 2) == Bench::kVa);
    CHECK(b.received.empty());  // no response (3.12.4.1)
  });
}

TEST_CASE("an aborted event write is a global error that stops the queue until it is acknowledged") {
  Bench b;
  b.run([&] {
    b.enable();
    b.memory.aborts_at = Bench::kEventq;
    b.dma(Bench::kVa, false);       // C_BAD_STE, lost
    CHECK(b.read32(0x60) == 0x4);   // EVENTQ_ABT_ERR
    CHECK(b.read32(0x100A8) == 0);  // synchronous: PROD stays (7.2.2)
    b.memory.aborts_at = ~u64{0};
    b.dma(Bench::kVa, false);
    CHECK(b.read32(0x100A8) == 0);  // not writable while the error is active, and no overflow (7.2.1)
    CHECK(b.counter("smmu.events_dropped") == 2);
    b.write32(0x64, 0x4);
    b.dma(Bench::kVa, false);
    CHECK(b.read32(0x100A8) == 1);
  });
}

TEST_CASE("a stall whose record could not be written starts again once the queue is writable") {
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
    Bench::until([&] { return b.read32(0x60) == 0x4; });
    Bench::delay(100);
    CHECK(b.events() == 0);
    CHECK_FALSE(done);
    b.memory.aborts_at = ~u64{0};
    b.write32(0x64, 0x4);
    Bench::until([&] { return b.events() == 1; });
    b.map(1, Bench::kPage + 0x1000);
    const u64 stag = b.event_word(0, 1) & 0xFFFF;
    b.command(0x0000'0003'0000'1044, stag);
    Bench::until([&] { return done; });
  });
}

TEST_CASE("with EVENTQEN clear events are discarded without an overflow") {
  Bench b;
  b.run([&] {
    b.enable(0x1B);
    b.dma(Bench::kVa, false);
    CHECK(b.read32(0x100A8) == 0);
    CHECK(b.counter("smmu.events_dropped") == 1);
  });
}

TEST_CASE("STALL_MODEL and TERM_MODEL bind CD.S and CD.A and forced stalling stalls") {
  core::SmmuConfig config;
  config.features.stall_model = 2;
  config.features.term_model = 1;
  Bench b(config);
  b.run([&] {
    b.enable();
    CHECK((b.read32(0x00) >> 24 & 7) == 0b110);  // IDR0.{TERM_MODEL,STALL_MODEL}
    b.bind_process();
    b.write_ste(false);
    b.dma(Bench::kVa, false);  // CD.S is 0: ILLEGAL (5.5)
    CHECK((b.event_word(0, 0) & 0xFF) == 0x0A);
    b.write_cd(true, true);
    b.command(0x04, 31);
    bool done = false;
    Bench::spawn([&] {
      CHECK_FALSE(b.dma(Bench::kVa + 0x1000, false).ok);
      done = true;
    });
    Bench::until([&] { return b.events() == 2; });
    CHECK((b.event_word(1, 1) >> 31 & 1) == 1);  // Stall
    // Ab 0 asks for RAZ/WI, which is not there: terminated with abort (4.7.1).
    b.command(0x0000'0003'0000'0044, b.event_word(1, 1) & 0xFFFF);
    Bench::until([&] { return done; });
  });
}

TEST_CASE("without the stall model CMD_RESUME and CMD_STALL_TERM are illegal") {
  core::SmmuConfig config;
  config.features.stall_model = 1;
  Bench b(config);
  b.run([&] {
    b.enable();
    CHECK((b.read32(0x14) >> 16) == 0);  // IDR5.STALL_MAX
    for (const u64 opcode : {0x44, 0x45}) {
      b.submit(0x0000'0003'0000'0000 | opcode);
      Bench::until([&] { return ((b.read32(0x60) ^ b.read32(0x64)) & 1) != 0; });
      CHECK((b.read32(0x9C) >> 24) == 1);
      b.write32(0x98, b.read32(0x9C) & 0xF);
      b.write32(0x64, b.read32(0x60));
    }
  });
}

TEST_CASE("GBPA overrides what goes out of a disabled SMMU and leaves the device's request as it was") {
  Bench b;
  b.run([&] {
    b.write32(0x44, 0x800B'0000);  // Update, INSTCFG data, PRIVCFG privileged
    DmaExtension ext;
    ext.stream_id = Bench::kSid;
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
