"""The bundled driver performs the steps whose commands of a real kernel are recorded; what differs must have a reason.

    python3 bundled_test.py FOLDER_OF_THE_LAUNCHER SMMU_VP SCRATCH
"""
import pathlib
import sys
import unittest

sys.path.insert(0, sys.argv[1])
from compare import compare, differences, machines, page, record  # noqa: E402
from compare.reasons import judged  # noqa: E402

PROGRAM, SCRATCH = sys.argv[2], pathlib.Path(sys.argv[3])


def bundled(machine, bug="none"):
    return record.from_events(machines.run_bundled(machine, SCRATCH / f"{machine}_{bug}", PROGRAM, bug), PROGRAM)


def differing(machine, bug="none"):
    kernel = record.read(compare.recording(machine))
    return [(machine, d) for d in differences.between(kernel, bundled(machine, bug))]


class Bundled(unittest.TestCase):
    maxDiff = None

    def test_every_difference_has_a_reason_and_every_reason_a_difference(self):
        left, used = judged([d for machine in machines.MACHINES for d in differing(machine)])
        self.assertEqual([f"{m}: {step.name}: only {side}: {line}" for m, step, side, line in left], [])
        self.assertEqual([r.what for r, count in used.items() if count == 0], [])
        self.assertIn(page.table(used), compare.PAGE.read_text(), "docs/fidelity.md: run ./vp linux --compare --keep")

    def test_a_bug_of_the_driver_is_a_difference_without_a_reason(self):
        for bug in ("granule_not_set", "atc_before_tlbi", "atc_size_too_small", "no_tlbi_at_unbind"):
            with self.subTest(bug=bug):
                self.assertTrue(judged(differing("ats_ril", bug))[0])

    def test_a_record_is_the_same_after_it_was_written_and_read(self):
        steps = bundled("plain")
        record.write(steps, SCRATCH / "again.txt")
        self.assertEqual(record.read(SCRATCH / "again.txt"), steps)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
