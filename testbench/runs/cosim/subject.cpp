// Finds a design of this build, or loads a plug-in.
#include "testbench/runs/cosim/subject.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

#include "testbench/machine/rtl_adapter/cache_plugin.h"
#include "testbench/machine/rtl_adapter/rtl_models.h"

namespace smmu_vp::tb {

namespace {

constexpr const char* kSite = "cache";  // the top of the hierarchy in waves

struct Size {
  core::CacheConfig config;
  core::Replacement replacement = core::Replacement::kTreePlru;
};

Size size_of(const std::string& text) {
  Size size;
  core::CacheConfig& c = size.config;
  char policy[8] = "";
  const int read =
      std::sscanf(text.c_str(), "%ux%ux%ux%ux%7s", &c.sets, &c.ways, &c.block_entries, &c.mshrs, policy);
  const bool nru = std::string(policy) == "nru";
  if (read < 4 || (read == 5 && !nru))
    throw std::invalid_argument("--size " + text + ": expected like 64x4x16x16 or 8x2x4x4xnru");
  if (nru) size.replacement = core::Replacement::kNru;
  return size;
}

const RtlConfiguration& find(const std::string& design, const Size& size) {
  std::string known;
  for (const RtlConfiguration& c : rtl_configurations()) {
    if (c.design == design && c.config == size.config && c.replacement == size.replacement) {
      if (c.make == nullptr) throw ModelNotBuilt(c.name);
      return c;
    }
    known += fmt::format("\n  {} {}", c.design, to_string(c.config, c.replacement));
  }
  throw std::invalid_argument("--size: no such design and size; there are" + known);
}

}  // namespace

Subject subject_of(const SubjectOptions& options) {
  if (!options.judge.empty() && options.judge != "lockstep" && options.judge != "contract")
    throw std::invalid_argument("--judge " + options.judge + ": expected lockstep or contract");
  const bool plugin = !options.plugin.empty();
  const bool by_contract =
      options.judge.empty() ? plugin && options.size.empty() : options.judge == "contract";
  if (plugin && options.size.empty() && !by_contract)
    throw std::invalid_argument(
        "--judge lockstep: a plug-in needs the --size of the reference that answers as it does");
  const Size size = size_of(options.size.empty() ? "64x4x16x16" : options.size);
  Subject subject;
  if (plugin) {
    subject.bench.make = [path = options.plugin] { return make_plugin_model(path, kSite); };
    try {
      subject.bench.make();
    } catch (const PluginError& e) {
      throw PluginError(fmt::format("--plugin {}: {}", options.plugin, e.what()));
    }
  } else {
    subject.bench.make = [make = find(options.design, size).make] { return make(kSite); };
  }
  if (!by_contract) subject.bench.reference.emplace(size.config, size.replacement);
  const std::string sizes = plugin && by_contract ? "" : " " + to_string(size.config, size.replacement);
  subject.title = fmt::format("{}{}, judged by {}", plugin ? options.plugin : options.design, sizes,
                              by_contract ? "the contract" : "lockstep with the reference");
  return subject;
}

}  // namespace smmu_vp::tb
