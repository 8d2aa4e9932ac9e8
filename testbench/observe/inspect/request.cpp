// Parses requests, and times with units.
#include "testbench/observe/inspect/request.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

[[noreturn]] void refuse(const std::string& request, const std::string& why) {
  throw ConfigError("explain " + request + ": " + why);
}

u64 number(const std::string& text, u64 max, const std::string& request, const char* what) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  u64 value = 0;
  const char* first = text.data() + (hex ? 2 : 0);
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, value, hex ? 16 : 10);
  if (error != std::errc() || end != last || first == last || value > max)
    refuse(request, std::string(what) + " '" + text + "' is not a number up to " + std::to_string(max));
  return value;
}

}  // namespace

u64 time_ps(const std::string& text, const std::string& option) {
  const auto wrong = [&] {
    return ConfigError(option + ": '" + text + "' is not a time such as 250ns or 1.5us");
  };
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0) || value > 1e15) throw wrong();
  const std::string unit(end, text.data() + text.size());
  for (const auto& [name, ps] :
       {std::pair("", 1e3), {"ps", 1.0}, {"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}}) {
    if (unit == name) return static_cast<u64>(std::llround(std::min(value * ps, 9e18)));
  }
  throw wrong();
}

ExplainRequest access_request(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() != 4) refuse(text, "expected SID:SSID:VA:ACCESS");
  ExplainRequest r;
  r.text = text;
  r.sid = static_cast<u32>(number(parts[0], 0xFFFF'FFFF, text, "StreamID"));
  if (parts[1] != "-" && !parts[1].empty())
    r.ssid = static_cast<u32>(number(parts[1], 0xF'FFFF, text, "SubstreamID"));
  r.va = number(parts[2], ~u64{0}, text, "address");
  for (const char c : parts[3]) {
    bool* flag = c == 'r' ? &r.read : c == 'w' ? &r.write : c == 'x' ? &r.exec : c == 'p' ? &r.priv : nullptr;
    if (flag == nullptr) refuse(text, "access '" + parts[3] + "' has letters other than r, w, x and p");
    *flag = true;
  }
  if (!r.read && !r.write && !r.exec) refuse(text, "access '" + parts[3] + "' needs one of r, w and x");
  return r;
}

ExplainRequest explain_request(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == std::string::npos) refuse(text, "expected SID:SSID:VA:ACCESS@TIME");
  ExplainRequest r = access_request(text.substr(0, at));
  r.text = text;
  r.at_ps = time_ps(text.substr(at + 1), "--explain " + text);
  return r;
}

}  // namespace smmu_vp::tb
