// Number of the planted fault of mutants.txt, 0 for none. The testbench is asked once, when a model is made.
package mutant_pkg;
  import "DPI-C" function int smmu_vp_planted_mutant();
  int planted = smmu_vp_planted_mutant();
endpackage
