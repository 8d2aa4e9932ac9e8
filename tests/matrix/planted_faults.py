#!/usr/bin/env python3
"""Plants faults of rtl/mutants/mutants.txt in the caches of the platform, and shows what catches each of them there.

usage: planted_faults.py PROGRAM [--seeds N] [--expect MEANS] [FAULT]...   (no FAULT: all)

PROGRAM is smmu-vp-planted. Each fault is in every TLB and ATC of a run, seed after seed until each means of its own has
caught it: lockstep by an answer that differs, monitors by what they see of a run with impl=rtl (what the contract judge
finds there counts as `contract` alone), an assertion of the RTL. Exit status 1 if something has crashed, if without a fault
anything is found, or, with --expect, if a fault is not caught by each of MEANS (such as lockstep,monitor).
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SIZE = ["smmu.tbu.tlb.sets=8", "smmu.tbu.tlb.ways=4", "smmu.tbu.tlb.block_entries=4", "smmu.tbu.tlb.mshrs=4",
        "endpoint.0.atc.entries=32", "endpoint.0.atc.ways=4", "endpoint.0.atc.block_entries=4", "endpoint.0.atc.mshrs=4",
        "smmu.tbu.tlb.rtl=stale_cache", "endpoint.0.atc.rtl=stale_cache"]
SCENARIOS = ("unmap_race", "sva_lifecycle", "pri_storm")
MEANS = ("lockstep", "monitor", "assertion", "contract")
MUTANTS = pathlib.Path(__file__).parents[2] / "rtl/mutants/mutants.txt"


def faults():
    """The names in mutants.txt: the first word of each block of three lines."""
    text = "\n".join(line for line in MUTANTS.read_text().splitlines() if not line.startswith("#"))
    return [block.split()[0] for block in re.split(r"\n{2,}", text.strip())]


def caught(summary):
    """Yields (means, what found it) of a run."""
    if summary["status"] == "error":
        yield "monitor", "expectations"
    for monitor in summary["monitors"]:
        for violation in monitor["violations"]:
            if monitor["name"] != "cache_lockstep":
                yield "monitor", monitor["name"]
            elif "RTL assertion failed" in violation["what"]:
                yield "assertion", re.search(r"RTL assertion failed: (\w+)", violation["what"])[1]
            elif "the contract is broken" in violation["what"]:
                yield "contract", re.search(r"the contract is broken: (\w+)", violation["what"])[1]
            else:
                yield "lockstep", "lockstep"


def run(program, fault, scenario, impl, seed, folder):
    settings = [*SIZE, f"smmu.tbu.tlb.impl={impl}", f"endpoint.0.atc.impl={impl}", f"seed={seed}"]
    command = [program, fault, scenario, folder, *settings]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if ran.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit status {ran.returncode}\n{ran.stderr}")
    return json.loads(pathlib.Path(folder, "summary.json").read_text())


def judge(program, fault, seeds, folder):
    """What caught the fault, by means: {means: {name: the first run that it was found in}}."""
    found = {means: {} for means in MEANS}
    for seed in range(1, seeds + 1):
        for scenario in SCENARIOS:
            for impl, whose in (("lockstep", ("lockstep", "assertion")), ("rtl", ("monitor", "contract", "assertion"))):
                if all(found[means] for means in whose if means != "assertion"):
                    continue
                for means, name in caught(run(program, fault, scenario, impl, seed, folder)):
                    if means in whose:
                        found[means].setdefault(name, f"{scenario} {seed}")
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("program")
    p.add_argument("fault", nargs="*")
    p.add_argument("--seeds", type=int, default=2)
    p.add_argument("--expect", default="")
    o = p.parse_intermixed_args()
    failed = False
    print("| fault | lockstep | monitors alone | assertions | contract |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for fault in o.fault or ["none", *faults()]:
            found = judge(o.program, fault, o.seeds, folder)
            cells = [", ".join(sorted(found[m])) or "–" for m in MEANS]
            cells[0] = next(iter(found["lockstep"].values()), "–")
            print(f"| {fault} | {' | '.join(cells)} |", flush=True)
            missing = [m for m in o.expect.split(",") if m and not found[m]]
            failed |= any(found.values()) if fault == "none" else bool(missing)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
