// The operations with their baselines and goals.
#include "tests/perf/operations.h"

#include "tests/perf/subjects.h"

namespace smmu_vp::perf {

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"hop", hop, "", 0},
      {"dma_tlb_hit", dma_tlb_hit, "hop", 2.5},
      {"walk_4_levels", walk_4_levels, "hop", 10},
      {"walk_nested_4x4", walk_nested, "hop", 30},
      {"ats_request_hit", ats_request_hit, "hop", 3},
      {"translated_access", translated_access, "hop", 2},
      {"tlbi_by_va", tlbi_by_va, "", 1000 / 15.0},
      {"tlbi_by_asid", tlbi_by_asid, "", 500},
      {"tlb_by_asid/256", tlb_by_asid<256>, "", 0},
      {"tlb_by_asid/4096", tlb_by_asid<4096>, "", 500},
      {"tlb_by_asid/16384", tlb_by_asid<16384>, "tlb_by_asid/256", 1.5},
      {"tlb_all/256", tlb_other_world<256>, "", 0},
      {"tlb_all/4096", tlb_other_world<4096>, "", 500},
      {"tlb_all/16384", tlb_other_world<16384>, "tlb_all/256", 1.5},
      {"walk_cache_by_asid/256", walk_cache_by_asid<256>, "", 0},
      {"walk_cache_by_asid/4096", walk_cache_by_asid<4096>, "", 500},
      {"walk_cache_by_asid/65536", walk_cache_by_asid<65536>, "walk_cache_by_asid/256", 1.5},
      {"walk_cache_by_va/256", walk_cache_by_va<256>, "", 0},
      {"walk_cache_by_va/4096", walk_cache_by_va<4096>, "", 500},
      {"walk_cache_by_va/65536", walk_cache_by_va<65536>, "walk_cache_by_va/256", 1.5},
      {"cfgi_cd/256", config_cache_cd<256>, "", 0},
      {"cfgi_cd/4096", config_cache_cd<4096>, "", 500},
      {"cfgi_cd/65536", config_cache_cd<65536>, "cfgi_cd/256", 1.5},
      {"cfgi_ste/256", config_cache_ste<256>, "", 0},
      {"cfgi_ste/4096", config_cache_ste<4096>, "", 500},
      {"cfgi_ste/65536", config_cache_ste<65536>, "cfgi_ste/256", 1.5},
      {"pasid/100", pasid<100>, "", 0},
      {"pasid/1000000", pasid<1'000'000>, "pasid/100", 1.5},
      {"miss_1_outstanding", miss_1, "", 0},
      {"miss_512_outstanding", miss_512, "miss_1_outstanding", 1.2},
      {"dma_timed", dma_timed, "", 0},
      {"dma_timed_16_outstanding", dma_timed_16, "", 1000 / 4.5},
      {"dma_timed_all_sinks", dma_timed_all_sinks, "dma_timed", 4},
      {"rtl_raw_clock", rtl_clock, "", 0},
      {"rtl_lookup_in_loop", rtl_lookup, "", 1000 / 3.0},
  };
  return all;
}

}  // namespace smmu_vp::perf
