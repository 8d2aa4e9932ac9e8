// A recorded program as a process of the platform.
#include "testbench/runs/scenarios/workload_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/workload/crc.h"
#include "testbench/runs/workload/reader.h"

namespace smmu_vp::tb {

namespace {

using spec::accel::Opcode;
using spec::accel::Status;

constexpr std::size_t kBatchEntries = 128;
constexpr u64 kListPages = 2;

// A name whose directory does not exist is looked for among the platform's own workloads: those installed
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

u64 workload_pages(const Config& config, const std::string& parameter) {
  u64 pages = 0;
  const auto mapped = [&pages](const Vma& vma) { pages += (vma.end - vma.start) / kWorkloadPage + 1; };
  try {
    WorkloadReader reader(resolve(std::get<std::string>(config.scenario.at(parameter))));
    for (const Vma& vma : reader.info().vmas) mapped(vma);
    while (const auto step = reader.next()) {
      const auto* event = std::get_if<MapEvent>(&*step);
      if (event != nullptr && event->kind == MapEvent::Kind::kMap) mapped(event->area);
    }
  } catch (const WorkloadError& e) {
    throw ConfigError(fmt::format("scenario.{}: {}", parameter, e.what()));
  }
  return pages;
}

WorkloadProcess::WorkloadProcess(ScenarioContext& ctx, std::string name, const WorkloadOptions& options)
    : ctx_(ctx),
      name_(std::move(name)),
      options_(options),
      replay_(resolve(options.file),
              {.mm_seed = options.contents,
               .write_seed = 1,
               .page_bytes = u64{1} << spec::vmsa::page_shift(ctx.config.driver.granule),
               .batch_entries = kBatchEntries,
               .max_accesses = options.max_accesses}),
      storage_(ctx.config.seed, options.contents) {
  process_ = ctx.kernel.create_process(name_, [this](u64 va, std::span<u8> page) {
    // The wait for storage makes faults last: other threads run meanwhile, and the process may die.
    if (options_.page_in_ps != 0) ctx_.os.sleep_ps(storage_.below(options_.page_in_ps));
    InitialContents{options_.contents}.fill(va, page);
  });
  if (!ctx.expect(process_ != nullptr, name_ + ": the process gets its memory")) return;
  ctx.expect(change(replay_.initial_map()), name_ + ": the recorded memory map can be set up");
  changes_done_ = 0;
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
  u64 next = kWorkloadEnd;
  for (const Area& area : areas) {
    *area.start = next;
    if (area.prot.read) mm().mmap(next, area.pages * page_bytes(), area.prot);
    next += (area.pages + 1) * page_bytes();  // an unmapped page between any two
  }
}

std::unique_ptr<sw::AcceleratorFile> WorkloadProcess::open(std::size_t device) {
  return ctx_.accelerator(device).open(*process_);
}

bool WorkloadProcess::change(const std::vector<PageChange>& changes) {
  for (const PageChange& c : changes) {
    const u64 bytes = c.end - c.start;
    const sw::Prot prot{c.rights.read, c.rights.write, c.rights.execute};
    const bool done = c.kind == MapEvent::Kind::kMap     ? mm().mmap(c.start, bytes, prot)
                      : c.kind == MapEvent::Kind::kUnmap ? mm().munmap(c.start, bytes)
                                                         : mm().mprotect(c.start, bytes, prot);
    if (!done) return false;
    ++changes_done_;
  }
  return true;
}

bool WorkloadProcess::replay(sw::AcceleratorFile& file) {
  ctx_.bus.on<trace::DeviceAccess>(
      [read = lists_read_, pasid = file.pasid(), va = list()](const trace::DeviceAccess& f, u64) {
        *read += f.who.pasid == pasid && f.va == va && f.status == spec::DmaStatus::kSuccess ? 1 : 0;
      });
  while (process_->alive()) {
    const auto batch = replay_.next();
    if (!batch) return true;
    if (!change(batch->before)) return false;
    if (!batch->entries.empty() ? !replay_entries(file, *batch) : !change(batch->beside)) return false;
  }
  return false;
}

bool WorkloadProcess::replay_entries(sw::AcceleratorFile& file, const ReplayBatch& batch) {
  const u64 lists_read = *lists_read_;
  if (!mm().write(list(), batch.entries.data(), batch.entries.size() * spec::accel::access::kBytes))
    return false;
  if (!file.clear_completion(record(kReplayRecord)) || !file.submit({.opcode = Opcode::kAccessList,
                                                                     .source = list(),
                                                                     .length = batch.entries.size(),
                                                                     .completion = record(kReplayRecord),
                                                                     .interrupt = true}))
    return false;
  // The device keeps working while the process gives memory back, so that invalidated
  // entries are next to ones in use.
  if (!batch.beside.empty()) wait_until(file, lists_read + 1);
  const bool changed = change(batch.beside);
  const auto done = file.wait(record(kReplayRecord), lost_ps());
  if (!changed || !done || done->status != Status::kOk) return false;
  accesses_done_ += batch.entries.size();
  return ctx_.expect(done->result == batch.expected_crc,
                     fmt::format("{}: the device reads the expected data (CRC32C {:08x}, expected {:08x})",
                                 name_, done->result, batch.expected_crc));
}

// Or until the job ends without reading it.
void WorkloadProcess::wait_until(sw::AcceleratorFile& file, u64 lists_read) {
  constexpr u64 kLookPs = 100'000;
  for (u64 end = ctx_.os.now_ps() + lost_ps(); *lists_read_ < lists_read && ctx_.os.now_ps() < end;) {
    const auto completion = file.read_completion(record(kReplayRecord));
    if (!completion || completion->status != Status::kNone) return;
    ctx_.os.sleep_ps(kLookPs);
  }
}

std::string WorkloadProcess::replayed() const {
  const u64 kept = replay_.info().kept, most = accesses_planned();
  std::string text = fmt::format("{} of {} accesses", accesses_done_, kept);
  if (accesses_done_ == most && most < kept) text += " (scenario.max_accesses)";
  return text + fmt::format(" and {} changes of the memory map replayed", changes_done_);
}

bool WorkloadProcess::churn(sw::AcceleratorFile& file, unsigned rounds) {
  std::vector<u8> bytes(kScratchPages * page_bytes());
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
                               lost_ps());
    if (!done || done->status != Status::kOk) return false;
    Crc32c crc;
    crc.add(bytes);
    if (!ctx_.expect(
            done->result == crc.value(),
            fmt::format("{}: the device reads the newly mapped page, not the one unmapped before (round {})",
                        name_, round))) {
      return false;
    }
    if (!mm().munmap(layout_.scratch, bytes.size())) return false;
  }
  return true;
}

