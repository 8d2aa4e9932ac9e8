"""Event logs: compressed, filtered, limited, and read back by the program and by Python.

usage: events_test.py PROGRAM PYTHON_FOLDER DIRECTORY
"""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest

PROGRAM, PYTHON, WORK = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
sys.path.insert(0, PYTHON)
from smmu_vp_events import events  # noqa: E402


def smmu_vp(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)


def recorded(name, *options):
    """Runs smoke; returns its folder and what it printed on stderr."""
    out = WORK / name
    ran = smmu_vp("run", "smoke", "--quiet", "--out", out, *options)
    assert ran.returncode == 0, ran.stderr
    return out, ran.stderr


def facts(text):
    return [json.loads(line) for line in text.splitlines()]


def pasid_of(fact):
    """The PASID that a fact names; `pasid` of pcie.controls is a flag."""
    named = [fact[name] for name in ("ssid", "pasid") if name in fact and fact.get("ssv", True)]
    return named[0] if named and not isinstance(named[0], bool) else None


class EventsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(WORK, ignore_errors=True)
        cls.plain, _ = recorded("plain", "--record", "events")
        cls.text = (cls.plain / "events.jsonl").read_text()
        cls.compressed, _ = recorded("compressed", "--record", "events.zst")

    def test_a_compressed_log_holds_the_same_lines_in_a_tenth_of_the_space(self):
        log = self.compressed / "events.jsonl.zst"
        self.assertEqual(smmu_vp("events", log).stdout, self.text)
        self.assertLess(log.stat().st_size * 10, len(self.text))
        self.assertFalse((self.compressed / "events.jsonl").exists())

    def test_python_reads_both_forms(self):
        every = facts(self.text)
        self.assertEqual(list(events(self.plain / "events.jsonl")), every)
        self.assertEqual(list(events(self.compressed / "events.jsonl.zst")), every)

    def test_a_filter_takes_the_same_events_in_a_run_in_the_program_and_in_python(self):
        every = facts(self.text)
        middle = every[len(every) // 2]["t_ps"]
        pasid = max(id for id in map(pasid_of, every) if id is not None)
        for name, options, keywords, taken in [
                ("kinds", ["--event-kinds", "smmu.command,pcie.*"], {"kinds": ["smmu.command", "pcie.*"]},
                 lambda f: f["ev"] == "smmu.command" or f["ev"].startswith("pcie.")),
                ("window", ["--event-window", f":{middle}ps"], {"end_ps": middle}, lambda f: f["t_ps"] <= middle),
                ("pasids", ["--event-pasids", str(pasid)], {"pasids": [pasid]},
                 lambda f: pasid_of(f) == pasid)]:
            with self.subTest(name):
                wanted = [f for f in every if taken(f)]
                self.assertTrue(0 < len(wanted) < len(every))
                log = recorded(name, "--record", "events", *options)[0] / "events.jsonl"
                self.assertEqual(facts(log.read_text()), wanted)
                self.assertEqual(facts(smmu_vp("events", self.compressed / "events.jsonl.zst", *options).stdout), wanted)
                self.assertEqual(list(events(self.plain / "events.jsonl", **keywords)), wanted)

    def test_a_limit_ends_each_file_at_a_whole_event_and_is_reported_in_one_line_each(self):
        out, stderr = recorded("limited", "--record", "events,timeline", "--record-limit", "10kB")
        log = (out / "events.jsonl").read_text()
        self.assertTrue(self.text.startswith(log) and log.endswith("}\n"))
        self.assertTrue(9_000 < len(log) <= 10_000)
        timeline = out / "timeline.json"
        self.assertTrue(json.loads(timeline.read_text())["traceEvents"])
        self.assertLess(timeline.stat().st_size, 10_100)
        lines = stderr.splitlines()
        self.assertEqual(len(lines), 2)
        for name in ("events.jsonl", "timeline.json"):
            self.assertTrue(any(f"{name} reached the limit of 10000 bytes" in line for line in lines), lines)
        self.assertEqual(len(json.loads((out / "summary.json").read_text())["incomplete"]), 2)

    def test_what_cannot_be_read_or_asked_for_is_one_line(self):
        damaged = WORK / "damaged.zst"
        whole = (self.compressed / "events.jsonl.zst").read_bytes()
        damaged.write_bytes(whole[:len(whole) // 2])
        other = WORK / "other"
        other.write_text("no event\n")
        for arguments, reason in [(["events", damaged], "ends within"), (["events", other], "other:1: not an event"),
                                  (["events", WORK / "none"], "No such file"), (["events", WORK], "directory"),
                                  (["events", other, "--event-kinds", "smmu.nothing"], "no event is called"),
                                  (["events", other, "--event-pasids", "1048576"], "0 to 1048575"),
                                  (["run", "smoke", "--record", "events,events.zst"], "list of events"),
                                  (["run", "smoke", "--record", "none", "--event-pasids", "1"], "no events"),
                                  (["run", "smoke", "--record-limit", "10 MB"], "expected a size")]:
            with self.subTest(arguments):
                ran = smmu_vp(*arguments)
                self.assertEqual(ran.returncode, 2, ran.stderr)
                self.assertEqual(len(ran.stderr.splitlines()), 1)
                self.assertIn(reason, ran.stderr)
        with self.assertRaises(ValueError):
            list(events(damaged))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
