// What traffic must have done to count as having tried the cache: one point each, reached by smmu-vp-rtl-coverage.
module cache_covers import translation_cache_pkg::*; (
  input logic       clk_i,
  input logic       rst_ni,
  // Lookup.
  input logic       lookup_valid_i,
  input logic       lookup_ready_i,
  input logic       commit_i,
  input logic       page_hit_i,
  input logic       block_hit_i,
  input status_e    miss_status_i,
  input key_t       key_i,
  input attr_t      page_attr_i,
  input key_t       page_key_i,
  input logic       rsp_valid_i,
  input logic       rsp_ready_i,
  input logic       any_pending_i,
  input logic       page_match_i,         // before the invalidation under way is considered
  input logic       block_match_i,
  // Fill.
  input logic       fill_valid_i,
  input logic       fill_fire_i,
  input logic       fill_present_i,
  input logic       fill_poisoned_i,
  input logic       fill_foreign_i,
  input logic       fill_drop_i,
  input logic       fill_is_page_i,
  input logic       fill_replaces_i,      // overlaps what is resident
  input logic       fill_evicts_i,        // no way is free
  input logic       fill_same_set_i,      // as the lookup that commits
  input attr_t      fill_attr_i,
  input logic       fill_rsp_held_i,
  // Invalidation.
  input logic       inv_valid_i,
  input logic       inv_accept_i,
  input inv_t       inv_i,
  input logic       walking_i,
  input logic       start_i,
  input logic       probe_i,
  input logic       walk_same_set_i,      // as the lookup that commits
  input logic       walk_drops_i,
  input logic       block_drops_i,
  input logic       poisons_i,
  input logic       done_held_i
);

  logic miss, hit;
  assign hit  = commit_i && (page_hit_i || block_hit_i);
  assign miss = commit_i && !page_hit_i && !block_hit_i;

`define COVER(name, expression) name: cover property (@(posedge clk_i) disable iff (!rst_ni) expression);

  `COVER(HitPage4K, commit_i && page_hit_i && key_i.granule == Granule4K)
  `COVER(HitPage16K, commit_i && page_hit_i && key_i.granule == Granule16K)
  `COVER(HitPage64K, commit_i && page_hit_i && key_i.granule == Granule64K)
  `COVER(HitBlock, commit_i && block_hit_i)
  `COVER(HitGlobalOfAnother, commit_i && page_hit_i && page_attr_i.is_global && page_key_i.ctx != key_i.ctx)
  `COVER(HitUnderMiss, hit && any_pending_i)
  `COVER(HitInWalk, hit && walking_i)
  `COVER(PageBeforeBlock, commit_i && page_hit_i && block_match_i)
  `COVER(CoveredPageLookedUpInWalk, commit_i && walking_i && page_match_i && !page_hit_i)
  `COVER(CoveredBlockLookedUpInWalk, commit_i && walking_i && block_match_i && !page_hit_i && !block_hit_i)
  `COVER(MissAllocates, miss && miss_status_i == StatusMiss)
  `COVER(MissMerges, miss && miss_status_i == StatusMerged)
  `COVER(MissFull, miss && miss_status_i == StatusFull)
  `COVER(MissAsWalkStarts, miss && miss_status_i == StatusMiss && start_i)
  `COVER(MissAsInvAccepted, miss && miss_status_i == StatusMiss && inv_accept_i)
  `COVER(HitOfAtcWorld, hit && key_i.world == WorldAtc)
  `COVER(LookupEveryCycle, commit_i && lookup_valid_i && lookup_ready_i && rsp_valid_i && rsp_ready_i)
  `COVER(LookupHeldBack, lookup_valid_i && !lookup_ready_i)

  `COVER(FillPage, fill_fire_i && !fill_drop_i && fill_is_page_i)
  `COVER(FillBlock, fill_fire_i && !fill_drop_i && !fill_is_page_i)
  `COVER(FillFragment, fill_fire_i && !fill_drop_i && fill_attr_i.log2_size != fill_attr_i.leaf_log2_size)
  `COVER(FillGlobal, fill_fire_i && !fill_drop_i && fill_attr_i.is_global)
  `COVER(FillReplaces, fill_fire_i && !fill_drop_i && fill_replaces_i)
  `COVER(FillEvicts, fill_fire_i && !fill_drop_i && fill_evicts_i && !fill_replaces_i)
  `COVER(FillBesideHitOfItsSet, fill_fire_i && !fill_drop_i && fill_is_page_i && commit_i && page_hit_i && fill_same_set_i)
  `COVER(FillOfFault, fill_fire_i && !fill_present_i)
  `COVER(FillPoisoned, fill_fire_i && fill_present_i && fill_poisoned_i)
  `COVER(FillForeignGlobal, fill_fire_i && fill_present_i && fill_foreign_i && fill_attr_i.is_global && !fill_poisoned_i)
  `COVER(FillInHullOnly, fill_fire_i && fill_present_i && fill_drop_i && !fill_poisoned_i
    && !(fill_foreign_i && fill_attr_i.is_global))
  `COVER(FillWaitsForWalk, fill_valid_i && walking_i)
  `COVER(FillGivesWay, fill_valid_i && !walking_i && inv_accept_i)
  `COVER(FillAnswerHeld, fill_rsp_held_i)

  `COVER(InvAll, inv_accept_i && inv_i.scope == ScopeAll && !inv_i.any_world)
  `COVER(InvAllWorlds, inv_accept_i && inv_i.scope == ScopeAll && inv_i.any_world)
  `COVER(InvVmid, inv_accept_i && inv_i.scope == ScopeVmid)
  `COVER(InvContext, inv_accept_i && inv_i.scope == ScopeContext)
  `COVER(InvVa, inv_accept_i && inv_i.scope == ScopeVa && !inv_i.any_ctx)
  `COVER(InvVaAnyContext, inv_accept_i && inv_i.scope == ScopeVa && inv_i.any_ctx)
  `COVER(InvProbes, start_i && probe_i)
  `COVER(InvWalks, start_i && !probe_i)
  `COVER(InvWaits, inv_valid_i && walking_i)
  `COVER(InvBackToBack, done_held_i && inv_valid_i)
  `COVER(WalkBesideLookupOfItsSet, walking_i && commit_i && walk_same_set_i && walk_drops_i)
  `COVER(WalkDropsPage, walking_i && walk_drops_i)
  `COVER(InvDropsBlock, start_i && block_drops_i)
  `COVER(InvPoisons, start_i && poisons_i)
  `COVER(InvAnswerHeld, done_held_i)

`undef COVER

endmodule
