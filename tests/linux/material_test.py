"""The test material of a real kernel that needs none to be looked at: planted bugs, and what random seeds stand for.

    python3 material_test.py FOLDER_OF_THE_LAUNCHER
"""
import pathlib
import re
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import random_runs  # noqa: E402

MONITORS = set(re.findall(r"^MONITOR\((\w+)\)", (HERE.parents[1] / "testbench/observe/monitors/all.def").read_text(), re.M))


class Material(unittest.TestCase):
    def test_each_planted_bug_says_what_it_is_and_which_monitor_names_it(self):
        patches = list((HERE / "bugs").glob("*.patch"))
        self.assertTrue(patches)
        for patch in patches:
            with self.subTest(patch.name):
                text = patch.read_text()
                self.assertIn(re.search(r"^Monitor: (\w+)$", text, re.M)[1], MONITORS)
                changed = [line for line in text.splitlines() if re.match(r"[-+][^-+]", line)]
                self.assertTrue(0 < len(changed) <= 8, "a small mistake")

    def test_each_seed_stands_for_one_configuration(self):
        for seed in range(300):
            self.assertEqual(random_runs.arguments(seed), random_runs.arguments(seed))
        keys = {word.split("=")[0] for seed in range(300) for word in random_runs.arguments(seed) if "=" in word}
        self.assertLessEqual({*random_runs.KEYS, *random_runs.CACHES, *random_runs.GEOMETRY}, keys)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
