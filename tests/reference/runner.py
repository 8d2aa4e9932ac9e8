"""The command line of the comparisons: seeds, duration, and the platform's configuration."""
import argparse
import time

from case import Case, Mismatch
from machine import Machine


def run(description, play, ats=False):
    """Runs cases until one fails, which ends in a report and exit status 1. PLAY(case) yields after each comparison."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, action="append", help="may be repeated")
    parser.add_argument("--first", type=int, default=0, metavar="CASE", help="number of the first case")
    parser.add_argument("--cases", type=int, default=300, help="cases of each seed")
    parser.add_argument("--seconds", type=float, help="as many cases of each seed as this time allows")
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="configuration, as for smmu-vp --set")
    arguments = parser.parse_args()
    last = float("inf") if arguments.seconds else arguments.first + arguments.cases
    machine = Machine(arguments.settings, ats)
    for seed in arguments.seed or [1]:
        began, compared, number = time.monotonic(), 0, arguments.first
        while number < last and not (arguments.seconds and time.monotonic() - began > arguments.seconds):
            case = Case(machine, seed, number, ats)
            try:
                for _ in play(case):
                    compared += 1
            except Mismatch as mismatch:
                print(f"seed {seed}, case {number}: {mismatch}\n  {case.describe()}")
                print(f"again: --seed {seed} --first {number} --cases 1 {' '.join(arguments.settings)}")
                raise SystemExit(1)
            case.close()
            number += 1
        print(f"seed {seed}: {number - arguments.first} cases, {compared} comparisons, no mismatch")
