// Names and values of a record's fields, from the tables of tlm/spec.
#include "testbench/observe/trace_sinks/fact_args.h"

#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"

namespace smmu_vp::tb {

using spec::FieldKind;

namespace {

std::string_view granule_name(u64 tg) {
  constexpr std::string_view kNames[] = {"any", "4K", "16K", "64K"};  // 4.4.1.1
  return kNames[tg];
}

void append_field(JsonText& out, const spec::NamedField& named, std::span<const u64> words) {
  const MemberWriter member{out};
  const u64 value = named.field.get(words);
  const trace::Hex address{named.field.in_place(words)};
  switch (named.kind) {
    case FieldKind::kSsec:  // 0 on this queue
      return;
    case FieldKind::kStreamId:
      return member(named.name, trace::Hex{value});
    case FieldKind::kVa:
      return member("VA", address);
    case FieldKind::kIpa:
      return member("IPA", address);
    case FieldKind::kGranule:
      return member(named.name, granule_name(value));
    case FieldKind::kResponse:
      return member(named.name, to_string(static_cast<spec::Resp>(value)));
    default:
      return is_address(named.kind) ? member(named.name, address) : member(named.name, value);
  }
}

}  // namespace

std::string args_of_command(const trace::Command& command) {
  const spec::Command words = command.words();
  JsonText out;
  const MemberWriter member{out};
  member("index", command.index);
  const spec::CommandInfo* info = spec::find_command(static_cast<u8>(command.opcode()));
  if (info == nullptr) return std::move(out).take();
  for (const spec::NamedField& named : info->fields.subspan(1)) append_field(out, named, words.w);
  return std::move(out).take();
}

std::string args_of_event(const trace::EventRecord& event) {
  const spec::Event words = event.words();
  JsonText out;
  const spec::EventInfo* info = spec::find_event(static_cast<u8>(event.id));
  for (const spec::NamedField& named : info->fields.subspan(1)) append_field(out, named, words.w);
  if (event.dropped) MemberWriter{out}("dropped", true);
  if (event.merged) MemberWriter{out}("merged", true);
  return std::move(out).take();
}

}  // namespace smmu_vp::tb
