"""docs/validation.md says what a study measures today.

    python3 validation_test.py SMMU_VP STUDY.toml VALIDATION.md OUT

Runs the study and compares its section of the page. Deviations beyond a limit are part of the page; then the sweep ends with 1.
"""
import os
import subprocess
import sys

PROGRAM, STUDY, PAGE, OUT = sys.argv[1:]


def section(text):
    """The part of a page from its first section to the next one."""
    return text[text.index("\n## "):].strip()


def main():
    os.makedirs(OUT, exist_ok=True)
    made = os.path.join(OUT, "page.md")
    ran = subprocess.run([PROGRAM, "sweep", STUDY, "--out", os.path.join(OUT, "sweep"), "--page", made], text=True, capture_output=True)
    if ran.returncode not in (0, 1):
        sys.exit(ran.stdout + ran.stderr)
    with open(made, encoding="utf-8") as file:
        now = section(file.read())
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    if now not in page:
        sys.exit(f"{PAGE} says something else of {STUDY}; ./vp sweep studies/*.toml --page {PAGE} makes it again.\n{now}")
    if ("**+" in now or "**-" in now) != (ran.returncode == 1):
        sys.exit(f"the sweep ended with {ran.returncode}, and its deviations say otherwise\n{now}")


main()
