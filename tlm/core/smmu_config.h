// The SMMU's configuration: its features, which the ID registers report, and the sizes of its resources.
#pragma once

#include "tlm/core/translation_cache.h"
#include "tlm/spec/types.h"

namespace smmu_vp::core {

// The configuration file's keys are smmu.features.<member>. ID registers are computed from these alone.
struct SmmuFeatures {
  unsigned version = 2;  // SMMUv3.<version>
  bool s1 = true, s2 = false;
  bool ats = true, pri = true, msi = true, sev = true, ril = true, btm = false, pmcg = false, hyp = false;
  bool attr_types_ovr = false;  // IDR1.ATTR_TYPES_OVR: STEs and GBPA may override incoming memory types
  bool pps = false;   // IDR3.PPS, where there are PASIDs: automatic PRG responses repeat the PASID, whatever
                      // STE.PPAR says
  unsigned httu = 0;  // IDR0.HTTU
  unsigned stall_model = 0;  // IDR0.STALL_MODEL: 0 both, 1 stall not supported, 2 stall forced
  unsigned term_model = 0;   // IDR0.TERM_MODEL
  unsigned asid_bits = 16, vmid_bits = 16;
  unsigned oas_bits = 48;
  unsigned sid_bits = 16, ssid_bits = 20;
  bool granule_4k = true, granule_16k = true, granule_64k = true;
  unsigned stream_table_levels = 2, cd_table_levels = 2;
  unsigned cmdq_log2_max = 19, eventq_log2_max = 19, priq_log2_max = 19;

  // SMMUv3.x may implement features of SMMUv3.(x+1), but not of later versions (2.9).
  bool ranges() const { return ril && version >= 1; }                  // IDR3.RIL, of SMMUv3.2
  bool small_tables() const { return version >= 1; }                   // IDR3.STT, of SMMUv3.2
  bool records_ats_errors() const { return ats && version >= 2; }      // IDR0.ATSRECERR, of SMMUv3.3
  bool repeats_pasid() const { return pri && pps && ssid_bits != 0; }  // IDR3.PPS
};

// What invalidation commands remove (4.3, 4.4): what they name, the least the manual requires, or all of its VMID or
// stream.
enum class InvalidateMode : u8 { kExact, kMinimal, kGenerous };

// How TLB invalidations reach the TBUs, and what a sync takes.
struct InvalidationPath {
  u64 latency_ps = 10'000;   // to every TBU and back, without the caches' cycles
  unsigned outstanding = 8;  // on their way at once
  u64 sync_ps = 0;           // in addition to what a sync waits for
};

// Durations in picoseconds. Each is charged at exactly one place in tlm/smmu.
struct SmmuTiming {
  u64 register_access_ps = 20'000;
  u64 command_ps = 4'000;                   // decode and dispatch of one command
  u64 config_hit_ps = 2'000;                // STE and CD from the configuration cache
  u64 tbu_tcu_hop_ps = 10'000;              // one way between a TBU and the TCU
  u64 atc_inv_timeout_ps = 50'000'000'000;  // 50 ms
};

struct SmmuConfig {
  u64 base = 0x2b40'0000;
  SmmuFeatures features;
  SmmuTiming timing;
  InvalidationPath commands, broadcasts;  // of CMD_TLBI_*; of a PE's TLBI instructions (3.17)
  unsigned tbus = 2;
  CacheConfig tlb;
  unsigned walkers = 8;
  unsigned walk_cache_entries = 64;
  unsigned config_cache_entries = 64;
  unsigned stalls = 64;  // IDR5.STALL_MAX: stalled transactions with an event recorded
  InvalidateMode invalidate = InvalidateMode::kExact;
  HardwareBug bug = HardwareBug::kNone;

  bool has(HardwareBug which) const { return bug == which; }
};

}  // namespace smmu_vp::core
