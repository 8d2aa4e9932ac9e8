"""Sweeps, comparisons and estimates as their users run them.

    python3 sweep_test.py SMMU_VP OUT [slurm]
"""
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from browser import Browser
from slurm import Slurm

PROGRAM, OUT = sys.argv[1:3]

SMOKE = """
title = "Copies"
scenario = "smoke"
seeds = 2
[set]
smmu.tbu.tlb.impl = "reference"
endpoint = {{0 = {{atc = {{impl = "reference"}}}}}}
[[axis]]
name = "bytes"
key = "scenario.bytes"
unit = "bytes"
log = {{from = 4096, to = {last}, points = {points}}}
[[plot]]
title = "Bytes read"
x = "bytes"
y = "counters.ep0.dma.bytes_read"
law = "{law}"
within_percent = {within}
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.join(OUT, self.id().split(".")[-1])
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def at(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.at(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.at(name)

    def sweep_file(self, name="copies.toml", points=3, last=16384, law="bytes", within=30):
        return self.write(name, SMOKE.format(points=points, last=last, law=law, within=within))

    def run_it(self, *arguments, status=0, env=None):
        ran = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, env=env)
        self.assertEqual(ran.returncode, status, ran.stdout + ran.stderr)
        return ran

    def one_line(self, ran, *parts):
        self.assertEqual(len(ran.stderr.splitlines()), 1, ran.stderr)
        for part in parts:
            self.assertIn(part, ran.stderr)

    def json(self, *path):
        with open(self.at(os.path.join(*path)), encoding="utf-8") as file:
            return json.load(file)


class Sweeps(Case):
    def test_a_sweep_has_a_row_for_each_point_with_its_whole_configuration(self):
        ran = self.run_it("sweep", self.sweep_file(), "--out", self.at("out"))
        self.assertIn("Copies: 6 of 6 points", ran.stdout)
        with open(self.at("out/sweep.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([(row["bytes"], row["seed"]) for row in rows],
                         [(size, seed) for size in ("4096", "8192", "16384") for seed in ("1", "2")])
        for row, point in zip(rows, self.json("out", "sweep.json")["points"]):
            summary = self.json("out", point["folder"], "summary.json")
            self.assertEqual(row["config.scenario.bytes"], row["bytes"])
            self.assertEqual(row["config.endpoint.0.kind"], "pcie")
            self.assertEqual(int(float(row["counters.smmu.walks"])), summary["counters"]["smmu.walks"])
            self.assertEqual(float(row["latency.dma.mean_ps"]), summary["latency"]["dma"]["mean_ps"])
            self.assertEqual(summary["seed"], int(row["seed"]))
        with Browser() as browser:
            browser.open(self.at("out/report.html"))
            self.assertEqual(browser.evaluate("charts.length"), 1)
            self.assertEqual(browser.evaluate("charts[0].options.scales.x.title.text"), "bytes [bytes]")
            browser.click("The numbers")
            self.assertTrue(browser.evaluate("document.querySelector('#bytes-read details').open"))
            browser.screenshot(self.at("out/report.png"))

    def test_a_law_that_does_not_hold_fails_the_sweep(self):
        ran = self.run_it("sweep", self.sweep_file(law="3 * bytes"), "--out", self.at("out"), status=1)
        self.assertIn("NOT OK", ran.stdout)
        self.assertFalse(self.json("out", "sweep.json")["plots"][0]["holds"])

    def test_an_interrupted_sweep_loses_no_point_and_goes_on_where_it_was(self):
        file = self.sweep_file(points=4, last=1 << 20)
        process = subprocess.Popen([PROGRAM, "sweep", file, "--jobs", "1", "--out", self.at("out")], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        while len(self.finished()) < 2:
            self.assertIsNone(process.poll(), "it ended before it was interrupted")
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertIn("--resume", errors)
        done = self.finished()
        self.assertEqual(self.json("out", "sweep.json")["state"], "interrupted")
        self.one_line(self.run_it("sweep", file, "--out", self.at("out"), status=2), "of 8 points of an unfinished sweep", "--resume")
        self.run_it("sweep", file, "--out", self.at("out"), "--resume")
        self.assertEqual(self.json("out", "sweep.json")["state"], "complete")
        after = self.finished()
        self.assertEqual(len(after), 8)
        for folder, stamp in done.items():
            self.assertEqual(after[folder], stamp, "a point that had run is run again")

    def finished(self):
        """The points with a complete summary, and when it was written."""
        found = {}
        for folder, _, files in os.walk(self.at("out")):
            if "summary.json" in files:
                with open(os.path.join(folder, "summary.json"), encoding="utf-8") as file:
                    if json.load(file)["status"] == "ok":
                        found[folder] = os.stat(os.path.join(folder, "summary.json")).st_mtime_ns
        return found

    def test_mistakes_are_one_line_before_any_point_runs(self):
        head = 'scenario = "smoke"\n[[axis]]\nkey = '
        for text, parts in ((head + '"cpu.cuont"\nlist = [1]\n', ["cpu.cuont", "cpu.count"]),
                            (head + '"cpu.count"\nlist = [1, 2, 1000]\n', ["cpu.count = 1000", "1..256"]),
                            ('scenario = "none"\n', ["unknown scenario 'none'"]),
                            ("scenario = \n", ["bad.toml:1"])):
            self.one_line(self.run_it("sweep", self.write("bad.toml", text), "--out", self.at("out"), status=2), *parts)
            self.assertFalse(os.path.exists(self.at("out")))
        self.one_line(self.run_it("sweep", self.at("absent.toml"), status=2), "absent.toml")
        wrong = self.write("plot.toml", 'scenario = "smoke"\n[[plot]]\nx = "seed"\ny = "counters.none"\n')
        self.one_line(self.run_it("sweep", wrong, "--out", self.at("out"), status=2), "counters.none")


class Comparisons(Case):
    def test_two_runs_differ_in_the_key_that_was_changed_and_in_what_follows_from_it(self):
        for name, latency in (("a", "150"), ("b", "600")):
            self.run_it("run", "smoke", "--quiet", "--record", "latency", "--set", "link.latency_ns=" + latency, "--out", self.at(name))
        ran = self.run_it("compare", self.at("a"), self.at("b"), "--out", self.at("out"))
        found = self.json("out", "comparison.json")
        self.assertEqual(found["keys"], [{"key": "link.latency_ns", "a": 150, "b": 600}])
        differences = {d["measure"]: d for d in found["points"][0]["differences"]}
        a, b = (self.json(name, "summary.json")["latency"]["ats_request"]["mean_ps"] for name in "ab")
        self.assertAlmostEqual(differences["latency.ats_request.mean_ps"]["percent"], 100 * (b / a - 1))
        self.assertIn("latency.ats_request.mean_ps", ran.stdout)
        with Browser() as browser:
            browser.open(self.at("out/report.html"))
            self.assertIn("link.latency_ns", browser.evaluate("document.getElementById('keys-that-differ').textContent"))
            browser.screenshot(self.at("out/report.png"))

    def test_a_run_equals_itself(self):
        self.run_it("run", "smoke", "--quiet", "--record", "latency", "--out", self.at("a"))
        ran = self.run_it("compare", self.at("a"), self.at("a"), "--out", self.at("out"))
        self.assertIn("No key differs.", ran.stdout)
        self.assertEqual(self.json("out", "comparison.json")["points"][0]["differences"], [])

    def test_sweeps_are_compared_point_by_point_with_the_spread_over_seeds(self):
        for name, more in (("a", 16384), ("b", 8192)):
            self.run_it("sweep", self.sweep_file(name + ".toml", points=2, last=more), "--out", self.at(name))
        self.run_it("compare", self.at("a"), self.at("b"), "--out", self.at("out"))
        found = self.json("out", "comparison.json")
        self.assertEqual([p["label"] for p in found["points"]], ["bytes 4096"])
        self.assertEqual((found["only_a"], found["only_b"]), (["bytes 16384"], ["bytes 8192"]))
        self.assertEqual(found["points"][0]["differences"], [])

    def test_what_is_no_run_is_refused_in_one_line(self):
        self.one_line(self.run_it("compare", self.folder, self.folder, status=2), self.folder, "summary.json")


class Estimates(Case):
    TRACE = """\
