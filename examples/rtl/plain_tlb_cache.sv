// A plain TLB (plain_tlb.sv) behind the channels of a translation cache: what has to be added so that
// `./vp rtl try examples/rtl/plain_tlb_cache.sv -I examples/rtl` accepts it.
//
// The wrapper is as simple as the contract allows (docs/rtl_cache.md):
// - One miss is in progress at a time; meanwhile every other miss is answered with StatusFull.
// - Of whatever a walk finds, the 4 KB around the address that missed are stored, for one context.
// - Every invalidation empties the TLB and overtakes the walk in progress, whatever it names. So neither leaf sizes nor
//   global entries need to be known.
// - An operation at a time: a lookup takes three cycles, a fill and an invalidation one.
module plain_tlb_cache import translation_cache_pkg::*; #(
  parameter int unsigned Entries = 64            // entries, 1 to 4,096
) (
  input  logic             clk_i,                // clock, rising edge
  input  logic             rst_ni,               // asynchronous reset, active low

  // Lookup.
  input  logic             lookup_valid_i,
  output logic             lookup_ready_o,
  input  key_t             lookup_key_i,
  input  addr_t            lookup_va_i,
  output logic             lookup_commit_o,
  output logic             lookup_rsp_valid_o,
  input  logic             lookup_rsp_ready_i,
  output lookup_rsp_t      lookup_rsp_o,
  output addr_t            lookup_rsp_va_o,
  output addr_t            lookup_rsp_pa_o,
  output attr_t            lookup_rsp_attr_o,

  // Fill.
  input  logic             fill_valid_i,
  output logic             fill_ready_o,
  input  logic [MshrW-1:0] fill_mshr_i,
  input  logic             fill_present_i,
  input  addr_t            fill_va_i,
  input  addr_t            fill_pa_i,
  input  attr_t            fill_attr_i,
  output logic             fill_rsp_valid_o,
  input  logic             fill_rsp_ready_i,
  output fill_rsp_t        fill_rsp_o,

  // Invalidation.
  input  logic             inv_valid_i,
  output logic             inv_ready_o,
  input  inv_t             inv_i,
  input  addr_t            inv_first_i,
  input  addr_t            inv_last_i,
  output logic             inv_done_valid_o,
  input  logic             inv_done_ready_i,
  output inv_count_t       inv_done_entries_o,
  output inv_count_t       inv_done_poisoned_o
);

  localparam int unsigned VpnW = $bits(addr_t) - 12;
  typedef logic [VpnW-1:0] vpn_t;
  typedef struct packed {
    key_t key;
    vpn_t vpn;
  } tag_t;
  typedef struct packed {
    vpn_t  ppn;
    attr_t attr;
  } data_t;

  logic  tlb_hit, fill_stores;
  data_t tlb_data, fill_data, data_q;
  tag_t  tag_q, miss_tag_q;  // of the lookup in progress, and of the miss in progress
  logic  missing_q;          // a fill is owed
  logic  overtaken_q;        // an invalidation came since the miss

  typedef enum logic [1:0] {StIdle, StMatch, StAnswer} state_e;
  state_e      state_q;
  lookup_rsp_t rsp_q;

  // Lookup: it takes effect in StMatch.
  assign lookup_ready_o  = state_q == StIdle;
  assign lookup_commit_o = state_q == StMatch;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (lookup_valid_i) state_q <= StMatch;
        StMatch: state_q <= StAnswer;
        default: if (lookup_rsp_ready_i) state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (lookup_valid_i && lookup_ready_o) tag_q <= '{key: lookup_key_i, vpn: lookup_va_i[63:12]};
    if (lookup_commit_o) begin
      rsp_q  <= '{status: tlb_hit ? StatusHit : missing_q ? StatusFull : StatusMiss, mshr: '0};
      data_q <= tlb_data;
    end
  end

  assign lookup_rsp_valid_o = state_q == StAnswer;
  assign lookup_rsp_o       = rsp_q;
  assign lookup_rsp_va_o    = {tag_q.vpn, 12'b0};
  assign lookup_rsp_pa_o    = {data_q.ppn, 12'b0};
  assign lookup_rsp_attr_o  = data_q.attr;

  // Fill, while no lookup is in progress; an invalidation goes first.
  logic      fill_fire, fill_overtaken, fill_rsp_valid_q;
  fill_rsp_t fill_rsp_q;

  assign fill_ready_o   = state_q == StIdle && !inv_valid_i && (!fill_rsp_valid_q || fill_rsp_ready_i);
  assign fill_fire      = fill_valid_i && fill_ready_o;
  assign fill_overtaken = fill_present_i && overtaken_q;
  assign fill_stores    = fill_fire && fill_present_i && !overtaken_q;

  always_comb begin
    fill_data.ppn  = fill_pa_i[63:12] + (miss_tag_q.vpn - fill_va_i[63:12]);
    fill_data.attr = fill_attr_i;
    fill_data.attr.is_global      = 1'b0;
    fill_data.attr.log2_size      = PageLog2Of4K;
    fill_data.attr.leaf_log2_size = PageLog2Of4K;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fill_rsp_valid_q <= 1'b0;
    else if (fill_fire) fill_rsp_valid_q <= 1'b1;
    else if (fill_rsp_ready_i) fill_rsp_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (fill_fire) fill_rsp_q <= '{dropped: !fill_stores, overtaken: fill_overtaken, default: '0};
  end

  assign fill_rsp_valid_o = fill_rsp_valid_q;
  assign fill_rsp_o       = fill_rsp_q;

  // Invalidation, between two lookups.
  logic inv_fire, done_q;

  assign inv_ready_o = state_q == StIdle && (!done_q || inv_done_ready_i);
  assign inv_fire    = inv_valid_i && inv_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_q      <= 1'b0;
      missing_q   <= 1'b0;
      overtaken_q <= 1'b0;
    end else begin
      if (inv_fire) done_q <= 1'b1;
      else if (inv_done_ready_i) done_q <= 1'b0;

      if (fill_fire) missing_q <= 1'b0;
      if (lookup_commit_o && !tlb_hit && !missing_q) begin
        missing_q   <= 1'b1;
        overtaken_q <= 1'b0;
      end
      if (inv_fire) overtaken_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (lookup_commit_o && !tlb_hit && !missing_q) miss_tag_q <= tag_q;
  end

  assign inv_done_valid_o    = done_q;
  assign inv_done_entries_o  = '0;
  assign inv_done_poisoned_o = '0;

  plain_tlb #(.Entries(Entries), .TagW($bits(tag_t)), .DataW($bits(data_t))) u_tlb (
    .clk_i, .rst_ni,
    .tag_i(tag_q), .hit_o(tlb_hit), .data_o(tlb_data),
    .write_i(fill_stores), .write_tag_i(miss_tag_q), .write_data_i(fill_data),
    .flush_i(inv_fire)
  );

endmodule
