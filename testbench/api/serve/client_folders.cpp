// Names folders, and says in the log what became of them.
#include "testbench/api/serve/client_folders.h"

#include <fmt/format.h>

#include "testbench/api/capi/refusal.h"
#include "testbench/observe/output/output_file.h"

namespace smmu_vp::tb::serve {

void ClientFolders::open_once(Session& session) {
  if (options_.out.empty() || std::exchange(opened_, true) || session.recording(client_)) return;
  const std::string name =
      ++made_ == 1 ? fmt::format("client-{}", client_) : fmt::format("client-{}-{}", client_, made_);
  RecordedParts parts = options_.parts;
  if (parts.waves && session.waves_open()) {
    parts.waves = false;
    log_(name + " gets no waves: another file has them");
  }
  try {
    session.record(options_.out + '/' + name, parts, client_);
  } catch (const Refusal& e) {
    log_(std::string("not recorded: ") + e.what());
  } catch (const OutputError& e) {
    log_(std::string("not recorded: ") + e.what());
  }
}

std::string ClientFolders::close(Session& session, const std::string& signal) {
  try {
    if (session.recording(client_)) return session.end_record(client_, signal);
  } catch (const OutputError& e) {
    return e.what();
  }
  const u64 violations = session.violation_count();
  const std::string found = violations == 0
                                ? "no violation"
                                : fmt::format("{} violation{}", violations, violations == 1 ? "" : "s");
  return session.finished() ? found : found + "; not judged: what only the end shows, without FINISH";
}

}  // namespace smmu_vp::tb::serve
