// Random calls of the C ABI, valid and invalid, on a machine that was set up: it must answer each with a
// status and keep working.
//
//   smmu-vp-fuzz [CALLS [SEED]]      exit status 0: all calls returned, nothing reached stdout
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/examples/fuzz_observation.h"
#include "tests/examples/fuzz_progress.h"
#include "tests/examples/fuzz_random.h"
#include "tests/examples/fuzz_setup.h"
#include "tests/support/c_abi.h"
#include "tests/support/commands.h"

namespace {

using namespace smmu_vp::test;
using namespace smmu_vp::test::fuzz;
using std::uint32_t;
using std::uint64_t;

constexpr std::size_t kBuffer = 64 * 1024;

class Fuzzer {
 public:
  explicit Fuzzer(uint64_t seed) : random_(seed), observing_(random_), buffer_(kBuffer) {}

  bool open() {
    const char* settings[] = {"memory.size=67108864", "smmu.features.btm=true", nullptr};
    if (smmu_vp_open(nullptr, settings, &vp_) != SMMU_VP_OK) return false;
    smmu_vp_get_info(vp_, &info_);
    smmu_vp_get_layout(vp_, &layout_);
    setup().bring_up();
    return true;
  }

  void call() {
    smmu_vp_handle* const vp = random_.one_in(200) ? wrong_handle() : vp_;
    uint64_t out = 0;
    switch (random_.below(26)) {
      case 0:
      case 1:
      case 2:
        count(smmu_vp_mmio_read(vp, register_address(), size(), random_.one_in(100) ? nullptr : &out));
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        count(smmu_vp_mmio_write(vp, register_address(), size(), value()));
        break;
      case 7:
      case 8:
        command(vp);
        break;
      case 9:
        count(smmu_vp_mem_read(vp, ram_address(), buffer(), length()));
        break;
      case 10:
      case 11:
        for (std::size_t i = 0; i < 64; ++i) buffer_[i] = static_cast<unsigned char>(random_.next());
        count(smmu_vp_mem_write(vp, ram_address(), buffer(), random_.below(64)));
        break;
      case 12:
        if (auto* word = static_cast<uint64_t*>(smmu_vp_mem_ptr(vp, table_address(), 8))) *word = value();
        break;
      case 13:
        count(smmu_vp_advance(vp, random_.one_in(50) ? ~uint64_t{0} : random_.below(2'000'000)));
        break;
      case 14:
        count(smmu_vp_settle(vp, random_.below(5'000'000)));
        break;
      case 15:
        smmu_vp_irq_level(vp, static_cast<uint32_t>(random_.one_in(5) ? random_.next() : random_.below(256)));
        break;
      case 16:
        count(smmu_vp_irq_wait(vp, random_.one_in(3) ? value() : uint64_t{0xF} << 32,
                               random_.below(1'000'000), random_.one_in(100) ? nullptr : &out));
        break;
      case 17:
      case 18:
      case 19:
        dma(vp);
        break;
      case 20:
      case 21:
        poll(vp);
        break;
      case 22:
        observe(vp);
        break;
      case 23:
        rare(vp);
        break;
      case 24:
        broadcast(vp);
        break;
      case 25:
        count(observing_.look(vp));
        break;
    }
  }

  void close() { smmu_vp_close(vp_); }
  uint64_t answered(smmu_vp_status status) const { return statuses_[status]; }

