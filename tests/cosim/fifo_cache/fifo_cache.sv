// A translation cache that keeps the contract of rtl/ and is organised in no way like it: one fully associative array of
// any number of entries, replaced first in, first out. Tests plant faults in it (faults.txt) that the contract checker
// has to name.
//
// It does what the contract allows and translation_cache does not: a lookup takes several cycles; misses within 64 KB
// share an MSHR; an invalidation by VA drops the entries of every context of its VMID; one that is not by VA overtakes
// every walk of its world and VMID; it counts no entries; it has no debug port.
module fifo_cache import translation_cache_pkg::*; #(
  parameter int unsigned Entries      = 12,      // entries, 1 to 4,096
  parameter int unsigned Misses       = 3,       // misses in progress, 1 to 64
  parameter int unsigned LookupCycles = 3        // cycles from acceptance to effect, 1 to 15
) (
  input  logic             clk_i,                // clock, rising edge
  input  logic             rst_ni,               // asynchronous reset, active low

  input  logic             lookup_valid_i,       // lookup: request
  output logic             lookup_ready_o,
  input  key_t             lookup_key_i,
  input  addr_t            lookup_va_i,
  output logic             lookup_commit_o,      // it takes effect
  output logic             lookup_rsp_valid_o,   // lookup: answer
  input  logic             lookup_rsp_ready_i,
  output lookup_rsp_t      lookup_rsp_o,
  output addr_t            lookup_rsp_va_o,
  output addr_t            lookup_rsp_pa_o,
  output attr_t            lookup_rsp_attr_o,

  input  logic             fill_valid_i,         // fill: request
  output logic             fill_ready_o,
  input  logic [MshrW-1:0] fill_mshr_i,
  input  logic             fill_present_i,
  input  addr_t            fill_va_i,
  input  addr_t            fill_pa_i,
  input  attr_t            fill_attr_i,
  output logic             fill_rsp_valid_o,     // fill: answer
  input  logic             fill_rsp_ready_i,
  output fill_rsp_t        fill_rsp_o,

  input  logic             inv_valid_i,          // invalidation: request
  output logic             inv_ready_o,
  input  inv_t             inv_i,
  input  addr_t            inv_first_i,
  input  addr_t            inv_last_i,
  output logic             inv_done_valid_o,     // invalidation: answer
  input  logic             inv_done_ready_i,
  output inv_count_t       inv_done_entries_o,
  output inv_count_t       inv_done_poisoned_o
);

  if (Entries < 1 || Entries > 4096) $error("Entries is out of range: 1 to 4,096");
  if (Misses < 1 || Misses > 64) $error("Misses is out of range: 1 to 64");
  if (LookupCycles < 1 || LookupCycles > 15) $error("LookupCycles is out of range: 1 to 15");

  localparam int unsigned EntryW = idx_width(Entries);
  localparam int unsigned MissW  = idx_width(Misses);
  localparam log2_t       RegionLog2 = 16;  // misses within a region of this size share an MSHR

  typedef logic [EntryW-1:0] entry_idx_t;
  typedef logic [MissW-1:0]  miss_idx_t;

  logic       valid_q[Entries];
  key_t       key_q  [Entries];
  addr_t      va_q   [Entries];
  addr_t      pa_q   [Entries];
  attr_t      attr_q [Entries];
  entry_idx_t next_q;  // the entry that the next fill takes

  // Misses in progress. Each remembers the hull of the VA ranges that were invalidated since, in whichever context.
  logic  pending_q   [Misses];
  key_t  miss_key_q  [Misses];
  addr_t miss_va_q   [Misses];
  logic  overtaken_q [Misses];
  addr_t hull_first_q[Misses];
  addr_t hull_last_q [Misses];

  // Lookup.
  typedef enum logic [1:0] {StIdle, StRead, StAnswer} state_e;
  state_e      state_q;
  logic [3:0]  cycles_q;
  key_t        look_key_q;
  addr_t       look_va_q;
  logic        hit, merges, found_free, allocate;
  entry_idx_t  hit_idx;
  miss_idx_t   merge_idx, free_idx, miss_idx;
  lookup_rsp_t rsp_q;
  addr_t       rsp_va_q, rsp_pa_q;
  attr_t       rsp_attr_q;

  // Invalidation.
  logic inv_fire, done_q;
  logic covered[Entries];

  assign lookup_ready_o  = state_q == StIdle && !inv_fire;
  assign lookup_commit_o = state_q == StRead && cycles_q == 4'd1;

  always_comb begin
    hit     = 1'b0;
    hit_idx = '0;
    for (int e = int'(Entries) - 1; e >= 0; e--) begin
      if (valid_q[e]
          && key_q[e].world == look_key_q.world
          && key_q[e].vmid == look_key_q.vmid
          && key_q[e].granule == look_key_q.granule
          && (attr_q[e].is_global || key_q[e].ctx == look_key_q.ctx)
          && same_region(va_q[e], look_va_q, attr_q[e].log2_size)) begin
        hit     = 1'b1;
        hit_idx = entry_idx_t'(e);
      end
    end
  end

  always_comb begin
    merges     = 1'b0;
    merge_idx  = '0;
    found_free = 1'b0;
    free_idx   = '0;
    for (int m = int'(Misses) - 1; m >= 0; m--) begin
      if (pending_q[m] && miss_key_q[m] == look_key_q && same_region(miss_va_q[m], look_va_q, RegionLog2)) begin
        merges    = 1'b1;
        merge_idx = miss_idx_t'(m);
      end
      if (!pending_q[m]) begin
        found_free = 1'b1;
        free_idx   = miss_idx_t'(m);
      end
    end
  end

  assign miss_idx = merges ? merge_idx : free_idx;
  assign allocate = lookup_commit_o && !hit && !merges && found_free;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (lookup_valid_i && lookup_ready_o) state_q <= StRead;
        StRead:  if (lookup_commit_o) state_q <= StAnswer;
        default: if (lookup_rsp_ready_i) state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    cycles_q <= state_q == StIdle ? 4'(LookupCycles) : cycles_q - 4'd1;
    if (lookup_valid_i && lookup_ready_o) begin
      look_key_q <= lookup_key_i;
      look_va_q  <= lookup_va_i;
    end
    if (lookup_commit_o) begin
      rsp_q      <= '{status: hit ? StatusHit : merges ? StatusMerged : found_free ? StatusMiss : StatusFull,
                      mshr: MshrW'(miss_idx)};
      rsp_va_q   <= va_q[hit_idx];
      rsp_pa_q   <= pa_q[hit_idx];
      rsp_attr_q <= attr_q[hit_idx];
    end
  end

  assign lookup_rsp_valid_o = state_q == StAnswer;
  assign lookup_rsp_o       = rsp_q;
  assign lookup_rsp_va_o    = rsp_va_q;
  assign lookup_rsp_pa_o    = rsp_pa_q;
  assign lookup_rsp_attr_o  = rsp_attr_q;

  // Fill.
  logic      fill_fire, fill_overtaken, fill_stores, fill_rsp_valid_q;
  miss_idx_t fill_idx;
  fill_rsp_t fill_rsp_q;

  assign fill_ready_o = !inv_fire && (!fill_rsp_valid_q || fill_rsp_ready_i);
  assign fill_fire    = fill_valid_i && fill_ready_o;
  assign fill_idx     = miss_idx_t'(fill_mshr_i);
  assign fill_overtaken = fill_present_i
                       && (overtaken_q[fill_idx]
                           || overlaps(fill_va_i, fill_attr_i.leaf_log2_size, hull_first_q[fill_idx], hull_last_q[fill_idx]));
  assign fill_stores  = fill_present_i && !fill_overtaken;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fill_rsp_valid_q <= 1'b0;
      next_q           <= '0;
    end else begin
      if (fill_fire) fill_rsp_valid_q <= 1'b1;
      else if (fill_rsp_ready_i) fill_rsp_valid_q <= 1'b0;
      if (fill_fire && fill_stores) next_q <= next_q == entry_idx_t'(Entries - 1) ? '0 : next_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fill_fire) fill_rsp_q <= '{dropped: !fill_stores, overtaken: fill_overtaken, default: '0};
    if (fill_fire && fill_stores) begin
      key_q[next_q]  <= miss_key_q[fill_idx];
      va_q[next_q]   <= fill_va_i;
      pa_q[next_q]   <= fill_pa_i;
      attr_q[next_q] <= fill_attr_i;
    end
  end

  assign fill_rsp_valid_o = fill_rsp_valid_q;
  assign fill_rsp_o       = fill_rsp_q;

  // Invalidation, between two lookups: all entries are compared at once.
  assign inv_ready_o = state_q == StIdle && !done_q;
  assign inv_fire    = inv_valid_i && inv_ready_o;

  always_comb begin
    for (int e = 0; e < int'(Entries); e++) begin
      covered[e] = (inv_i.any_world || key_q[e].world == inv_i.world)
                && (inv_i.scope == ScopeAll || key_q[e].vmid == inv_i.vmid)
                && (inv_i.scope != ScopeContext
                    || ((inv_i.any_ctx || key_q[e].ctx == inv_i.ctx) && !attr_q[e].is_global))
                && (inv_i.scope != ScopeVa
                    || overlaps(va_q[e], attr_q[e].leaf_log2_size, inv_first_i, inv_last_i));
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '{default: '0};
    end else begin
      for (int e = 0; e < int'(Entries); e++) begin
        if (inv_fire && covered[e]) valid_q[e] <= 1'b0;
      end
      if (fill_fire && fill_stores) valid_q[next_q] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= 1'b0;
    else if (inv_fire) done_q <= 1'b1;
    else if (inv_done_ready_i) done_q <= 1'b0;
  end

  assign inv_done_valid_o    = done_q;
  assign inv_done_entries_o  = '0;
  assign inv_done_poisoned_o = '0;

  // Misses: allocated by a lookup, overtaken by invalidations, freed by their fill.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q <= '{default: '0};
    end else begin
      if (fill_fire) pending_q[fill_idx] <= 1'b0;
      if (allocate) pending_q[miss_idx] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (allocate) begin
      miss_key_q[miss_idx]   <= look_key_q;
      miss_va_q[miss_idx]    <= look_va_q;
      overtaken_q[miss_idx]  <= 1'b0;
      hull_first_q[miss_idx] <= '1;
      hull_last_q[miss_idx]  <= '0;
    end
    for (int m = 0; m < int'(Misses); m++) begin
      if (inv_fire && (inv_i.any_world || inv_i.world == miss_key_q[m].world)
          && (inv_i.scope == ScopeAll || inv_i.vmid == miss_key_q[m].vmid)) begin
        if (inv_i.scope != ScopeVa) overtaken_q[m] <= 1'b1;
        else begin
          if (inv_first_i < hull_first_q[m]) hull_first_q[m] <= inv_first_i;
          if (inv_last_i > hull_last_q[m]) hull_last_q[m] <= inv_last_i;
        end
      end
    end
  end

endmodule
