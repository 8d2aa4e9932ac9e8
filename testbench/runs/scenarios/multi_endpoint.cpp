// One process on all endpoints: functions that share a root port, functions with their own, and a platform
// device. All translate to the same memory, and each unmap must reach every ATC.
#include <fmt/format.h>

#include <map>
#include <set>

#include "testbench/runs/scenarios/copy_process.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPages = 4, kShared = 0x6000'0000, kRecord = 0x7000'0000;

class Run {
 public:
  explicit Run(ScenarioContext& ctx) : ctx_(ctx), ended_(ctx.os.make_wait_queue("devices")) {
    ctx.bus.on<trace::AtcInvalidateSent>(
        [this](const trace::AtcInvalidateSent& f, u64) { invalidated_.insert(f.who.sid); });
    ctx.bus.on<trace::TransactionBegin>(
        [this](const trace::TransactionBegin& f, u64) { tbu_of_[f.who.sid].insert(f.tbu); });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    ctx_.expect(ctx_.kernel.accelerators() == devices_.size(),
                fmt::format("PCIe enumeration and the firmware tables find all {} devices", devices_.size()));
    one_process_everywhere();
    for (const std::size_t device : devices_) {
      ++running_;
      ctx_.os.spawn(fmt::format("device{}", device), [this, device] { own_process(device); });
    }
    ended_->wait([this] { return running_ == 0; });
    one_tbu_each();
    ctx_.kernel.shutdown();
  }

 private:
  // Each device adds to what the previous one wrote.
  void one_process_everywhere() {
    auto process = ctx_.kernel.create_process("shared");
    sw::Mm& mm = process->mm();
    const u64 bytes = kPages * mm.page_bytes();
    mm.mmap(kRecord, mm.page_bytes(), sw::kProtReadWrite);
    std::vector<std::unique_ptr<sw::AcceleratorFile>> files;
    for (const std::size_t device : devices_) files.push_back(ctx_.accelerator(device).open(*process));
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!ctx_.expect(files[i] != nullptr, fmt::format("device {} can be bound", devices_[i]))) return;
      ctx_.expect(files[i]->pasid() == files[0]->pasid(), "a process has one PASID on all its devices");
    }
    for (u64 round = 0; round < 2; ++round) {
      mm.mmap(kShared, bytes, sw::kProtReadWrite);
      for (std::size_t i = 0; i < files.size(); ++i) {
        const auto done = files[i]->run({.opcode = spec::accel::Opcode::kFill,
                                         .destination = kShared,
                                         .length = bytes,
                                         .seed = 16 * round + i,
                                         .completion = kRecord},
                                        ctx_.pace.longest_without_progress_ps());
        ctx_.expect(done && done->status == spec::accel::Status::kOk,
                    fmt::format("the fill by device {} completes", i));
        u64 wrong = 0;
        std::vector<u8> seen(bytes);
        mm.read(kShared, seen.data(), bytes);
        for (u64 b = 0; b < bytes; ++b)
          wrong += seen[b] != spec::accel::pattern_byte(16 * round + i, kShared + b) ? 1 : 0;
        ctx_.expect(wrong == 0, fmt::format("the process sees what device {} wrote: {} bytes differ",
                                            devices_[i], wrong));
      }
      invalidated_.clear();
      mm.munmap(kShared, bytes);
      for (const std::size_t device : devices_) {
        if (!ctx_.platform.device(device).has_ats()) continue;
        ctx_.expect(invalidated_.contains(ctx_.platform.stream_id(device)),
                    fmt::format("the unmap reaches the ATC of device {}", device));
      }
    }
    for (auto& file : files) file->close();
    process->kill();
  }

  void own_process(std::size_t device) {
    CopyProcess process(ctx_, fmt::format("process of device {}", device),
                        {.device = device, .pages = kPages});
    if (ctx_.expect(process.open(), process.name() + ": can be bound")) {
      for (u64 n = 0; n < ctx_.parameter<u64>("copies"); ++n) {
        ctx_.expect(process.copy() == CopyProcess::Result::kRight,
                    process.name() + ": the copy completes with the right data");
        process.remap();
      }
      process.close();
    }
    process.kill();
    --running_;
    ended_->wake_all();
  }

  // A root port's functions share its TBU; every other device has its own.
  void one_tbu_each() {
    std::map<u32, u32> bus_of_tbu;
    for (const auto& [sid, tbus] : tbu_of_) {
      if (!ctx_.expect(tbus.size() == 1, fmt::format("StreamID {:#x} arrives through one TBU", sid)))
        continue;
      const auto [it, is_new] = bus_of_tbu.try_emplace(*tbus.begin(), sid >> 8);
      ctx_.expect(is_new || it->second == sid >> 8, fmt::format("TBU {} serves one root port", it->first));
    }
    ctx_.note(fmt::format("{} streams through {} TBUs", tbu_of_.size(), bus_of_tbu.size()));
  }

  ScenarioContext& ctx_;
  const std::vector<std::size_t> devices_ = ctx_.accelerators();
  std::unique_ptr<sw::WaitQueue> ended_;
  std::set<u32> invalidated_;
  std::map<u32, std::set<u32>> tbu_of_;
  u64 running_ = 0;
};

}  // namespace

Scenario multi_endpoint() {
  return {
      .name = "multi_endpoint",
      .description = "endpoints behind several root ports and a platform device, one process on all of them",
      .run = run_as<Run>,
      .needs = [](const Config& c) -> Needs {
        return {.processes = c.endpoints.size() + 1,
                .process_bytes = (c.endpoints.size() + 1) * page_bytes(c, 4 * kPages)};
      },
      .defaults = {"endpoint.2.kind=pcie", "endpoint.2.stream_id=0x101", "endpoint.3.kind=pcie",
                   "endpoint.3.stream_id=0x200", "endpoint.4.kind=pcie", "endpoint.4.stream_id=0x310"},
      .parameters = {{"copies", u64{4}, "copies", 1, 1000, "Copies of each device's own process."}}};
}

}  // namespace smmu_vp::tb
