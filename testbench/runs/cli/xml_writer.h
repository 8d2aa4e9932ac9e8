// Writes an XML document, indented; a nested element ends with the scope of its Element.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace smmu_vp::tb {

class XmlWriter {
 public:
  // `prefix` stands before every element's name: "ipxact:" or nothing.
  explicit XmlWriter(std::string_view prefix) : prefix_(prefix) {}

  class Element {
   public:
    Element(XmlWriter& xml, std::string_view name, std::string_view attributes = {})
        : xml_(xml), name_(name) {
      xml_.line(fmt::format("<{}{}{}>", xml_.prefix_, name, attributes));
      ++xml_.depth_;
    }
    ~Element() {
      --xml_.depth_;
      xml_.line(fmt::format("</{}{}>", xml_.prefix_, name_));
    }
    Element(const Element&) = delete;
    Element& operator=(const Element&) = delete;

   private:
    XmlWriter& xml_;
    std::string_view name_;
  };

  // An element that contains text. The tables that it is written from have no characters to escape.
  template <typename Value>
  void text(std::string_view name, const Value& value) {
    line(fmt::format("<{0}{1}>{2}</{0}{1}>", prefix_, name, value));
  }

  const std::string& document() const { return out_; }

 private:
  void line(const std::string& text) { out_ += std::string(2 * depth_, ' ') + text + "\n"; }

  std::string_view prefix_;
  std::size_t depth_ = 0;
  std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
};

}  // namespace smmu_vp::tb