 private:
  SetUp setup() { return {vp_, info_}; }
  void count(smmu_vp_status status) { ++statuses_[status]; }
  smmu_vp_handle* wrong_handle() {
    return random_.one_in(2) ? nullptr : reinterpret_cast<smmu_vp_handle*>(random_.next() & ~uint64_t{7});
  }
  void* buffer() { return random_.one_in(100) ? nullptr : buffer_.data(); }
  std::size_t length() {
    return random_.one_in(20) ? random_.next() | uint64_t{1} << 40 : random_.below(kBuffer);
  }
  unsigned size() {
    static constexpr unsigned kSizes[] = {4, 4, 4, 4, 8, 8, 2, 1};
    return random_.one_in(30) ? static_cast<unsigned>(random_.next()) : kSizes[random_.below(8)];
  }
  uint64_t value() {
    switch (random_.below(4)) {
      case 0:
        return random_.next();
      case 1:
        return random_.below(64);
      case 2:
        return info_.ram_base + random_.below(1 << 20);
      default:
        return uint64_t{1} << random_.below(64);
    }
  }
  uint64_t register_address() {
    smmu_vp_endpoint e{};
    switch (random_.below(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return info_.smmu_base + (random_.below(0x100) & ~uint64_t{3});
      case 4:
        return info_.smmu_base + 0x1'0000 + (random_.below(0x200) & ~uint64_t{3});
      case 5:
        return info_.smmu_base + random_.below(info_.smmu_size);
      case 6:
        return setup().function() + (random_.below(0x140) & ~uint64_t{1});
      case 7:
        return (random_.one_in(2) ? layout_.msi_doorbell : layout_.pcie_window_base) + random_.below(0x1000);
      case 8:
        smmu_vp_get_endpoint(vp_, static_cast<uint32_t>(random_.below(3)), &e);
        return e.registers + (random_.below(0x200) & ~uint64_t{3});
      default:
        return random_.next();
    }
  }
  uint64_t ram_address() {
    return random_.one_in(10) ? random_.next() : info_.ram_base + random_.below(info_.ram_size);
  }
  uint64_t table_address() {
    static constexpr uint64_t kPlaces[] = {
        kStreams + 64 * kDeviceSid, kStreams + 64 * kFunctionSid, kCds, kRoot, kCommands, kEvents};
    return info_.ram_base + kPlaces[random_.below(6)] + 8 * random_.below(16);
  }
  // A command with a real opcode and random fields, and a push of the producer index.
  void command(smmu_vp_handle* vp) {
    const uint64_t opcode =
        random_.one_in(12) ? cmd::reserved()[0]
                           : cmd::kEveryKind[random_.below(std::size(cmd::kEveryKind))][0] & cmd::kOpcode;
    uint64_t prod = 0;
    smmu_vp_mmio_read(vp, info_.smmu_base + reg::CMDQ_PROD, 4, &prod);
    const uint64_t entry = kCommands + 16 * (prod & mask(kQueueSize - 1, 0));
    const uint64_t sid = random_.one_in(3) ? kDeviceSid : random_.one_in(10) ? random_.next() : kFunctionSid;
    const auto who = cmd::requester(static_cast<uint32_t>(sid), static_cast<uint32_t>(random_.below(4)));
    setup().store(entry, opcode | (random_.one_in(2) ? who : cmd::without_ssv({who, 0})[0]));
    setup().store(entry + 8, random_.one_in(2) ? kVa | random_.below(4) : value());
    count(smmu_vp_mmio_write(vp, info_.smmu_base + reg::CMDQ_PROD, 4, (prod + 1) & mask(kQueueSize, 0)));
  }

  void broadcast(smmu_vp_handle* vp) {
    smmu_vp_tlbi t{};
    const auto op = static_cast<int>(random_.one_in(20) ? random_.next() : random_.below(11));
    std::memcpy(&t.op, &op, sizeof op);
    t.vmid = static_cast<uint32_t>(random_.one_in(10) ? random_.next() : random_.below(2));
    t.asid = static_cast<uint32_t>(random_.one_in(10) ? random_.next() : random_.below(4));
    t.address = random_.one_in(10) ? value() : kVa + (random_.below(4) << 12);
    t.bytes = random_.one_in(10) ? value() : random_.below(4) << 12;
    t.last_level = random_.one_in(2);
    t.e2h = random_.one_in(2);
    count(smmu_vp_tlbi_broadcast(vp, random_.one_in(100) ? nullptr : &t));
    if (random_.one_in(2)) count(smmu_vp_tlbi_sync(vp));
  }

  void dma(smmu_vp_handle* vp) {
    smmu_vp_dma_request r{};
    smmu_vp_dma_result result{};
    r.endpoint = static_cast<uint32_t>(random_.one_in(30) ? random_.next() : random_.below(2));
    const auto kind = static_cast<int>(random_.one_in(30) ? random_.next() : random_.below(6));
    std::memcpy(&r.kind, &kind, sizeof kind);
    r.has_pasid = random_.one_in(5) ? 0 : 1;
    r.pasid = static_cast<uint32_t>(random_.one_in(30) ? random_.next() : random_.below(5));
    r.address = random_.one_in(5) ? value() : kVa + random_.below(0x3000);
    r.length = random_.one_in(10) ? length() : 1 + random_.below(64);
    r.data = buffer();
    r.write = random_.one_in(2);
    r.privileged = random_.one_in(4);
    r.execute = random_.one_in(4);
    r.no_write = random_.one_in(4);
    r.prg_index = static_cast<uint32_t>(random_.below(520));
    r.last = random_.one_in(3) ? 0 : 1;
    if (random_.one_in(2)) {
      count(smmu_vp_dma(vp, random_.one_in(100) ? nullptr : &r, random_.one_in(100) ? nullptr : &result));
      return;
    }
    uint64_t handle = 0;
    const smmu_vp_status status = smmu_vp_dma_start(vp, &r, random_.one_in(100) ? nullptr : &handle);
    count(status);
    if (status == SMMU_VP_OK) handles_.push_back(handle);
  }

  void poll(smmu_vp_handle* vp) {
    smmu_vp_dma_result result{};
    int done = 0;
    const std::size_t i = handles_.empty() ? 0 : random_.below(handles_.size());
    const bool known = !handles_.empty() && !random_.one_in(20);
    count(smmu_vp_dma_poll(vp, known ? handles_[i] : random_.next(), &result,
                           random_.one_in(100) ? nullptr : &done));
    if (known && done != 0) handles_.erase(handles_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  void observe(smmu_vp_handle* vp) {
    static constexpr const char* kNames[] = {"smmu.transactions", "ep0.pri.requests", "", "nothing"};
    uint64_t out = 0;
    char text[200];
    count(smmu_vp_counter(vp, random_.one_in(20) ? nullptr : kNames[random_.below(4)], &out));
    count(smmu_vp_violations(vp, &out, random_.one_in(20) ? nullptr : text, random_.below(sizeof text)));
    count(smmu_vp_get_info(vp, random_.one_in(20) ? nullptr : &info_));
  }

  void rare(smmu_vp_handle* vp) {
    smmu_vp_handle* second = nullptr;
    switch (random_.below(45)) {
      case 0:
        return count(smmu_vp_open(nullptr, nullptr, &second));
      case 1:
        return count(smmu_vp_waves(vp, random_.one_in(2) ? "/no/such/directory/waves.fst" : nullptr));
      case 2:
        return smmu_vp_close(wrong_handle());
      case 3:
      case 4:
      case 5:
        return setup().enable();
      case 6:
      case 7:
      case 8:
        return setup().bring_up();
      case 9:
        handles_.clear();
        return count(smmu_vp_reset(vp));
      case 10:
        return count(smmu_vp_finish(vp));
      case 11:
      case 12:
      case 13:
      case 14:
      case 15:
        return count(observing_.record(vp));
      default:
        count(smmu_vp_mem_read(vp, info_.ram_base + random_.below(0x4000), buffer_.data(), 64));
    }
  }

  Random random_;
  ObservingCalls observing_;
  std::vector<unsigned char> buffer_;
  smmu_vp_handle* vp_ = nullptr;
  smmu_vp_info info_{};
  smmu_vp_layout layout_{};
  std::vector<uint64_t> handles_;
  uint64_t statuses_[SMMU_VP_EINTERNAL + 1] = {};
};

}  // namespace

int main(int argc, char** argv) {
  constexpr const char* kUsage =
      "usage: smmu-vp-fuzz [CALLS [SEED]]: random calls of the C ABI (default 1000000, seed 1)\n";
  uint64_t numbers[2] = {1'000'000, 1};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") return std::fputs(kUsage, stdout), 0;
    char* end = nullptr;
    const uint64_t number = std::strtoull(argv[i], &end, 0);
    if (i > 2 || end == argv[i] || *end != 0 || word[0] == '-') {
      std::fprintf(stderr, "smmu-vp-fuzz: %s: expected two whole numbers at most; %s", argv[i], kUsage);
      return 2;
    }
    numbers[i - 1] = number;
  }
  const auto [calls, seed] = numbers;
  // Captures whatever the library prints.
  std::FILE* const caught = std::tmpfile();
  const int terminal = ::dup(STDOUT_FILENO);
  if (caught == nullptr || terminal < 0 || ::dup2(::fileno(caught), STDOUT_FILENO) < 0) return 2;
  Fuzzer fuzzer(seed);
  if (!fuzzer.open()) {
    std::fprintf(stderr, "smmu-vp-fuzz: %s\n", smmu_vp_last_error(nullptr));
    return 2;
  }
  for (uint64_t i = 0; i < calls; ++i) {
    fuzzer.call();
    if (i % 256 == 0) fuzz_progress(i, calls);
  }
  fuzz_progress_end();
  const uint64_t internal = fuzzer.answered(SMMU_VP_EINTERNAL);
  fuzzer.close();
  for (uint64_t i = 0; i < calls / 100; ++i) fuzzer.call();  // the handle is invalid now
  std::fflush(stdout);
  struct stat printed {};
  ::fstat(::fileno(caught), &printed);
  ::dup2(terminal, STDOUT_FILENO);
  std::printf(
      "%llu calls, seed %llu: ok %llu, invalid %llu, fault %llu, timed out %llu, busy %llu, internal %llu; "
      "%lld bytes on stdout\n",
      static_cast<unsigned long long>(calls), static_cast<unsigned long long>(seed),
      static_cast<unsigned long long>(fuzzer.answered(SMMU_VP_OK)),
      static_cast<unsigned long long>(fuzzer.answered(SMMU_VP_EINVAL)),
      static_cast<unsigned long long>(fuzzer.answered(SMMU_VP_EFAULT)),
      static_cast<unsigned long long>(fuzzer.answered(SMMU_VP_ETIMEDOUT)),
      static_cast<unsigned long long>(fuzzer.answered(SMMU_VP_EBUSY)),
      static_cast<unsigned long long>(internal), static_cast<long long>(printed.st_size));
  return internal == 0 && printed.st_size == 0 ? 0 : 1;
}
