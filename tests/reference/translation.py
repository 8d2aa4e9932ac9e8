#!/usr/bin/env python3
"""Compares ordinary accesses through random STEs, CDs and tables with vmsa.py: PA, event record, flags in descriptors.

    python3 translation.py --seed 7 --seconds 60 smmu.features.oas_bits=52
"""
import runner

ACCESSES = 10


def play(case):
    rnd = case.rnd
    for _ in range(ACCESSES):
        if case.access(case.near(), write=rnd.random() < .45, privileged=rnd.random() < .5, execute=rnd.random() < .3):
            yield


if __name__ == "__main__":
    runner.run(__doc__, play)
