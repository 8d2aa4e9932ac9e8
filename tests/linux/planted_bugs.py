"""Plants a mistake in the kernel, boots it, and says which monitors name it:

    python3 tests/linux/planted_bugs.py [NAME...] [--out DIR]

Each of tests/linux/bugs/NAME.patch stands for a class of mistakes that kernels had. Its head says what it does, and in lines of their own:
"Monitor:" one that must find it, and "Options:" what `vp linux` needs for it. Needs the source that `vp linux` has unpacked, of which it
makes a tree of links, and compiles only what a patch changes. Exits with 1 if a mistake is not found by its monitor.
"""
import argparse
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUGS = ROOT / "tests/linux/bugs"
SOURCE, TREE = ROOT / "build/linux/source-6.12", ROOT / "build/linux/planted"


def _patched(patch, *more):
    with open(patch, "rb") as file:
        subprocess.run(["patch", "-p1", "--quiet", *more], cwd=TREE, stdin=file, check=True)


def _head(patch, word):
    found = re.search(rf"^{word}: (.*)$", patch.read_text(), re.MULTILINE)
    return found[1] if found else ""


def _found(out):
    """{monitor: (violations, the first one)} of a run."""
    monitors = json.loads((out / "summary.json").read_text())["monitors"]
    return {m["name"]: (m["violation_count"], m["violations"][0]) for m in monitors if m["violation_count"]}


def _run(patch, out):
    """Whether the monitor of this patch has found it."""
    _patched(patch)
    try:
        command = [sys.executable, ROOT / "testbench/linux/vp_linux.py", "--deterministic", "--quiet", "--kernel", TREE,
                   "--out", out, *shlex.split(_head(patch, "Options"))]
        done = subprocess.run(command, capture_output=True, text=True)
    finally:
        _patched(patch, "--reverse")
    if done.returncode not in (0, 1):
        print(f"{patch.stem}: status {done.returncode}: {done.stderr.strip()}", flush=True)
        return False
    monitor, found = _head(patch, "Monitor"), _found(out)
    print(f"{patch.stem}: {'found' if monitor in found else 'NOT FOUND'} by {monitor}; in all: "
          + (", ".join(f"{name} {count}" for name, (count, _) in found.items()) or "nothing"), flush=True)
    if monitor in found:
        first = found[monitor][1]
        print(f"    {first['what']}")
        if by := first.get("stored_by"):
            print(f"    stored by {by['code']}")
    return monitor in found


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("name", nargs="*")
    p.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/planted"))
    options = p.parse_args()
    if not TREE.exists():
        partial = TREE.with_name("planted.partial")
        shutil.rmtree(partial, ignore_errors=True)
        subprocess.run(["cp", "-al", SOURCE, partial], check=True)  # patch writes new files, so the originals stay
        partial.rename(TREE)
    patches = [BUGS / f"{name}.patch" for name in options.name] or sorted(BUGS.glob("*.patch"))
    return 0 if all([_run(patch, options.out / patch.stem) for patch in patches]) else 1


if __name__ == "__main__":
    sys.exit(main())
