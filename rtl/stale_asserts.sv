// No hit on, and no fill of, a translation older than an invalidation that covers it. The proof keeps its own books: each
// entry carries the cycle in which the lookup that started its walk committed, whatever the MSHRs say of it, and is
// judged against the last few invalidations accepted. An entry that no fill wrote holds nothing a hit may answer.
// A proof of a few cycles counts them in fewer bits.
`ifndef CYCLE_BITS
`define CYCLE_BITS 64
`endif

module stale_asserts import translation_cache_pkg::*; import assertion_report_pkg::*; #(
  parameter  int unsigned Sets         = 64,
  parameter  int unsigned Ways         = 4,
  parameter  int unsigned BlockEntries = 16,
  parameter  int unsigned Mshrs        = 16,
  localparam int unsigned MshrIdxW     = Mshrs > 1 ? $clog2(Mshrs) : 1,
  localparam int unsigned BlockIdxW    = BlockEntries > 1 ? $clog2(BlockEntries) : 1,
  localparam int unsigned Remembered   = 4
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             alloc_i,
  input logic [MshrW-1:0] alloc_mshr_i,
  input logic             fill_i,          // accepted and not dropped
  input logic [MshrW-1:0] fill_mshr_i,
  input logic             fill_block_i,
  input logic [SetW-1:0]  fill_set_i,
  input logic [WayW-1:0]  fill_way_i,
  input key_t             fill_key_i,
  input addr_t            fill_va_i,
  input attr_t            fill_attr_i,
  input logic             hit_i,
  input logic             hit_block_i,
  input logic [SetW-1:0]  hit_set_i,
  input logic [WayW-1:0]  hit_way_i,
  input key_t             hit_key_i,
  input addr_t            hit_va_i,
  input attr_t            hit_attr_i,
  input logic             inv_accept_i,
  input inv_t             inv_i,
  input addr_t            inv_first_i,
  input addr_t            inv_last_i
);

  typedef logic [`CYCLE_BITS-1:0] cycle_t;

  cycle_t now_q;
  cycle_t born_mshr_q [Mshrs];
  cycle_t born_page_q [Sets * Ways];
  cycle_t born_block_q[BlockEntries];
  logic   written_page_q [Sets * Ways];
  logic   written_block_q[BlockEntries];

  logic [1:0] next_q;
  logic       seen_q [Remembered];
  inv_t       inv_q  [Remembered];
  addr_t      first_q[Remembered];
  addr_t      last_q [Remembered];
  cycle_t     when_q [Remembered];

  localparam int unsigned PageIdxW = Sets * Ways > 1 ? $clog2(Sets * Ways) : 1;
  logic [PageIdxW-1:0] hit_page, fill_page;
  assign hit_page  = PageIdxW'(32'(hit_set_i) * Ways + 32'(hit_way_i));
  assign fill_page = PageIdxW'(32'(fill_set_i) * Ways + 32'(fill_way_i));

  cycle_t hit_born, fill_born;
  logic   hit_written, stale_hit, stale_fill;

  assign fill_born = born_mshr_q[MshrIdxW'(fill_mshr_i)];
  assign hit_born  = hit_block_i ? born_block_q[BlockIdxW'(hit_way_i)]
                               : born_page_q[hit_page];
  assign hit_written = hit_block_i ? written_block_q[BlockIdxW'(hit_way_i)] : written_page_q[hit_page];

  // A lookup commits before an invalidation accepted in the same cycle: born then is too old.
  always_comb begin
    stale_hit  = 1'b0;
    stale_fill = 1'b0;
    for (int k = 0; k < int'(Remembered); k++) begin
      if (hit_i && seen_q[k] && hit_born <= when_q[k]) begin
        if (covers(inv_q[k], first_q[k], last_q[k], hit_key_i, hit_va_i, hit_attr_i)) stale_hit = 1'b1;
      end
      if (fill_i && seen_q[k] && fill_born <= when_q[k]) begin
        if (covers(inv_q[k], first_q[k], last_q[k], fill_key_i, fill_va_i, fill_attr_i)) stale_fill = 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q  <= '0;
      next_q <= '0;
      seen_q <= '{default: '0};
      written_page_q  <= '{default: '0};
      written_block_q <= '{default: '0};
    end else begin
      if (fill_i && fill_block_i) written_block_q[BlockIdxW'(fill_way_i)] <= 1'b1;
      if (fill_i && !fill_block_i) written_page_q[fill_page] <= 1'b1;
      now_q <= now_q + cycle_t'(1);
      if (inv_accept_i) begin
        next_q         <= next_q + 2'd1;
        seen_q[next_q] <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (inv_accept_i) begin
      inv_q[next_q]   <= inv_i;
      first_q[next_q] <= inv_first_i;
      last_q[next_q]  <= inv_last_i;
      when_q[next_q]  <= now_q;
    end
    if (alloc_i) born_mshr_q[MshrIdxW'(alloc_mshr_i)] <= now_q;
    if (fill_i && fill_block_i) born_block_q[BlockIdxW'(fill_way_i)] <= fill_born;
    if (fill_i && !fill_block_i) born_page_q[fill_page] <= fill_born;
  end

  HitIsWritten: assert property (@(posedge clk_i) disable iff (!rst_ni) hit_i |-> hit_written)
    else smmu_vp_rtl_assertion_failed("HitIsWritten: a hit on an entry that holds nothing since reset");

  NoStaleHit: assert property (@(posedge clk_i) disable iff (!rst_ni) !stale_hit)
    else smmu_vp_rtl_assertion_failed("NoStaleHit: a hit on what an earlier invalidation covers");

  NoStaleFill: assert property (@(posedge clk_i) disable iff (!rst_ni) !stale_fill)
    else smmu_vp_rtl_assertion_failed("NoStaleFill: a walk that an invalidation overtook was cached");

endmodule
