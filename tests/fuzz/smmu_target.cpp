// Registers, memory contents, commands, transactions and messages in any order, against the SMMU behind its
// sockets in timed mode. SystemC elaborates once per process, so each input ends by disabling the SMMU and
// starts from the same tables, and three configurations exist side by side.
#include <array>
#include <memory>

#include "tests/fuzz/machine.h"
#include "tlm/core/id_registers.h"

extern "C" int sc_main(int, char**) {
  return 0;
}

namespace smmu_vp::fuzz {

namespace {

core::SmmuConfig small(core::SmmuConfig config) {
  config.timing.atc_inv_timeout_ps = 1'000'000;
  config.stalls = 4;
  config.walkers = 2;
  config.walk_cache_entries = 8;
  config.config_cache_entries = 8;
  config.tlb = {.sets = 4, .ways = 2, .block_entries = 2, .mshrs = 2};
  return config;
}

core::SmmuConfig lean() {
  core::SmmuConfig config;
  core::SmmuFeatures& f = config.features;
  f.version = 0;
  f.ats = f.pri = f.msi = f.sev = f.ril = false;
  f.stall_model = 2;
  f.term_model = 1;
  f.asid_bits = f.vmid_bits = 8;
  f.oas_bits = 32;
  f.sid_bits = 6;
  f.ssid_bits = 4;
  f.stream_table_levels = f.cd_table_levels = 1;
  f.cmdq_log2_max = f.eventq_log2_max = f.priq_log2_max = 2;
  return small(config);
}

core::SmmuConfig full() {
  core::SmmuConfig config;
  core::SmmuFeatures& f = config.features;
  f.version = 3;
  f.s2 = f.hyp = f.btm = f.pmcg = true;
  f.httu = 2;
  return small(config);
}

void any_register(Machine& m, Input& in) {
  using namespace test::reg;
  constexpr u32 kGatosCtrl = 0x100;  // not implemented
  static constexpr u32 kOffsets[] = {CR0,
                                     CR1,
                                     CR2,
                                     GBPA,
                                     IRQ_CTRL,
                                     GERRORN,
                                     GERROR_IRQ_CFG0,
                                     GERROR_IRQ_CFG2,
                                     STRTAB_BASE,
                                     STRTAB_BASE + 4,
                                     STRTAB_BASE_CFG,
                                     CMDQ_BASE,
                                     CMDQ_BASE + 4,
                                     CMDQ_PROD,
                                     CMDQ_CONS,
                                     EVENTQ_BASE,
                                     EVENTQ_BASE + 4,
                                     EVENTQ_IRQ_CFG0,
                                     EVENTQ_IRQ_CFG2,
                                     PRIQ_BASE,
                                     PRIQ_BASE + 4,
                                     PRIQ_IRQ_CFG0,
                                     PRIQ_IRQ_CFG2,
                                     IDR0,
                                     CR0ACK,
                                     EVENTQ_PROD,
                                     EVENTQ_CONS,
                                     PRIQ_PROD,
                                     PRIQ_CONS,
                                     kGatosCtrl};
  const u64 at = in.below(std::size(kOffsets) + 4);
  const u32 offset = at < std::size(kOffsets) ? kOffsets[at] : in.take<u32>() & 0x3'FFFF;
  const unsigned bytes = 1u << in.below(4);
  if (in.flag()) {
    m.read(offset, bytes);
  } else {
    m.write(offset, bytes, bytes == 8 ? in.take<u64>() : in.take<u32>());
  }
}

void any_command(Machine& m, Input& in) {
  namespace cmd = test::cmd;
  const u64 at = in.below(std::size(cmd::kEveryKind) + 1);
  if (at == std::size(cmd::kEveryKind)) return m.submit({in.take<u64>(), in.take<u64>()});
  const u64 parameters = u64{in.take<u16>()} << 8 | u64{in.take<u8>()} << 24;
  m.submit(
      {u64{Image::stream(in)} << 32 | parameters | (cmd::kEveryKind[at][0] & cmd::kOpcode), in.take<u64>()});
}

void any_message(Machine& m, Input& in) {
  transport::MessageExtension x;
  x.kind = static_cast<transport::MessageKind>(in.below(5));
  x.who.sid = Image::stream(in);
  const u8 flags = in.take<u8>();
  x.intent = {.read = (flags & 2) != 0,
              .write = (flags & 4) != 0,
              .exec = (flags & 8) != 0,
              .priv = (flags & 16) != 0};
  x.last = (flags & 32) != 0;
  x.who.pasid = spec::substream((flags & 1) != 0, in.take<u8>() & 7);
  x.prg_index = in.take<u16>() & 0x1FF;
  x.itag_vector = in.take<u32>();
  x.completion_count = in.take<u8>();
  x.address = (flags & 64) != 0 ? in.take<u64>() & ~u64{0xFFF} : Image::kVa;
  m.message(x);
}

void any_broadcast(Machine& m, Input& in) {
  if (in.flag()) return m.pe.sync();
  spec::BroadcastTlbi what;
  what.op = static_cast<spec::BroadcastOp>(in.below(static_cast<u64>(spec::BroadcastOp::kVaaE2) + 1));
  what.vmid = in.take<u8>() & 3;
  what.asid = 0x42 + (in.take<u8>() & 7u);
  what.address = in.flag() ? in.take<u64>() : Image::kVa;
  m.pe.tlbi(what);
}

// `running` counts what its own threads have in flight.
void any_transaction(Machine& m, Input& in, unsigned& running) {
  transport::DmaExtension ext;
  ext.who.sid = Image::stream(in);
  const u8 flags = in.take<u8>();
  ext.exec = (flags & 2) != 0;
  ext.priv = (flags & 4) != 0;
  ext.no_write = (flags & 8) != 0;
  const bool write = (flags & 16) != 0;
  ext.at = static_cast<transport::AddressType>(flags / 64 % 3);
  ext.who.pasid = spec::substream((flags & 1) != 0, in.take<u8>() & 15);
  const u64 where = in.below(4);
  const u64 address = where == 0   ? in.take<u64>()
                      : where == 1 ? Image::kPage + in.take<u16>()
                                   : Image::kVa + in.take<u16>() % 0x5000;
  const unsigned bytes = 1u + in.take<u16>() % 9000u;
  const auto tbu = static_cast<unsigned>(in.below(m.smmu.config().tbus));
  ++running;
  m.workers.run([&m, &running, ext, address, write, bytes, tbu]() mutable {
    m.dma(tbu, ext, address, write, bytes);
    --running;
  });
}

// The outcome of a read as the device sees it.
struct Answer {
  bool given = false;
  transport::DmaStatus status{};
  std::vector<unsigned char> data;
  bool operator==(const Answer&) const = default;
};

Answer ask(Machine& m, unsigned& running, u32 sid, bool with_pasid, u64 address) {
  const auto answer = std::make_shared<Answer>();
  ++running;
  m.workers.run([&m, &running, answer, sid, with_pasid, address] {
    transport::DmaExtension ext;
    ext.who = {sid, spec::substream(with_pasid, Image::kPasid)};
    answer->data = m.dma(0, ext, address, false, 8);
    answer->status = ext.status;
    answer->given = true;
    --running;
  });
  for (int i = 0; i < 500 && !answer->given; ++i) sc_core::wait(10, sc_core::SC_NS);
  return *answer;
}

// Whatever the tables now contain: with nothing else in flight, the caches give the same answer as a walk.
void caches_tell_the_truth(Machine& m, unsigned& running) {
  m.enable();
  for (const u32 sid : {3u, 4u, 6u, 7u, 9u, 10u}) {
    for (const u64 address : {Image::kVa + 8, Image::kVa + 0x2008, Image::kPage + 8}) {
      const bool with_pasid = sid != 6;
      const Answer walked = ask(m, running, sid, with_pasid, address);
      if (!walked.given) return;  // it stalls: nothing to compare
      if (!(ask(m, running, sid, with_pasid, address) == walked)) wrong("a cached answer is another one");
    }
  }
}

void play(Machine& m, Input& in) {
  unsigned running = 0;
  m.image.restore();
  m.enable();
  for (int step = 0; step < 200 && !in.empty(); ++step) {
    switch (in.below(9)) {
      case 0:
        any_register(m, in);
        break;
      case 1:
        m.image.change(in);
        break;
      case 2:
      case 3:
        any_command(m, in);
        break;
      case 4:
        any_message(m, in);
        break;
      case 8:
        any_broadcast(m, in);
        break;
      case 5:
        sc_core::wait(static_cast<double>(1 + in.take<u8>()) * 4, sc_core::SC_NS);
        break;
      default:
        any_transaction(m, in, running);
        break;
    }
  }
  m.end(running);
  caches_tell_the_truth(m, running);
  m.end(running);
}

struct Machines {
  Machine usual{"usual", small({})};
  Machine little{"little", lean()};
  Machine whole{"whole", full()};
  std::array<Machine*, 3> all{&usual, &little, &whole};
};

}  // namespace

int one_input(const unsigned char* data, std::size_t size) {
  static Machines* const machines = new Machines;  // never destroyed, as SystemC cannot be
  if (size == 0) return 0;
  Machine& m = *machines->all[data[0] % machines->all.size()];
  Input in(data + 1, size - 1);
  bool done = false;
  m.workers.run([&] {
    play(m, in);
    done = true;
  });
  for (int i = 0; i < 1000 && !done; ++i) sc_core::sc_start(10, sc_core::SC_US);
  if (!done) wrong("the input's thread is blocked for ever");
  return 0;
}

}  // namespace smmu_vp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  return smmu_vp::fuzz::one_input(data, size);
}
