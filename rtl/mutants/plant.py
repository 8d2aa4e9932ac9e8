#!/usr/bin/env python3
"""Compiles every fault of mutants.txt into copies of the RTL, each behind `mutant_pkg::planted == its number`.

usage: plant.py MUTANTS RTL_DIR OUT_DIR; writes OUT_DIR/*.sv and OUT_DIR/mutants.inc, rows of a C++ table, and prints
the names of the *.sv as CMake has a list.
"""
import pathlib
import re
import sys


def read(path):
    """Yields (name, file, text, fault) of each block of three lines."""
    lines = [line.rstrip() for line in path.read_text().splitlines() if not line.startswith("#")]
    for block in re.split(r"\n{2,}", "\n".join(lines).strip()):
        header, text, fault = block.splitlines()
        name, file = header.split()
        yield name, file, text.strip(), fault.strip()


def place(source, name, text):
    """Where in the source the marked expression begins, and the expression."""
    before, original, after = re.fullmatch(r"(.*)«(.*)»(.*)", text).groups()
    whole = before + original + after
    if source.count(whole) != 1:
        sys.exit(f"mutant {name}: its text occurs {source.count(whole)} times, expected once: {whole}")
    return source.index(whole) + len(before), original


def plant(source, faults):
    """The source with all faults of one file in it, each [(begin, original, fault, number)]."""
    end = len(source)
    for begin, original, fault, number in sorted(faults, reverse=True):
        if begin + len(original) > end:
            sys.exit(f"mutant {number} overlaps another: {original}")
        end = begin
        planting = f"((mutant_pkg::planted == {number}) ? ({fault}) : ({original}))"
        source = source[:begin] + planting + source[begin + len(original):]
    return source


def main():
    mutants, rtl, out = map(pathlib.Path, sys.argv[1:])
    faults, rows = {}, []
    for number, (name, file, text, fault) in enumerate(read(mutants), 1):
        begin, original = place((rtl / file).read_text(), name, text)
        faults.setdefault(file, []).append((begin, original, fault, number))
        rows.append(f'{{"{name}", "{file}", R"~({original})~", R"~({fault})~"}},\n')
    texts = {file: plant((rtl / file).read_text(), list_) for file, list_ in faults.items()}
    out.mkdir(parents=True, exist_ok=True)
    for file, text in {**texts, "mutants.inc": "".join(rows)}.items():
        path = out / file
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    print(*texts, sep=";")


if __name__ == "__main__":
    main()
