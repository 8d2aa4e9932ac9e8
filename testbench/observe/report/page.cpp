// The frame of the page, the drawing code and the library of charts are in the program; a page adds the data.
#include "testbench/observe/report/page.h"

#include <nlohmann/json.hpp>

#include "testbench/observe/report/page_frame.h"

namespace smmu_vp::tb {

namespace {

// In JSON a "<" stands only in texts, where it can be written as a number; written so, no text ends the element that
// holds the data (HTML, "restrictions for contents of script elements").
std::string for_script(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

const char* name_of(PageKind kind) {
  switch (kind) {
    case PageKind::kRun:
      return "run";
    case PageKind::kSweep:
      return "sweep";
    case PageKind::kComparison:
      break;
  }
  return "comparison";
}

}  // namespace

std::string page(PageKind kind, nlohmann::json content) {
  content["kind"] = name_of(kind);
  // A path need not be UTF-8, which JSON has to be.
  const std::string data = content.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  for (const std::string_view piece : page_frame()) out += piece;
  return out + for_script(data) + "\n</script>\n<script>\nstart();\n</script>\n</body>\n</html>\n";
}

}  // namespace smmu_vp::tb
