"""What the launcher of `vp linux` makes of a guest's output, and the archive it gives the guest.

    python3 launcher_test.py FOLDER_OF_THE_LAUNCHER
"""
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv[1])
from launcher import console, guest  # noqa: E402
from launcher.console import Console  # noqa: E402
from launcher.initramfs import Initramfs  # noqa: E402
from launcher.tools import made, up_to_date  # noqa: E402


def printed(*lines):
    c = Console(io.BytesIO(), None)
    c.take("".join(line + "\r\n" for line in lines).encode())
    return c


class Guest(unittest.TestCase):
    def test_results_of_scenarios_have_their_remarks(self):
        c = printed("<6>[    1.0] Run /init", "guest: up", "1..3", "ok 1 - unmap pci", "# a.c:7: wrong data",
                    "not ok 2 - unmap platform", "# no device", "ok 3 - reset pci # SKIP", "guest: exit status 1")
        c.ended()
        self.assertEqual(c.results, [("unmap pci", True, False), ("unmap platform", False, False),
                                     ("reset pci", True, True)])
        self.assertEqual(c.remarks["unmap platform"], ["a.c:7: wrong data"])
        self.assertEqual((c.up, c.planned, c.exit_status, c.trouble), (True, 3, 1, None))

    def test_a_line_may_come_in_pieces(self):
        c = Console(io.BytesIO(), None)
        for part in (b"ok 1 - un", b"map pci\r", b"\nok 2"):
            c.take(part)
        self.assertEqual(c.results, [("unmap pci", True, False)])

    def test_a_script_may_run_scenarios_more_than_once(self):
        c = printed("1..2", "ok 1 - unmap pci", "ok 2 - unmap platform", "1..1", "ok 1 - unmap pci")
        self.assertEqual((c.planned, len(c.results)), (3, 3))

    def test_what_the_kernel_logs_is_no_result(self):
        self.assertEqual(printed("<6>[    1.0] ok 1 - unmap pci").results, [])

    def test_a_panic_is_named(self):
        c = printed("<0>[    2.0] Kernel panic - not syncing: VFS: no root")
        c.ended()
        self.assertEqual(c.trouble, "the kernel panicked: VFS: no root")

    def test_a_guest_that_ends_early_is_reported_with_its_last_line(self):
        c = printed("guest: up", "1..2")
        c.ended()
        self.assertEqual(c.trouble, "the guest ended before its programs did; its last line: 1..2")

    def test_a_kernel_that_prints_nothing_is_named(self):
        c = printed()
        c.ended()
        self.assertIn("printed nothing", c.trouble)

    def test_a_guest_that_does_not_come_up_or_falls_silent_is_noticed(self):
        for limit, lines, words in (("FIRST_S", [], "printed nothing within"), ("BOOT_S", ["<6>x"], "first process"),
                                    ("LONGEST_S", ["guest: up"], "nothing for"),
                                    ("ALONE_S", ["guest: up", "<3>stall"], "only the kernel has printed")):
            before = getattr(console, limit)
            try:
                setattr(console, limit, -1)
                self.assertIn(words, printed(*lines).check_time(guest_s=60))
            finally:
                setattr(console, limit, before)

    def test_a_guest_whose_own_time_stands_still_is_given_more(self):
        c = Console(io.BytesIO(), None, silence_s=-1)
        c.take(b"guest: up\n")
        self.assertIsNone(c.check_time(guest_s=5))
        self.assertIn("nothing for", c.check_time(guest_s=100))


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_the_archive_lists_its_files_with_aligned_data(self):
        archive = Initramfs()
        archive.add("init", b"#!/bin/sh\n")
        archive.write(self.path / "a.cpio")
        data, at, found = (self.path / "a.cpio").read_bytes(), 0, {}
        while True:
            self.assertEqual(data[at:at + 6], b"070701")
            fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
            name_at = at + 110
            name = data[name_at:name_at + fields[11] - 1].decode()
            data_at = (name_at + fields[11] + 3) & ~3
            if name == "TRAILER!!!":
                break
            found[name] = (fields[1], data[data_at:data_at + fields[6]])
            at = (data_at + fields[6] + 3) & ~3
        self.assertEqual(found["init"], (0o100755, b"#!/bin/sh\n"))
        self.assertIn("dev/console", found)

    def test_a_file_is_made_again_only_if_an_input_changed(self):
        source, target = self.path / "in", self.path / "out"
        source.write_text("1")
        self.assertFalse(up_to_date(target, source))
        target.write_text("made")
        self.assertFalse(up_to_date(target, source), "it was not completed")
        target.write_text("made")
        made(target)
        self.assertTrue(up_to_date(target, source))
        source.write_text("2")
        self.assertFalse(up_to_date(target, source))
        self.assertFalse(target.exists())

    def test_every_scenario_has_its_file(self):
        files = {path.stem for path in (guest.GUEST / "scenarios").glob("*.c")}
        self.assertEqual(files, set(guest.scenarios()))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
