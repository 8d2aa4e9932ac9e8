// A law: arithmetic over named numbers, as a sweep file writes it: "438 + 300 * (1 - 126 / (window / 4))".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smmu_vp::tb {

class Expression {
 public:
  // The value of a name; empty if there is none.
  using Names = std::function<std::optional<double>(std::string_view name)>;

  // + - * / ^, parentheses, numbers, names (letters, digits, "_" and "."), and the functions min, max, ceil, floor,
  // sqrt, log2 and exp. Throws ConfigError that says where it went wrong.
  explicit Expression(const std::string& text);
  ~Expression();
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;

  // Throws ConfigError for a name without a value.
  double value(const Names& names) const;
  const std::string& text() const { return text_; }

  struct Node;

 private:
  std::string text_;
  std::unique_ptr<const Node> root_;
};

}  // namespace smmu_vp::tb
