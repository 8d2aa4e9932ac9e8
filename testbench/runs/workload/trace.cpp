// A hand-written parser, because most lines of a trace are parsed only to be dropped.
#include "testbench/runs/workload/trace.h"

#include <charconv>

namespace smmu_vp::tb::trace_text {

namespace {

u64 number(std::string_view text, int base = 10) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  u64 value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return parsed.ec == std::errc{} ? value : 0;
}

// The text after `mark`; nullopt if `text` does not contain it.
std::optional<std::string_view> after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  return text.substr(at + mark.size());
}

}  // namespace

std::optional<DataAccess> parse_access(std::string_view line) {
  if (line.size() < 6 || line[0] != ' ' || line[2] != ' ') return {};
  DataAccess a;
  a.load = line[1] == 'L' || line[1] == 'M';
  a.store = line[1] == 'S' || line[1] == 'M';
  const char* const end = line.data() + line.size();
  const auto [comma, va_error] = std::from_chars(line.data() + 3, end, a.va, 16);
  if (!(a.load || a.store) || va_error != std::errc{} || comma == end || *comma != ',') return {};
  const auto [rest, size_error] = std::from_chars(comma + 1, end, a.bytes);
  if (size_error != std::errc{} || rest != end || a.bytes == 0) return {};
  return a;
}

std::optional<Syscall> parse_syscall(std::string_view line) {
  if (!line.starts_with("SYSCALL[")) return {};
  Syscall call;
  const auto thread = after(line, ","), rest = after(line, ") ");
  if (!thread || !rest) return {};
  call.thread = number(*thread);
  std::string_view text = *rest;
  if (!text.starts_with("... ")) {
    const std::size_t space = text.find(' '), open = text.find('('), close = text.find(')');
    if (space == std::string_view::npos || open == std::string_view::npos ||
        close == std::string_view::npos || close < open)
      return {};
    call.name = text.substr(0, space);
    for (std::string_view args = text.substr(open + 1, close - open - 1); !args.empty();) {
      const std::size_t comma = args.find(',');
      call.args.push_back(number(args.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      args.remove_prefix(comma + 1);
    }
    const std::size_t path = text.find('(', open + 1);
    if (path < close) call.path = text.substr(path + 1, close - path - 1);
    text = text.substr(close);
  }
  const auto success = after(text, "Success("), failure = after(text, "Failure(");
  call.ended = success || failure;
  call.ok = success.has_value();
  if (call.ended) call.result = number(success ? *success : *failure);
  return call;
}

}  // namespace smmu_vp::tb::trace_text
