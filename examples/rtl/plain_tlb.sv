// A plain TLB as it stands in many designs: it compares a tag, gives the data in the same cycle, takes a write whenever
// one comes, and can only be emptied as a whole. It knows nothing of handshakes, of misses in progress or of what it
// stores.
module plain_tlb #(
  parameter int unsigned Entries = 64,        // entries, 1 to 4,096
  parameter int unsigned TagW    = 1,         // bits of a tag
  parameter int unsigned DataW   = 1          // bits of an entry's data
) (
  input  logic             clk_i,             // clock, rising edge
  input  logic             rst_ni,            // asynchronous reset, active low
  input  logic [TagW-1:0]  tag_i,             // tag to compare
  output logic             hit_o,             // an entry has this tag
  output logic [DataW-1:0] data_o,            // its data
  input  logic             write_i,           // write an entry
  input  logic [TagW-1:0]  write_tag_i,       // its tag
  input  logic [DataW-1:0] write_data_i,      // its data
  input  logic             flush_i            // empty the TLB
);

  if (Entries < 1 || Entries > 4096) $error("Entries is out of range: 1 to 4,096");

  localparam int unsigned IdxW = Entries > 1 ? $clog2(Entries) : 1;

  logic             valid_q[Entries];
  logic [TagW-1:0]  tag_q  [Entries];
  logic [DataW-1:0] data_q [Entries];
  logic [IdxW-1:0]  next_q;  // the entry that the next write takes

  always_comb begin
    hit_o  = 1'b0;
    data_o = '0;
    for (int e = 0; e < int'(Entries); e++) begin
      if (!hit_o && valid_q[e] && tag_q[e] == tag_i) begin
        hit_o  = 1'b1;
        data_o = data_q[e];
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '{default: '0};
      next_q  <= '0;
    end else if (flush_i) begin
      valid_q <= '{default: '0};
    end else if (write_i) begin
      valid_q[next_q] <= 1'b1;
      next_q          <= next_q == IdxW'(Entries - 1) ? '0 : next_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      tag_q[next_q]  <= write_tag_i;
      data_q[next_q] <= write_data_i;
    end
  end

endmodule
