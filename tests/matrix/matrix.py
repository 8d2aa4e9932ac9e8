#!/usr/bin/env python3
"""Runs every scenario with arbitrary configurations: each run ends clean, or is refused with one line that names a key.

Each row changes a dozen keys at once, preferring values that have not been combined yet, so that pairs of values are
covered. A refused row is tried again without the key that the refusal names. Counts the pairs covered, and the cases
that a scenario could not provoke.
"""
import argparse
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import combinations

import keys

KEYS_IN_A_ROW = 12
STILL_S = 300  # of real time: a run that takes longer hangs


class Pairs:
    """The pairs of values that occurred together in a completed run."""

    def __init__(self, moved):
        self.moved, self.met, self.single = moved, set(), Counter()

    def row(self, dice, size):
        """Keys and values: the rarest values, and among these the rarest combinations."""
        chosen = {}
        pool = dice.sample(self.moved, len(self.moved))
        pool.sort(key=lambda k: min(self.single[k.name, v] for v in k.values))
        for key in pool[:size]:
            new = {v: sum((key.name, v, *other) not in self.met for other in chosen.items()) for v in key.values}
            least = min(self.single[key.name, v] for v in key.values)
            rare = [v for v in key.values if self.single[key.name, v] == least]
            chosen[key.name] = max(rare, key=lambda v: (new[v], dice.random()))
        return chosen

    def ran(self, row):
        self.tried(row)
        for a, b in combinations(sorted(row.items()), 2):
            self.met |= {(*a, *b), (*b, *a)}

    def tried(self, row):
        for item in row.items():
            self.single[item] += 1


class Matrix:
    def __init__(self, program, out):
        self.program, self.out = program, out
        self.names = [row["name"] for row in keys.listed(program, "config")]
        self.ended, self.failures, self.not_judged = Counter(), [], Counter()

    def run(self, scenario, row):
        """The exit status, and the key a refusal names."""
        folder = os.path.join(self.out, "run")
        shutil.rmtree(folder, ignore_errors=True)
        sets = [word for key, value in row.items() for word in ("--set", f"{key}={value}")]
        command = [self.program, "run", scenario, "--waves", "off", "--quiet", "--out", folder, *sets]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=STILL_S)
            status, said = ran.returncode, ran.stderr
        except subprocess.TimeoutExpired:
            status, said = "still", ""
        named = self.named_key(said) if status == 2 else None
        self.ended[status] += 1
        if status == 0:
            with open(os.path.join(folder, "summary.json")) as f:
                for line in json.load(f)["not_judged"]:
                    self.not_judged[scenario, line["text"].split(":")[0]] += 1
        elif status != 2 or named is None:
            self.failures.append(f"exit {status}: {shlex.join(command)}\n  {said.strip()[:500] or self.cause(folder)}")
        return status, named

    def named_key(self, said):
        """One line, and a key in it that exists; None when it is anything else."""
        if said.count("\n") != 1:
            return None
        for word in said.replace("=", " ").replace("'", " ").replace(":", " ").split():
            general = ".".join("N" if part.isdigit() else part for part in word.split("."))
            if word in self.names or general in self.names:
                return word
        return None

    @staticmethod
    def cause(folder):
        try:
            with open(os.path.join(folder, "summary.json")) as f:
                return json.dumps(json.load(f).get("first_cause"))
        except OSError:
            return ""

    def scenario(self, name, runs, seed):
        dice = random.Random(f"{name} {seed}")
        pairs = Pairs(keys.keys_for(self.program, name))
        clean = 0
        while clean < runs:
            row = pairs.row(dice, KEYS_IN_A_ROW) | {"seed": str(dice.randrange(1 << 32))}
            while True:
                status, named = self.run(name, row)
                if status != 2 or len(row) == 1:
                    break
                refused = named if named in row else dice.choice([k for k in row if k != "seed"])
                pairs.tried({refused: row.pop(refused)})
            moved = {k: v for k, v in row.items() if k != "seed"}
            if status == 0:
                pairs.ran(moved)
            clean += 1
        values = sum(len(k.values) for k in pairs.moved)
        print(f"{name}: {clean} rows; {sum(1 for n in pairs.single if pairs.single[n])} of {values} values tried, "
              f"{len(pairs.met) // 2} pairs of values met in clean runs", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("scenarios", nargs="*", help="all when none is named")
    parser.add_argument("--runs", type=int, default=40, help="rows of each scenario (40)")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    scenarios = options.scenarios or [s["name"] for s in keys.listed(options.program, "scenarios")]
    with tempfile.TemporaryDirectory() as out:
        matrix = Matrix(options.program, out)
        for name in scenarios:
            matrix.scenario(name, options.runs, options.seed)
    for failure in matrix.failures:
        print(failure)
    for (scenario, what), times in sorted(matrix.not_judged.items()):
        print(f"not judged {times} times in {scenario}: {what}")
    refused, failed = matrix.ended[2], len(matrix.failures)
    print(f"{sum(matrix.ended.values())} runs: {matrix.ended[0]} clean, {refused} refused")
    print(f"{sum(matrix.ended.values()) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
