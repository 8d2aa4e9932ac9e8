// GTKWave's save file: a hexadecimal flag word precedes the signals it applies to; a group lies between two
// flag words of its own.
#include "testbench/observe/trace_sinks/wave_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "testbench/observe/output/output_file.h"

namespace smmu_vp::tb {

namespace {

constexpr const char* kNamed = "@100000028";  // value names come from the dump itself
constexpr const char* kBits = "@28";
constexpr const char* kDecimal = "@24";
constexpr const char* kHex = "@22";
constexpr int kMostMarkers = 26;
constexpr double kPixels = 900;  // of waves, without names and values
// The zoom is the logarithm of the picoseconds shown by this many pixels.
constexpr double kZoomPixels = 200;

// Groups follow the path of a DMA: who requests, what translates, how the driver reacts.
struct Group {
  const char* title;
  std::vector<const char*> scopes;  // these and those below them
};
const Group kGroups[] = {{"judgement", {"tlm.judgement"}},
                         {"endpoints", {"tlm.endpoint"}},
                         {"SMMU", {"tlm.smmu.tbu", "tlm.smmu.tcu", "tlm.smmu.errors"}},
                         {"command queue", {"tlm.smmu.cmdq"}},
                         {"event and page request queues", {"tlm.smmu.eventq", "tlm.smmu.priq"}},
                         {"driver", {"tlm.driver"}}};

// Ports of every translation cache behind the RTL adapter.
struct Port {
  const char *flags, *name;
};
constexpr Port kPorts[] = {{kBits, "lookup_valid_i"},
                           {kBits, "lookup_ready_o"},
                           {kHex, "lookup_va_i[63:0]"},
                           {kBits, "lookup_rsp_valid_o"},
                           {kNamed, "lookup_rsp_o.status[1:0]"},
                           {kBits, "fill_valid_i"},
                           {kBits, "fill_rsp_valid_o"},
                           {kBits, "inv_valid_i"},
                           {kBits, "inv_ready_o"},
                           {kNamed, "inv_i.scope[1:0]"},
                           {kBits, "inv_done_valid_o"}};

std::string row(const WaveFile::Description& s, bool names) {
  const bool wide = s.bits > 16;
  const char* flags = s.named && names ? kNamed : s.bits == 1 ? kBits : wide || s.named ? kHex : kDecimal;
  const std::string range = s.bits == 1 ? "" : fmt::format("[{}:0]", s.bits - 1);
  const std::size_t below = s.scope.rfind('.') + 1;
  return fmt::format("{}\n+{{{} {}}} {}.{}{}\n", flags, s.scope.substr(below), s.name, s.scope, s.name,
                     range);
}

std::string group(std::string_view title, const std::string& rows, bool open) {
  if (rows.empty()) return "";
  return fmt::format("{}\n-{}\n{}{}\n-{}\n", open ? "@800200" : "@c00200", title, rows,
                     open ? "@1000200" : "@1401200", title);
}

}  // namespace

WaveLayout::WaveLayout(trace::Bus& bus) {
  bus.on<trace::PasidPhase>([this](const trace::PasidPhase& p, u64 t) {
    if (p.phase == spec::Phase::kLive) live_.push_back(p.mm);
    if (p.phase == spec::Phase::kQuiesced) happened(kQuiesced, t);
    if (p.phase == spec::Phase::kUnbound) happened(kUnbound, t);
    if (p.phase == spec::Phase::kUnbound) std::erase(live_, p.mm);
  });
  // An address space released while a device is bound to it: its process died.
  bus.on<trace::ReleaseBegin>([this](const trace::ReleaseBegin& r, u64 t) {
    if (std::find(live_.begin(), live_.end(), r.mm) != live_.end()) happened(kDied, t);
  });
  bus.on<trace::Violation>([this](const trace::Violation&, u64 t) { happened(kViolation, t); });
  bus.on<trace::CacheMismatch>([this](const trace::CacheMismatch&, u64 t) { happened(kMismatch, t); });
}

void WaveLayout::happened(Which which, u64 t_ps) {
  if (!markers_[which].t_ps) markers_[which].t_ps = t_ps;
}

// Shows all markers with a margin, or everything if there are none. The cursor is at the first violation,
// otherwise at the first marker.
std::string WaveLayout::view(u64 end_ps) const {
  std::optional<u64> first, last;
  for (const Marker& m : markers_) {
    if (!m.t_ps) continue;
    first = std::min(first.value_or(*m.t_ps), *m.t_ps);
    last = std::max(last.value_or(*m.t_ps), *m.t_ps);
  }
  const u64 room = first ? std::max<u64>((*last - *first) / 10, 20'000'000) : 0;
  const u64 from = first && *first > room ? *first - room : 0;
  const u64 to = last ? *last + room : end_ps;
  const double zoom = -std::log2(static_cast<double>(std::max<u64>(to - from, 1)) * kZoomPixels / kPixels);
  const auto shown = markers_[kViolation].t_ps ? markers_[kViolation].t_ps : first;
  std::string text =
      fmt::format("[timestart] {}\n*{:.6f} {}", from, zoom, shown ? fmt::to_string(*shown) : "-1");
  for (int i = 0; i < kMostMarkers; ++i)
    text += i < kMarkers && markers_[i].t_ps ? fmt::format(" {}", *markers_[i].t_ps) : " -1";
  text += '\n';
  for (int i = 0; i < kMarkers; ++i) {
    if (markers_[i].t_ps)
      text += fmt::format("[markername] {}{}\n", static_cast<char>('A' + i), markers_[i].name);
  }
  return text;
}

void WaveLayout::write(const std::string& path, const std::string& dump, bool names, const WaveFile& waves,
                       const std::vector<std::string>& sites, u64 end_ps) const {
  // GTKWave finds the dump by the relative path between the two files, even after both have moved.
  const auto absolute = [](const std::string& p) { return std::filesystem::absolute(p).string(); };
  std::string text =
      fmt::format("[*] Written by the run that made the waves.\n[dumpfile] \"{}\"\n[savefile] \"{}\"\n",
                  absolute(dump), absolute(path));
  text += "[size] 1600 1000\n[pos] -1 -1\n" + view(end_ps);
  text += "[sst_width] 180\n[signals_width] 460\n[sst_expanded] 0\n";
  const std::vector<WaveFile::Description> signals = waves.signals();
  const auto rows = [&](auto wanted) {
    std::string all;
    for (const WaveFile::Description& s : signals) {
      if (wanted(s)) all += row(s, names);
    }
    return all;
  };
  const auto phase = [](const WaveFile::Description& s) { return s.name.ends_with("_phase"); };
  // A PASID that was never bound is not shown.
  text += group("PASID phases", rows([&](const auto& s) { return phase(s) && s.value != 0; }), true);
  for (const Group& g : kGroups) {
    text += group(g.title, rows([&](const auto& s) {
                    return !phase(s) && std::any_of(g.scopes.begin(), g.scopes.end(), [&](const char* scope) {
                      return s.scope.starts_with(scope);
                    });
                  }),
                  true);
  }
  for (const std::string& site : sites) {
    std::string ports;
    for (const Port& p : kPorts) ports += fmt::format("{}\n{}.{}\n", p.flags, site, p.name);
    text += group(site + " (RTL)", ports, &site == &sites.front());
  }
  write_whole(path, text);
}

}  // namespace smmu_vp::tb
