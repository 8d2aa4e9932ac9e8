// Traffic as a load generator makes it: every device reads or writes at random or in sequence within a window of its
// processes' memory, with so many accesses in flight, and each access's latency is measured. The pages stay mapped, so
// what costs time is translation, link and memory.
#include <fmt/format.h>

#include <algorithm>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kBase = 0x10'0000'0000;

// Sizes of pages and blocks (D8.3). Which of them exist follows from the kernel's page size.
struct PageSize {
  std::string_view name;
  unsigned log2_bytes;
};
constexpr PageSize kBlocks[] = {{"2m", 21}, {"32m", 25}, {"512m", 29}, {"1g", 30}};

// The level of the translation tables whose descriptors map the window.
int leaf_level(const Config& c) {
  const std::string& pages = std::get<std::string>(c.scenario.at("pages"));
  if (pages == "small") return 3;
  std::vector<std::string_view> possible = {"small"};
  for (const auto& [name, log2_bytes] : kBlocks) {
    const int level = spec::vmsa::leaf_level(c.driver.granule, log2_bytes);
    if (spec::vmsa::level_shift(c.driver.granule, level) != log2_bytes ||
        !spec::vmsa::block_permitted(c.driver.granule, level, false))
      continue;
    if (pages == name) return level;
    possible.push_back(name);
  }
  throw ConfigError(
      fmt::format("scenario.pages = '{}': driver.page_size permits {}", pages, fmt::join(possible, " or ")));
}
u64 leaf_bytes(const Config& c) {
  return u64{1} << spec::vmsa::level_shift(c.driver.granule, leaf_level(c));
}

const TableKind& traffic_kind() {
  static const TableKind kind{
      .name = "traffic",
      .help = "What each device achieved, after the warm-up.",
      .columns = {
          {.name = "device", .help = "StreamID."},
          {.name = "accesses", .help = "Accesses measured."},
          {.name = "failed", .help = "Accesses that did not succeed."},
          {.name = "bandwidth",
           .unit = Unit::kGbitPerSecond,
           .help = "Payload of the accesses, by the time from the first one's begin to the last one's end."},
          {.name = "rate", .unit = Unit::kPerSecond, .help = "Accesses in the same time."},
          {.name = "mean", .unit = Unit::kPicoseconds, .help = "Mean latency of an access."},
          {.name = "p50", .unit = Unit::kPicoseconds, .help = "Half of the accesses took no longer."},
          {.name = "p99", .unit = Unit::kPicoseconds, .help = "99 of 100 accesses took no longer."},
          {.name = "max", .unit = Unit::kPicoseconds, .help = "The longest access."},
      }};
  return kind;
}

