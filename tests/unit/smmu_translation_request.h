// Translation Requests for tests, and a short form of their answers.
#pragma once

#include <string>

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

// Invalidates everything cached, so that memory's current contents are used.
inline void forget(Bench& b) {
  b.command(cmd::cfgi_all());
  b.command(cmd::tlbi_nsnh_all());
  b.sync();
}
inline DmaResult request(Bench& b, u64 va, bool pasid = true, bool no_write = false, bool exec = false,
                         bool priv = false) {
  DmaExtension ext;
  ext.who = {Bench::kSid, spec::substream(pasid, Bench::kPasid)};
  ext.no_write = no_write;
  ext.exec = exec;
  ext.priv = priv;
  ext.at = transport::AddressType::kTranslationRequest;
  return b.send(ext, va, false, 0, 8, 0);
}
// R, W, Exe and Priv as granted.
inline std::string rights(const DmaResult& r) {
  const transport::AtsTranslation& t = r.translation;
  return std::string{t.read ? 'R' : '-', t.write ? 'W' : '-', t.exec ? 'X' : '-', t.priv ? 'P' : '-'};
}

}  // namespace smmu_vp::test
