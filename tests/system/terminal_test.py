#!/usr/bin/env python3
"""Output for terminals, which scripts must not get: terminal_test.py PROGRAM FOLDER."""
import json
import os
import pty
import subprocess
import sys

program, out = sys.argv[1:]
LONG = ["run", "unmap_race", "--waves", "off", "--out", out, "--set", "scenario.rounds=20000",
        "--set", "smmu.tbu.tlb.impl=reference"]


def on_terminal(arguments, kind="xterm"):
    """What the program writes to stderr on a terminal of this kind."""
    master, slave = pty.openpty()
    child = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=slave,
                             env=os.environ | {"TERM": kind})
    os.close(slave)
    text = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        text += part
        if b" left" in text and child.poll() is None:
            child.terminate()  # seen; an interrupted run wipes the line too
    child.wait()
    return text.decode()


seen = on_terminal(LONG)
assert "simulated" in seen and " %" in seen and " left" in seen, f"no progress on a terminal: {seen!r}"
assert seen.rstrip().endswith("\x1b[K"), f"the line is not wiped: {seen!r}"
assert on_terminal(LONG[:-3] + ["scenario.rounds=3000"] + LONG[-2:], "dumb") == "", \
    "a terminal that cannot wipe a line shows progress"

piped = subprocess.run([program, "run", "smoke", "--waves", "off", "--quiet", "--out", out],
                       capture_output=True, text=True, check=True)
assert piped.stderr == "" and piped.stdout == "", "a quiet run prints"

with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
    summary = json.load(file)
for name in [*summary["counters"], *summary["latency"]]:
    known = subprocess.run([program, "explain", name], capture_output=True, text=True, check=False)
    assert known.returncode == 0, f"explain {name}: {known.stderr}"
for operation, numbers in summary["latency"].items():
    listed = {l["name"]: l for l in json.loads(
        subprocess.run([program, "list", "latencies", "--json"], capture_output=True, text=True, check=True).stdout)}
    for part in numbers["parts"]:
        assert part in listed[operation], f"{operation} has a part {part} that list latencies does not know"
