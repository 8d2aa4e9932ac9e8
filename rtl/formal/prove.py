#!/usr/bin/env python3
"""Proves every assertion of the RTL, the same ones that simulation checks, for all time and all traffic.

Base case: no property fails within FRAMES cycles of power-up, for any power-up values of the registers; and all
reachable cover points are reached, so that the proof is not vacuous. Step: no property fails after INDUCTION cycles
in which all hold, for any values of the registers.

--fault plants a fault of mutants.txt, and then an assertion of the RTL must fail in the base case. The invariants are
left out: a fault that only makes an invariant fail does not count as found.

Verilator elaborates the cache in its environment, verilog_view.py writes it as plain Verilog, Yosys turns that into
AIGER for ABC (base case) and SMT-LIB for z3 (step).
"""
import argparse
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mutants"))
import plant  # noqa: E402: in this folder, not installed

INDUCTION = 2  # cycles
FRAMES = 10    # cycles of the base case; the first two are reset
UNREACHED = {"InvProbes"}  # cover points beyond small configurations: up to three sets are always walked

# A warning of Yosys is an error, and so is a wire that nothing drives. An index that is out of range reads any value.
PREPARE = ("read_verilog -sv -formal design.v; prep -top design; check -assert; memory_map; opt -full; dffunmap; "
           "setundef -anyseq; opt_clean -purge; ")
AIGER = PREPARE + ("chformal -assert -remove; techmap; setundef -anyseq; aigmap; opt_clean -purge; "
                   "write_aiger -zinit proof.aig")
SMT = PREPARE + "write_smt2 -nomem proof.smt2"


class Proof:
    """One design, prepared for the engines, and their results."""

    def __init__(self, options):
        self.work = options.work
        self.work.mkdir(parents=True, exist_ok=True)
        changes = list(plant.read(HERE / "narrow.txt")) if options.narrow else []
        if options.fault:
            changes.append(next(f for f in plant.read(HERE.parent / "mutants/mutants.txt") if f[0] == options.fault))
        sources = [*options.sources, HERE / "environment.sv", HERE / "invariants.sv"]
        if options.fault:
            sources = [s for s in sources if s.name != "invariants.sv" and not s.name.startswith("cache_covers")]
        sources = [self.copy(s, changes) for s in sources]
        sizes = zip(("Sets", "Ways", "BlockEntries", "Mshrs"), options.size.split("x"), strict=True)
        self.run("verilator", "--xml-only", "--flatten", "--assert", "-Wno-lint", "-DPROOF", "-DCACHE_TOP=translation_cache",
                 f"-I{HERE.parent}",
                 f"-I{HERE}", "--top", "environment", "--xml-output", "design.xml", *(f"-G{n}={v}" for n, v in sizes),
                 *sources)
        view = self.run(sys.executable, HERE / "verilog_view.py", "design.xml")
        (self.work / "design.v").write_text(view)
        self.run("yosys", "-q", "-e", ".*", "-p", AIGER)
        # Yosys and ABC number the properties; each is (kind, name).
        self.properties = [tuple(p.split("_")[:2]) for p in re.findall(r"^output reg (\w+);", view, re.M)]
        for source in sources:  # Verilator drops MergeOneHot, which is trivially true with one MSHR
            for name in re.findall(r"^ *`CACHE_ASSERT\((\w+),", source.read_text(), re.M):
                by_construction = name == "MergeOneHot" and options.size.endswith("x1")
                if ("assert", name) not in self.properties and not by_construction:
                    sys.exit(f"not proved: the assertion {name} is not in the design")

    def copy(self, source, changes):
        """Writes a changed copy of the source; by its bare name Verilator would find the original."""
        text = source.read_text()
        for name, file, marked, changed in changes:
            if file == source.name:
                begin, original = plant.place(text, name, marked)
                text = text[:begin] + changed + text[begin + len(original):]
        (self.work / source.name).write_text(text)
        return (self.work / source.name).resolve()

    def run(self, *command, may_fail=False):
        done = subprocess.run([str(c) for c in command], cwd=self.work, text=True, stdout=subprocess.PIPE)
        if done.returncode and not may_fail:
            sys.exit(f"not proved: {command[0]} failed\n{done.stdout}")
        return done.stdout

    def reached(self, kind):
        """The properties of this kind that fail, or are reached, in the base case: {name: the first cycle}."""
        chosen = [(i, name) for i, (kind_, name) in enumerate(self.properties) if kind_ == kind]
        script = ["read proof.aig", "fold", "strash", "write_aiger folded.aig"]
        for i, _ in chosen:
            script += ["read folded.aig", f"cone -s -O {i}", f"bmc3 -F {FRAMES}"]
        log = self.run("berkeley-abc", "-c", "; ".join(script))
        cycles = re.findall(rf"was asserted in frame +(\d+)|No output asserted in {FRAMES} frames", log)
        if len(cycles) != len(chosen):
            sys.exit(f"not proved: ABC gave {len(cycles)} answers for {len(chosen)} properties\n{log}")
        first = {}
        for (_, name), cycle in zip(chosen, cycles):
            if cycle:
                first[name] = min(int(cycle), first.get(name, FRAMES))
        return first

    def first_to_fail(self):
        """The first property that fails in the base case, and the cycle; or None."""
        log = self.run("berkeley-abc", "-c", f"read proof.aig; fold; strash; bmc3 -F {FRAMES}")
        found = re.search(r"Output (\d+) of miter .* was asserted in frame +(\d+)", log)
        return found and (self.properties[int(found[1])][1], found[2])

    def unproved(self):
        """The properties for which the step fails."""
        self.run("yosys", "-q", "-e", ".*", "-p", SMT)
        log = self.run("yosys-smtbmc", "-s", "z3", "--unroll", "--noprogress", "-i", "-t", INDUCTION, "-m", "design",
                       "proof.smt2", may_fail=True)
        if "Status: PASSED" in log:
            return []
        return re.findall(r"Assert failed in design: check_[a-z]+_(\w+)_\d+", log) or sys.exit(f"not proved:\n{log}")


