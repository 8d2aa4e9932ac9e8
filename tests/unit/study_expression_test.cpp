// Laws as arithmetic.
#include <doctest/doctest.h>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/sweep/expression.h"

using namespace smmu_vp::tb;

namespace {

double value(const std::string& text) {
  return Expression(text).value([](std::string_view name) -> std::optional<double> {
    if (name == "window") return 512;
    if (name == "scenario.bytes") return 64;
    return std::nullopt;
  });
}

std::string complaint(const std::string& text) {
  try {
    value(text);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("operators bind as in arithmetic") {
  CHECK(value("1 + 2 * 3") == 7);
  CHECK(value("(1 + 2) * 3") == 9);
  CHECK(value("8 - 3 - 2") == 3);
  CHECK(value("16 / 4 / 2") == 2);
  CHECK(value("2 ^ 3 ^ 2") == 512);
  CHECK(value("-2 ^ 2") == -4);
  CHECK(value("2 * -3") == -6);
  CHECK(value("1.5e3 + .5") == 1500.5);
}

TEST_CASE("names and functions have values") {
  CHECK(value("window / 4") == 128);
  CHECK(value("scenario.bytes + 1") == 65);
  CHECK(value("max(1, window) + min(3, 2)") == 514);
  CHECK(value("ceil(1.2) + floor(1.8) + sqrt(16) + log2(8) + exp(0)") == 2 + 1 + 4 + 3 + 1);
}

TEST_CASE("the law of a translation cache's reach has the value that it has by hand") {
  // 438 ns and 300 ns more for each miss; 126 of 128 pages hit.
  CHECK(value("438 + 300 * (1 - 126 / (window / 4))") == doctest::Approx(442.6875));
}

TEST_CASE("a mistake in a law is named with its place") {
  CHECK(complaint("1 +") == "'1 +': expected a number, a name or '(' at character 4");
  CHECK(complaint("(1") == "'(1': expected ')' at character 3");
  CHECK(complaint("1 2") == "'1 2': expected an operator at character 3");
  CHECK(complaint("min(1)") == "'min(1)': expected ',' at character 6");
  CHECK(complaint("sin(1)") == "'sin(1)': there is no function 'sin'");
  CHECK(complaint("2 * hits") == "'2 * hits': no number is called 'hits'");
  CHECK(complaint(std::string(100'000, '(')).find("fewer parentheses") != std::string::npos);
}
