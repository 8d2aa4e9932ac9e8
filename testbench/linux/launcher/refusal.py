"""What ends a run early: one line for the user, and an exit status as of a run."""

CLEAN, VIOLATION, USAGE, INTERNAL = 0, 1, 2, 3


class Refusal(Exception):
    """A wrong argument, a missing tool, a kernel that cannot be built."""
    status = USAGE


class Failure(Exception):
    """A part of the machine failed that has nothing to do with the guest."""
    status = INTERNAL


def say(text):
    """Progress, on stderr: stdout has the account of the run."""
    import sys
    print(f"vp linux: {text}", file=sys.stderr, flush=True)
