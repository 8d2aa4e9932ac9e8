// What the channels promise: answers hold still until taken, every request is answered in bounded time, an invalidation
// ends within one walk; and what the user of the fill channel must keep.
module channel_asserts import translation_cache_pkg::*; import assertion_report_pkg::*; #(
  parameter int unsigned Sets = 64
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             lookup_valid_i,
  input logic             lookup_ready_i,
  input logic             lookup_commit_i,
  input logic             lookup_rsp_valid_i,
  input logic             lookup_rsp_ready_i,
  input lookup_rsp_t      lookup_rsp_i,
  input addr_t            lookup_rsp_va_i,
  input addr_t            lookup_rsp_pa_i,
  input attr_t            lookup_rsp_attr_i,
  input logic             fill_valid_i,
  input logic             fill_ready_i,
  input logic             fill_pending_i,
  input logic             fill_rsp_valid_i,
  input logic             fill_rsp_ready_i,
  input fill_rsp_t        fill_rsp_i,
  input logic             inv_accept_i,
  input logic             inv_walking_i,
  input logic             inv_done_valid_i,
  input logic             inv_done_ready_i,
  input logic [31:0]      inv_done_entries_i,
  input logic [31:0]      inv_done_poisoned_i
);

  logic        lookup_owed_q;        // accepted, not yet committed
  logic [1:0]  lookups_q, fills_q, invs_q;  // accepted, not yet answered
  logic [11:0] walk_cycles_q, fill_waits_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lookup_owed_q <= 1'b0;
      lookups_q     <= '0;
      fills_q       <= '0;
      invs_q        <= '0;
      walk_cycles_q <= '0;
      fill_waits_q  <= '0;
    end else begin
      if (lookup_ready_i) lookup_owed_q <= lookup_valid_i;
      lookups_q <= lookups_q + 2'(lookup_valid_i && lookup_ready_i) - 2'(lookup_rsp_valid_i && lookup_rsp_ready_i);
      fills_q   <= fills_q + 2'(fill_valid_i && fill_ready_i) - 2'(fill_rsp_valid_i && fill_rsp_ready_i);
      invs_q    <= invs_q + 2'(inv_accept_i) - 2'(inv_done_valid_i && inv_done_ready_i);
      walk_cycles_q <= inv_walking_i ? walk_cycles_q + 12'd1 : '0;
      fill_waits_q  <= fill_valid_i && !fill_ready_i && fill_rsp_ready_i ? fill_waits_q + 12'd1 : '0;
    end
  end

  LookupRspStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
    lookup_rsp_valid_i && !lookup_rsp_ready_i |=>
      lookup_rsp_valid_i && $stable({lookup_rsp_i, lookup_rsp_attr_i}) && $stable(lookup_rsp_va_i)
      && $stable(lookup_rsp_pa_i))
    else smmu_vp_rtl_assertion_failed("LookupRspStable: a lookup's answer changed before it was taken");

  FillRspStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
    fill_rsp_valid_i && !fill_rsp_ready_i |=> fill_rsp_valid_i && $stable(fill_rsp_i))
    else smmu_vp_rtl_assertion_failed("FillRspStable: a fill's answer changed before it was taken");

  InvDoneStable: assert property (@(posedge clk_i) disable iff (!rst_ni)
    inv_done_valid_i && !inv_done_ready_i |=>
      inv_done_valid_i && $stable({inv_done_entries_i, inv_done_poisoned_i}))
    else smmu_vp_rtl_assertion_failed("InvDoneStable: an invalidation's answer changed before it was taken");

  LookupCommits: assert property (@(posedge clk_i) disable iff (!rst_ni)
    lookup_owed_q && (lookup_rsp_ready_i || !lookup_rsp_valid_i) |-> lookup_commit_i)
    else smmu_vp_rtl_assertion_failed("LookupCommits: an accepted lookup stands still");

  LookupAnswered: assert property (@(posedge clk_i) disable iff (!rst_ni) lookup_commit_i |=> lookup_rsp_valid_i)
    else smmu_vp_rtl_assertion_failed("LookupAnswered: a lookup took effect and got no answer");

  LookupAccepted: assert property (@(posedge clk_i) disable iff (!rst_ni)
    lookup_valid_i && lookup_rsp_ready_i |-> lookup_ready_i)
    else smmu_vp_rtl_assertion_failed("LookupAccepted: not one lookup a cycle");

  // The pipeline holds two lookups, each other channel one request: whatever was accepted and not answered is there.
  NoLostLookup: assert property (@(posedge clk_i) disable iff (!rst_ni)
    lookups_q == 2'(lookup_owed_q) + 2'(lookup_rsp_valid_i))
    else smmu_vp_rtl_assertion_failed("NoLostLookup: not one answer for each lookup");

  NoLostFill: assert property (@(posedge clk_i) disable iff (!rst_ni) fills_q == 2'(fill_rsp_valid_i))
    else smmu_vp_rtl_assertion_failed("NoLostFill: not one answer for each fill");

  NoLostInv: assert property (@(posedge clk_i) disable iff (!rst_ni)
    invs_q == 2'(inv_walking_i) + 2'(inv_done_valid_i))
    else smmu_vp_rtl_assertion_failed("NoLostInv: not one answer for each invalidation");

  FillAnswered: assert property (@(posedge clk_i) disable iff (!rst_ni)
    fill_valid_i && fill_ready_i |=> fill_rsp_valid_i)
    else smmu_vp_rtl_assertion_failed("FillAnswered: a fill took effect and got no answer");

  FillBounded: assert property (@(posedge clk_i) disable iff (!rst_ni) fill_waits_q <= 12'(Sets + 4))
    else smmu_vp_rtl_assertion_failed("FillBounded: a fill waits for longer than one invalidation");

  FillOwned: assert property (@(posedge clk_i) disable iff (!rst_ni)
    fill_valid_i && fill_ready_i |-> fill_pending_i)
    else smmu_vp_rtl_assertion_failed("FillOwned: a fill names an MSHR that is not pending");

  FillNotInWalk: assert property (@(posedge clk_i) disable iff (!rst_ni)
    fill_valid_i && fill_ready_i |-> !inv_walking_i && !inv_accept_i)
    else smmu_vp_rtl_assertion_failed("FillNotInWalk: a fill slipped into an invalidation");

  InvBounded: assert property (@(posedge clk_i) disable iff (!rst_ni) walk_cycles_q <= 12'(Sets))
    else smmu_vp_rtl_assertion_failed("InvBounded: an invalidation walks for longer than there are sets");

  InvAnswered: assert property (@(posedge clk_i) disable iff (!rst_ni)
    $past(inv_walking_i) && !inv_walking_i |-> inv_done_valid_i)
    else smmu_vp_rtl_assertion_failed("InvAnswered: an invalidation ended and said nothing");

endmodule
