// Translation Requests as tests make them, and their answers in short.
#pragma once

#include <string>

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

// CMD_CFGI_ALL, CMD_TLBI_NSNH_ALL: what memory says now counts.
inline void forget(Bench& b) {
  b.command(0x04, 31);
  b.command(0x30);
  b.sync();
}
inline DmaResult request(Bench& b, u64 va, bool pasid = true, bool no_write = false, bool exec = false,
                         bool priv = false) {
  DmaExtension ext;
  ext.stream_id = Bench::kSid;
  ext.has_pasid = pasid;
  ext.pasid = pasid ? Bench::kPasid : 0;
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
