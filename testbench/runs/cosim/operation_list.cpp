// The text of an operation: @CYCLE, its kind, and its fields as name=value.
#include "testbench/runs/cosim/operation_list.h"

#include <fmt/format.h>

#include <array>
#include <istream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "testbench/machine/rtl_adapter/operation_text.h"

namespace smmu_vp::tb {

namespace {

using core::Granule;
using core::Invalidation;
using core::Rights;
using core::Translation;
using core::World;

constexpr World kWorlds[] = {World::kNsEl1, World::kNsEl2, World::kNsEl2E2h, World::kAtc};
constexpr Granule kGranules[] = {Granule::k4K, Granule::k16K, Granule::k64K};
using Scope = Invalidation::Scope;
constexpr Scope kScopes[] = {Scope::kAll, Scope::kVmid, Scope::kContext, Scope::kVa};

// The rights as six letters; a right that is missing is a dash.
constexpr std::array kRights = {&Rights::user_read, &Rights::user_write, &Rights::user_exec,
                                &Rights::priv_read, &Rights::priv_write, &Rights::priv_exec};
constexpr std::string_view kLetters = "rwxrwx";
std::string word(const Rights& rights) {
  std::string text;
  for (std::size_t i = 0; i < kRights.size(); ++i) text += rights.*kRights[i] ? kLetters[i] : '-';
  return text;
}

struct Writer {
  u64 cycle;
  std::string operator()(const ListedLookup& l) const {
    return fmt::format("@{} lookup number={} world={} vmid={} context={} granule={} va={:#x}\n", cycle,
                       l.number, to_string(l.key.world), l.key.vmid, l.key.context, text_of(l.key.granule),
                       l.key.va);
  }
  std::string operator()(const ListedFill& f) const {
    if (!f.present) return fmt::format("@{} fault lookup={}\n", cycle, f.lookup);
    const Translation& e = f.entry;
    return fmt::format(
        "@{} fill lookup={} va={:#x} pa={:#x} size={} leaf={} global={:d} rights={} attr={:#x} sh={}\n",
        cycle, f.lookup, e.va, e.pa, e.log2_size, e.leaf_log2_size, e.global, word(e.rights),
        e.memory_attributes, e.shareability);
  }
  std::string operator()(const Invalidation& i) const {
    return fmt::format(
        "@{} invalidate scope={} world={} any_world={:d} vmid={} context={} any_context={:d} first={:#x} "
        "last={:#x}\n",
        cycle, to_string(i.scope), to_string(i.world), i.any_world, i.vmid, i.context, i.any_context, i.first,
        i.last);
  }
  std::string operator()(const CacheDriver::Take& t) const {
    return fmt::format("@{} take lookup={:d} fill={:d} invalidate={:d}\n", cycle, t.lookup, t.fill,
                       t.invalidate);
  }
};

// The fields of one line, each of which has to be there and be used.
class Fields {
 public:
  explicit Fields(std::istream& in) {
    for (std::string field; in >> field;) {
      const std::size_t equals = field.find('=');
      if (equals == std::string::npos)
        throw std::invalid_argument("expected NAME=VALUE, not '" + field + "'");
      fields_[field.substr(0, equals)] = field.substr(equals + 1);
    }
  }
  std::string text(const std::string& name) {
    const auto node = fields_.extract(name);
    if (node.empty()) throw std::invalid_argument("no " + name + "=");
    return node.mapped();
  }
  template <typename T>
  void number(const std::string& name, T& into, u64 most) {
    const std::string digits = text(name);
    std::size_t end = 0;
    u64 value = 0;
    try {
      value = std::stoull(digits, &end, 0);
    } catch (const std::exception&) {
      end = 0;
    }
    if (end == 0 || end != digits.size() || value > most)
      throw std::invalid_argument(fmt::format("{}={}: expected a number up to {}", name, digits, most));
    into = static_cast<T>(value);
  }
  template <typename T, std::size_t kCount, typename Name>
  void choice(const std::string& name, T& into, const T (&all)[kCount], Name name_of) {
    const std::string wanted = text(name);
    for (const T one : all)
      if (name_of(one) == wanted) return static_cast<void>(into = one);
    throw std::invalid_argument(fmt::format("{}={}: no such {}", name, wanted, name));
  }
  void rights(Rights& into) {
    const std::string letters = text("rights");
    for (std::size_t i = 0; i < kRights.size() && i < letters.size(); ++i)
      into.*kRights[i] = letters[i] != '-';
    if (letters != word(into)) throw std::invalid_argument("rights=" + letters + ": expected like rwxr--");
  }
  void end() const {
    if (!fields_.empty()) throw std::invalid_argument("unknown field " + fields_.begin()->first);
  }

