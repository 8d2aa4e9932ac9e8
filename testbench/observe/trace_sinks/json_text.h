// Writes JSON text straight into a buffer: there are many facts, and building a tree for each
// would cost more than the run.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <iterator>
#include <string_view>

#include "tlm/trace/fact.h"

namespace smmu_vp::tb {

inline void append_quoted(fmt::memory_buffer& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// A fact's fields as members of an object: pass it to the fact's visit(). A comma precedes each member.
struct MemberWriter {
  fmt::memory_buffer& out;

  void operator()(std::string_view name, trace::Hex v) const {
    fmt::format_to(std::back_inserter(out), ",\"{}\":\"{:#x}\"", name, v.value);
  }
  void operator()(std::string_view name, std::string_view v) const {
    fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
    append_quoted(out, v);
  }
  void operator()(std::string_view name, bool v) const {
    fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, v ? "true" : "false");
  }
  template <std::integral T>
  void operator()(std::string_view name, T v) const {
    fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, v);
  }
};

}  // namespace smmu_vp::tb
