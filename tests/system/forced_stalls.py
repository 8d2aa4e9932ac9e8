#!/usr/bin/env python3
"""If stalling is forced, phase 2 cannot be silent (IHI 0070, 6.3.1 STALL_MODEL and 5.4 CD.S): untranslated accesses of a
dead process's devices stall, are recorded and are then terminated; Translation Requests never stall (3.9.1)."""
import json
import subprocess
import sys

program, out = sys.argv[1:]
subprocess.run([program, "run", "sva_lifecycle", "--quiet", "--waves", "off", "--set", "smmu.features.stall_model=2",
                "--out", out], check=True)
rows = [row for row in json.load(open(f"{out}/summary.json"))["phases"] if row["phase"] == 2]
untranslated = [row["observed"] for row in rows if row["traffic"] in ("untranslated", "stall")]
assert len(untranslated) >= 3, rows
assert set(untranslated) == {"aborted, F_TRANSLATION, stalled"}, untranslated
requests = [row["observed"] for row in rows if row["traffic"] == "translation_request"]
assert requests and set(requests) == {"Success R=0 W=0, no event"}, requests
