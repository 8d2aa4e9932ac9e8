// Tree pseudo-LRU, combinational: the tree after a way was used, and the way to replace. Nodes are in heap order from
// bit 1; a 1 says that the upper half was used less recently.
module tree_plru #(
  parameter  int unsigned Ways = 4,
  localparam int unsigned IdxW = Ways > 1 ? $clog2(Ways) : 1
) (
  input  logic            en_i,      // nothing is computed without: simulation speed
  input  logic [Ways-1:0] tree_i,
  input  logic [IdxW-1:0] used_i,    // the way that was used
  output logic [Ways-1:0] tree_o,    // every node on its path points away from it
  output logic [IdxW-1:0] victim_o   // the way tree_i points at
);

  if (Ways == 1) begin : gen_direct
    logic unused_inputs;
    assign unused_inputs = ^{en_i, tree_i, used_i};
    assign tree_o   = '0;
    assign victim_o = '0;
  end else begin : gen_tree
    always_comb begin
      logic [IdxW-1:0] node;
      tree_o = tree_i;
      node   = IdxW'(1);
      if (en_i) begin
        for (int level = int'(IdxW) - 1; level >= 0; level--) begin
          tree_o[node] = !used_i[level];
          node = IdxW'({node, used_i[level]});
        end
      end
    end

    always_comb begin
      victim_o = IdxW'(1);
      if (en_i) for (int level = 0; level < int'(IdxW); level++) victim_o = IdxW'({victim_o, tree_i[victim_o]});
    end
  end

endmodule
