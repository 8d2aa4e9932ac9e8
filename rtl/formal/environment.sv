// What the proof assumes of the cache's user: two cycles of reset, requests as the adapter makes them. Everything else,
// when requests come and when answers are taken, is free.
module environment (input logic clk_i);

  (* anyseq *) logic lookup_valid, lookup_rsp_ready, fill_valid, fill_rsp_ready, fill_present, inv_valid, inv_done_ready;

  // Keys: two worlds, granules of 4 and 16 KB, two VMIDs, two contexts. Addresses: eight pages of 4 KB.
  (* anyseq *) logic       world, granule, vmid, ctx;
  (* anyseq *) logic [2:0] lookup_page, fill_page, first_page, last_page;
  wire [40:0] lookup_key  = {1'b0, world, 1'b0, granule, 15'd0, vmid, 20'd0, ctx};
  wire [63:0] lookup_va   = {49'd0, lookup_page, 12'd0};

  // Fills: of 4 to 32 KB, fragments of leaves of 4 to 32 KB, global or not.
  (* anyseq *) logic [5:0] fill_mshr;
  (* anyseq *) logic       fill_global;
  (* anyseq *) logic [1:0] size, leaf;
  wire [28:0] fill_attr   = {fill_global, 16'd0, 6'd12 + 6'(size), 6'd12 + 6'(leaf)};
  wire [63:0] fill_va     = {49'd0, fill_page, 12'd0};

  // Invalidations: every scope, any world, any context, ranges of pages.
  (* anyseq *) logic [1:0] inv_scope;
  (* anyseq *) logic       inv_world, inv_any_world, inv_vmid, inv_ctx, inv_any_ctx;
  wire [42:0] inv         = {inv_scope, 1'b0, inv_world, inv_any_world, 15'd0, inv_vmid, 20'd0, inv_ctx, inv_any_ctx};
  wire [63:0] inv_first   = {49'd0, first_page, 12'd0};
  wire [63:0] inv_last    = {49'd0, last_page, 12'hFFF};

  logic [1:0] cycle_q;
  logic       rst_n;
  initial cycle_q = '0;
  always @(posedge clk_i) if (!cycle_q[1]) cycle_q <= cycle_q + 2'd1;
  assign rst_n = cycle_q[1];

  always @* begin
    if (!rst_n) assume (!lookup_valid && !fill_valid && !inv_valid);
    assume (size <= leaf);
    assume ((fill_page & ((3'd1 << size) - 3'd1)) == 3'd0);
    assume (first_page <= last_page);
  end

  design u_design (
    .clk_i(clk_i), .rst_ni(rst_n),
    .lookup_valid_i(lookup_valid), .lookup_key_i(lookup_key), .lookup_va_i(lookup_va),
    .lookup_rsp_ready_i(lookup_rsp_ready),
    .fill_valid_i(fill_valid), .fill_mshr_i(fill_mshr), .fill_present_i(fill_present), .fill_va_i(fill_va),
    .fill_pa_i(64'd0), .fill_attr_i(fill_attr), .fill_rsp_ready_i(fill_rsp_ready),
    .inv_valid_i(inv_valid), .inv_i(inv), .inv_first_i(inv_first), .inv_last_i(inv_last),
    .inv_done_ready_i(inv_done_ready),
    .debug_block_i(1'b0), .debug_set_i(10'd0), .debug_way_i(6'd0)
  );

endmodule