def judge(proof, options):
    """Why the proof fails; None if it succeeds."""
    if options.fault:
        found = proof.first_to_fail()
        if not found:
            return f"the fault {options.fault} fails no assertion within {FRAMES} cycles"
        print(f"{options.fault}: {found[0]} fails in cycle {found[1]}")
        return None
    wrong = proof.reached("assert")
    if wrong:
        return "wrong: " + ", ".join(f"{name} fails in cycle {frame}" for name, frame in wrong.items())

    covers = {name for kind, name in proof.properties if kind == "cover"}
    missing = sorted(covers - set(proof.reached("cover")))
    print(f"{len(covers) - len(missing)} of {len(covers)} cover points are reached; missing: {', '.join(missing)}")
    if not covers or set(missing) - UNREACHED:
        return f"vacuous: cover points are not reached within {FRAMES} cycles"

    open_ = [*proof.reached("helper"), *proof.unproved()]
    return "not proved: " + ", ".join(open_) if open_ else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--narrow", action="store_true", help="narrow addresses and identifiers (narrow.txt)")
    parser.add_argument("--fault", help="a fault of mutants.txt that must be found")
    parser.add_argument("size", help="SETSxWAYSxBLOCK_ENTRIESxMSHRS")
    parser.add_argument("work", type=pathlib.Path, help="directory for what is generated")
    parser.add_argument("sources", type=pathlib.Path, nargs="+", help="the RTL, its assertions and cover points")
    options = parser.parse_args()
    proof = Proof(options)
    matter = judge(proof, options)
    if matter:
        sys.exit(matter)
    if options.fault:
        return
    assertions = {name for kind, name in proof.properties if kind == "assert"}
    assumptions = [name for kind, name in proof.properties if kind == "assume"]
    print(f"{len(assertions)} assertions are proved")
    print(f"assumed: {', '.join(assumptions)}")


if __name__ == "__main__":
    main()
