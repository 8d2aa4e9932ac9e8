#!/usr/bin/env python3
"""Compares the instructions of hot paths with the committed numbers; counts do not depend on how busy the machine is.

usage: instructions.py BENCH PROGRAM --compiler TEXT [--update] [--only NAME]... [--table]

Compares the operations that have a number in instructions.json; --update counts all. More than 5 % above a number fails,
and so does more than 5 % below: commit the new number then, with --update. Another compiler than that of the numbers makes
other code: nothing is compared, and the exit status is 77.
Callgrind of valgrind counts; the count of an operation is the difference of two runs, so that the start does not matter.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NUMBERS = pathlib.Path(__file__).with_name("instructions.json")
TOLERANCE = 0.05
SKIPPED = 77
# How often an operation is performed, so that 5 % of it is far more than chance. A call of some performs thousands.
TIMES = {"hop": 2000, "dma_tlb_hit": 1000, "walk_4_levels": 500, "walk_nested_4x4": 200, "ats_request_hit": 1000,
         "translated_access": 1000, "tlbi_by_va": 2, "tlbi_by_asid": 2, "tlb_by_asid/4096": 2000, "tlb_all/4096": 2000,
         "walk_cache_by_asid/4096": 2000, "walk_cache_by_va/4096": 2000, "cfgi_cd/4096": 2000, "cfgi_ste/4096": 2000,
         "pasid/100": 2000, "miss_1_outstanding": 1, "miss_512_outstanding": 1, "dma_timed": 1,
         "dma_timed_16_outstanding": 1, "dma_timed_all_sinks": 1, "rtl_raw_clock": 1000, "rtl_lookup_in_loop": 500}
RUNS = {"run smoke --record none": ["--record", "none"], "run smoke, all outputs": []}


def instructions(command):
    """Executed by the command from its start to its end."""
    ran = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
                         capture_output=True, text=True)
    counted = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode != 0 or not counted:
        sys.exit(f"{' '.join(command)} failed:\n{ran.stderr[-1000:]}")
    return int(counted[1])


def of_operation(bench, name):
    def total(times):
        return instructions([bench, "--count", name, str(times)])
    times = TIMES[name]
    ran = subprocess.run([bench, "--count", name, str(times)], capture_output=True, text=True, check=True)
    items = int(ran.stdout.split()[-1])  # after what SystemC prints
    return round((total(2 * times) - total(times)) / items)


def of_run(program, options):
    with tempfile.TemporaryDirectory() as out:
        return instructions([program, "run", "smoke", "--quiet", "--out", out + "/out", *options])


def measured(arguments, wanted):
    """Yields name and count of each that is wanted."""
    for name in TIMES:
        if wanted(name):
            yield name, of_operation(arguments.bench, name)
    for name, options in RUNS.items():
        if wanted(name):
            yield name, of_run(arguments.program, options)


def verdict(name, now, before):
    if abs(now - before) <= TOLERANCE * before:
        return None
    change = f"{name}: {now} instructions, committed are {before} ({100 * (now - before) / before:+.1f} %)"
    return change + ("" if now > before else "; an improvement: commit it with --update")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("program")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--only", action="append")
    parser.add_argument("--table", action="store_true", help="print every count, compare nothing")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        print("not compared: valgrind is not installed")
        return SKIPPED
    committed = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {"compiler": None, "instructions": {}}
    same = committed["compiler"] == arguments.compiler
    if not (same or arguments.update or arguments.table):
        print(f"not compared: the numbers are of {committed['compiler']}, this build is of {arguments.compiler}")
        return SKIPPED
    wrong = []
    counts = dict(committed["instructions"]) if same else {}
    every = arguments.update or arguments.table

    def wanted(name):
        return name in arguments.only if arguments.only else every or name in counts

    for name, count in measured(arguments, wanted):
        print(f"{name:28} {count:>12}", flush=True)
        if not every and name in counts:
            wrong.append(verdict(name, count, counts[name]))
        counts[name] = count
    if arguments.update:
        NUMBERS.write_text(json.dumps({"compiler": arguments.compiler, "instructions": counts}, indent=1) + "\n")
        return 0
    wrong = [line for line in wrong if line]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
