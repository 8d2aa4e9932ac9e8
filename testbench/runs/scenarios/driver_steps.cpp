// Performs driver_steps.def with the bundled driver, for the comparison with a real kernel's (docs/fidelity.md).
#include <fmt/format.h>

#include <map>

#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

// As in testbench/linux/guest/steps/actions.c, which describes each action.
constexpr u64 kMemory = u64{1} << 40, kScratch = 0x1000'0000, kCompletion = 0x2000'0000, kJobBytes = 64;
constexpr u64 kSettlePs = 3 * sw::kMillisecond;

class Steps {
 public:
  explicit Steps(ScenarioContext& ctx) : ctx_(ctx) {}

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    for (const Attachment attachment : {Attachment::kPcieFunction, Attachment::kPlatformDevice}) {
      for (const std::size_t d : ctx_.accelerators()) {
        if (device_kind(ctx_.config.endpoints[d].kind).attachment != attachment) continue;
        device_ = d;
        kind_ = attachment == Attachment::kPcieFunction ? "pci" : "platform";
        if (!ctx_.parameter<bool>("ats")) ctx_.accelerator(d).device().trusted = false;
        perform_all();
        break;
      }
    }
    ctx_.kernel.shutdown();
  }

 private:
  struct Step;
  struct Process {
    std::unique_ptr<sw::Process> process;
    std::unique_ptr<sw::AcceleratorFile> file;
    sw::Mm& mm() const { return process->mm(); }
  };
  using Action = void (Steps::*)(Process&, const Step&);
  struct Step {
    std::string_view process, name;
    Action action;
    u64 first, pages;
  };
  static const std::vector<Step> kSteps;

  void perform_all() {
    std::map<std::string_view, Process> processes;
    for (const Step& step : kSteps) {
      Process& p = processes[step.process];
      if (!p.process) p.process = started(step);
      if (!p.process) return;
      (this->*step.action)(p, step);
    }
    for (auto& [name, p] : processes) p.process->kill();
  }

  std::unique_ptr<sw::Process> started(const Step& step) {
    auto process = ctx_.kernel.create_process(fmt::format("{}_{}", kind_, step.process));
    if (!ctx_.expect(process != nullptr, "a process gets its memory")) return nullptr;
    for (const u64 va : {kScratch, kCompletion}) {
      process->mm().mmap(va, page(), sw::kProtReadWrite);
      write_pages(process->mm(), {.va = va, .count = 1});
    }
    return process;
  }

  void begin(const Step& step) {
    ctx_.note(fmt::format("step {} {} {} {} {}", kind_, step.process, step.name, step.first, step.pages));
  }
  void end() {
    ctx_.os.sleep_ps(kSettlePs);
    ctx_.note("step ends");
  }

  u64 page() const { return page_bytes(ctx_.config, 1); }
  u64 memory_of(const Step& step) const { return kMemory + step.first * page(); }
  void map(Process& p, const Step& step, u64 more_pages = 0) {
    p.mm().mmap(memory_of(step), (step.pages + more_pages) * page(), sw::kProtReadWrite);
  }
  struct Pages {
    u64 va, count;
  };
  void write_pages(sw::Mm& mm, const Pages& pages) {
    const u8 value = 1;
    for (u64 i = 0; i < pages.count; ++i) mm.write(pages.va + i * page(), &value, sizeof value);
  }
  void unmap_range(Process& p, const Step& step, u64 more_pages = 0) {
    p.mm().munmap(memory_of(step), (step.pages + more_pages) * page());
  }
  void protect_range(Process& p, const Step& step, sw::Prot prot) {
    p.mm().mprotect(memory_of(step), step.pages * page(), prot);
  }

  void bind(Process& p, const Step& step) {
    begin(step);
    p.file = ctx_.accelerator(device_).open(*p.process);
    ctx_.expect(p.file != nullptr, fmt::format("{} {}: the process is bound", kind_, step.process));
    end();
  }
  void unbind(Process& p, const Step& step) {
    begin(step);
    p.file->close();
    end();
  }
  // A kernel closes the files of a process after it has torn down its address space.
  void exit(Process& p, const Step& step) {
    begin(step);
    p.process->kill();
    p.file->close();
    end();
  }

  void job(Process& p, const Step& step, sw::Job job) {
    job.length = kJobBytes;
    job.completion = kCompletion;
    begin(step);
    const auto done = p.file->run(job, ctx_.pace.job_ps(1) + ctx_.pace.longest_without_progress_ps());
    ctx_.expect(done.has_value(), fmt::format("{} {}: the job ends", kind_, step.name));
    end();
  }
  sw::Job fill(const Step& step) const {
    return {.opcode = spec::accel::Opcode::kFill, .destination = memory_of(step)};
  }
  void read_missing(Process& p, const Step& step) {
    map(p, step);
    job(p, step, {.opcode = spec::accel::Opcode::kCopy, .source = memory_of(step), .destination = kScratch});
    unmap_range(p, step);
  }
  void write_missing(Process& p, const Step& step) {
    map(p, step);
    job(p, step, fill(step));
    unmap_range(p, step);
  }
  void write_outside(Process& p, const Step& step) { job(p, step, fill(step)); }
  void write_read_only(Process& p, const Step& step) {
    map(p, step);
    write_pages(p.mm(), {.va = memory_of(step), .count = step.pages});
    protect_range(p, step, sw::kProtRead);
    job(p, step, fill(step));
    unmap_range(p, step);
  }

  void unmap(Process& p, const Step& step) {
    map(p, step, 1);
    write_pages(p.mm(), {.va = memory_of(step), .count = step.pages + 1});
    begin(step);
    unmap_range(p, step);
    end();
    p.mm().munmap(memory_of(step) + step.pages * page(), page());
  }
  void unmap_sparse(Process& p, const Step& step) {
    map(p, step, 1);
    for (const u64 i : {u64{1}, step.pages - 2, step.pages})
      write_pages(p.mm(), {.va = memory_of(step) + i * page(), .count = 1});
    begin(step);
    unmap_range(p, step);
    end();
    p.mm().munmap(memory_of(step) + step.pages * page(), page());
  }
  void unmap_alone(Process& p, const Step& step) {
    map(p, step);
    write_pages(p.mm(), {.va = memory_of(step), .count = step.pages});
    begin(step);
    unmap_range(p, step);
    end();
  }
  void protect(Process& p, const Step& step) {
    map(p, step);
    write_pages(p.mm(), {.va = memory_of(step), .count = step.pages});
    begin(step);
    protect_range(p, step, sw::kProtRead);
    end();
    unmap_range(p, step);
  }
  void permit(Process& p, const Step& step) {
    map(p, step);
    write_pages(p.mm(), {.va = memory_of(step), .count = step.pages});
    protect_range(p, step, sw::kProtRead);
    begin(step);
    protect_range(p, step, sw::kProtReadWrite);
    write_pages(p.mm(), {.va = memory_of(step), .count = step.pages});
    end();
    unmap_range(p, step);
  }
  void copy_on_write(Process& p, const Step& step) {
    map(p, step);
    u8 value = 0;
    for (u64 i = 0; i < step.pages; ++i) p.mm().read(memory_of(step) + i * page(), &value, sizeof value);
    begin(step);
    write_pages(p.mm(), {.va = memory_of(step), .count = step.pages});
    end();
    unmap_range(p, step);
  }

  ScenarioContext& ctx_;
  std::size_t device_ = 0;
  std::string_view kind_;
};

const std::vector<Steps::Step> Steps::kSteps = {
#define STEP(process, action, first, pages) {#process, #action, &Steps::action, first, pages},
#include "testbench/runs/scenarios/driver_steps.def"
};

constexpr u64 kMostPages = 2048;

}  // namespace

Scenario driver_steps() {
  return {
      .name = "driver_steps",
      .description =
          "one driver operation after the other, as ./vp linux --compare has a real kernel do them",
      .run = run_as<Steps>,
      .needs =
          [](const Config& c) { return Needs{.processes = 3, .process_bytes = page_bytes(c, kMostPages)}; },
      .defaults = {},
      .parameters = {{"ats", true, "", 0, 1, "Devices are trusted with ATS."}}};
}

}  // namespace smmu_vp::tb