class LoadGenerator {
 public:
  explicit LoadGenerator(ScenarioContext& ctx) : ctx_(ctx), ended_(ctx.os.make_wait_queue("traffic")) {}

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    for (const std::size_t device : chosen_devices())
      devices_.push_back(std::make_unique<Device>(Device{.number = device}));
    if (!open_processes()) return;
    // Device by device, so that every page is in memory before the first access is measured.
    for (const auto& device : devices_) start(*device);
    ended_->wait([this] { return running_ == 0; });
    report();
    for (const auto& device : devices_) device->files.clear();
    for (const auto& process : processes_) process->kill();
    ctx_.kernel.shutdown();
  }

 private:
  struct Device {
    std::size_t number;
    std::vector<std::unique_ptr<sw::AcceleratorFile>> files = {};  // one a process
    u64 next = 0, failed = 0;
    u64 earliest_ps = 0;  // the next access may begin: the rate limit
    u64 begin_ps = ~u64{0}, end_ps = 0;
    std::vector<u64> latency_ps = {};
  };
  struct Access {
    u32 pasid;
    u64 address;
    bool write;
  };

  u64 number(std::string_view name) const { return ctx_.parameter<u64>(name); }
  bool ats() const { return ctx_.parameter<std::string>("translation") == "ats"; }

  std::vector<std::size_t> chosen_devices() const {
    std::vector<std::size_t> all = ats() ? ctx_.accelerators_with_ats() : ctx_.accelerators();
    all.resize(std::min<std::size_t>(all.size(), number("devices")));
    return all;
  }

  bool open_processes() {
    const u64 window = number("window_kb") << 10;
    for (u64 n = 0; n < number("processes"); ++n) {
      processes_.push_back(ctx_.kernel.create_process(fmt::format("process{}", n)));
      if (!ctx_.expect(processes_.back() != nullptr, "a process can be created")) return false;
      sw::Mm& mm = processes_.back()->mm();
      const u64 page = leaf_bytes(ctx_.config), mapped = (window + page - 1) / page * page;
      mm.mmap(kBase, mapped, sw::kProtReadWrite, {.leaf_level = leaf_level(ctx_.config)});
      for (u64 offset = 0; offset < mapped; offset += page)
        mm.handle_fault(kBase + offset, sw::Access::kWrite);
      for (const auto& device : devices_) {
        device->files.push_back(ctx_.accelerator(device->number).open(*processes_.back()));
        if (!ctx_.expect(device->files.back() != nullptr, "the process can be bound")) return false;
      }
    }
    return true;
  }

  void start(Device& device) {
    for (u64 lane = 0; lane < number("outstanding"); ++lane) {
      ++running_;
      ctx_.os.spawn(fmt::format("device{}.{}", device.number, lane), [this, &device] {
        // The device itself makes its accesses: no CPU is needed.
        ctx_.platform.os().off_cpu([this, &device] { work(device); });
        --running_;
        ended_->wake_all();
      });
    }
  }

  void work(Device& device) {
    const u64 warm_up = number("warm_up"), all = warm_up + number("accesses");
    std::vector<u8> data(number("bytes"));
    while (device.next < all) {
      const u64 index = device.next++;
      const Access access = choose(device, index);
      wait_for_turn(device);
      const u64 begin = ctx_.os.now_ps();
      const auto result =
          ctx_.platform.device(device.number)
              .inject({.kind = ats() ? device::InjectKind::kViaAtc : device::InjectKind::kUntranslated,
                       .pasid = access.pasid,
                       .address = access.address,
                       .data = data.data(),
                       .bytes = static_cast<unsigned>(data.size()),
                       .intent = {.read = !access.write, .write = access.write}});
      const u64 end = ctx_.os.now_ps();
      if (result.status != transport::DmaStatus::kSuccess) ++device.failed;
      ctx_.progress(++done_, all * devices_.size());
      if (index < warm_up) continue;
      device.begin_ps = std::min(device.begin_ps, begin);
      device.end_ps = std::max(device.end_ps, end);
      device.latency_ps.push_back(end - begin);
    }
  }

  // Accesses are aligned to their size, so that none crosses a page.
  Access choose(const Device& device, u64 index) {
    const u64 slots = (number("window_kb") << 10) / number("bytes");
    const bool random = ctx_.parameter<std::string>("pattern") == "random";
    const u64 process = random ? ctx_.random.below(processes_.size()) : index % processes_.size();
    const u64 slot = random ? ctx_.random.below(slots) : index / processes_.size() % slots;
    return {.pasid = device.files[process]->pasid(),
            .address = kBase + slot * number("bytes"),
            .write = ctx_.random.below(100) < number("write_percent")};
  }

  void wait_for_turn(Device& device) const {
    const u64 rate_mbps = number("rate_mbps"), now = ctx_.os.now_ps();
    if (rate_mbps == 0) return;
    const u64 begin = std::max(now, device.earliest_ps);
    device.earliest_ps = begin + number("bytes") * 8 * 1'000'000 / rate_mbps;
    if (begin > now) sc_core::wait(sc_core::sc_time::from_value(begin - now));
  }

  void report() {
    MeasuredTable table{.kind = &traffic_kind(), .title = "Traffic", .rows = {}};
    std::vector<u64> together;
    for (const auto& device : devices_) {
      const auto s = Latency::summary_of(device->latency_ps);
      const double ps = static_cast<double>(std::max<u64>(device->end_ps - device->begin_ps, 1));
      const double accesses = static_cast<double>(s.count);
      table.rows.push_back({fmt::format("{:#x}", ctx_.platform.stream_id(device->number)), s.count,
                            device->failed, accesses * static_cast<double>(8 * number("bytes")) / ps * 1e3,
                            accesses / ps * 1e12, s.mean_ps, s.p50_ps, s.p99_ps, s.max_ps});
      ctx_.expect(device->failed == 0, fmt::format("every access of device {} succeeds", device->number));
      together.insert(together.end(), device->latency_ps.begin(), device->latency_ps.end());
    }
    ctx_.table(std::move(table));
    ctx_.durations("access", std::move(together));
  }

  ScenarioContext& ctx_;
  std::unique_ptr<sw::WaitQueue> ended_;
  std::vector<std::unique_ptr<sw::Process>> processes_;
  std::vector<std::unique_ptr<Device>> devices_;
  u64 running_ = 0, done_ = 0;
};

