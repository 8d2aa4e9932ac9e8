// CMSIS-SVD, schema version 1.3: a device with one peripheral. A register with two views is two registers.
#include <fmt/format.h>

#include "testbench/machine/config/address_map.h"
#include "testbench/machine/config/config.h"
#include "testbench/observe/report/version.h"
#include "testbench/runs/cli/register_export.h"
#include "testbench/runs/cli/register_map.h"
#include "testbench/runs/cli/xml_writer.h"

namespace smmu_vp::tb {

namespace {

using Element = XmlWriter::Element;

constexpr const char* kSchema =
    " schemaVersion=\"1.3\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema-instance\""
    " xs:noNamespaceSchemaLocation=\"CMSIS-SVD.xsd\"";

void write_view(XmlWriter& xml, const MappedRegister& r, const std::vector<spec::NamedField>& fields,
                std::size_t number) {
  const Element element(xml, "register");
  if (r.stride != 0) {
    xml.text("dim", r.count);
    xml.text("dimIncrement", fmt::format("{:#x}", r.stride));
  }
  std::string name = r.stride == 0 ? r.name : r.name.substr(0, r.name.size() - 1) + "[%s]";
  if (number != 0) name += fmt::format("_VIEW{}", number + 1);
  xml.text("name", name);
  xml.text("description", fmt::format("IHI 0070, {}", r.section));
  if (number != 0) xml.text("alternateRegister", r.name);
  xml.text("addressOffset", fmt::format("{:#x}", r.offset));
  xml.text("size", r.width);
  xml.text("access", xml_name(r.access));
  xml.text("resetValue", fmt::format("{:#x}", r.reset));
  if (const char* effect = xml_name(r.write)) xml.text("modifiedWriteValues", effect);
  const Element all(xml, "fields");
  for (const spec::NamedField& f : fields) {
    const Element field(xml, "field");
    xml.text("name", f.name);
    xml.text("bitOffset", f.field.lo);
    xml.text("bitWidth", f.field.width());
  }
}

}  // namespace

std::string registers_svd() {
  XmlWriter xml("");
  {
    const Element device(xml, "device", kSchema);
    xml.text("name", "smmu_vp");
    xml.text("version", kVersion);
    xml.text("description", "The non-secure programming interface of an Arm SMMUv3");
    xml.text("addressUnitBits", 8);
    xml.text("width", 64);
    const Element peripherals(xml, "peripherals"), peripheral(xml, "peripheral");
    xml.text("name", "SMMU");
    xml.text("description", "Pages 0 and 1, and the counter group");
    xml.text("baseAddress", fmt::format("{:#x}", Config{}.smmu.base));
    {
      const Element block(xml, "addressBlock");
      xml.text("offset", "0x0");
      xml.text("size", fmt::format("{:#x}", map::kSmmuSize));
      xml.text("usage", "registers");
    }
    const Element registers(xml, "registers");
    for (const MappedRegister& r : register_map()) {
      const auto views = field_views(r);
      for (std::size_t n = 0; n < views.size(); ++n) write_view(xml, r, views[n], n);
    }
  }
  return xml.document();
}

}  // namespace smmu_vp::tb
