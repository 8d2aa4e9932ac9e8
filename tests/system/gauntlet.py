"""The rows of the gauntlet's summary.json.

    python3 gauntlet.py SMMU_VP OUT
"""
import json
import os
import subprocess
import sys

PROGRAM, OUT = sys.argv[1:]
CAUGHT = {"no_atc_inv": ("driver.bug", "stale_translation"), "dropped_tlbi": ("hardware.bug", "stale_translation")}

chosen = [word for bug in [*CAUGHT, "none"] for word in ("--bug", bug)]
ran = subprocess.run([PROGRAM, "run", "gauntlet", *chosen, "--seeds", "1", "--out", OUT], capture_output=True, text=True)
assert ran.returncode == 0, ran.stdout + ran.stderr
with open(os.path.join(OUT, "summary.json")) as file:
    rows = json.load(file)

by_bug = {row["bug"]: row for row in rows if row["bug"]}
assert set(by_bug) == set(CAUGHT), by_bug.keys()
for bug, (key, monitor) in CAUGHT.items():
    row = by_bug[bug]
    assert row["passed"] and row["key"] == key and row["runs"] == 1, row
    assert monitor in row["machine"]["monitors"] + row["kernel"]["monitors"], row
    seen = row["kernel"] if row["kernel"]["monitors"] else row["machine"]
    assert seen["t_ps"] > 0 and seen["what"] and seen["monitor"] in seen["monitors"], row
    with open(os.path.join(OUT, bug, "summary.json")) as file:
        section, name = key.split(".")
        assert json.load(file)["config"][section][name] == bug, "the run that caught it is kept"

correct = [row for row in rows if not row["bug"]]
places = [(row["scenario"], tuple(row["settings"])) for row in correct]
assert len(set(places)) == len(places) > 3, places
for row in correct:
    assert row["passed"] and not row["machine"]["monitors"] + row["kernel"]["monitors"], row
