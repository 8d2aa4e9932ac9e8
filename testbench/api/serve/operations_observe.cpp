// One case for each operation that observes: decode the fields, make the call, encode the results.
#include "testbench/api/serve/operations.h"

#include <sstream>

namespace smmu_vp::tb::serve {

namespace {

void put_finding(Writer& out, const smmu_vp_finding& f) {
  out.put64(f.t_ps);
  for (const int has : {f.has_stream, f.has_pasid, f.has_address, f.has_physical, f.has_descriptor,
                        f.has_old_value, f.has_new_value})
    out.put32(static_cast<u32>(has));
  out.put32(f.stream_id).put32(f.pasid);
  for (const u64 value : {f.address, f.physical, f.descriptor, f.old_value, f.new_value}) out.put64(value);
  const std::string_view monitor = f.monitor;
  out.put16(static_cast<u16>(monitor.size())).put(monitor).put(std::string_view(f.text));
}

std::string short_text(Reader& in) {
  const auto bytes = in.bytes(in.get16());
  return {bytes.begin(), bytes.end()};
}

}  // namespace

void Operations::observe(Op op, Reader& in, Writer& out) {
  switch (op) {
    case Op::kCounter:
      out.put64(session_.counter(in.text()));
      break;
    case Op::kCounters:
      in.end();
      out.put(session_.counters());
      break;
    case Op::kViolations:
      in.end();
      out.put64(session_.violation_count()).put(session_.violations());
      break;
    case Op::kViolation: {
      const u64 index = in.get64();
      in.end();
      put_finding(out, session_.violation(index));
      break;
    }
    case Op::kMonitors:
      in.end();
      out.put(session_.verdicts());
      break;
    case Op::kFinish:
      in.end();
      session_.finish();
      break;
    case Op::kExplain:
      out.put(session_.explain(in.text()));
      break;
    case Op::kDump:
      session_.dump(in.text());
      break;
    case Op::kRecords:
      out.put(session_.records(in.text()));
      break;
    case Op::kRecord: {
      const std::string directory = short_text(in), parts = in.text();
      if (directory.empty()) {
        out.put(session_.end_record(folders_.owner()));
      } else {
        session_.record(directory, parts.empty() ? RecordedParts{} : parts_named(parts), folders_.owner());
      }
      break;
    }
    case Op::kNote:
      session_.note(in.text());
      break;
    case Op::kKernelLog: {
      const u32 level = in.get32();
      session_.kernel_log(level, in.text());
      break;
    }
    case Op::kExpect: {
      const bool holds = in.get32() != 0;
      session_.expect(holds, in.text(), folders_.owner());
      break;
    }
    case Op::kFunctions:
      session_.name_functions(in.text());
      break;
    case Op::kStore: {
      const u32 cpu = in.get32();
      const u64 pa = in.get64();
      std::vector<u64> code;
      while (!in.empty()) code.push_back(in.get64());
      session_.store(cpu, pa, code);
      break;
    }
    case Op::kTellPages:
      in.end();
      session_.tell_pages_read();
      hears_pages_ = true;
      break;
    case Op::kRepeat: {
      std::istringstream words(in.text());
      std::vector<std::string> command;
      for (std::string word; std::getline(words, word, '\0');) command.push_back(word);
      session_.repeated_by(std::move(command), folders_.owner());
      break;
    }
    case Op::kWaveWindow:
      session_.set_wave_window(in.text());
      break;
    case Op::kPhase:
      if (const std::string name = in.text(); name.empty()) {
        session_.end_phase();
      } else {
        session_.phase(name);
      }
      break;
    case Op::kWaves:
      if (const std::string path = in.text(); path.empty()) {
        session_.close_waves();
      } else {
        session_.open_waves(path);
      }
      break;
    default:
      break;  // perform() has the others
  }
}

}  // namespace smmu_vp::tb::serve