void check(const Config& c) {
  const auto one_of = [&](const char* name, const std::vector<std::string>& words) {
    const std::string& value = std::get<std::string>(c.scenario.at(name));
    if (std::ranges::find(words, value) == words.end())
      throw ConfigError(
          fmt::format("scenario.{} = '{}': expected {}", name, value, fmt::join(words, " or ")));
  };
  one_of("pattern", {"random", "sequential"});
  one_of("translation", {"ats", "untranslated"});
  const u64 bytes = std::get<u64>(c.scenario.at("bytes"));
  if ((bytes & (bytes - 1)) != 0)
    throw ConfigError(fmt::format("scenario.bytes = {}: expected a power of two", bytes));
}

}  // namespace

Scenario traffic() {
  return {.name = "traffic",
          .description = "latency and bandwidth of reads and writes within a window of memory",
          .run = run_as<LoadGenerator>,
          .needs = [](const Config& c) -> Needs {
            check(c);
            const u64 page = leaf_bytes(c), asked = std::get<u64>(c.scenario.at("window_kb")) << 10,
                      window = (asked + page - 1) / page * page,
                      processes = std::get<u64>(c.scenario.at("processes"));
            const bool ats = std::get<std::string>(c.scenario.at("translation")) == "ats";
            return {.attachments = ats ? std::vector{Attachment::kPcieFunction} : std::vector<Attachment>{},
                    .processes = processes,
                    .process_bytes =
                        processes * (window + window / 256 + page_bytes(c, 16) + (page - page_bytes(c, 1)))};
          },
          .defaults = {},
          .parameters =
              {{"window_kb", u64{256}, "KB", 4, 1 << 22, "Memory of each process that is accessed."},
               {"pages", std::string("small"), "", 0, 0,
                "What maps it: small, pages of the kernel's size; or blocks of 2m or 1g with 4 KB pages, 32m "
                "with 16 KB, "
                "512m with 64 KB."},
               {"bytes", u64{64}, "bytes", 1, 4096, "Size of an access, a power of two."},
               {"pattern", std::string("random"), "", 0, 0, "random or sequential."},
               {"write_percent", u64{0}, "%", 0, 100, "Writes among the accesses; the others are reads."},
               {"translation", std::string("untranslated"), "", 0, 0,
                "untranslated: by the SMMU's TLBs; ats: by the device's ATC."},
               {"outstanding", u64{1}, "accesses", 1, 256, "Accesses that each device has in flight."},
               {"rate_mbps", u64{0}, "Mbit/s", 0, 1e6,
                "Most payload that each device asks for; 0 means no limit."},
               {"devices", u64{1}, "devices", 1, 16, "How many of the devices take part, in order."},
               {"processes", u64{1}, "processes", 1, 64, "Processes, each with its PASID and its window."},
               {"accesses", u64{4000}, "accesses", 1, 1e8, "Accesses of each device that are measured."},
               {"warm_up", u64{1000}, "accesses", 0, 1e8, "Accesses of each device before these."}},
          .tables = {&traffic_kind()}};
}

}  // namespace smmu_vp::tb
