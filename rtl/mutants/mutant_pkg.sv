// Which of the faults in mutants.txt is planted, 0 for none; asked of the testbench once, when a model is made.
package mutant_pkg;
  import "DPI-C" function int smmu_vp_planted_mutant();
  int planted = smmu_vp_planted_mutant();
endpackage
