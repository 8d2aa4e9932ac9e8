// IP-XACT, IEEE 1685-2014: a component with one memory map. Numbers are SystemVerilog's, as that version writes them.
#include <fmt/format.h>

#include "testbench/machine/config/address_map.h"
#include "testbench/observe/report/version.h"
#include "testbench/runs/cli/register_export.h"
#include "testbench/runs/cli/register_map.h"
#include "testbench/runs/cli/xml_writer.h"

namespace smmu_vp::tb {

namespace {

using Element = XmlWriter::Element;

constexpr const char* kNamespaces =
    " xmlns:ipxact=\"http://www.accellera.org/XMLSchema/IPXACT/1685-2014\""
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
    " xsi:schemaLocation=\"http://www.accellera.org/XMLSchema/IPXACT/1685-2014"
    " http://www.accellera.org/XMLSchema/IPXACT/1685-2014/index.xsd\"";

std::string hex(u64 value) {
  return fmt::format("'h{:x}", value);
}

void write_field(XmlWriter& xml, const MappedRegister& r, const spec::NamedField& f) {
  const Element field(xml, "field");
  xml.text("name", f.name);
  xml.text("bitOffset", f.field.lo);
  {
    const Element resets(xml, "resets"), reset(xml, "reset");
    xml.text("value", hex(f.field.get(r.reset)));
  }
  xml.text("bitWidth", f.field.width());
  xml.text("access", xml_name(r.access));
  if (const char* effect = xml_name(r.write)) xml.text("modifiedWriteValue", effect);
}

void write_register(XmlWriter& xml, const MappedRegister& r) {
  const auto views = field_views(r);
  const Element element(xml, "register");
  // An array's name ends in n; its elements are adjacent, as this version of the standard requires.
  xml.text("name", r.stride == 0 ? r.name : r.name.substr(0, r.name.size() - 1));
  xml.text("description", fmt::format("IHI 0070, {}", r.section));
  if (r.stride != 0) xml.text("dim", r.count);
  xml.text("addressOffset", hex(r.offset));
  xml.text("size", r.width);
  xml.text("access", xml_name(r.access));
  for (const spec::NamedField& f : views.front()) write_field(xml, r, f);
  if (views.size() == 1) return;
  const Element alternates(xml, "alternateRegisters");
  for (std::size_t n = 1; n < views.size(); ++n) {
    const Element alternate(xml, "alternateRegister");
    const std::string name = fmt::format("{}_VIEW{}", r.name, n + 1);
    xml.text("name", name);
    {
      const Element groups(xml, "alternateGroups");
      xml.text("alternateGroup", name);
    }
    xml.text("access", xml_name(r.access));
    for (const spec::NamedField& f : views[n]) write_field(xml, r, f);
  }
}

}  // namespace

std::string registers_ipxact() {
  XmlWriter xml("ipxact:");
  {
    const Element component(xml, "component", kNamespaces);
    xml.text("vendor", "smmu-vp");
    xml.text("library", "smmu-vp");
    xml.text("name", "SMMU");
    xml.text("version", kVersion);
    const Element maps(xml, "memoryMaps"), map(xml, "memoryMap");
    xml.text("name", "programming_interface");
    {
      const Element block(xml, "addressBlock");
      xml.text("name", "SMMU");
      xml.text("baseAddress", hex(0));
      xml.text("range", hex(map::kSmmuSize));
      xml.text("width", 64);
      xml.text("usage", "register");
      for (const MappedRegister& r : register_map()) write_register(xml, r);
    }
    xml.text("addressUnitBits", 8);
  }
  return xml.document();
}

}  // namespace smmu_vp::tb