# tracer: nop
  app-100 [000] 10.000000: sys_enter_munmap: addr: 0x7f0000000000, len: 0x1000
  app-100 [000] 10.000100: sys_enter_munmap: addr: 0x7f0000000000, len: 0x100000
  app-101 [001] 10.000200: iommu:unmap: IOMMU: iova=0x10000 - 0x12000 size=8192 unmapped_size=8192
  app-101 [001] 10.000300: iommu:unmap: IOMMU: iova=0x10000
  app-101 [001] 10.001000: sys_enter_exit_group: error_code: 0x0
"""

    def test_a_trace_costs_the_commands_of_its_ranges_on_each_configuration(self):
        ran = self.run_it("estimate", "--ftrace", self.write("trace.txt", self.TRACE), "--out", self.at("out"))
        self.assertIn("5 lines: 3 unmappings", ran.stdout)
        self.assertIn("line 5: no size", ran.stdout)
        rows = {point["at"]["configuration"]: {c["name"]: v for c, v in zip(point["tables"][0]["columns"], point["tables"][0]["rows"][0])}
                for point in self.json("out", "sweep.json")["points"]}
        pages = 1 + 256 + 2
        for name, tlbi in (("no range commands", pages), ("threshold 64 pages", 1 + 1 + 2), ("threshold 4096 pages", pages)):
            self.assertEqual(rows[name]["TLBI"], tlbi, name)
        self.assertLess(rows["range commands"]["TLBI"], 10)
        for name, row in rows.items():
            self.assertEqual((row["unmaps"], row["pages"]), (3, pages), name)
            self.assertEqual(sum(row[part] for part in ("driver", "queue", "tlbi", "sync", "link", "atc")), row["total"], name)
            self.assertAlmostEqual(row["share"], row["total"] / 1e9)  # the trace covers a millisecond

    def test_a_file_without_unmappings_is_refused_in_one_line(self):
        self.one_line(self.run_it("estimate", "--ftrace", self.write("empty.txt", "hello\n"), "--quiet", status=2), "no iommu:unmap", "1 of them malformed")
        self.one_line(self.run_it("estimate", "--ftrace", self.at("absent.txt"), status=2), "absent.txt")


class OnSlurm(Case):
    def test_slurm_runs_the_points_and_the_results_are_the_same(self):
        file = self.sweep_file(points=2)
        with Slurm(self.at("slurm")) as slurm:
            self.run_it("sweep", file, "--executor", "slurm", "--out", self.at("slurm_out"), env=slurm.environment)
            jobs = slurm.ask("scontrol", "show", "jobs", "--oneliner")
        self.assertEqual(jobs.count("JobName=smmu-vp"), 4, jobs)
        self.run_it("sweep", file, "--out", self.at("local_out"))
        self.assertEqual(self.numbers("slurm_out"), self.numbers("local_out"))

    def numbers(self, out):
        return [point["numbers"] for point in self.json(out, "sweep.json")["points"]]


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
