"""`vp linux --compare`: the bundled driver and the real kernel perform the same steps; what differs has its reason
(docs/fidelity.md)."""
from launcher.places import PROGRAM, ROOT
from launcher.refusal import CLEAN, VIOLATION, say

from . import differences, machines, page, record
from .reasons import judged

RECORDED = ROOT / "testbench/linux/compare/recorded"
PAGE = ROOT / "docs/fidelity.md"


def recording(machine):
    """The committed record of the real kernel."""
    return RECORDED / f"{machine}.txt"


def run(kernel, out, keep):
    """Returns the exit status. `keep`: the committed records and the table in the documentation are made anew."""
    found, steps = [], 0
    for machine in machines.MACHINES:
        say(f"performing the steps on the machine {machine!r}")
        folder = out / machine
        ours = record.from_events(machines.run_kernel(kernel, machine, folder / "kernel"), PROGRAM)
        theirs = record.from_events(machines.run_bundled(machine, folder / "bundled"), PROGRAM)
        record.write(ours, folder / "kernel.txt")
        record.write(theirs, folder / "bundled.txt")
        if keep:
            record.write(ours, recording(machine))
        steps += len(ours)
        found += [(machine, difference) for difference in differences.between(ours, theirs)]
    left, used = judged(found)
    if keep:
        page.update(PAGE, used)
    _report(kernel.name, steps, left, used)
    print(f"Records in {out}")
    return VIOLATION if left else CLEAN


def _report(name, steps, left, used):
    for machine, step, side, line in left:
        print(f"no reason: {machine}: step {step.name}: only {side}: {line}")
    print(f"{name} and the bundled driver: {steps} steps on {len(machines.MACHINES)} machines, "
          f"{sum(used.values())} lines differ for a reason, {len(left)} without one")
    for reason, count in used.items():
        print(f"  {count:5}  only {reason.side:8} {reason.what}")
