// The response tables of 3.9.1.2, row by row.
#include "tlm/core/ats.h"

#include "tlm/spec/ste.h"

namespace smmu_vp::core {

using enum spec::EventId;

AtsDecision decide_translation_request(const Configuration* found, bool rec_cfg_ats, bool recinvsid) {
  const AtsDecision refused{.status = AtsStatus::kUnsupportedRequest, .event = F_BAD_ATS_TREQ};
  if (found == nullptr) return refused;
  if (found->stream_valid) {
    if (found->stream.path == StreamConfig::Path::kAbort)
      return {.status = AtsStatus::kUnsupportedRequest, .event = {}};
    // Config 0b100 makes EATS effectively 0b00.
    if (found->stream.eats == spec::ste::kEatsAbort) return refused;
  }
  if (!found->fault) return {.translate = true, .event = {}};
  // A stage 2 fault on a CD fetch is answered as any translation fault is (3.9.1.2).
  if (found->fault->s2) return answer_translation_fault(*found->fault, rec_cfg_ats);
  const bool record = rec_cfg_ats && recordable(found->fault->event, recinvsid);
  AtsDecision out{.status = AtsStatus::kCompleterAbort, .event = {}};
  if (record) out.event = found->fault->event;
  return out;
}

AtsDecision answer_translation_fault(const Fault& fault, bool rec_cfg_ats) {
  // A Translation Request ignores CD.S, CD.R and CD.A (5.5).
  if (translation_related(fault.event)) return {.status = AtsStatus::kSuccess, .event = {}};
  AtsDecision out{.status = AtsStatus::kCompleterAbort, .event = {}};
  if (rec_cfg_ats) out.event = fault.event;
  return out;
}

AtsPermissions granted(const Rights& r, const StreamConfig& stream, bool exec_asked, bool priv_asked) {
  const bool priv = overridden_priv(stream, priv_asked);
  const bool read = priv ? r.priv_read : r.user_read;
  const bool exec = priv ? r.priv_exec : r.user_exec;
  AtsPermissions out;
  out.write = priv ? r.priv_write : r.user_write;
  if (stream.instcfg == spec::ste::kInstcfgInstruction) {
    out.read = exec;
    out.exec = exec_asked && exec;
  } else if (stream.instcfg == spec::ste::kInstcfgData) {
    out.read = read;
    out.exec = exec_asked && read;
  } else {
    out.read = read;
    out.exec = exec_asked && read && exec;
  }
  return out;
}

}  // namespace smmu_vp::core
