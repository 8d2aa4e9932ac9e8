// Assertions of one bank: at most one entry answers a lookup, a fill replaces every entry that it overlaps, and an
// invalidation leaves no entry that it covers.
//
// Bound to page_bank, with the entries of the set in use, and to block_bank, with all entries
// (translation_cache_bind.sv).
`include "assertions.svh"

module bank_asserts #(
  parameter int unsigned Ways = 4          // entries searched in parallel
) (
  input logic            clk_i,            // clock, rising edge
  input logic            rst_ni,           // asynchronous reset, active low
  input logic [Ways-1:0] lookup_match_i,   // entries that match the lookup, one bit each
  input logic            fill_en_i,        // a fill writes this bank
  input logic [Ways-1:0] fill_way_i,       // one-hot: the entry it writes
  input logic [Ways-1:0] fill_overlap_i,   // valid entries that overlap the fill
  input logic [Ways-1:0] fill_valid_d_i,   // valid bits after the fill
  input logic            inv_en_i,         // an invalidation is applied to this bank
  input logic [Ways-1:0] inv_covered_i,    // valid entries that it covers
  input logic [Ways-1:0] inv_valid_d_i     // valid bits after the invalidation
);

  `CACHE_ASSERT(MatchOneHot, $onehot0(lookup_match_i), "two entries match one lookup")

  `CACHE_ASSERT(NoDuplicate, fill_en_i |-> (fill_overlap_i & fill_valid_d_i & ~fill_way_i) == '0,
    "a fill leaves an entry that it overlaps")

  `CACHE_ASSERT(FilledIsValid, fill_en_i |-> |(fill_valid_d_i & fill_way_i), "a fill is lost")

  `CACHE_ASSERT(CoveredIsGone, inv_en_i |-> (inv_covered_i & inv_valid_d_i) == '0,
    "an invalidated entry stays valid")

endmodule
