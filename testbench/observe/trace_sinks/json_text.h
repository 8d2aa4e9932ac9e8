// Writes JSON text straight into memory: there are many facts, and their text must cost less than what they tell of.
// Names are literals whose lengths the compiler knows, and numbers go through std::to_chars.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "tlm/trace/fact.h"

namespace smmu_vp::tb {

// A text that grows at its end.
class JsonText {
 public:
  std::string_view view() const { return {text_.data(), used_}; }
  void clear() { used_ = 0; }
  std::string take() && {
    text_.resize(used_);
    return std::move(text_);
  }

  // Room for `most` more characters; end() says how far it was used.
  char* room(std::size_t most) {
    if (text_.size() - used_ < most) [[unlikely]]
      grow(most);
    return text_.data() + used_;
  }
  void end(const char* at) { used_ = static_cast<std::size_t>(at - text_.data()); }

  JsonText& operator<<(std::string_view text) {
    char* const at = room(text.size());
    std::memcpy(at, text.data(), text.size());
    used_ += text.size();
    return *this;
  }
  JsonText& operator<<(char c) {
    *room(1) = c;
    ++used_;
    return *this;
  }
  template <std::integral T>
  JsonText& operator<<(T number) {
    char* const at = room(kDigits);
    end(std::to_chars(at, at + kDigits, number).ptr);
    return *this;
  }

  static constexpr std::size_t kDigits = 20;  // of any 64-bit number, with its sign

 private:
  static constexpr std::size_t kFirst = 240;
  [[gnu::noinline]] void grow(std::size_t most) { text_.resize(std::max(kFirst, 2 * (used_ + most))); }

  std::string text_;  // the first used_ characters count
  std::size_t used_ = 0;
};

// As a JSON string.
inline void append_quoted(JsonText& out, std::string_view text) {
  constexpr std::size_t kEscaped = 6;  // \u001f
  char* at = out.room(kEscaped * text.size() + 2);
  *at++ = '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      std::string_view("\\u00").copy(at, 4);
      at[4] = kHex[c >> 4];
      at[5] = kHex[c & 0xF];
      at += kEscaped;
      continue;
    }
    if (c == '"' || c == '\\') *at++ = '\\';
    *at++ = c;
  }
  *at++ = '"';
  out.end(at);
}

// A fact's fields as members of an object: pass it to the fact's visit(). A comma precedes each member. Always inline,
// so that a name is copied as the constant that it is.
struct MemberWriter {
  JsonText& out;

  [[gnu::always_inline]] void operator()(std::string_view name, trace::Hex v) const {
    constexpr std::size_t kHexDigits = 16;
    char* at = key(name, kHexDigits + sizeof "\"0x\"");
    std::string_view("\"0x").copy(at, 3);
    at = std::to_chars(at + 3, at + 3 + kHexDigits, v.value, 16).ptr;
    *at++ = '"';
    out.end(at);
  }
  [[gnu::always_inline]] void operator()(std::string_view name, std::string_view v) const {
    out.end(key(name, 0));
    append_quoted(out, v);
  }
  [[gnu::always_inline]] void operator()(std::string_view name, bool v) const {
    char* const at = key(name, sizeof "false");
    std::memcpy(at, v ? "true" : "false", 5);
    out.end(at + (v ? 4 : 5));
  }
  template <std::integral T>
  [[gnu::always_inline]] void operator()(std::string_view name, T v) const {
    char* const at = key(name, JsonText::kDigits);
    out.end(std::to_chars(at, at + JsonText::kDigits, v).ptr);
  }

 private:
  // Writes the name, and returns where the value goes: room for `more` characters.
  [[gnu::always_inline]] char* key(std::string_view name, std::size_t more) const {
    char* at = out.room(name.size() + sizeof ",\"\":" + more);
    *at++ = ',', *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"', *at++ = ':';
    return at;
  }
};

}  // namespace smmu_vp::tb
