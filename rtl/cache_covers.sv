// Cover points of the translation cache: what traffic must have done to count as having tried it. smmu-vp-rtl-coverage
// demands that the random traffic reaches every one. Bound to translation_cache in the model that measures coverage
// (cache_covers_bind.sv).
`include "assertions.svh"

module cache_covers import translation_cache_pkg::*; (
  input logic    clk_i,            // clock, rising edge
  input logic    rst_ni,           // asynchronous reset, active low
  // Lookup; page_hit_i to block_match_i describe the lookup that takes effect
  input logic    lookup_valid_i,   // a lookup is requested
  input logic    lookup_ready_i,   // and accepted
  input logic    commit_i,         // a lookup takes effect
  input logic    page_hit_i,       // it hits in the page bank
  input logic    block_hit_i,      // it hits in the block bank
  input status_e miss_status_i,    // StatusMiss, StatusMerged or StatusFull, when it hits in neither
  input key_t    key_i,            // its context
  input attr_t   page_attr_i,      // attributes of the entry that it hits in the page bank
  input key_t    page_key_i,       // context that filled this entry
  input logic    page_match_i,     // it would hit in the page bank if no invalidation were in progress
  input logic    block_match_i,    // it would hit in the block bank if no invalidation were in progress
  input logic    rsp_valid_i,      // a lookup's answer is there
  input logic    rsp_ready_i,      // and taken
  input logic    any_pending_i,    // some MSHR is pending
  // Fill; fill_fire_i to fill_attr_i describe the fill that is requested
  input logic    fill_valid_i,     // a fill is requested
  input logic    fill_fire_i,      // it takes effect
  input logic    fill_present_i,   // with a translation: the walk did not fault
  input logic    fill_poisoned_i,  // its MSHR is poisoned
  input logic    fill_foreign_i,   // its MSHR has seen an invalidation by VA of another context
  input logic    fill_drop_i,      // nothing is cached
  input logic    fill_is_page_i,   // it goes to the page bank, else to the block bank
  input logic    fill_replaces_i,  // it overlaps an entry of its bank
  input logic    fill_evicts_i,    // its set, or the block bank, is full
  input logic    fill_same_set_i,  // its set is that of the lookup that takes effect
  input attr_t   fill_attr_i,      // attributes of the translation
  input logic    fill_rsp_held_i,  // a fill's answer is there and not taken
  // Invalidation
  input logic    inv_valid_i,      // an invalidation is requested
  input logic    inv_accept_i,     // and accepted
  input inv_t    inv_i,            // what is invalidated
  input logic    walking_i,        // a walk is in progress
  input logic    start_i,          // its first cycle
  input logic    probe_i,          // it probes one set for each granule, else it walks all sets
  input logic    walk_same_set_i,  // it searches the set of the lookup that takes effect
  input logic    walk_drops_i,     // it drops entries of the page bank in this cycle
  input logic    block_drops_i,    // it drops entries of the block bank in this cycle
  input logic    poisons_i,        // it poisons MSHRs in this cycle
  input logic    done_held_i       // an invalidation's answer is there and not taken
);

  logic miss, hit;
  assign hit  = commit_i && (page_hit_i || block_hit_i);
  assign miss = commit_i && !page_hit_i && !block_hit_i;

  `CACHE_COVER(HitPage4K, commit_i && page_hit_i && key_i.granule == Granule4K)
  `CACHE_COVER(HitPage16K, commit_i && page_hit_i && key_i.granule == Granule16K)
  `CACHE_COVER(HitPage64K, commit_i && page_hit_i && key_i.granule == Granule64K)
  `CACHE_COVER(HitBlock, commit_i && block_hit_i)
  `CACHE_COVER(HitGlobalOfAnother, commit_i && page_hit_i && page_attr_i.is_global && page_key_i.ctx != key_i.ctx)
  `CACHE_COVER(HitUnderMiss, hit && any_pending_i)
  `CACHE_COVER(HitInWalk, hit && walking_i)
  `CACHE_COVER(PageBeforeBlock, commit_i && page_hit_i && block_match_i)
  `CACHE_COVER(CoveredPageLookedUpInWalk, commit_i && walking_i && page_match_i && !page_hit_i)
  `CACHE_COVER(CoveredBlockLookedUpInWalk, commit_i && walking_i && block_match_i && !page_hit_i && !block_hit_i)
  `CACHE_COVER(MissAllocates, miss && miss_status_i == StatusMiss)
  `CACHE_COVER(MissMerges, miss && miss_status_i == StatusMerged)
  `CACHE_COVER(MissFull, miss && miss_status_i == StatusFull)
  `CACHE_COVER(MissAsWalkStarts, miss && miss_status_i == StatusMiss && start_i)
  `CACHE_COVER(MissAsInvAccepted, miss && miss_status_i == StatusMiss && inv_accept_i)
  `CACHE_COVER(HitOfAtcWorld, hit && key_i.world == WorldAtc)
  `CACHE_COVER(LookupEveryCycle, commit_i && lookup_valid_i && lookup_ready_i && rsp_valid_i && rsp_ready_i)
  `CACHE_COVER(LookupHeldBack, lookup_valid_i && !lookup_ready_i)

  `CACHE_COVER(FillPage, fill_fire_i && !fill_drop_i && fill_is_page_i)
  `CACHE_COVER(FillBlock, fill_fire_i && !fill_drop_i && !fill_is_page_i)
  `CACHE_COVER(FillFragment, fill_fire_i && !fill_drop_i && fill_attr_i.log2_size != fill_attr_i.leaf_log2_size)
  `CACHE_COVER(FillGlobal, fill_fire_i && !fill_drop_i && fill_attr_i.is_global)
  `CACHE_COVER(FillReplaces, fill_fire_i && !fill_drop_i && fill_replaces_i)
  `CACHE_COVER(FillEvicts, fill_fire_i && !fill_drop_i && fill_evicts_i && !fill_replaces_i)
  `CACHE_COVER(FillBesideHitOfItsSet,
    fill_fire_i && !fill_drop_i && fill_is_page_i && commit_i && page_hit_i && fill_same_set_i)
  `CACHE_COVER(FillOfFault, fill_fire_i && !fill_present_i)
  `CACHE_COVER(FillPoisoned, fill_fire_i && fill_present_i && fill_poisoned_i)
  `CACHE_COVER(FillForeignGlobal,
    fill_fire_i && fill_present_i && fill_foreign_i && fill_attr_i.is_global && !fill_poisoned_i)
  `CACHE_COVER(FillInHullOnly,
    fill_fire_i && fill_present_i && fill_drop_i && !fill_poisoned_i && !(fill_foreign_i && fill_attr_i.is_global))
  `CACHE_COVER(FillWaitsForWalk, fill_valid_i && walking_i)
  `CACHE_COVER(FillGivesWay, fill_valid_i && !walking_i && inv_accept_i)
  `CACHE_COVER(FillAnswerHeld, fill_rsp_held_i)

  `CACHE_COVER(InvAll, inv_accept_i && inv_i.scope == ScopeAll && !inv_i.any_world)
  `CACHE_COVER(InvAllWorlds, inv_accept_i && inv_i.scope == ScopeAll && inv_i.any_world)
  `CACHE_COVER(InvVmid, inv_accept_i && inv_i.scope == ScopeVmid)
  `CACHE_COVER(InvContext, inv_accept_i && inv_i.scope == ScopeContext)
  `CACHE_COVER(InvVa, inv_accept_i && inv_i.scope == ScopeVa && !inv_i.any_ctx)
  `CACHE_COVER(InvVaAnyContext, inv_accept_i && inv_i.scope == ScopeVa && inv_i.any_ctx)
  `CACHE_COVER(InvProbes, start_i && probe_i)
  `CACHE_COVER(InvWalks, start_i && !probe_i)
  `CACHE_COVER(InvWaits, inv_valid_i && walking_i)
  `CACHE_COVER(InvBackToBack, done_held_i && inv_valid_i)
  `CACHE_COVER(WalkBesideLookupOfItsSet, walking_i && commit_i && walk_same_set_i && walk_drops_i)
  `CACHE_COVER(WalkDropsPage, walking_i && walk_drops_i)
  `CACHE_COVER(InvDropsBlock, start_i && block_drops_i)
  `CACHE_COVER(InvPoisons, start_i && poisons_i)
  `CACHE_COVER(InvAnswerHeld, done_held_i)

endmodule
