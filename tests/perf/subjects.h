// Groups of measured operations.
#pragma once

#include "tests/perf/operations.h"

namespace smmu_vp::perf {

// Of a machine: accesses, requests, commands.
std::unique_ptr<Subject> hop();
std::unique_ptr<Subject> dma_tlb_hit();
std::unique_ptr<Subject> walk_4_levels();
std::unique_ptr<Subject> walk_nested();
std::unique_ptr<Subject> ats_request_hit();
std::unique_ptr<Subject> translated_access();
std::unique_ptr<Subject> tlbi_by_va();
std::unique_ptr<Subject> tlbi_by_asid();

// With several accesses in flight, in simulated time.
std::unique_ptr<Subject> miss_1();
std::unique_ptr<Subject> miss_512();
std::unique_ptr<Subject> dma_timed();
std::unique_ptr<Subject> dma_timed_16();
std::unique_ptr<Subject> dma_timed_all_sinks();

// Invalidations of a full cache of kEntries in which nothing matches.
template <unsigned kEntries>
std::unique_ptr<Subject> tlb_by_asid();
template <unsigned kEntries>
std::unique_ptr<Subject> tlb_other_world();
template <unsigned kEntries>
std::unique_ptr<Subject> walk_cache_by_asid();
template <unsigned kEntries>
std::unique_ptr<Subject> walk_cache_by_va();
template <unsigned kEntries>
std::unique_ptr<Subject> config_cache_cd();
template <unsigned kEntries>
std::unique_ptr<Subject> config_cache_ste();
// A PASID with kEntries bound already.
template <unsigned kEntries>
std::unique_ptr<Subject> pasid();

// The Verilated cache: clocked with nothing around it, and as a TLB.
std::unique_ptr<Subject> rtl_clock();
std::unique_ptr<Subject> rtl_lookup();

}  // namespace smmu_vp::perf
