// Replacement policy of one set, combinational: the set's state after a use of a way, and the way to replace next.
//
// The user of the module keeps the state, one bit a way. It has the same bits in the same places as
// tlm/core/replacement.h, so that victims can be compared.
module replacement import translation_cache_pkg::*; #(
  parameter  int unsigned Ways   = 4,                // ways of the set, a power of two
  parameter  int unsigned Policy = ReplaceTreePlru,  // ReplaceTreePlru or ReplaceNru
  localparam int unsigned IdxW   = idx_width(Ways)   // width of a way's index
) (
  input  logic            en_i,     // the outputs are used; without it nothing is computed, to keep simulation fast
  input  logic [Ways-1:0] state_i,  // state of the set
  input  logic [IdxW-1:0] used_i,   // way that is used
  output logic [Ways-1:0] state_o,  // state after this use
  output logic [IdxW-1:0] victim_o  // way to replace, from state_i
);

  if (Ways == 1) begin : gen_direct
    logic unused_inputs;
    assign unused_inputs = ^{en_i, state_i, used_i};
    assign state_o  = '0;
    assign victim_o = '0;
  end else if (Policy == ReplaceTreePlru) begin : gen_tree
    // Bit n is node n of a binary tree in heap order, whose root is node 1; a 1 says that the upper half was used less
    // recently. A use makes every node on the path to its way point to the other half.
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
    // Bit w says that way w was used since all bits were last cleared. A use that would set the last bit clears the
    // others; the victim is the lowest way whose bit is clear.
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