void WorkloadProcess::keep_busy(sw::AcceleratorFile& file, u64 lane) {
  // A page that is still untouched, then as much work on resident pages. A device that only faults would
  // always have a page fault being handled, and so keep the address space of a dead process alive. The amount
  // of work does not depend on the page size.
  constexpr u64 kFresh = 4096, kResident = 16 * kFresh;
  const u64 page = page_bytes(), lane_bytes = kArenaPages / kLanes * page,
            first = layout_.arena + lane * lane_bytes;
  for (u64 va = first; va < first + lane_bytes && process_->alive(); va += page) {
    if (!file.submit({.opcode = Opcode::kFill, .destination = va, .length = kFresh})) return;
    if (va - first < kResident) continue;
    if (!file.submit({.opcode = Opcode::kCrc, .source = va - kResident, .length = kResident})) return;
  }
}

u64 WorkloadProcess::lost_ps() const {
  return ctx_.pace.job_ps(2 * kBatchEntries) + ctx_.pace.longest_without_progress_ps();
}

bool WorkloadProcess::memory_is_right() {
  const auto difference = shadow().first_difference([this](u64 va, std::span<u8> bytes) {
    if (mm().read(va, bytes.data(), bytes.size())) return;
    // Pages that the program has made unreadable by the end are compared too.
    mm().mprotect(va / page_bytes() * page_bytes(), page_bytes(), sw::kProtRead);
    mm().read(va, bytes.data(), bytes.size());
  });
  return ctx_.expect(!difference, fmt::format("{}: memory holds what the device wrote{}{}", name_,
                                              difference ? ": " : "", difference.value_or("")));
}

}  // namespace smmu_vp::tb
