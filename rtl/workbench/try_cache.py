#!/usr/bin/env python3
"""`./vp rtl try`: your own translation cache, out of tree, behind the adapter.

Builds it as a plug-in, checks its ports, sends it random traffic that the contract judges, runs scenarios with it in
every TLB and ATC, and prints a verdict of one page; docs/rtl_cache.md explains it.
"""
import json
import pathlib
import re
import subprocess
import sys

import plugin

SCENARIOS = ["unmap_race", "sva_lifecycle", "pri_storm"]
SIZE = re.compile(r"(\d+)x(\d+)x(\d+)x(\d+)(xnru)?")


def options():
    p = plugin.Parser(prog="vp rtl try", description="Builds a translation cache as a plug-in and judges it.")
    p.add_argument("sources", nargs="*", metavar="FILE.sv", help="its sources; the first one's name is the default top")
    p.add_argument("--top", metavar="NAME", help="the module")
    p.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of it; may be repeated")
    p.add_argument("-I", dest="folders", action="append", default=[], metavar="DIR", help="where modules and includes are")
    p.add_argument("--file-list", metavar="F", help="a file of further words for Verilator, such as sources")
    p.add_argument("--lockstep", metavar="SIZE", help="also in lockstep with the reference of this organisation, "
                                                      "SETSxWAYSxBLOCK_ENTRIESxMSHRS[xnru]")
    p.add_argument("--operations", type=int, default=200_000, metavar="N", help="of random traffic (200000)")
    p.add_argument("--seed", type=int, default=1, metavar="N", help="of traffic and scenarios (1)")
    p.add_argument("--scenario", action="append", metavar="NAME", help="instead of " + ", ".join(SCENARIOS) + "; none for none")
    p.add_argument("--out", type=pathlib.Path, metavar="DIR", help="for all outputs (out/rtl_try/NAME)")
    p.add_argument("--build", type=pathlib.Path, default=plugin.ROOT / "build/release", metavar="DIR",
                   help="of the program that the plug-in is for (default build/release)")
    p.add_argument("--build-only", action="store_true", help="build the plug-in and print its path")
    o = p.parse_intermixed_args()
    if not o.sources and not o.file_list:
        p.error("expected FILE.sv or --file-list")
    if o.lockstep and not SIZE.fullmatch(o.lockstep):
        p.error(f"--lockstep {o.lockstep}: expected like 64x4x16x16 or 8x2x4x4xnru")
    o.top = o.top or pathlib.Path((o.sources or [o.file_list])[0]).stem
    o.out = o.out or pathlib.Path("out/rtl_try") / o.top
    o.scenarios = [s for s in o.scenario or SCENARIOS if s != "none"]
    return o


