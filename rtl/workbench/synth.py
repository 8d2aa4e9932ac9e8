#!/usr/bin/env python3
"""`./vp rtl synth`: what a translation cache costs in generic gates, roughly, as a table.

Verilator elaborates the design, rtl/formal/verilog_view.py writes it as plain Verilog, Yosys maps it to two-input gates,
multiplexers and flip-flops. No library, no layout, no memories: entries are flip-flops too, and are counted apart.
"""
import json
import math
import pathlib
import re
import sys
import tempfile
import xml.etree.ElementTree as ET

import plugin
import verilog_expressions

SIZES = ["1x2x1x1", "4x2x2x2", "8x2x4x4"]
NAMES = ("Sets", "Ways", "BlockEntries", "Mshrs")
CACHE = ["replacement.sv", "page_bank.sv", "block_bank.sv", "mshr_file.sv", "invalidate_engine.sv", "translation_cache.sv"]
# Registers become single flip-flops, so a design of n bits of entries has at least n cells.
SCRIPT = ("read_verilog -sv design.v; prep -top design; opt -full; dffunmap; opt_clean -purge; techmap; opt -fast; "
          "abc -fast -g AND,OR,XOR,MUX; opt_clean -purge; tee -q -o stat.json stat -json; tee -q -o path.txt ltp -noff")


def options():
    p = plugin.Parser(prog="vp rtl synth", description="Cells, flip-flops and logic depth of a translation cache.")
    p.add_argument("sources", nargs="*", metavar="FILE.sv", help="your own cache; default: translation_cache")
    p.add_argument("--top", metavar="NAME", help="its module; default: the first file's name")
    p.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of it; may be repeated")
    p.add_argument("-I", dest="folders", action="append", default=[], metavar="DIR", help="where modules and includes are")
    p.add_argument("--size", action="append", metavar="SIZE",
                   help="of translation_cache, SETSxWAYSxBLOCK_ENTRIESxMSHRS; may be repeated (" + ", ".join(SIZES) + ")")
    o = p.parse_intermixed_args()
    for size in o.size or []:
        if o.sources or not re.fullmatch(r"\d+(x\d+){3}", size):
            p.error(f"--size {size}: expected like 64x4x16x16, and no sources")
    return o


def designs(o):
    """(name, design) of each row."""
    if o.sources:
        top = o.top or pathlib.Path(o.sources[0]).stem
        yield " ".join([top, *o.param]), plugin.Design(o.sources, top, o.param, o.folders)
        return
    for size in o.size or SIZES:
        parameters = [f"{name}={value}" for name, value in zip(NAMES, size.split("x"))]
        yield size, plugin.Design([plugin.RTL / name for name in CACHE], "translation_cache", parameters)


def entry_bits(xml):
    """Bits of all arrays, which is what a real design would make memories of."""
    root = ET.parse(xml).getroot()
    types = verilog_expressions.Expressions({t.get("id"): t for t in root.find("netlist/typetable") if t.get("id")})
    top = next(m for m in root.iter("module") if m.get("topModule") == "1")
    arrays = (types.element(v.get("dtype_id")) for v in top.findall("var") if v.get("name").endswith("_q"))
    return sum(bits * math.prod(sizes) for bits, sizes in arrays if sizes)


def measure(design, work):
    """Entry bits, flip-flops, other cells, and the longest path in cells."""
    log = work / "synth.log"
    good, output = plugin.run(["verilator", "--xml-only", "--flatten", "--xml-output", work / "design.xml", *design.words], log)
    if not good:
        raise plugin.Refused(plugin.first_error(output, log))
    good, output = plugin.run([sys.executable, plugin.RTL / "formal/verilog_view.py", work / "design.xml"], log)
    if not good:
        raise plugin.Refused(f"{design.top}: what it uses cannot be written as plain Verilog: {output.splitlines()[-1]}")
    (work / "design.v").write_text(output)
    good, output = plugin.run(["yosys", "-q", "-p", SCRIPT], log, cwd=work)
    if not good:
        raise plugin.Refused(f"{design.top}: yosys: {(output.strip().splitlines() or ['failed'])[-1]}")
    cells = json.loads((work / "stat.json").read_text())["design"]["num_cells_by_type"]
    flip_flops = sum(count for name, count in cells.items() if "DFF" in name)
    depth = re.search(r"length=(\d+)", (work / "path.txt").read_text())
    return entry_bits(work / "design.xml"), flip_flops, sum(cells.values()) - flip_flops, int(depth[1]) if depth else 0


def main():
    o = options()
    print("| design | entry bits | flip-flops | gates | depth in gates |\n|---|---|---|---|---|")
    try:
        for name, design in designs(o):
            with tempfile.TemporaryDirectory() as work:
                entries, flip_flops, gates, depth = measure(design, pathlib.Path(work))
            print(f"| {name} | {entries:,} | {flip_flops:,} | {gates:,} | {depth} |", flush=True)
    except plugin.Refused as refused:
        print(f"vp rtl synth: {refused}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
