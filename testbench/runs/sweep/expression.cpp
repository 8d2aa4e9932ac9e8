// Recursive descent: sum, product, power, then numbers, names and calls.
#include "testbench/runs/sweep/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

struct Expression::Node {
  virtual ~Node() = default;
  virtual double value(const Names& names) const = 0;
};

namespace {

using Node = Expression::Node;
using Tree = std::unique_ptr<const Node>;

struct Number : Node {
  explicit Number(double v) : number(v) {}
  double value(const Expression::Names&) const override { return number; }
  double number;
};

struct Name : Node {
  explicit Name(std::string n) : name(std::move(n)) {}
  double value(const Expression::Names& names) const override {
    if (const auto found = names(name)) return *found;
    throw ConfigError("no number is called '" + name + "'");
  }
  std::string name;
};

struct Function {
  std::string_view name;
  std::size_t arguments;
  double (*value)(double lhs, double rhs);
};
constexpr std::array kFunctions{
    Function{"min", 2, [](double lhs, double rhs) { return std::min(lhs, rhs); }},
    Function{"max", 2, [](double lhs, double rhs) { return std::max(lhs, rhs); }},
    Function{"ceil", 1, [](double a, double) { return std::ceil(a); }},
    Function{"floor", 1, [](double a, double) { return std::floor(a); }},
    Function{"sqrt", 1, [](double a, double) { return std::sqrt(a); }},
    Function{"log2", 1, [](double a, double) { return std::log2(a); }},
    Function{"exp", 1, [](double a, double) { return std::exp(a); }},
};
constexpr std::array kOperators{
    Function{"+", 2, [](double lhs, double rhs) { return lhs + rhs; }},
    Function{"-", 2, [](double lhs, double rhs) { return lhs - rhs; }},
    Function{"*", 2, [](double lhs, double rhs) { return lhs * rhs; }},
    Function{"/", 2, [](double lhs, double rhs) { return lhs / rhs; }},
    Function{"^", 2, [](double lhs, double rhs) { return std::pow(lhs, rhs); }},
};

struct Call : Node {
  explicit Call(const Function& f, Tree a, Tree b = nullptr)
      : function(f), first(std::move(a)), second(std::move(b)) {}
  double value(const Expression::Names& names) const override {
    return function.value(first->value(names), second ? second->value(names) : 0);
  }
  const Function& function;
  Tree first, second;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Tree whole() {
    Tree all = sum();
    if (skip(); at_ < text_.size()) fail("an operator");
    return all;
  }

 private:
  [[noreturn]] void fail(const char* expected) const {
    throw ConfigError(fmt::format("'{}': expected {} at character {}", text_, expected, at_ + 1));
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  const Function* one_of(std::string_view operators) {
    for (const Function& op : kOperators)
      if (operators.find(op.name) != std::string_view::npos && take(op.name[0])) return &op;
    return nullptr;
  }

  Tree sum() {
    Tree left = product();
    while (const Function* op = one_of("+-")) left = std::make_unique<Call>(*op, std::move(left), product());
    return left;
  }
  Tree product() {
    Tree left = power();
    while (const Function* op = one_of("*/")) left = std::make_unique<Call>(*op, std::move(left), power());
    return left;
  }
  // A power binds more tightly than a sign in front of it, and to the right: -2^2 is -4.
  Tree power() {
    if (take('-')) return std::make_unique<Call>(kOperators[1], std::make_unique<Number>(0), power());
    Tree base = atom();
    if (const Function* op = one_of("^")) return std::make_unique<Call>(*op, std::move(base), power());
    return base;
  }
  Tree atom() {
    if (++depth_ > kDeepest) fail("fewer parentheses");
    Tree made = take('(') ? closed(sum()) : number_or_name();
    --depth_;
    return made;
  }
  Tree closed(Tree inner) {
    if (!take(')')) fail("')'");
    return inner;
  }
  Tree number_or_name() {
    skip();
    const auto begins = [this](std::string_view kind) {
      return at_ < text_.size() && kind.find(text_[at_]) != std::string_view::npos;
    };
    if (begins(kDigits)) {
      double number = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
      if (error != std::errc()) fail("a number");
      at_ = static_cast<std::size_t>(end - text_.data());
      return std::make_unique<Number>(number);
    }
    if (!begins(kLetters)) fail("a number, a name or '('");
    const std::size_t start = at_;
    while (begins(kLetters) || begins(kDigits)) ++at_;
    const std::string name(text_.substr(start, at_ - start));
    if (!take('(')) return std::make_unique<Name>(name);
    const auto function = std::ranges::find(kFunctions, name, &Function::name);
    if (function == kFunctions.end())
      throw ConfigError(fmt::format("'{}': there is no function '{}'", text_, name));
    Tree first = sum(), second;
    if (function->arguments == 2) {
      if (!take(',')) fail("','");
      second = sum();
    }
    return closed(std::make_unique<Call>(*function, std::move(first), std::move(second)));
  }

  static constexpr std::string_view kDigits = "0123456789.",
                                    kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  static constexpr unsigned kDeepest = 100;  // nested parentheses, lest a file exhausts the stack

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

}  // namespace

Expression::Expression(const std::string& text) : text_(text), root_(Parser(text).whole()) {}
Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;

double Expression::value(const Names& names) const {
  try {
    return root_->value(names);
  } catch (const ConfigError& e) {
    throw ConfigError(fmt::format("'{}': {}", text_, e.what()));
  }
}

}  // namespace smmu_vp::tb
