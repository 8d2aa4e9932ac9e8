#!/usr/bin/env python3
"""What judging costs: the instructions of runs with their monitors, of the same runs without them.

usage: monitors.py PROGRAM

Fails where a run takes more than 1.5 times the instructions. Exit status 77: there is no valgrind to count them.
"""
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from instructions import SKIPPED, instructions  # noqa: E402

MOST = 1.5
SCENARIOS = ("smoke", "pri_storm", "multi_endpoint", "sva_lifecycle")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not shutil.which("valgrind"):
        print("valgrind is not installed")
        return SKIPPED
    dear = False
    with tempfile.TemporaryDirectory() as folder:
        for scenario in SCENARIOS:
            run = [sys.argv[1], "run", scenario, "--quiet", "--record", "none", "--out", folder + "/out"]
            times = instructions(run) / instructions([*run, "--set", "monitors.enabled=false"])
            print(f"{scenario:16} {times:5.2f} x{'' if times <= MOST else f', more than {MOST} x'}", flush=True)
            dear |= times > MOST
    return 1 if dear else 0


if __name__ == "__main__":
    sys.exit(main())
