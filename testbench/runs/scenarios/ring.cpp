// A network card's receive ring: the driver keeps buffers mapped by the DMA API, the card writes a page at a time into them in
// order, and the driver unmaps every buffer that is full and maps another in its place.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

constexpr unsigned kLevels = 4;

const TableKind& ring_kind() {
  static const TableKind kind{
      .name = "ring",
      .help = "What the card's pages cost, after the warm-up. A page is one of the kernel's.",
      .columns = {
          {.name = "pages", .help = "Pages written by the card."},
          {.name = "misses", .help = "TLB misses per page."},
          {.name = "reads", .help = "Descriptors read per page: M of T = p / (l0 + M lm)."},
          {.name = "level0", .help = "Of these, of level 0: misses of the walk cache for a level 1 table."},
          {.name = "level1", .help = "Of level 1."},
          {.name = "level2", .help = "Of level 2: misses of the walk cache for a last-level table."},
          {.name = "level3", .help = "Of level 3: the leaves."},
          {.name = "invalidations", .help = "TLBI commands per descriptor."},
          {.name = "syncs", .help = "CMD_SYNC commands per descriptor."},
          {.name = "throughput",
           .unit = Unit::kGbitPerSecond,
           .help = "Bytes written, by the time in which the card wrote."},
          {.name = "page_time", .unit = Unit::kPicoseconds, .help = "Mean time of a page's write."},
          {.name = "unmap",
           .unit = Unit::kPicoseconds,
           .help = "Mean time of the driver's unmaps per descriptor."},
      }};
  return kind;
}

class Ring {
 public:
  explicit Ring(ScenarioContext& ctx) : ctx_(ctx) {
    ctx.bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64) {
      if (writing_ && f.level >= 0 && !f.stage2) ++reads_[static_cast<std::size_t>(f.level)];
    });
    ctx.bus.on<trace::WalkBegin>([this](const auto&, u64) { walks_ += writing_; });
    ctx.bus.on<trace::Command>([this](const trace::Command& f, u64) {
      if (!measuring_) return;
      invalidations_ += spec::is_tlbi(f.opcode());
      syncs_ += f.opcode() == spec::Opcode::CMD_SYNC;
    });
  }

  void run() {
    if (!ctx_.expect(ctx_.kernel.boot(), "the driver stack boots")) return;
    api_ = ctx_.kernel.dma_api(ctx_.accelerator(device()), flush());
    if (!ctx_.expect(api_ != nullptr, "the card gets a domain of the DMA API")) return;
    page_ = page_bytes(ctx_.config, 1);
    for (u64 n = 0; n < number("descriptors"); ++n) {
      if (!post()) return;
    }
    const u64 warm_up = number("warm_up"), all = warm_up + number("received");
    for (u64 n = 0; n < all; ++n) {
      measuring_ = n >= warm_up;
      fill(ring_.front());
      if (!recycle()) return;
      ctx_.progress(n + 1, all);
    }
    measuring_ = false;
    report();
    while (!ring_.empty()) release();
    api_.reset();
    ctx_.kernel.shutdown();
  }

 private:
  struct Descriptor {
    std::vector<u64> memory;  // pages
    std::vector<u64> iovas;   // of every page, or one of them all
  };

  u64 number(std::string_view name) const { return ctx_.parameter<u64>(name); }
  bool page_by_page() const { return ctx_.parameter<std::string>("mapping") == "page"; }
  sw::DmaFlush flush() const {
    return ctx_.parameter<std::string>("flush") == "lazy" ? sw::DmaFlush::kLazy : sw::DmaFlush::kStrict;
  }
  std::size_t device() const { return ctx_.accelerators().front(); }

  // A buffer for the end of the ring.
  bool post() {
    Descriptor d;
    const u64 pages_of_4k = page_ >> 12;
    for (u64 i = 0; i < number("pages"); ++i)
      d.memory.push_back(ctx_.os.alloc_pages(pages_of_4k, trace::PageUse::kDriver, 0));
    if (!ctx_.expect(std::ranges::find(d.memory, u64{0}) == d.memory.end(), "there is memory for the ring"))
      return false;
    const std::span<const u64> memory(d.memory);
    for (std::size_t i = 0; i < memory.size(); i += page_by_page() ? 1 : memory.size()) {
      const auto iova = api_->map(page_by_page() ? memory.subspan(i, 1) : memory);
      if (!ctx_.expect(iova.has_value(), "a buffer can be mapped")) return false;
      d.iovas.push_back(*iova);
    }
    ring_.push_back(std::move(d));
    return true;
  }

  // The card writes the buffer, page by page.
  void fill(const Descriptor& d) {
    std::vector<u8> data(page_);
    for (std::size_t i = 0; i < d.memory.size(); ++i) {
      const u64 iova = page_by_page() ? d.iovas[i] : d.iovas[0] + i * page_;
      writing_ = measuring_;
      const u64 begin = ctx_.os.now_ps();
      bool ok = true;
      for (u64 at = 0; at < page_; at += kPage) ok &= write(iova + at, data.data());
      writing_ = false;
      if (!measuring_) continue;
      ctx_.expect(ok, "the card's write succeeds");
      page_ps_.push_back(ctx_.os.now_ps() - begin);
    }
  }
  bool write(u64 iova, u8* data) {
    return ctx_.inject(device(), {.address = iova, .data = data, .bytes = kPage, .intent = {.write = true}})
               .status == transport::DmaStatus::kSuccess;
  }

  bool recycle() {
    const u64 begin = ctx_.os.now_ps();
    release();
    if (measuring_) unmap_ps_.push_back(ctx_.os.now_ps() - begin);
    return post();
  }
  void release() {
    const Descriptor d = std::move(ring_.front());
    ring_.pop_front();
    for (const u64 iova : d.iovas) api_->unmap(iova, page_by_page() ? page_ : d.memory.size() * page_);
    for (const u64 pa : d.memory) ctx_.os.free_pages(pa, page_ >> 12);
  }

  void report() {
    const auto pages = static_cast<double>(page_ps_.size()),
               received = static_cast<double>(number("received"));
    const auto per_page = [&](u64 count) { return static_cast<double>(count) / pages; };
    const auto per_descriptor = [&](u64 count) { return static_cast<double>(count) / received; };
    const auto page_time = Latency::summary_of(page_ps_), unmap = Latency::summary_of(unmap_ps_);
    u64 reads = 0;
    for (const u64 of_level : reads_) reads += of_level;
    std::vector<MeasuredTable::Cell> row = {u64{page_ps_.size()}, per_page(walks_), per_page(reads)};
    for (const u64 of_level : reads_) row.emplace_back(per_page(of_level));
    row.insert(row.end(), {per_descriptor(invalidations_), per_descriptor(syncs_),
                           static_cast<double>(8 * page_) /
                               static_cast<double>(std::max<u64>(page_time.mean_ps, 1)) * 1e3,
                           page_time.mean_ps, unmap.mean_ps});
    ctx_.table({.kind = &ring_kind(), .title = "The ring", .rows = {std::move(row)}});
    ctx_.durations("page_write", std::move(page_ps_));
    ctx_.durations("unmap_buffer", std::move(unmap_ps_));
  }

  static constexpr unsigned kPage = 4096;  // no access crosses it

  ScenarioContext& ctx_;
  std::unique_ptr<sw::DmaApi> api_;
  u64 page_ = 0;
  std::deque<Descriptor> ring_;
  bool measuring_ = false, writing_ = false;
  std::array<u64, kLevels> reads_{};
  u64 walks_ = 0, invalidations_ = 0, syncs_ = 0;
  std::vector<u64> page_ps_, unmap_ps_;
};

