// A line is "COMMAND-TID [CPU] FLAGS SECONDS.MICROSECONDS: EVENT: FIELDS"; perf script writes "COMMAND TID [CPU] …" and
// "SUBSYSTEM:EVENT:", and trace-cmd may leave out the flags. A command may contain spaces, so the CPU's brackets are what
// the rest is found from.
#include "testbench/runs/estimate/ftrace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace smmu_vp::tb {

namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr u64 kMostBytes = u64{1} << 52;  // no address space is larger

// What is wrong with a line.
struct Wrong {
  std::string why;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

std::optional<u64> number(std::string_view text, int base) {
  u64 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// The number after "NAME": "iova=0x1000", "addr: 0x1000", "size=4096", "pages:1".
u64 field(std::string_view fields, std::string_view name) {
  for (std::size_t at = fields.find(name); at != std::string_view::npos; at = fields.find(name, at + 1)) {
    if (at != 0 && (std::isalnum(static_cast<unsigned char>(fields[at - 1])) || fields[at - 1] == '_'))
      continue;
    std::string_view rest = fields.substr(at + name.size());
    if (rest.empty() || (rest[0] != '=' && rest[0] != ':')) continue;
    rest = rest.substr(1);
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
    if (rest.starts_with("-1")) return ~u64{0};
    const bool hex = rest.starts_with("0x");
    if (const auto value = number(hex ? rest.substr(2) : rest, hex ? 16 : 10)) return *value;
    throw Wrong{fmt::format("{} is no number", name)};
  }
  throw Wrong{fmt::format("no {}", name)};
}

u64 size_of(u64 bytes) {
  if (bytes == 0 || bytes > kMostBytes) throw Wrong{fmt::format("{} bytes are no size of a mapping", bytes)};
  return bytes;
}

struct Event {
  u64 t_ns = 0;
  u32 thread = 0;
  std::string_view name, fields;
};

Event event_of(std::string_view line) {
  Event e;
  const std::size_t open = line.find(" ["), close = line.find(']', open);
  if (open == std::string_view::npos || close == std::string_view::npos) throw Wrong{"no [CPU]"};
  if (!number(line.substr(open + 2), 10)) throw Wrong{"the CPU is no number"};
  const std::string_view who = trimmed(line.substr(0, open));
  const std::size_t before_id = who.find_last_not_of("0123456789");
  const auto thread =
      before_id == std::string_view::npos ? std::nullopt : number(who.substr(before_id + 1), 10);
  if (!thread || *thread > ~u32{0}) throw Wrong{"no thread number in front of the CPU"};
  e.thread = static_cast<u32>(*thread);

  // The time is the first word after the CPU that ends in a colon.
  std::string_view rest = line.substr(close + 1);
  const std::size_t colon = rest.find(": ");
  if (colon == std::string_view::npos) throw Wrong{"no time"};
  const std::string_view in_front = trimmed(rest.substr(0, colon));
  const std::string_view time = in_front.substr(in_front.find_last_of(kBlank) + 1);
  const std::size_t point = time.find('.');
  const auto seconds = number(time, 10);
  const std::string_view after = point == std::string_view::npos ? "" : time.substr(point + 1);
  const auto fraction = number(after, 10);
  constexpr u64 kMostSeconds = 10'000'000'000;
  if (!seconds || !fraction || *seconds > kMostSeconds || (after.size() != 6 && after.size() != 9))
    throw Wrong{fmt::format("'{}' is no time", time)};
  e.t_ns = *seconds * 1'000'000'000 + (after.size() == 6 ? *fraction * 1000 : *fraction);

  rest = trimmed(rest.substr(colon + 2));
  std::size_t end = rest.find(':');
  if (end != std::string_view::npos && end + 1 < rest.size() &&
      kBlank.find(rest[end + 1]) == std::string_view::npos) {
    rest.remove_prefix(end + 1);  // the subsystem
    end = rest.find(':');
  }
  if (end == std::string_view::npos) throw Wrong{"no event"};
  e.name = rest.substr(0, end);
  e.fields = rest.substr(end + 1);
  return e;
}

class Reader {
 public:
  FtraceText read(std::istream& in) {
    for (std::string line; std::getline(in, line);) {
      ++line_;
      const std::string_view text = trimmed(line);
      if (text.empty() || text[0] == '#' || text.starts_with("cpus=") || text.starts_with("version ="))
        continue;
      ++out_.lines;
      try {
        take(event_of(line));
      } catch (const Wrong& wrong) {
        ++out_.malformed;
        if (out_.first_malformed.size() < FtraceText::kNamed)
          out_.first_malformed.push_back({line_, wrong.why});
      }
    }
    std::ranges::stable_sort(out_.operations, {}, &TracedOperation::t_ns);
    return std::move(out_);
  }

 private:
  void add(const Event& e, TracedKind kind, u64 address = 0, u64 bytes = 0) {
    out_.operations.push_back({e.t_ns, e.thread, kind, address, bytes});
  }

  void take(const Event& e) {
    if (e.name == "map" || e.name == "unmap") {
      add(e, e.name == "map" ? TracedKind::kMap : TracedKind::kUnmap, field(e.fields, "iova"),
          size_of(field(e.fields, "size")));
    } else if (e.name == "sys_enter_munmap") {
      add(e, TracedKind::kUnmap, field(e.fields, "addr"), size_of(field(e.fields, "len")));
    } else if (e.name == "sys_enter_mmap") {
      mmaps_[e.thread] = size_of(field(e.fields, "len"));  // its address is known when it returns
    } else if (e.name == "sys_exit_mmap") {
      returned(e);
    } else if (e.name == "sys_enter_exit_group") {
      add(e, TracedKind::kExit);
    } else if (e.name == "tlb_flush") {
      add(e, TracedKind::kFlush, 0, field(e.fields, "pages"));
    } else {
      ++out_.other_events;
    }
  }

  // "sys_exit_mmap: 0x7f…", or "= 140…"; small negative numbers are errors.
  void returned(const Event& e) {
    const auto entered = mmaps_.find(e.thread);
    if (entered == mmaps_.end()) {  // it was called before the trace began
      ++out_.other_events;
      return;
    }
    const u64 bytes = entered->second;
    mmaps_.erase(entered);
    std::string_view value = trimmed(e.fields);
    if (value.starts_with("=")) value = trimmed(value.substr(1));
    const bool hex = value.starts_with("0x");
    if (value.starts_with("-")) {
      ++out_.other_events;
      return;
    }
    const auto address = number(hex ? value.substr(2) : value, hex ? 16 : 10);
    if (!address) throw Wrong{fmt::format("'{}' is no address", value)};
    constexpr u64 kLeastError = ~u64{0} - 4095;
    if (*address >= kLeastError)
      ++out_.other_events;
    else
      add(e, TracedKind::kMap, *address, bytes);
  }

  FtraceText out_;
  u64 line_ = 0;
  std::map<u32, u64> mmaps_;  // of threads that are in mmap: its size
};

}  // namespace

FtraceText read_ftrace(std::istream& in) {
  return Reader().read(in);
}

}  // namespace smmu_vp::tb
