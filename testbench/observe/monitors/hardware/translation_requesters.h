// Through which STE and CD each requester is translated: where the SMMU read them, and what they say in memory now.
#pragma once

#include <vector>

#include "testbench/observe/monitors/flat_map.h"
#include "testbench/observe/monitors/hardware/register_shadow.h"
#include "testbench/observe/monitors/hardware/translation_entry.h"
#include "testbench/observe/monitors/monitor.h"

namespace smmu_vp::tb {

struct RequesterContext {
  spec::Requester who;
  u8 smmu = 0;
  std::optional<Regime> now;  // what memory says, as of the last look
  spec::Ste ste;
  spec::Cd cd;
  bool looked = false;
  std::optional<Regime> stage2_now;  // likewise, of IPAs
  spec::Ste stage2_ste;
  std::optional<Regime> as_fetched;
  u64 fetches = 0;  // how many there had been when that was decoded
};

class TranslationRequesters {
 public:
  TranslationRequesters(const MachineTraits& machine, const MemoryView& memory,
                        const RegisterShadow& registers)
      : machine_(machine), memory_(memory), registers_(registers) {}

  void fetched(const trace::ConfigFetched& f);
  // The number of a requester, which stays its own.
  u32 number_of(const spec::Requester& who, u8 smmu);
  const spec::Requester& who(u32 number) const { return list_[number].who; }
  u8 smmu(u32 number) const { return list_[number].smmu; }
  // What memory grants it translation through now; null when nothing.
  const Regime* now(u32 number);
  // Of IPAs, whatever its stage 1 is.
  const Regime* stage2_now(u32 number);
  // Its STE as memory has it where the SMMU read it last; nothing where it has read none.
  std::optional<spec::Ste> ste_now(u32 number) const;
  u32 count() const { return static_cast<u32>(list_.size()); }
  // As the SMMU last read its structures; null when they let nothing be translated.
  const Regime* fetched(u32 number);
  // The first word of its STE or CD that differs from what the SMMU read.
  std::optional<MemoryChange> changed_structure(u32 number) const;
  // Whether translated accesses of the stream are let through without a look or with (STE.EATS, CR0.ATSCHK, 3.9.1).
  bool lets_translated_pass(u32 number);

 private:
  struct Structure {
    u64 pa = 0;
    std::array<u64, 8> words{};
    u64 through = 0;  // of a CD: word 0 of the STE that led to it
  };
  static u64 stream_key(u32 sid, u8 smmu) { return u64{smmu} << 53 | u64{sid} << 21 | kNoPasid; }
  static u64 context_key(u32 sid, u32 ssid, u8 smmu) { return u64{smmu} << 53 | u64{sid} << 21 | ssid; }
  const Structure* stream(const RequesterContext& r) const {
    return structures_.find(stream_key(r.who.sid, r.smmu));
  }
  const Structure* context(const RequesterContext& r) const {
    return structures_.find(context_key(r.who.sid, r.who.ssid(), r.smmu));
  }
  bool read(u64 pa, std::array<u64, 8>& words) const;
  std::optional<u64> cd_address(const RequesterContext& r, const spec::Ste& ste) const;
  RegimeSetting setting(u8 smmu) const;
  bool reaches_cd(const RequesterContext& r, const spec::Ste& ste) const;

  const MachineTraits& machine_;
  const MemoryView& memory_;
  const RegisterShadow& registers_;
  FlatMap<Structure> structures_;
  FlatMap<u32> numbers_;
  std::vector<RequesterContext> list_;
  u64 fetches_ = 1;
};

}  // namespace smmu_vp::tb
