#!/usr/bin/env python3
"""Runs scenarios with seed after seed: the bundled driver and the model are right, so every monitor has to be silent.

usage: seeds.py PROGRAM [--seeds N] [--first N] [--jobs N] [SCENARIO]...

Prints the command of each run that does not end with 0, and how many checks the others made. Exit status 1 if there is one.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

SCENARIOS = ("sva_lifecycle", "unmap_race", "pri_storm", "flr_under_load", "multi_endpoint", "hostile_device", "ats_basic",
             "smoke")


def run(program, scenario, seed, folder):
    """The command and its exit status, and the checks of its monitors."""
    out = pathlib.Path(folder, f"{scenario}-{seed}")
    command = [program, "run", scenario, "--seed", str(seed), "--quiet", "--record", "none", "--out", str(out)]
    status = subprocess.run(command, capture_output=True).returncode
    checks = 0
    if status == 0:
        checks = sum(m["checked"] for m in json.loads((out / "summary.json").read_text())["monitors"])
        shutil.rmtree(out)
    return command, status, checks


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("program")
    p.add_argument("scenario", nargs="*", default=SCENARIOS)
    p.add_argument("--seeds", type=int, default=100, help="of each scenario (default 100)")
    p.add_argument("--first", type=int, default=1)
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    o = p.parse_args()
    failed = checks = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        work = [pool.submit(run, o.program, s, seed, folder) for seed in range(o.first, o.first + o.seeds) for s in o.scenario]
        for done in concurrent.futures.as_completed(work):
            command, status, made = done.result()
            checks += made
            if status != 0:
                failed += 1
                print(f"exit {status}: {shlex.join(command)}", flush=True)
    print(f"{len(work) - failed} of {len(work)} runs silent, {checks} checks")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
