// A recorded program as a process of the platform.
#include "testbench/scenarios/workload_process.h"

#include <fmt/format.h>

#include <filesystem>

#include "testbench/config/config_error.h"
#include "testbench/workload/crc.h"
#include "testbench/workload/reader.h"

namespace smmu_vp::tb {

namespace {

using spec::accel::Opcode;
using spec::accel::Status;

constexpr u64 kTimeoutPs = 50'000'000'000;  // a job that takes 50 simulated ms is lost
constexpr std::size_t kBatchEntries = 128;
constexpr u64 kListPages = 2;

// A name without a directory that exists is looked for beside the platform's own workloads: those installed
// with the program, then those of the source tree it was built from.
std::string resolve(const std::string& file) {
  if (std::filesystem::exists(file)) return file;
  std::error_code none;
  const auto prefix = std::filesystem::read_symlink("/proc/self/exe", none).parent_path().parent_path();
  for (const auto& directory :
       {prefix / "share/smmu-vp/workloads", std::filesystem::path(SMMU_VP_WORKLOADS)}) {
    if (std::filesystem::exists(directory / file)) return (directory / file).string();
  }
  return file;
}

}  // namespace

void check_workload(const Config& config, const std::string& parameter) {
  try {
    WorkloadReader reader(resolve(std::get<std::string>(config.scenario.at(parameter))));
    while (reader.next()) {
    }
  } catch (const WorkloadError& e) {
    throw ConfigError(fmt::format("scenario.{}: {}", parameter, e.what()));
  }
}

WorkloadProcess::WorkloadProcess(ScenarioContext& ctx, std::string name, const WorkloadOptions& options)
    : ctx_(ctx),
      name_(std::move(name)),
      options_(options),
      replay_(resolve(options.file), {.mm_seed = options.contents,
                                      .write_seed = 1,
                                      .batch_entries = kBatchEntries,
                                      .max_accesses = options.max_accesses}),
      storage_(ctx.config.seed, options.contents) {
  process_ = ctx.kernel.create_process(name_, [this](u64 va, std::span<u8> page) {
    // Waiting for storage is what makes faults last: others run meanwhile, and death may come.
    if (options_.page_in_ps != 0) ctx_.os.sleep_ps(storage_.below(options_.page_in_ps));
    fill_initial_page(options_.contents, va, page);
  });
  if (!ctx.expect(process_ != nullptr, name_ + ": there is memory for the process")) return;
  for (const Vma& vma : replay_.info().vmas) {
    mm().mmap(vma.start, vma.end - vma.start, {vma.read, vma.write, vma.execute});
  }
  struct Area {
    u64* start;
    u64 pages;
    sw::Prot prot;
  };
  const Area areas[] = {{&layout_.control, 1 + kListPages, sw::kProtReadWrite},
                        {&layout_.read_only, 1, sw::kProtRead},
                        {&layout_.lazy, kLazyPages, sw::kProtReadWrite},
                        {&layout_.scratch, kScratchPages, sw::kProtNone},
                        {&layout_.arena, kArenaPages, sw::kProtReadWrite},
                        {&layout_.unmapped, 1, sw::kProtNone}};
  u64 total = 0;
  for (const Area& area : areas) total += (area.pages + 1) * kPage;
  u64 next = unused_range(replay_.info().vmas, total);
  for (const Area& area : areas) {
    *area.start = next;
    if (area.prot.read) mm().mmap(next, area.pages * kPage, area.prot);
    next += (area.pages + 1) * kPage;  // an unmapped page between any two
  }
}

std::unique_ptr<sw::AcceleratorFile> WorkloadProcess::open(std::size_t device) {
  return ctx_.kernel.accelerator(ctx_.platform.driver_index(device)).open(*process_);
}

bool WorkloadProcess::replay(sw::AcceleratorFile& file) {
  const u64 list = layout_.control + kPage;
  while (process_->alive()) {
    const auto batch = replay_.next();
    if (!batch) return true;
    if (!mm().write(list, batch->entries.data(), batch->entries.size() * spec::accel::access::kBytes))
      return false;
    const auto done = file.run({.opcode = Opcode::kAccessList,
                                .source = list,
                                .length = batch->entries.size(),
                                .completion = record(kReplayRecord),
                                .interrupt = true},
                               kTimeoutPs);
    if (!done || done->status != Status::kOk) return false;
    accesses_done_ += batch->entries.size();
    if (!ctx_.expect(
            done->result == batch->expected_crc,
            fmt::format(
                "{}: the device reads what the process's memory must hold (CRC32C {:08x}, must be {:08x})",
                name_, done->result, batch->expected_crc))) {
      return false;
    }
  }
  return false;
}

bool WorkloadProcess::churn(sw::AcceleratorFile& file, unsigned rounds) {
  std::vector<u8> bytes(kScratchPages * kPage);
  for (unsigned round = 0; round < rounds && process_->alive(); ++round) {
    for (u64 i = 0; i < bytes.size(); ++i) {
      bytes[i] = spec::accel::pattern_byte(options_.contents + (u64{round} << 32), layout_.scratch + i);
    }
    if (!mm().mmap(layout_.scratch, bytes.size(), sw::kProtReadWrite)) return false;
    if (!mm().write(layout_.scratch, bytes.data(), bytes.size())) return false;
    const auto done = file.run({.opcode = Opcode::kCrc,
                                .source = layout_.scratch,
                                .length = bytes.size(),
                                .completion = record(kChurnRecord)},
                               kTimeoutPs);
    if (!done || done->status != Status::kOk) return false;
    Crc32c crc;
    crc.add(bytes);
    if (!ctx_.expect(
            done->result == crc.value(),
            fmt::format("{}: the device sees a page mapped anew, not the one unmapped before (round {})",
                        name_, round))) {
      return false;
    }
    if (!mm().munmap(layout_.scratch, bytes.size())) return false;
  }
  return true;
}

void WorkloadProcess::keep_busy(sw::AcceleratorFile& file, u64 lane) {
  // A fresh page, then sixteen touched before: a device that did nothing but fault would keep some page fault
  // being served at any time, and so keep the address space of a dead process alive.
  constexpr u64 kResident = 16 * kPage, kLaneBytes = kArenaPages / kLanes * kPage;
  const u64 first = layout_.arena + lane * kLaneBytes;
  for (u64 va = first; va < first + kLaneBytes && process_->alive(); va += kPage) {
    if (!file.submit({.opcode = Opcode::kFill, .destination = va, .length = kPage})) return;
    if (va - first < kResident) continue;
    if (!file.submit({.opcode = Opcode::kCrc, .source = va - kResident, .length = kResident})) return;
  }
}

bool WorkloadProcess::memory_is_right() {
  const auto difference = shadow().first_difference(
      [this](u64 va, std::span<u8> bytes) { mm().read(va, bytes.data(), bytes.size()); });
  return ctx_.expect(!difference, fmt::format("{}: memory holds what the device wrote{}{}", name_,
                                              difference ? ": " : "", difference.value_or("")));
}

}  // namespace smmu_vp::tb
