// What both banks promise: at most one entry answers a lookup, a fill leaves nothing that it overlaps beside its own
// entry, and an invalidation leaves nothing that it covers.
module bank_asserts import assertion_report_pkg::*; #(
  parameter int unsigned Ways = 4
) (
  input logic            clk_i,
  input logic            rst_ni,
  input logic [Ways-1:0] lookup_match_i,
  input logic            fill_en_i,
  input logic [Ways-1:0] fill_way_i,       // one-hot
  input logic [Ways-1:0] fill_overlap_i,
  input logic [Ways-1:0] fill_valid_d_i,   // the valid bits that the fill leaves
  input logic            inv_en_i,
  input logic [Ways-1:0] inv_covered_i,
  input logic [Ways-1:0] inv_valid_d_i     // the valid bits that the invalidation leaves
);

  MatchOneHot: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(lookup_match_i))
    else smmu_vp_rtl_assertion_failed("MatchOneHot: two entries match one lookup");

  NoDuplicate: assert property (@(posedge clk_i) disable iff (!rst_ni)
    fill_en_i |-> (fill_overlap_i & fill_valid_d_i & ~fill_way_i) == '0)
    else smmu_vp_rtl_assertion_failed("NoDuplicate: a fill leaves an entry that it overlaps");

  FilledIsValid: assert property (@(posedge clk_i) disable iff (!rst_ni)
    fill_en_i |-> |(fill_valid_d_i & fill_way_i))
    else smmu_vp_rtl_assertion_failed("FilledIsValid: a fill is lost");

  CoveredIsGone: assert property (@(posedge clk_i) disable iff (!rst_ni)
    inv_en_i |-> (inv_covered_i & inv_valid_d_i) == '0)
    else smmu_vp_rtl_assertion_failed("CoveredIsGone: an invalidated entry stays valid");

endmodule
