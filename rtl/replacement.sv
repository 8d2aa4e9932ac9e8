// Which way of a set is replaced, combinational: the state after a way was used, and the way to replace. One bit a way
// is all the state there is, in the places of tlm/core/replacement.h.
module replacement import translation_cache_pkg::*; #(
  parameter  int unsigned Ways = 4,
  parameter  int unsigned Policy = ReplaceTreePlru,
  localparam int unsigned IdxW = Ways > 1 ? $clog2(Ways) : 1
) (
  input  logic            en_i,      // nothing is computed without: simulation speed
  input  logic [Ways-1:0] state_i,
  input  logic [IdxW-1:0] used_i,    // the way that was used
  output logic [Ways-1:0] state_o,   // after its use
  output logic [IdxW-1:0] victim_o   // the way that state_i names
);

  if (Ways == 1) begin : gen_direct
    logic unused_inputs;
    assign unused_inputs = ^{en_i, state_i, used_i};
    assign state_o  = '0;
    assign victim_o = '0;
  end else if (Policy == ReplaceTreePlru) begin : gen_tree
    // Nodes are in heap order from bit 1; a 1 says that the upper half was used less recently. Every node on the path of
    // the way used is made to point away from it.
    always_comb begin
      logic [IdxW-1:0] node;
      state_o = state_i;
      node    = IdxW'(1);
      if (en_i) begin
        for (int level = int'(IdxW) - 1; level >= 0; level--) begin
          state_o[node] = !used_i[level];
          node = IdxW'({node, used_i[level]});
        end
      end
    end

    always_comb begin
      victim_o = IdxW'(1);
      if (en_i) for (int level = 0; level < int'(IdxW); level++) victim_o = IdxW'({victim_o, state_i[victim_o]});
    end
  end else begin : gen_nru
    // A bit says that its way was used since all were.
    always_comb begin
      state_o         = state_i;
      state_o[used_i] = en_i || state_i[used_i];
      if (&state_o) state_o = Ways'(1) << used_i;
    end

    always_comb begin
      victim_o = '0;
      if (en_i) for (int w = int'(Ways) - 1; w >= 0; w--) if (!state_i[w]) victim_o = IdxW'(w);
    end
  end

endmodule
