// Assertions against stale translations: no hit on, and no fill of, a translation whose walk is older than an
// invalidation that covers it; and no hit on an entry that no fill has written.
//
// They trust nothing that the cache records of its misses. Each MSHR and each entry has a bit for each invalidation
// that is remembered: the lookup that started its walk took effect before this invalidation. They can be bound to any
// cache with the channels of translation_cache (translation_cache_bind.sv, simple_cache/simple_cache_bind.sv).
`include "assertions.svh"

module stale_asserts import translation_cache_pkg::*; #(
  parameter  int unsigned Sets         = 64,                      // sets of the page bank
  parameter  int unsigned Ways         = 4,                       // ways of the page bank
  parameter  int unsigned BlockEntries = 16,                      // entries of the block bank
  parameter  int unsigned Mshrs        = 16,                      // number of MSHRs
  localparam int unsigned PageIdxW     = idx_width(Sets * Ways),  // width of a page entry's index
  localparam int unsigned BlockIdxW    = idx_width(BlockEntries), // width of a block entry's index
  localparam int unsigned MshrIdxW     = idx_width(Mshrs)         // width of an MSHR's index
) (
  input logic             clk_i,         // clock, rising edge
  input logic             rst_ni,        // asynchronous reset, active low
  // A miss takes effect and allocates an MSHR
  input logic             alloc_i,       // in this cycle
  input logic [MshrW-1:0] alloc_mshr_i,  // the MSHR
  // A fill takes effect and is cached
  input logic             fill_i,        // in this cycle
  input logic [MshrW-1:0] fill_mshr_i,   // its MSHR
  input logic             fill_block_i,  // it is written to the block bank, else to the page bank
  input logic [SetW-1:0]  fill_set_i,    // set of the page bank
  input logic [WayW-1:0]  fill_way_i,    // way of the set, or entry of the block bank
  input key_t             fill_key_i,    // context of the translation
  input addr_t            fill_va_i,     // its VA
  input attr_t            fill_attr_i,   // its attributes
  // A lookup takes effect and hits
  input logic             hit_i,         // in this cycle
  input logic             hit_block_i,   // an entry of the block bank, else of the page bank
  input logic [SetW-1:0]  hit_set_i,     // set of the page bank
  input logic [WayW-1:0]  hit_way_i,     // way of the set, or entry of the block bank
  input key_t             hit_key_i,     // context of the entry
  input addr_t            hit_va_i,      // its VA
  input attr_t            hit_attr_i,    // its attributes
  // An invalidation is accepted
  input logic             inv_accept_i,  // in this cycle
  input inv_t             inv_i,         // what is invalidated
  input addr_t            inv_first_i,   // first byte of its VA range, with ScopeVa
  input addr_t            inv_last_i     // last byte of its VA range, with ScopeVa
);

  // Simulation remembers the last four invalidations. The proof remembers one that it picks freely: what holds for
  // whichever is picked holds for all.
`ifdef PROOF
  localparam int unsigned Remembered = 1;
  logic picked;
  assign picked = environment.pick_i;
`else
  localparam int unsigned Remembered = 4;
  localparam logic picked = 1'b1;
`endif
  localparam int unsigned RememberedW = idx_width(Remembered);

  // The invalidations, in a ring.
  logic [RememberedW-1:0] next_q;
  logic                   seen_q [Remembered];
  inv_t                   inv_q  [Remembered];
  addr_t                  first_q[Remembered];
  addr_t                  last_q [Remembered];

  // For each of them, the MSHRs and entries whose walk is older; and the entries that were written since reset. The
  // entries of the page bank are numbered through, set after set.
  logic [Mshrs-1:0]        old_mshr_q [Remembered];
  logic [Sets*Ways-1:0]    old_page_q [Remembered];
  logic [BlockEntries-1:0] old_block_q[Remembered];
  logic                    written_page_q [Sets * Ways];
  logic                    written_block_q[BlockEntries];

  logic [PageIdxW-1:0]  hit_page, fill_page;
  logic [BlockIdxW-1:0] hit_block, fill_block;
  logic [MshrIdxW-1:0]  alloc_mshr, fill_mshr;
  assign hit_page   = PageIdxW'(hit_set_i) * PageIdxW'(Ways) + PageIdxW'(hit_way_i);
  assign fill_page  = PageIdxW'(fill_set_i) * PageIdxW'(Ways) + PageIdxW'(fill_way_i);
  assign hit_block  = BlockIdxW'(hit_way_i);
  assign fill_block = BlockIdxW'(fill_way_i);
  assign alloc_mshr = MshrIdxW'(alloc_mshr_i);
  assign fill_mshr  = MshrIdxW'(fill_mshr_i);

  logic hit_written, stale_hit, stale_fill;
  assign hit_written = hit_block_i ? written_block_q[hit_block] : written_page_q[hit_page];

  always_comb begin
    stale_hit  = 1'b0;
    stale_fill = 1'b0;
    for (int k = 0; k < int'(Remembered); k++) begin
      if (hit_i && seen_q[k] && (hit_block_i ? old_block_q[k][hit_block] : old_page_q[k][hit_page])) begin
        if (covers(inv_q[k], first_q[k], last_q[k], hit_key_i, hit_va_i, hit_attr_i)) stale_hit = 1'b1;
      end
      if (fill_i && seen_q[k] && old_mshr_q[k][fill_mshr]) begin
        if (covers(inv_q[k], first_q[k], last_q[k], fill_key_i, fill_va_i, fill_attr_i)) stale_fill = 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      next_q          <= '0;
      seen_q          <= '{default: '0};
      written_page_q  <= '{default: '0};
      written_block_q <= '{default: '0};
    end else begin
      if (fill_i && fill_block_i) written_block_q[fill_block] <= 1'b1;
      if (fill_i && !fill_block_i) written_page_q[fill_page] <= 1'b1;
      if (inv_accept_i && picked) begin
        next_q         <= next_q == RememberedW'(Remembered - 1) ? '0 : next_q + 1'b1;
        seen_q[next_q] <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int k = 0; k < int'(Remembered); k++) begin
      if (alloc_i) old_mshr_q[k][alloc_mshr] <= 1'b0;
      if (fill_i && fill_block_i) old_block_q[k][fill_block] <= old_mshr_q[k][fill_mshr];
      if (fill_i && !fill_block_i) old_page_q[k][fill_page] <= old_mshr_q[k][fill_mshr];
    end
    // In one cycle a lookup takes effect before an invalidation, so a walk that starts in this cycle is older than it.
    if (inv_accept_i && picked) begin
      inv_q[next_q]       <= inv_i;
      first_q[next_q]     <= inv_first_i;
      last_q[next_q]      <= inv_last_i;
      old_mshr_q[next_q]  <= '1;
      old_page_q[next_q]  <= '1;
      old_block_q[next_q] <= '1;
    end
  end

  `CACHE_ASSERT(HitIsWritten, hit_i |-> hit_written, "a hit on an entry that holds nothing since reset")

  `CACHE_ASSERT(NoStaleHit, !stale_hit, "a hit on what an earlier invalidation covers")

  `CACHE_ASSERT(NoStaleFill, !stale_fill, "a walk that an invalidation overtook was cached")

endmodule