void one_of(const Config& c, const char* name, const std::vector<std::string>& words) {
  const std::string& value = std::get<std::string>(c.scenario.at(name));
  if (std::ranges::find(words, value) == words.end())
    throw ConfigError(fmt::format("scenario.{} = '{}': expected {}", name, value, fmt::join(words, " or ")));
}

}  // namespace

Scenario ring() {
  return {
      .name = "ring",
      .description = "a network card's receive ring: map, write, unmap, through the DMA API",
      .run = run_as<Ring>,
      .needs = [](const Config& c) -> Needs {
        one_of(c, "mapping", {"page", "descriptor"});
        one_of(c, "flush", {"strict", "lazy"});
        const u64 pages = std::get<u64>(c.scenario.at("descriptors")) * std::get<u64>(c.scenario.at("pages"));
        return {.process_bytes = page_bytes(c, pages + pages / 256 + 16)};
      },
      .defaults = {},
      .parameters =
          {{"descriptors", u64{256}, "descriptors", 1, 65536, "Size of the ring."},
           {"pages", u64{64}, "pages", 1, 512, "Pages of a descriptor's buffer."},
           {"mapping", std::string("page"), "", 0, 0,
            "page: every page is mapped and unmapped on its own; descriptor: all pages of a buffer at once."},
           {"flush", std::string("strict"), "", 0, 0,
            "When the DMA API invalidates: strict, before unmap returns; lazy, for up to 255 unmaps, or "
            "those of 10 ms, at once."},
           {"received", u64{128}, "descriptors", 1, 1e6, "Buffers received that are measured."},
           {"warm_up", u64{32}, "descriptors", 0, 1e6, "Buffers received before these."}},
      .tables = {&ring_kind()}};
}

}  // namespace smmu_vp::tb
