// One group per phase of a PASID; the case and its expected outcome share the remaining width.
#include "testbench/observe/report/phase_text.h"

#include <fmt/format.h>

namespace smmu_vp::tb {

namespace {

std::string_view explained(spec::Phase phase) {
  switch (phase) {
    case spec::Phase::kQuiesced:
      return "quiesced: its process is dead";
    case spec::Phase::kReused:
      return "reused by another process";
    case spec::Phase::kLive:
    case spec::Phase::kUnbound:
      break;
  }
  return to_string(phase);
}

std::vector<std::string> lines_of(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (const char c : wrapped(text, width, 0)) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

class PhaseText {
 public:
  PhaseText(const PhaseTable& table, std::size_t width, const Paint& paint)
      : table_(table), width_(width), paint_(paint) {
    std::size_t result = 0;
    for (const PhaseRow& r : table.rows()) {
      stream_ = std::max(stream_, fmt::format("{:#x}", r.stream_id).size());
      what_ = std::max(what_, columns_of(r.what));
      expected_ = std::max(expected_, columns_of(r.expected));
      result = std::max(result, verdict(r).size());
    }
    // The gaps: 4 columns before the row, then one between columns.
    const std::size_t left = width - (4 + stream_ + 1 + kTrafficWidth + 1 + 1 + 1 + result);
    if (what_ + expected_ <= left) return;
    what_ = what_ <= left / 2 ? what_ : expected_ <= left / 2 ? left - expected_ : left / 2;
    expected_ = left - what_;
  }

  std::string text() {
    const PhaseRow* before = nullptr;
    for (const PhaseRow& r : table_.rows()) {
      if (before == nullptr || before->pasid != r.pasid || before->phase != r.phase)
        out_ += fmt::format("  PASID {}, phase {} ({})\n", r.pasid, number(r.phase), explained(r.phase));
      row(r);
      before = &r;
    }
    for (const PhaseTable::Cell& c : table_.unexercised())
      out_ += paint_.faint(fmt::format("  not judged: phase {}, {}: nothing of it was tried", number(c.phase),
                                       to_string(c.traffic))) +
              '\n';
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kTrafficWidth = std::string_view("translation_request").size();

  static std::string_view verdict(const PhaseRow& r) {
    return !r.judged ? "not judged" : r.ok() ? "same" : "differs";
  }

  void row(const PhaseRow& r) {
    const auto what = lines_of(r.what, what_), expected = lines_of(r.expected, expected_);
    for (std::size_t i = 0; i < std::max(what.size(), expected.size()); ++i) {
      const auto cell = [&](const std::vector<std::string>& lines) {
        return i < lines.size() ? lines[i] : "";
      };
      std::string line = i == 0 ? fmt::format("    {:>{}} {:<{}} ", fmt::format("{:#x}", r.stream_id),
                                              stream_, to_string(r.traffic), kTrafficWidth)
                                : std::string(4 + stream_ + 1 + kTrafficWidth + 1, ' ');
      line += fmt::format("{:<{}} {:<{}}", cell(what), what_, cell(expected), expected_);
      line.erase(line.find_last_not_of(' ') + 1);
      if (i == 0)
        line = fmt::format("{:<{}} {}", line, 4 + stream_ + 1 + kTrafficWidth + 1 + what_ + 1 + expected_,
                           painted(r));
      out_ += line + '\n';
    }
    constexpr std::size_t kIndent = 8;
    const auto detail = [&](std::string_view label, const std::string& text) {
      out_ += std::string(kIndent, ' ') + wrapped(fmt::format("{}{}", label, text), width_, kIndent) + '\n';
    };
    if (r.failed()) detail("observed: ", r.observed);
    if (!r.judged) detail("", r.observed);
  }

  std::string painted(const PhaseRow& r) const {
    return !r.judged ? paint_.faint(verdict(r)) : r.ok() ? paint_.good(verdict(r)) : paint_.bad(verdict(r));
  }

  const PhaseTable& table_;
  std::size_t width_;
  const Paint& paint_;
  std::size_t stream_ = 0, what_ = 0, expected_ = 0;
  std::string out_;
};

}  // namespace

std::string phase_text(const PhaseTable& table, std::size_t width, const Paint& paint) {
  return PhaseText(table, width, paint).text();
}

}  // namespace smmu_vp::tb
