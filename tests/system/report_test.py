"""report.html as its reader sees it, in headless Chromium.

    python3 report_test.py SMMU_VP OUT
"""
import json
import os
import subprocess
import sys
import unittest

from browser import Browser

PROGRAM, OUT = sys.argv[1:3]


def run(name, *arguments, status=0):
    """The folder of a run, and its summary."""
    folder = os.path.join(OUT, name)
    ran = subprocess.run([PROGRAM, "run", *arguments, "--record", "latency,report", "--out", folder], capture_output=True, text=True)
    assert ran.returncode == status, ran.stdout + ran.stderr
    with open(os.path.join(folder, "summary.json"), encoding="utf-8") as file:
        return folder, json.load(file), ran.stdout


AXES = "charts.flatMap(c => Object.values(c.options.scales).map(s => s.title.display ? s.title.text : ''))"
# Whether something is drawn on each canvas: pixels that differ from its background.
DRAWN = """[...document.querySelectorAll('canvas')].map(c => {
  const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0;
  for (let i = 3; i < pixels.length; i += 4) n += pixels[i] !== 0;
  return n;
})"""


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder, cls.summary, cls.printed = run("lifecycle", "sva_lifecycle")
        cls.browser = Browser().__enter__()
        cls.browser.open(os.path.join(cls.folder, "report.html"))

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()

    def see(self, script):
        return self.browser.evaluate(script)

    def test_the_run_prints_where_its_report_is(self):
        self.assertIn(f"Report: {self.folder}/report.html\n", self.printed)

    def test_the_page_asks_for_nothing_but_itself(self):
        self.assertEqual([r for r in self.browser.requests if not r.startswith(("file:", "data:", "about:"))], [])
        self.assertEqual(len([r for r in self.browser.requests if r.startswith("file:")]), 1)
        self.assertEqual(self.browser.problems, [])

    def test_every_row_of_the_lifecycle_and_every_monitor_is_on_the_page(self):
        rows = "document.querySelectorAll('#{} tbody tr').length"
        self.assertEqual(self.see(rows.format("pasid-lifetime")), len(self.summary["phases"]))
        self.assertEqual(self.see(rows.format("monitors")), len(self.summary["monitors"]))
        self.assertEqual(self.see("document.getElementById('status').textContent"), "ok")

    def test_every_chart_is_drawn_and_every_axis_has_a_title_and_durations_a_unit(self):
        drawn, axes = self.see(DRAWN), self.see(AXES)
        self.assertGreaterEqual(len(drawn), 4)
        self.assertNotIn(0, drawn)
        self.assertNotIn("", axes)
        for axis in axes:
            if "time" in axis or "latency" in axis or "exposure" in axis:
                self.assertRegex(axis, r"\[(ps|ns|µs|ms|s)\]$")

    def test_the_timeline_has_the_phases_of_every_pasid(self):
        labels = self.see("charts.find(c => c.canvas.getAttribute('aria-label') === 'timeline of each PASID').data.labels")
        for pasid in {row["pasid"] for row in self.summary["phases"]}:
            self.assertTrue(any(label.startswith(f"PASID {pasid}: phase") for label in labels), labels)

    def test_durations_without_a_source_are_marked(self):
        kinds = {source["kind"] for source in self.summary["sources"].values()}
        self.assertIn("uncalibrated", kinds)
        for part in ("latency", "timeline-of-each-pasid", "exposure-windows-of-late-invalidations"):
            self.assertGreater(self.see(f"document.querySelectorAll('#{part} .uncalibrated').length"), 0, part)

    def test_a_click_shows_another_histogram_with_all_samples(self):
        label = "document.querySelector('#histogram canvas').getAttribute('aria-label')"
        before = self.see(label)
        self.browser.click("page_fault")
        self.assertNotEqual(self.see(label), before)
        self.assertEqual(self.see(label), "histogram of page_fault")
        counts = self.see("charts.at(-1).data.datasets[0].data")
        self.assertEqual(sum(counts), self.summary["latency"]["page_fault"]["count"])
        self.browser.screenshot(os.path.join(self.folder, "report.png"))

    def test_it_prints_on_paper(self):
        self.assertGreater(len(self.browser.pdf()), 20_000)


class Others(unittest.TestCase):
    def test_a_violation_shows_its_first_cause_at_the_top(self):
        folder, summary, _ = run("violation", "unmap_race", "--set", "scenario.rounds=3", "--set", "driver.bug=no_tlbi", status=1)
        with Browser() as browser:
            browser.open(os.path.join(folder, "report.html"))
            text = browser.evaluate("document.querySelector('main section').textContent")
            self.assertTrue(text.startswith("First cause"), text)
            self.assertIn(summary["first_cause"]["what"], text)
            browser.screenshot(os.path.join(folder, "report.png"))

    def test_parts_of_a_measured_table_are_stacked_bars_that_add_up(self):
        folder, summary, _ = run("cost", "invalidation_cost", "--set", "scenario.largest_mb=2")
        with Browser() as browser:
            browser.open(os.path.join(folder, "report.html"))
            charts = browser.evaluate("charts.filter(c => c.canvas.getAttribute('aria-label').startsWith('parts of total'))"
                                      ".map(c => c.data.datasets.map(d => d.data))")
            browser.screenshot(os.path.join(folder, "report.png"))
        self.assertEqual(len(charts), len(summary["tables"]))
        for bars, table in zip(charts, summary["tables"]):
            whole = [column["name"] for column in table["columns"]].index("total")
            sums = [sum(part[i] for part in bars) for i in range(len(table["rows"]))]
            scale = table["rows"][0][whole] / sums[0]
            for row, bar in zip(table["rows"], sums):
                self.assertAlmostEqual(row[whole] / scale, bar, delta=1e-6 * max(sums))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
