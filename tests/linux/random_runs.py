"""Runs `vp linux` many times, each with another seed, number of CPUs, configuration, and choice of scenarios: a correct kernel on
a correct platform must be silent in all of them.

    python3 tests/linux/random_runs.py RUNS [--first SEED] [--out DIR] [-- OPTION...]

A seed stands for one configuration, so that a single run repeats: RUNS = 1 and --first. One that the platform refuses, as its keys
do not go together, is no run: the next seed is. Prints a line for each run, and what each that was not clean said; exits with 1 if
there was one. Options after -- go to `vp linux`.
"""
import argparse
import itertools
import pathlib
import random
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "testbench/linux"))
from launcher import guest  # noqa: E402

LONGEST_S = 600
REFUSED = 2
MOST_REFUSED = 30  # in a row: then it is an option after -- that is refused


def _any(*choices):
    return lambda random_: random_.choice(choices)


def _between(low, high):
    return lambda random_: random_.randint(low, high)


def _power_of_two(low, high):
    return lambda random_: 1 << random_.randint(low, high)


KEYS = {  # keys of which each run has some
    "timing.mode": _any("timed", "loose", "untimed"),
    "smmu.features.version": _any("3.2", "3.3"),
    "smmu.features.s2": _any("true"),
    "smmu.features.ril": _any("false"),
    "smmu.features.btm": _any("true"),
    "smmu.features.hyp": _any("true"),
    "smmu.features.sev": _any("false"),
    "smmu.features.msi": _any("true"),
    "smmu.features.httu": _between(1, 2),
    # Not 2: with it the streams of PCIe functions stall, which a system must not let them (16.4), and a CPU's read of such a
    # function waits for what has stalled.
    "smmu.features.stall_model": _any(1),
    "smmu.features.term_model": _any(1),
    "smmu.features.oas_bits": _any(40, 42, 44, 52),
    "smmu.features.sid_bits": _between(10, 32),
    "smmu.features.ssid_bits": _between(6, 20),
    "smmu.features.granules": _any('["4k"]', '["4k","64k"]', '["4k","16k"]'),
    "smmu.features.stream_table_levels": _any(1),
    "smmu.features.cd_table_levels": _any(1),
    "smmu.features.cmdq_log2_max": _between(7, 18),
    "smmu.features.eventq_log2_max": _between(5, 18),
    "smmu.features.priq_log2_max": _between(5, 18),
    "smmu.invalidate": _any("minimal", "generous"),
    "smmu.tbu.tlb.replacement": _any("tree_plru", "nru"),
    "smmu.tbu.tcu_hop_ns": _between(0, 500),
    "smmu.tcu.walkers": _between(1, 64),
    "smmu.tcu.walk_cache_entries": _any(0, 1, 4, 256),
    "smmu.tcu.config_cache_entries": _power_of_two(0, 8),
    "smmu.tcu.stalls": _between(1, 64),
    "smmu.tcu.register_ns": _between(0, 500),
    "smmu.cmdq.command_ns": _between(0, 500),
    "memory.latency_ns": _between(0, 800),
    "link.gen": _between(1, 5),
    "link.lanes": _power_of_two(0, 4),
    "link.latency_ns": _between(0, 3000),
    "link.mps": _power_of_two(7, 12),
    "endpoint.0.channels": _between(1, 16),
    "endpoint.0.outstanding": _between(1, 16),
    "endpoint.0.ats.translations": _between(1, 8),
    "endpoint.0.ats.paths": _between(1, 4),
    "endpoint.0.invalidate_ns": _between(0, 20000),
    "endpoint.0.atc.entries": _power_of_two(4, 10),
    "endpoint.1.channels": _between(1, 16),
    "endpoint.1.outstanding": _between(1, 16),
}
SOME = 8  # of these at most
SCENARIOS = (4, 8)  # of all, in a run
# RTL caches are verilated for their default sizes; the reference takes any.
CACHES = {"smmu.tbu.tlb.impl": _any("reference", "rtl", "lockstep"), "endpoint.0.atc.impl": _any("reference", "rtl", "lockstep")}
GEOMETRY = {"smmu.tbu.tlb.sets": _power_of_two(0, 7), "smmu.tbu.tlb.ways": _power_of_two(0, 3),
            "smmu.tbu.tlb.block_entries": _power_of_two(0, 5), "smmu.tbu.tlb.mshrs": _between(1, 32)}


def arguments(seed):
    """What a seed stands for."""
    r = random.Random(seed)
    keys = {name: KEYS[name](r) for name in r.sample(sorted(KEYS), r.randint(0, SOME))}
    keys |= {name: choose(r) for name, choose in CACHES.items()}
    if keys["smmu.tbu.tlb.impl"] == "reference":
        keys |= {name: choose(r) for name, choose in GEOMETRY.items()}
    if keys["endpoint.0.atc.impl"] != "reference":
        keys.pop("endpoint.0.atc.entries", None)
    if r.random() < 0.15:
        keys |= {"smmu.features.ats": "false", "smmu.features.pri": "false"}
    words = ["--seed", str(seed), "--cpus", str(r.randint(1, 4))]
    if r.random() < 0.75:
        words.append("--deterministic")
    for name, value in sorted(keys.items()):
        words += ["--set", f"{name}={value}"]
    return words + r.sample(guest.scenarios(), r.randint(*SCENARIOS))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("runs", type=int)
    p.add_argument("--first", type=int, default=1, metavar="SEED")
    p.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/random"))
    p.add_argument("options", nargs="*")
    options = p.parse_args()
    failed = done_runs = refused = refused_in_a_row = 0
    for seed in itertools.count(options.first):
        if done_runs == options.runs:
            break
        words = arguments(seed)
        command = [sys.executable, ROOT / "testbench/linux/vp_linux.py", "--quiet", "--record", "none", "--out",
                   options.out / str(seed), *words, *options.options]
        began = time.monotonic()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S)
            status, said = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            status, said = "no end", ""
        if status == REFUSED:
            refused += 1
            refused_in_a_row += 1
            if refused_in_a_row == MOST_REFUSED:
                sys.exit(f"{MOST_REFUSED} configurations in a row were refused, the last one so:\n{said}")
            continue
        done_runs += 1
        refused_in_a_row = 0
        print(f"{seed}: {'clean' if status == 0 else f'status {status}'} {time.monotonic() - began:.0f} s  "
              + " ".join(words), flush=True)
        if status != 0:
            failed += 1
            print(said, flush=True)
    print(f"{options.runs - failed} of {options.runs} runs were clean; {refused} configurations were refused")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
