// The shortest path through everything: boot, bind a process to each device, copy by DMA, compare, close.
#include <vector>

#include <fmt/format.h>

#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kSource = 0x1000'0000, kDestination = 0x2000'0000, kCompletion = 0x3000'0000;

void copy_on(ScenarioContext& ctx, std::size_t device) {
  const auto bytes = ctx.parameter<u64>("bytes");
  const std::string who = fmt::format("device {:#x}", ctx.platform.stream_id(device));
  auto process = ctx.kernel.create_process(fmt::format("smoke{}", device));
  if (!ctx.expect(process != nullptr, who + ": a process can be created")) return;
  sw::Mm& mm = process->mm();
  const u64 mapped = (bytes + mm.page_bytes() - 1) & ~(mm.page_bytes() - 1);
  mm.mmap(kSource, mapped, sw::kProtReadWrite);
  mm.mmap(kDestination, mapped, sw::kProtReadWrite);
  mm.mmap(kCompletion, mm.page_bytes(), sw::kProtReadWrite);

  std::vector<u8> data(bytes);
  for (u8& byte : data) byte = static_cast<u8>(ctx.random.next());
  mm.write(kSource, data.data(), bytes);

  auto file = ctx.accelerator(device).open(*process);
  if (!ctx.expect(file != nullptr, who + ": the process can be bound")) return;
  ctx.note(fmt::format("{}: process bound with PASID {}", who, file->pasid()));
  const auto done =
      file->run({.opcode = spec::accel::Opcode::kCopy,
                 .source = kSource,
                 .destination = kDestination,
                 .length = bytes,
                 .completion = kCompletion},
                ctx.pace.job_ps(mapped / mm.page_bytes()) + ctx.pace.longest_without_progress_ps());
  ctx.expect(done && done->status == spec::accel::Status::kOk, who + ": the copy completes");
  std::vector<u8> copied(bytes);
  mm.read(kDestination, copied.data(), bytes);
  ctx.expect(copied == data, who + ": the copy equals the source");
  ctx.note(fmt::format("{}: {} bytes copied through page faults and compared", who, bytes));
  file->close();
  process->kill();
}

void run(ScenarioContext& ctx) {
  if (!ctx.expect(ctx.kernel.boot(), "the driver stack boots")) return;
  ctx.note(fmt::format("booted: {} devices found", ctx.kernel.accelerators()));
  for (const std::size_t device : ctx.accelerators()) copy_on(ctx, device);
  ctx.kernel.shutdown();
}

}  // namespace

Scenario smoke() {
  return {.name = "smoke",
          .description = "boot, bind a process to each device, copy by DMA, compare, close",
          .run = run,
          .needs = [](const Config& c) -> Needs {
            return {.process_bytes = 2 * std::get<u64>(c.scenario.at("bytes")) + page_bytes(c, 16)};
          },
          .defaults = {},
          .parameters = {{"bytes", u64{64 * 1024}, "bytes", 1, 1 << 28, "Length of the copy."}}};
}

}  // namespace smmu_vp::tb
