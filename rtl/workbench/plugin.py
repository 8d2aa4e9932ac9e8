"""Builds a translation cache as a plug-in: a shared library behind the adapter's interface, out of tree.

The ports are checked against those of translation_cache.sv, the encodings by the compiler against its package. The
build's own facts (compiler, include folders, libraries) come from rtl_workbench.json, which CMake writes.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parents[2]
RTL = ROOT / "rtl"
sys.path.insert(0, str(RTL / "formal"))
import verilog_expressions  # noqa: E402: in this folder, not installed

PACKAGES = [RTL / name for name in ("translation_cache_pkg.sv", "assertion_report_pkg.sv")]  # before the user's sources
ASSERTIONS = [RTL / name for name in ("port_asserts.sv", "port_asserts_bind.sv")]  # bound to the top, CACHE_TOP
OPTIONAL = re.compile(r"debug_\w+")  # a cache without a debug port is accepted


class Refused(Exception):
    """What the user has to change, in one line."""


class Parser(argparse.ArgumentParser):
    """Refuses wrong usage in one line."""

    def error(self, message):
        print(f"{self.prog}: {message}; see --help", file=sys.stderr)
        sys.exit(2)


class Design:
    """The sources of a cache as Verilator gets them."""

    def __init__(self, sources, top, parameters=(), folders=(), file_list=None):
        self.sources, self.top = sources, top
        for source in [*sources, *([file_list] if file_list else [])]:
            if not pathlib.Path(source).is_file():
                raise Refused(f"{source}: no such file")
        for parameter in parameters:
            if not re.fullmatch(r"[A-Za-z_]\w*=[^=]+", parameter):
                raise Refused(f"--param {parameter}: expected NAME=VALUE")
        beside = {str(pathlib.Path(source).parent) for source in sources}
        self.words = ["--top-module", top, f"-DCACHE_TOP={top}", "-Wno-lint", "-Wno-fatal", "-Werror-USERERROR",
                      *(f"-I{pathlib.Path(folder).resolve()}" for folder in [RTL, *folders, *sorted(beside)]),
                      *(f"-G{parameter}" for parameter in parameters),
                      *(["-f", str(pathlib.Path(file_list).resolve())] if file_list else []),
                      *(str(pathlib.Path(source).resolve()) for source in [*PACKAGES, *sources])]


def run(command, log, cwd=None):
    """Runs a tool and keeps what it prints; returns whether it succeeded, and its output."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(" ".join(map(str, command)) + "\n" + done.stdout)
    return done.returncode == 0, done.stdout


def first_error(output, log):
    """Verilator's or the compiler's first error, without decoration."""
    for line in output.splitlines():
        found = re.match(r"%Error(?:-[A-Z]+)?: (?!Exiting)(.*)", line) or re.search(r"(.*: error: .*)", line)
        if found:
            return re.sub(r"\s+", " ", found[1]).strip() + f" (all of it: {log})"
    return f"failed; see {log}"


def elaborate(design, work):
    """The ports of the top: {name: (direction, bits)}."""
    work.mkdir(parents=True, exist_ok=True)
    xml, log = work / f"{design.top}.xml", work / "build.log"
    good, output = run(["verilator", "--xml-only", "--assert", "--xml-output", xml, *design.words], log)
    if not good:
        raise Refused(first_error(output, log))
    root = ET.parse(xml).getroot()
    types = verilog_expressions.Expressions({t.get("id"): t for t in root.find("netlist/typetable") if t.get("id")})
    top = next((m for m in root.iter("module") if m.get("origName", m.get("name")) == design.top), None)
    if top is None:
        raise Refused(f"the module {design.top} is in none of the sources; --top NAME says which it is")
    return {v.get("name"): (v.get("dir"), types.width(v.get("dtype_id"))) for v in top.findall("var") if v.get("dir")}


def check_ports(found, wanted, top):
    """Raises Refused for the first port that does not fit."""
    for name, (direction, bits) in wanted.items():
        if name not in found:
            if OPTIONAL.fullmatch(name):
                continue
            raise Refused(f"{top} has no port {name}: expected {direction}, {bits} bits")
        if found[name] != (direction, bits):
            raise Refused(f"port {name} of {top} is {found[name][0]}, {found[name][1]} bits: "
                          f"expected {direction}, {bits} bits")
    for name in found:
        if name not in wanted:
            raise Refused(f"{top} has a port {name}, which is none of a translation cache: "
                          "docs/rtl_cache.md lists them")


def build(design, plugin, build_dir):
    """Verilates the cache and links it to `plugin`."""
    facts = json.loads((build_dir / "rtl_workbench.json").read_text())
    work, log = plugin.parent / "build", plugin.parent / "build.log"
    log.unlink(missing_ok=True)
    ours = Design([RTL / "simple_cache/simple_cache.sv"], "simple_cache")
    check_ports(elaborate(design, plugin.parent), elaborate(ours, work), design.top)
    for left in work.glob("Vplugin*"):
        left.unlink()
    good, output = run(["verilator", "--cc", "--prefix", "Vplugin", "--Mdir", work, "--trace-fst", "--trace-structs",
                        "--assert", "-O3", "--x-assign", "unique", "--x-initial", "unique", *design.words,
                        *ASSERTIONS], log)
    if not good:
        raise Refused(first_error(output, log))
    # Set-up and wave-opening code runs once and is not optimised; the rest is one file, as each would read the same
    # headers again.
    model = (ROOT / "testbench/machine/rtl_adapter/rtl_model.cpp.in").read_text().replace("@TAG@", "plugin")
    (work / "model.cpp").write_text(model)
    parts = {"slow": [], "fast": ["model.cpp"]}
    for source in sorted(work.glob("Vplugin*.cpp")):
        parts["slow" if re.search(r"__(Slow|Syms)\.cpp$", source.name) else "fast"].append(source.name)
    compilers = []
    for part, optimisation in (("fast", "-O1"), ("slow", "-O0")):
        (work / f"{part}.cpp").write_text("".join(f'#include "{name}"\n' for name in parts[part]))
        command = [facts["compiler"], *facts["flags"], optimisation, "-fPIC", "-c", f"{part}.cpp", "-o", f"{part}.o",
                   f"-I{ROOT}", *(f"-isystem{folder}" for folder in facts["verilator"]), "-I."]
        compilers.append((command, subprocess.Popen(command, cwd=work, text=True, stdout=subprocess.PIPE,
                                                    stderr=subprocess.STDOUT)))
    for command, compiler in compilers:
        output = compiler.communicate()[0]
        with log.open("a") as file:
            file.write(" ".join(command) + "\n" + output)
        if compiler.returncode:
            raise Refused(first_error(output, log))
    part = plugin.with_suffix(".part")  # a running simulation may have the old one open
    good, output = run([facts["compiler"], *facts["flags"], "-shared", "fast.o", "slow.o", *facts["objects"],
                        *facts["libraries"], "-lz", "-Wl,-z,defs", f"-Wl,--version-script={facts['exports']}", "-o",
                        part.resolve()], log, cwd=work)
    if not good:
        raise Refused(first_error(output, log))
    part.replace(plugin)
