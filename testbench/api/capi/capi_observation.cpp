// The C calls that observe: counters, verdicts, looks into the machine, records.
#include "testbench/api/capi/boundary.h"

namespace {

using namespace smmu_vp::tb;
using smmu_vp::u64;

std::string text_in(const char* text, const char* name) {
  need(text, name);
  return text;
}

}  // namespace

extern "C" {

smmu_vp_status smmu_vp_counter(smmu_vp_handle* vp, const char* dotted_name, uint64_t* value) {
  return guarded("smmu_vp_counter", [&] {
    Session& session = session_of(vp);
    need(dotted_name, "dotted_name");
    need(value, "value");
    *value = session.counter(dotted_name);
  });
}

smmu_vp_status smmu_vp_counters(smmu_vp_handle* vp, char* names, size_t n) {
  return guarded("smmu_vp_counters", [&] { hand_out(session_of(vp).counters(), names, n); });
}

smmu_vp_status smmu_vp_violations(smmu_vp_handle* vp, uint64_t* count, char* text, size_t n) {
  return guarded("smmu_vp_violations", [&] {
    const Session& session = session_of(vp);
    need(count, "count");
    hand_out(session.violations(), text, n);
    *count = session.violation_count();
  });
}

smmu_vp_status smmu_vp_violation(smmu_vp_handle* vp, uint64_t index, smmu_vp_finding* finding) {
  return guarded("smmu_vp_violation", [&] {
    const Session& session = session_of(vp);
    need(finding, "finding");
    *finding = session.violation(index);
  });
}

smmu_vp_status smmu_vp_monitors(smmu_vp_handle* vp, char* text, size_t n) {
  return guarded("smmu_vp_monitors", [&] { hand_out(session_of(vp).verdicts(), text, n); });
}

smmu_vp_status smmu_vp_finish(smmu_vp_handle* vp) {
  return guarded("smmu_vp_finish", [&] { session_of(vp).finish(); });
}

smmu_vp_status smmu_vp_explain(smmu_vp_handle* vp, const char* access, char* text, size_t n) {
  return guarded("smmu_vp_explain", [&] {
    Session& session = session_of(vp);
    if (n != 0) need(text, "text");
    hand_out(session.explain(text_in(access, "access")), text, n);
  });
}

smmu_vp_status smmu_vp_dump(smmu_vp_handle* vp, const char* directory) {
  return guarded("smmu_vp_dump", [&] {
    const Session& session = session_of(vp);
    session.dump(text_in(directory, "directory"));
  });
}

smmu_vp_status smmu_vp_records(smmu_vp_handle* vp, const char* what, char* json, size_t n) {
  return guarded("smmu_vp_records", [&] {
    const Session& session = session_of(vp);
    hand_out(session.records(text_in(what, "what")), json, n);
  });
}

smmu_vp_status smmu_vp_record(smmu_vp_handle* vp, const char* directory_or_null_to_close, const char* what) {
  return guarded("smmu_vp_record", [&] {
    Session& session = session_of(vp);
    if (directory_or_null_to_close == nullptr) {
      session.end_record();
      return;
    }
    session.record(directory_or_null_to_close, what == nullptr ? RecordedParts{} : parts_named(what));
  });
}

smmu_vp_status smmu_vp_note(smmu_vp_handle* vp, const char* text) {
  return guarded("smmu_vp_note", [&] {
    Session& session = session_of(vp);
    session.note(text_in(text, "text"));
  });
}

smmu_vp_status smmu_vp_phase(smmu_vp_handle* vp, const char* name_or_null_to_end) {
  return guarded("smmu_vp_phase", [&] {
    Session& session = session_of(vp);
    if (name_or_null_to_end == nullptr) return session.end_phase();
    session.phase(name_or_null_to_end);
  });
}

smmu_vp_status smmu_vp_waves(smmu_vp_handle* vp, const char* path_or_null_to_close) {
  return guarded("smmu_vp_waves", [&] {
    Session& session = session_of(vp);
    if (path_or_null_to_close == nullptr) return session.close_waves();
    session.open_waves(path_or_null_to_close);
  });
}

}  // extern "C"
