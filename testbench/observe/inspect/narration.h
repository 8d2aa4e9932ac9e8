// Numbered steps as text. A step that an earlier answer already printed is not repeated.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smmu_vp::tb {

class Narration {
 public:
  explicit Narration(std::string heading) : text_(std::move(heading)) {}

  void step(std::string_view what, std::string_view said, std::string_view section);
  // Continues the last step on further lines.
  void continued(std::string_view said);
  void next_question();

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  unsigned steps_ = 0;
  bool repeated_ = false;  // the last step was a repetition
  std::set<std::string> told_;
  std::vector<std::string> telling_;
};

}  // namespace smmu_vp::tb
