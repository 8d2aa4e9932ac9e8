#!/usr/bin/env bash
# Proves the assertions of the RTL, the very ones that simulation checks, for one small configuration and a bounded number
# of cycles: Verilator elaborates and flattens, verilog_view.py writes plain Verilog, Yosys makes SMT-LIB of it, and z3
# looks for a trace in which one fails. The environment is environment.sv; registers power up as zeros.
#
# usage: prove.sh WORK_DIR CYCLES VERILATOR_ARGUMENT...
set -euo pipefail
formal="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$1" cycles="$2"
shift 2
mkdir -p "$work"
cd "$work"

verilator --xml-only --flatten --assert -Wno-lint -DCYCLE_BITS=6 --top translation_cache --xml-output design.xml "$@"
python3 "$formal/verilog_view.py" design.xml > design.v
yosys -q -p "
  read_verilog -sv -formal design.v $formal/environment.sv
  prep -top environment -flatten
  memory_map
  zinit -all
  setundef -anyseq -undriven
  opt -full
  opt -full
  dffunmap
  opt_clean -purge
  write_smt2 -nomem proof.smt2"
yosys-smtbmc -s z3 --unroll --noprogress -t "$cycles" -m environment proof.smt2
