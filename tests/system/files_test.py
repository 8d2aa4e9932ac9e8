"""How the program writes files: nothing is replaced by something of another kind, no file is left unfinished, only one
run at a time uses a folder, and a full disk is reported with the file's name.

    python3 files_test.py SMMU_VP
"""
import errno
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
ROOT = os.geteuid() == 0
OURS = ("summary.json", "report.html", "account.txt", "events.jsonl", "timeline.json", "waves.fst", "waves.gtkw")
MINUTE = 60


def run(*arguments, **more):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=5 * MINUTE, **more)


def smoke(out, *more, **options):
    return run("run", "smoke", "--out", out, *more, **options)


class Files(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.here = directory.name
        self.out = self.at("out")

    def at(self, *names):
        return os.path.join(self.here, *names)

    def put(self, *names, text="precious"):
        os.makedirs(os.path.dirname(self.at(*names)), exist_ok=True)
        with open(self.at(*names), "w") as f:
            f.write(text)
        return self.at(*names)

    def text(self, *names):
        with open(self.at(*names)) as f:
            return f.read()

    def start(self, *more, **options):
        """Starts a run that continues until it is killed; returns once it has begun."""
        process = subprocess.Popen([PROGRAM, "run", "smoke", "--set", "scenario.bytes=268435456", "--out", self.out, *more],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        for _ in range(600):
            if os.path.exists(os.path.join(self.out, "timeline.json")):
                time.sleep(0.5)  # the signal handlers are installed a little later
                return process
            time.sleep(0.05)
        self.fail("the run does not begin")

    def one_line(self, ran, status, *parts):
        self.assertEqual(ran.returncode, status, ran.stderr)
        self.assertEqual(ran.stderr.count("\n"), 1, ran.stderr)
        for part in parts:
            self.assertIn(part, ran.stderr)

    # ---- places ----

    def recorded(self, output, **options):
        return run("record", "--limit", "100", "-o", output, "--", "true", **options)

    def test_a_file_is_recorded_through_a_link_and_the_link_stays(self):
        self.put("real", text="old")
        os.symlink("real", self.at("link"))
        os.symlink("later", self.at("dangling"))
        for link, target in (("link", "real"), ("dangling", "later")):
            self.assertEqual(self.recorded(self.at(link)).returncode, 0)
            self.assertTrue(os.path.islink(self.at(link)))
            self.assertGreater(os.path.getsize(self.at(target)), 100)
        self.assertEqual(sorted(os.listdir(self.here)), ["dangling", "later", "link", "real"], "nothing else is left")

    def test_a_file_keeps_its_mode_and_is_replaced_when_it_is_complete(self):
        os.chmod(self.put("old"), 0o640)
        with open(self.at("old")) as reader:
            self.assertEqual(self.recorded(self.at("old")).returncode, 0)
            self.assertEqual(reader.read(), "precious", "a reader of the old file continues to read it")
        self.assertEqual(stat.S_IMODE(os.stat(self.at("old")).st_mode), 0o640)

    @unittest.skipUnless(ROOT, "only root makes device nodes")
    def test_a_device_is_written_to_and_stays_a_device(self):
        os.mknod(self.at("null"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
        os.symlink("null", self.at("link"))
        for name in ("null", "link"):
            self.assertEqual(self.recorded(self.at(name)).returncode, 0)
            self.assertTrue(stat.S_ISCHR(os.stat(self.at(name)).st_mode))
        os.mkdir(self.out)
        for name in OURS:
            os.mknod(os.path.join(self.out, name), stat.S_IFCHR | 0o666, os.makedev(1, 3))
        for _ in range(2):
            ran = smoke(self.out)
            self.assertEqual(ran.returncode, 0, ran.stderr)
        for name in OURS:
            self.assertTrue(stat.S_ISCHR(os.stat(os.path.join(self.out, name)).st_mode), name)

    def test_a_fifo_is_written_to_and_stays_one(self):
        os.mkfifo(self.at("fifo"))
        got = []

        def read():
            with open(self.at("fifo"), "rb") as f:
                got.append(f.read())

        reader = threading.Thread(target=read)
        reader.start()
        self.assertEqual(self.recorded(self.at("fifo")).returncode, 0)
        reader.join(MINUTE)
        self.assertEqual(self.recorded(self.at("file")).returncode, 0)
        self.assertGreater(len(got[0]), 100)
        self.assertTrue(stat.S_ISFIFO(os.stat(self.at("fifo")).st_mode))

    def test_a_socket_is_written_to_and_stays_one(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.at("socket"))
            listener.listen()
            got = []

            def read():
                peer, _ = listener.accept()
                with peer, peer.makefile("rb") as f:
                    got.append(f.read())

            reader = threading.Thread(target=read)
            reader.start()
            self.assertEqual(self.recorded(self.at("socket")).returncode, 0)
            reader.join(MINUTE)
        self.assertGreater(len(got[0]), 100)
        self.assertTrue(stat.S_ISSOCK(os.stat(self.at("socket")).st_mode))

    def test_standard_output_is_appended_to_where_it_leads(self):
        self.put("all", text="before")
        with open(self.at("all"), "a") as out:
            ran = subprocess.run([PROGRAM, "record", "--limit", "100", "-o", "/dev/stdout", "--", "true"], stdout=out,
                                 stderr=subprocess.PIPE, text=True, timeout=MINUTE)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        with open(self.at("all"), "rb") as f:
            self.assertEqual(f.read(6), b"before")
            self.assertGreater(len(f.read()), 100)

    def test_a_directory_is_refused_before_anything_runs(self):
        os.mkdir(self.at("folder"))
        self.one_line(self.recorded(self.at("folder")), 2, "folder", "directory")
        self.one_line(self.recorded(self.at("none", "x")), 2, "none/x", "No such file")
        os.makedirs(os.path.join(self.out, "events.jsonl"))
        self.one_line(smoke(self.out), 2, "events.jsonl", "directory")
        self.put("flat")
        self.one_line(smoke(self.at("flat")), 2, "flat")
        self.assertEqual(self.text("flat"), "precious")

    @unittest.skipUnless(ROOT, "gives up root to be refused")
    def test_what_is_protected_stays(self):
        os.chmod(self.here, 0o777)
        os.chmod(self.put("mine"), 0o444)
        os.chmod(self.put("folder", "writable"), 0o666)
        nobody = dict(user=65534, group=65534, extra_groups=[])
        self.one_line(self.recorded(self.at("mine"), **nobody), 2, "mine", "Permission denied")
        self.one_line(self.recorded(self.at("folder", "new"), **nobody), 2, "Permission denied")
        self.assertEqual(self.text("mine"), "precious")
        # A file that may be written in a folder that may not.
        ran = self.recorded(self.at("folder", "writable"), **nobody)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertGreater(os.path.getsize(self.at("folder", "writable")), 100)
        self.assertEqual(os.listdir(self.at("folder")), ["writable"])

    # ---- a folder is one run's ----

    def test_nothing_of_an_earlier_run_is_left_and_everything_else_is(self):
        ran = smoke(self.out, "--explain", "0x100:1:0x10000000:rw@1us", "--dump-at", "1us", "--waves", "vcd")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        first = set(os.listdir(self.out))
        self.assertLessEqual({"explain.txt", "waves.vcd"}, first)
        self.put("out", "notes.txt")
        self.put("out", "dump_of_mine", "table.txt")
        self.put("out", "remarks.html")
        dump = next(n for n in first if n.startswith("dump_") and n.endswith("ps"))
        self.put("out", dump, "remark.txt")
        ran = smoke(self.out, "--waves", "off")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual({n for n in os.listdir(self.out) if not n.startswith(".")},
                         {"summary.json", "account.txt", "events.jsonl", "timeline.json", "notes.txt", "dump_of_mine", "report.html", "remarks.html",
                          dump})
        self.assertEqual(os.listdir(os.path.join(self.out, dump)), ["remark.txt"])

    def test_a_run_that_is_killed_leaves_no_summary_of_another(self):
        self.assertEqual(smoke(self.out).returncode, 0)
        os.unlink(os.path.join(self.out, "timeline.json"))
        process = self.start()
        process.kill()
        process.wait()
        self.assertNotIn("summary.json", os.listdir(self.out))
        self.assertTrue(any(n.endswith(".hier") for n in os.listdir(self.out)), "the test kills it with waves open")
        self.assertEqual(smoke(self.out).returncode, 0, "the lock goes with the process")
        self.assertEqual({n for n in os.listdir(self.out)}, {*OURS, ".smmu-vp.notes"}, "so do its unfinished files")

    def test_a_second_run_into_the_folder_is_refused_and_does_no_harm(self):
        first = self.start()
        self.one_line(smoke(self.out), 2, self.out, "another run", str(first.pid))
        os.symlink("out", self.at("other_name"))
        self.one_line(smoke(self.at("other_name")), 2, "another run")
        first.send_signal(signal.SIGINT)
        first.communicate()
        self.assertEqual(first.returncode, 130)
        with open(os.path.join(self.out, "events.jsonl")) as f:
            times = [json.loads(line)["t_ps"] for line in f]
        self.assertEqual(times, sorted(times), "events of one run")
        self.assertEqual(smoke(self.out).returncode, 0)

    def test_of_many_runs_at_once_the_folder_holds_one(self):
        runs = [subprocess.Popen([PROGRAM, "run", "smoke", "--seed", str(n), "--out", self.out, "--quiet"],
                                 stderr=subprocess.PIPE, text=True) for n in range(1, 6)]
        ended = [(n, r.wait(), r.communicate()[1]) for n, r in enumerate(runs, 1)]
        self.assertLessEqual({status for _, status, _ in ended}, {0, 2})
        won = [n for n, status, _ in ended if status == 0]
        self.assertGreaterEqual(len(won), 1)
        self.assertIn(json.loads(self.text("out", "summary.json"))["seed"], won)
        self.assertEqual(json.loads(self.text("out", "summary.json"))["status"], "ok")

    # ---- signals that end a run ----

    def ended_by(self, number, **options):
        process = self.start(**options)
        process.send_signal(number)
        process.communicate(timeout=MINUTE)
        return process.returncode

    def test_a_hang_up_ends_a_run_in_order(self):
        self.assertEqual(self.ended_by(signal.SIGHUP), 129)
        json.loads(self.text("out", "summary.json"))
        json.loads(self.text("out", "timeline.json"))
        self.assertGreater(os.path.getsize(os.path.join(self.out, "waves.fst")), 0)

    def test_a_hang_up_that_is_ignored_from_the_start_is_ignored(self):
        process = self.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        time.sleep(1)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=MINUTE)
        self.assertEqual(process.returncode, 143)

    def test_a_recording_that_is_interrupted_is_usable(self):
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            process = subprocess.Popen([PROGRAM, "record", "-o", self.at("w"), "--", "sh", "-c", "while :; do :; done"],
                                       stderr=subprocess.PIPE, text=True)
            time.sleep(4)
            process.send_signal(number)
            said = process.communicate(timeout=MINUTE)[1]
            self.assertEqual(process.returncode, 128 + number, said)
            self.assertIn("interrupted", said)
            self.assertEqual(os.listdir(self.here), ["w"])
            os.unlink(self.at("w"))

    # ---- full disks ----

    def full(self, kilobytes):
        folder = self.at("disk")
        os.mkdir(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        return folder

    @unittest.skipUnless(ROOT, "only root mounts")
    def test_a_full_disk_ends_with_3_and_the_name_of_the_file(self):
        folder = self.full(64)
        filler = os.open(os.path.join(folder, "filler"), os.O_WRONLY | os.O_CREAT)
        with self.assertRaises(OSError) as full:
            while os.write(filler, b"x" * 4096):
                pass
        os.close(filler)
        self.assertEqual(full.exception.errno, errno.ENOSPC)
        for ran in (smoke(folder), smoke(os.path.join(folder, "out")), self.recorded(os.path.join(folder, "w"))):
            self.one_line(ran, 3, folder, "No space left on device")
        self.assertEqual([n for n in os.listdir(folder) if n.startswith(".smmu-vp-")], [], "no unfinished file is left")

    @unittest.skipUnless(ROOT, "only root mounts")
    def test_a_disk_that_fills_up_on_the_way_does_too_whichever_file_meets_it(self):
        for kilobytes in (16, 40, 80, 160, 320):
            with self.subTest(kilobytes=kilobytes):
                ran = smoke(self.full(kilobytes))
                self.one_line(ran, 3, "No space left on device")
                subprocess.run(["umount", "-l", self.at("disk")], check=True)
                os.rmdir(self.at("disk"))
                self._cleanups.pop()

    def test_a_limit_on_file_sizes_is_an_error_and_no_signal(self):
        ran = subprocess.run(["sh", "-c", f"ulimit -f 20; exec {PROGRAM} run smoke --out {self.out}"],
                             capture_output=True, text=True, timeout=MINUTE)
        self.one_line(ran, 3, self.out, "File too large")
        self.assertEqual([n for n in os.listdir(self.out) if n.startswith(".smmu-vp-")], [])

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_output_that_does_not_arrive_is_an_error(self):
        for command in (["list", "config"], ["--help"], ["run", "smoke", "--out", self.out]):
            with open("/dev/full", "w") as full:
                ran = subprocess.run([PROGRAM, *command], stdout=full, stderr=subprocess.PIPE, text=True, timeout=MINUTE)
            self.one_line(ran, 3, "standard output")
        for name in OURS:
            if os.path.exists(os.path.join(self.out, name)):  # no layout without waves
                os.unlink(os.path.join(self.out, name))
            os.symlink("/dev/full", os.path.join(self.out, name))
            self.one_line(smoke(self.out), 3, name, "No space left on device")
            os.unlink(os.path.join(self.out, name))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