 private:
  std::map<std::string, std::string> fields_;
};

constexpr u64 kAnyNumber = ~u64{0};
const auto word_of = [](auto value) { return to_string(value); };
const auto granule_word = [](Granule g) { return text_of(g); };

ListedLookup read_lookup(Fields& f) {
  ListedLookup l;
  f.number("number", l.number, kAnyNumber);
  f.choice("world", l.key.world, kWorlds, word_of);
  f.number("vmid", l.key.vmid, 0xFFFF);
  f.number("context", l.key.context, 2 * u64{core::kNoPasid} - 1);
  f.choice("granule", l.key.granule, kGranules, granule_word);
  f.number("va", l.key.va, kAnyNumber);
  return l;
}

ListedFill read_fill(Fields& f, bool present) {
  ListedFill fill;
  fill.present = present;
  f.number("lookup", fill.lookup, kAnyNumber);
  if (!present) return fill;
  Translation& e = fill.entry;
  f.number("va", e.va, kAnyNumber);
  f.number("pa", e.pa, kAnyNumber);
  f.number("size", e.log2_size, 63);
  f.number("leaf", e.leaf_log2_size, 63);
  f.number("global", e.global, 1);
  f.rights(e.rights);
  f.number("attr", e.memory_attributes, 0xFF);
  f.number("sh", e.shareability, 3);
  return fill;
}

Invalidation read_invalidation(Fields& f) {
  Invalidation i;
  f.choice("scope", i.scope, kScopes, word_of);
  f.choice("world", i.world, kWorlds, word_of);
  f.number("any_world", i.any_world, 1);
  f.number("vmid", i.vmid, 0xFFFF);
  f.number("context", i.context, 2 * u64{core::kNoPasid} - 1);
  f.number("any_context", i.any_context, 1);
  f.number("first", i.first, kAnyNumber);
  f.number("last", i.last, kAnyNumber);
  return i;
}

CacheDriver::Take read_take(Fields& f) {
  CacheDriver::Take t;
  f.number("lookup", t.lookup, 1);
  f.number("fill", t.fill, 1);
  f.number("invalidate", t.invalidate, 1);
  return t;
}

ListedOperation read_line(const std::string& line) {
  std::istringstream in(line);
  ListedOperation op;
  char at = 0;
  std::string kind;
  if (!(in >> at >> op.cycle >> kind) || at != '@')
    throw std::invalid_argument("expected @CYCLE and an operation");
  Fields fields(in);
  if (kind == "lookup") {
    op.what = read_lookup(fields);
  } else if (kind == "fill" || kind == "fault") {
    op.what = read_fill(fields, kind == "fill");
  } else if (kind == "invalidate") {
    op.what = read_invalidation(fields);
  } else if (kind == "take") {
    op.what = read_take(fields);
  } else {
    throw std::invalid_argument("'" + kind +
                                "' is no operation; there are lookup, fill, fault, invalidate and take");
  }
  fields.end();
  return op;
}

}  // namespace

std::string text_of(const OperationList& list) {
  std::string text;
  for (const ListedOperation& op : list) text += std::visit(Writer{op.cycle}, op.what);
  return text;
}

OperationList read_operations(std::istream& in) {
  OperationList list;
  unsigned number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    try {
      list.push_back(read_line(line));
      if (list.size() > 1 && list[list.size() - 2].cycle > list.back().cycle)
        throw std::invalid_argument("the cycle is before the previous line's");
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(fmt::format("line {}: {}", number, e.what()));
    }
  }
  return list;
}

}  // namespace smmu_vp::tb