class Trial:
    """What is run with one plug-in, and the lines of the verdict."""

    def __init__(self, o, library, build_dir):
        self.o, self.library, self.build = o, library, build_dir
        self.lines, self.bad = [], False

    def say(self, line=""):
        self.lines.append(line)
        print(line, flush=True)

    def mark(self, name, good, text):
        self.bad |= not good
        self.say(f"{name:<12} {'ok' if good else 'FAILED':<7} {text}")

    def traffic(self, name, words):
        """Random traffic; its table stays in the folder."""
        out, data = self.o.out / name, self.o.out / f"{name}.json"
        data.unlink(missing_ok=True)
        command = [self.build / "smmu-vp-cosim", "--plugin", self.library, "--operations", self.o.operations, "--seed",
                   self.o.seed, "--shrink", "--waves", "--latencies", "--out", out, "--json", data, *words]
        done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        (self.o.out / f"{name}.txt").write_text(done.stdout)
        if not data.exists():
            raise plugin.Refused(f"random traffic ended early (status {done.returncode}): see {self.o.out / name}.txt")
        result = json.loads(data.read_text())
        profiles = result["profiles"]
        judged = sum(p["judged"] for p in profiles)
        rules = sorted({v["rule"] for p in profiles for v in p["violations"]})
        assertions = sorted({a.split(":")[0] for p in profiles for a in p["assertions"]})
        differs = [p for p in profiles if p["difference"] or p["assertions"]]
        good = done.returncode == 0
        self.mark(name, good, f"{judged} answers judged, " + (
            "none forbidden" if good and name == "contract" else "no difference" if good else
            "; ".join(filter(None, [", ".join(rules) or (differs[0]["difference"].split(":")[0] if differs else ""),
                                    f"{len(differs)} of {len(profiles)} profiles of traffic"]))))
        self.mark("assertions", not assertions, ", ".join(assertions) or "none of the ports' assertions failed")
        if differs:
            first = differs[0]
            self.say(f"    first: {first['difference'] or first['assertions'][0]}")
            self.say(f"    waves: gtkwave {first['kept']}.gtkw   replay: {first['kept']}.ops")
        return result

    def coverage(self, result):
        """Which answers were seen."""
        seen = {what: sum(p[what] for p in result["profiles"]) for what in
                ("hits", "misses", "merged", "full", "filled", "dropped", "overtaken", "invalidations")}
        never = [what for what, count in seen.items() if count == 0]
        self.say("answers      " + ", ".join(f"{count} {what}" for what, count in seen.items() if count))
        if never:
            self.say(f"             never seen: {', '.join(never)}")
        if not seen["hits"] or not seen["filled"]:
            self.mark("coverage", False, "not judged: without fills that are kept, and hits on them, nothing can go stale")

    def timing(self, result):
        self.say("cycles from acceptance to answer, answers taken at once:")
        for what, l in result["latency"].items():
            self.say(f"    {what:<12} {l['min_cycles']} to {l['max_cycles']}, mean {l['mean_cycles']:.1f}")

    def scenario(self, name):
        out = self.o.out / name
        choice = ["impl=rtl", f"rtl=plugin:{self.library}"]
        settings = [f"{site}.{c}" for site in ("smmu.tbu.tlb", "endpoint.0.atc") for c in choice]
        command = [self.build / "smmu-vp", "run", name, "--seed", self.o.seed, "--out", out, "--quiet",
                   *(word for s in settings for word in ("--set", s))]
        done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        summary = out / "summary.json"
        if done.returncode not in (0, 1) or not summary.exists():
            return self.mark(name, False, done.stdout.strip() or f"ended with status {done.returncode}")
        monitors = json.loads(summary.read_text())["monitors"]
        caught = [f"{m['name']} ({len(m['violations'])})" for m in monitors if m["violations"]]
        checks = sum(m["checked"] for m in monitors)
        self.mark(name, done.returncode == 0, ", ".join(caught) or f"{checks} checks of all monitors" + (
            "" if done.returncode == 0 else f", an expectation failed: see {out}/account.txt"))
        return None

    def run(self):
        self.say(f"{self.o.top}" + "".join(f" {p}" for p in self.o.param) + f": plug-in {self.library}")
        self.say("ports        ok      as those of translation_cache.sv")
        result = self.traffic("contract", ["--judge", "contract"])
        self.coverage(result)
        if self.o.lockstep:
            self.traffic("lockstep", ["--judge", "lockstep", "--size", self.o.lockstep])
        self.timing(result)
        for name in self.o.scenarios:
            self.scenario(name)
        self.say(f"verdict: {'FAILED' if self.bad else 'keeps the contract'}; all of it in {self.o.out}")
        (self.o.out / "verdict.txt").write_text("\n".join(self.lines) + "\n")
        return 1 if self.bad else 0


def main():
    o = options()
    try:
        o.out.mkdir(parents=True, exist_ok=True)
        library = o.out / f"{o.top}.so"
        plugin.build(plugin.Design(o.sources, o.top, o.param, o.folders, o.file_list), library, o.build)
        if o.build_only:
            print(library)
            return 0
        return Trial(o, library, o.build).run()
    except (plugin.Refused, OSError) as refused:
        print(f"vp rtl try: {refused}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
