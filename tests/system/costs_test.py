"""The scenarios mm_cost and ring, and traffic over blocks, against closed forms.

    python3 costs_test.py SMMU_VP OUT [CLASS]
"""
import json
import os
import shutil
import subprocess
import sys
import unittest

PROGRAM, OUT = sys.argv[1:3]
PARTS = ("driver", "queue", "tlbi", "sync", "link", "atc")


class Case(unittest.TestCase):
    def run_it(self, scenario, *settings):
        """The rows of the run's tables, by the table's name."""
        out = os.path.join(OUT, self.id().split(".")[-1])
        shutil.rmtree(out, ignore_errors=True)
        command = [PROGRAM, "run", scenario, "--record", "none", "--out", out]
        for setting in settings:
            command += ["--set", setting]
        ran = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
            tables = json.load(file)["tables"]
        return {t["name"]: [dict(zip((c["name"] for c in t["columns"]), row)) for row in t["rows"]] for t in tables}


class Operations(Case):
    def cost(self, *settings):
        return self.run_it("mm_cost", "scenario.count=4", *settings)["mm_cost"][0]

    def test_the_parts_of_every_operation_add_up_to_its_time(self):
        for operation in ("munmap", "mprotect", "reuse", "exit", "bind", "unbind"):
            row = self.cost(f"scenario.operation={operation}", "scenario.size_kb=64", "scenario.working_kb=64")
            self.assertGreater(row["total"], 0)
            # Means of whole picoseconds, rounded down one by one.
            self.assertAlmostEqual(sum(row[part] for part in PARTS), row["total"], delta=len(PARTS), msg=operation)

    def test_commands_of_an_unmap_step_at_one_tables_worth_for_every_page_size(self):
        for size, kb in (("4k", 4), ("16k", 16)):
            step = kb * 1024 // 8  # pages of one table
            for pages, tlbi in ((1, 1), (step - 1, step - 1), (step, 1)):
                row = self.cost(f"driver.page_size={size}", "driver.ril=false", f"scenario.size_kb={pages * kb}", "scenario.offset_kb=64",
                                "scenario.count=1")
                self.assertEqual((row["TLBI"], row["ATC"], row["SYNC"]), (tlbi, 1, 2), (size, pages))

    def test_flushing_everything_makes_the_device_ask_again_for_its_working_set_and_a_range_does_not(self):
        for threshold, requests in ((1, 64), (0, 0)):
            row = self.cost("driver.ril=false", f"driver.max_tlbi_ops={threshold}", "scenario.size_kb=64", "scenario.working_kb=256")
            self.assertEqual(row["refill_requests"], requests)
            self.assertEqual(row["refill"] > 0, requests > 0)

    def test_a_process_dies_with_the_same_commands_whatever_it_has_in_memory_and_whatever_faults(self):
        rows = [self.cost("scenario.operation=exit", f"scenario.size_kb={kb}", f"scenario.faults={faults}")
                for kb, faults in ((4, 0), (4096, 0), (4, 4))]
        for row in rows[:2]:
            self.assertEqual((row["TLBI"], row["ATC"]), (1, 1))
        self.assertGreater(rows[1]["total"], rows[0]["total"])

    def test_processes_at_once_make_more_operations_a_second(self):
        rate = {n: self.run_it("mm_cost", "scenario.operation=reuse", f"scenario.processes={n}")["mm_rate"][0] for n in (1, 2)}
        self.assertEqual(rate[2]["operations"], 2 * rate[1]["operations"])
        self.assertGreater(rate[2]["rate"], rate[1]["rate"])


class Rings(Case):
    def ring(self, *settings):
        return self.run_it("ring", "scenario.received=16", "scenario.descriptors=32", "scenario.warm_up=8", *settings)["ring"][0]

    def test_strict_invalidation_makes_every_page_miss_and_keeps_the_tables(self):
        row = self.ring("scenario.mapping=page")
        self.assertEqual(row["pages"], 16 * 64)
        self.assertGreaterEqual(row["misses"], 1)
        self.assertEqual((row["level0"], row["level1"]), (0, 0))
        self.assertEqual((row["invalidations"], row["syncs"]), (64, 128))

    def test_a_buffer_mapped_at_once_needs_one_invalidation_and_at_most_two_last_level_tables(self):
        row = self.ring("scenario.mapping=descriptor")
        self.assertLessEqual(row["level2"], 2 / 64)
        self.assertEqual((row["level0"], row["level1"]), (0, 0))
        self.assertEqual((row["invalidations"], row["syncs"]), (1, 2))

    def test_a_lazy_ring_sends_one_invalidation_for_255_unmaps(self):
        row = self.ring("scenario.mapping=page", "scenario.flush=lazy")
        self.assertLess(row["invalidations"], 64 / 255 * 2)


class Modes(Case):
    def test_only_a_timed_run_prints_durations_and_every_run_prints_counts(self):
        for mode in ("timed", "loose", "untimed"):
            ran = subprocess.run([PROGRAM, "run", "mm_cost", "--record", "none", "--out", os.path.join(OUT, "modes"), "--set", f"timing.mode={mode}"],
                                 capture_output=True, text=True, check=True)
            self.assertIn("TLBI", ran.stdout)
            self.assertEqual("total" in ran.stdout, mode == "timed", ran.stdout)
            self.assertEqual(f"Durations are not shown: timing.mode is {mode}" in ran.stdout, mode != "timed", ran.stdout)


class Blocks(Case):
    def test_traffic_over_blocks_walks_once_for_each_of_them(self):
        rows = {}
        for pages in ("small", "2m"):
            out = os.path.join(OUT, "blocks")
            subprocess.run([PROGRAM, "run", "traffic", "--record", "none", "--out", out, "--set", f"scenario.pages={pages}",
                            "--set", "scenario.window_kb=16384", "--set", "scenario.pattern=sequential", "--set", "scenario.bytes=4096",
                            "--set", "scenario.accesses=8192", "--set", "scenario.warm_up=0"], check=True, capture_output=True)
            with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
                rows[pages] = json.load(file)["counters"]
        self.assertEqual(rows["2m"]["smmu.walks"], 8)
        self.assertEqual(rows["2m"]["smmu.walk_reads.level3"], 0)
        self.assertGreaterEqual(rows["small"]["smmu.walk_reads.level3"], 4096)

    def test_a_block_that_the_page_size_does_not_have_is_refused_in_one_line(self):
        ran = subprocess.run([PROGRAM, "run", "traffic", "--set", "scenario.pages=2m", "--set", "driver.page_size=16k"],
                             capture_output=True, text=True)
        self.assertEqual(ran.returncode, 2)
        self.assertEqual(ran.stderr, "smmu-vp: scenario.pages = '2m': driver.page_size permits small or 32m\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
