#!/usr/bin/env python3
"""Whole runs of the program: their CPU time, memory and instructions beside their baselines, with goal and verdict.

usage: whole_runs.py PROGRAM [--json FILE]

CPU time is the least of several runs, as others only add to it. Instructions are counted if valgrind is installed.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from instructions import instructions  # noqa: E402

BEFORE = 1_729_000_000  # instructions of sva_lifecycle with all outputs when the goal was set
ONE_ENDPOINT = '[[endpoint]]\nkind = "pcie"\nstream_id = 0x100\n'
GIB_40 = ["--set", "driver.ril=false", "--set", "driver.max_tlbi_ops=10485761", "--set", "scenario.smallest_mb=40960",
          "--set", "scenario.largest_mb=40960", "--set", "scenario.resident_mb=1"]


class Runs:
    def __init__(self, program, folder):
        self.program, self.folder, self.rows = program, folder, []

    def command(self, scenario, *options):
        return [self.program, "run", scenario, "--quiet", "--out", f"{self.folder}/out", *options]

    def cpu_and_memory(self, command, repeat=5):
        """Seconds of CPU, the least, and megabytes of memory at most."""
        seconds, megabytes = [], 0
        for _ in range(repeat):
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                raise RuntimeError(f"{' '.join(command)}: {child.stderr.read().decode()}")
            seconds.append(used.ru_utime + used.ru_stime)
            megabytes = max(megabytes, used.ru_maxrss / 1000)
        return min(seconds), megabytes

    def row(self, what, value, unit, most):
        self.rows.append({"what": what, "value": value, "unit": unit, "goal": most, "met": value <= most})
        print(f"{what:58} {value:12.2f} {unit:12} <= {most:<8} {'met' if value <= most else 'NOT MET'}", flush=True)

    def start(self):
        seconds, _ = self.cpu_and_memory(self.command("smoke", "--record", "none"))
        self.row("start and run of smoke, no outputs", 1000 * seconds, "ms CPU", 15)

    def lifecycle(self):
        none, _ = self.cpu_and_memory(self.command("sva_lifecycle", "--record", "none"))
        every, _ = self.cpu_and_memory(self.command("sva_lifecycle"))
        self.row("sva_lifecycle: all outputs, of none", every / none, "x", 4)
        if shutil.which("valgrind"):
            count = instructions(self.command("sva_lifecycle"))
            self.row("sva_lifecycle, all outputs, of its instructions before", count / BEFORE, "x", 0.5)

    def munmap(self):
        config = pathlib.Path(self.folder, "one.toml")
        config.write_text(ONE_ENDPOINT)
        command = self.command("invalidation_cost", "--record", "none", "--config", str(config), *GIB_40)
        began = time.monotonic()
        seconds, megabytes = self.cpu_and_memory(command, repeat=1)
        print(f"{'':4}munmap of 40 GiB by 10.5 M TLBI: {time.monotonic() - began:.1f} s on the clock")
        self.row("munmap of 40 GiB by 10.5 M TLBI", seconds, "s CPU", 10)
        self.row("munmap of 40 GiB by 10.5 M TLBI", megabytes, "MB", 100)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(arguments.program, folder)
        runs.start()
        runs.lifecycle()
        runs.munmap()
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(runs.rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
