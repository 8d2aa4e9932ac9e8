"""All kinds of exit from a process that used the platform: the exit status is the process's own, nothing crashes or
hangs, and the waves are complete.

    python3 leaving_test.py LEAVING PYTHON_DIR LIBRARY [LIBRARY_THAT_CLOSES]
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

LEAVING, BINDING, LIBRARY, CLOSES = (os.path.abspath(a) for a in sys.argv[1:5])
LIMIT_S = 60

# Kinds of exit and the expected status. SIGABRT means an uncaught exception.
WAYS = {"return": 7, "output closed": 7, "close": 7, "exit": 7, "quick_exit": 7, "at_quick_exit": 7, "exit in a thread": 7,
        "atexit before open": 7, "atexit after open": 7, "static, older": 7, "static, younger": 7, "static, calls": 7,
        "fork": 7, "fork, child closes": 7, "fork, child throws": 7, "reset": 7, "exception": -signal.SIGABRT,
        "exception in a thread": -signal.SIGABRT, "a thread calls on": 7, "a signal's handler exits": 7}
CACHES = {"reference": (), "rtl TLB": ("smmu.tbu.tlb.impl=rtl",), "lockstep TLB": ("smmu.tbu.tlb.impl=lockstep",),
          "rtl ATC": ("endpoint.0.atc.impl=rtl",), "lockstep ATC": ("endpoint.0.atc.impl=lockstep",),
          "all": ("smmu.tbu.tlb.impl=rtl", "endpoint.0.atc.impl=lockstep")}


def blocks_of(path):
    """The kinds of an FST file's blocks, each of which says how long it is, and the time the file ends at."""
    with open(path, "rb") as f:
        data = f.read()
    kinds, at = [], 0
    while at < len(data):
        kind, length = struct.unpack_from(">BQ", data, at)
        kinds.append(kind)
        at += 1 + length
    if at != len(data) or kinds[0] != 0:
        raise ValueError(f"{path} is cut off: {len(data)} bytes, blocks {kinds} end at {at}")
    return kinds, struct.unpack_from(">Q", data, 17)[0]


class Leaving(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.here = directory.name
        self.waves = os.path.join(self.here, "waves.fst")

    def complete(self, after_ps=1_000_000):
        kinds, end = blocks_of(self.waves)
        self.assertIn(3, kinds, "the geometry of the signals")
        self.assertTrue({4, 6, 7} & set(kinds), "their names")
        self.assertTrue({1, 5, 8} & set(kinds), "their changes")
        self.assertGreaterEqual(end, after_ps)
        self.assertEqual(os.listdir(self.here), ["waves.fst"], "no unfinished file is left")
        os.unlink(self.waves)

    def python(self, script, *more, **options):
        environment = {**os.environ, "PYTHONPATH": BINDING, "SMMU_VP_LIB": LIBRARY}
        return subprocess.run([sys.executable, *more, "-c", textwrap.dedent(script), self.waves], capture_output=True,
                              text=True, timeout=LIMIT_S, env=environment, **options)

    def test_every_way_with_every_cache(self):
        for cache, settings in CACHES.items():
            for way, status in WAYS.items():
                with self.subTest(way=way, cache=cache):
                    for left in os.listdir(self.here):
                        os.unlink(os.path.join(self.here, left))
                    ran = subprocess.run([LEAVING, way, self.waves, *settings], capture_output=True, text=True,
                                         timeout=LIMIT_S)
                    self.assertEqual(ran.returncode, status, ran.stderr)
                    self.assertEqual(ran.stdout, "not a line yet" if way.startswith("fork") else "")
                    # A handler may run while the waves are being written, and then they cannot be completed.
                    if way != "a signal's handler exits" or os.path.exists(self.waves):
                        self.complete()

    def folder_is_complete(self):
        """The run folder holds the whole history: nothing is cut off, and every file is one that readers take."""
        folder = os.path.join(self.here, "folder")
        self.assertEqual(sorted(n for n in os.listdir(folder) if n != ".smmu-vp.notes"),
                         ["account.txt", "events.jsonl", "report.html", "summary.json", "timeline.json", "waves.fst", "waves.gtkw"])
        blocks_of(os.path.join(folder, "waves.fst"))
        for name in ("summary.json", "timeline.json"):
            with open(os.path.join(folder, name)) as f:
                json.load(f)
        with open(os.path.join(folder, "events.jsonl")) as f:
            self.assertGreaterEqual(len([json.loads(line) for line in f]), 100)
        with open(os.path.join(folder, ".smmu-vp.notes")) as f:
            self.assertEqual(f.readline().split(), ["ended"])

    def test_every_way_with_a_run_folder(self):
        folder = os.path.join(self.here, "folder")
        for way, status in WAYS.items():
            with self.subTest(way=way):
                shutil.rmtree(folder, ignore_errors=True)
                ran = subprocess.run([LEAVING, way, folder], capture_output=True, text=True, timeout=LIMIT_S)
                self.assertEqual(ran.returncode, status, ran.stderr)
                if way != "a signal's handler exits" or os.path.exists(os.path.join(folder, "account.txt")):
                    self.folder_is_complete()

    def test_python_completes_its_run_folder(self):
        for last, status in (("", 0), ("1 / 0", 1), ("import os; os.kill(os.getpid(), 2)", -2)):
            with self.subTest(last=last):
                ran = self.python(f"""
                    import os, sys, smmu_vp
                    vp = smmu_vp.Platform()
                    vp.record(os.path.join(os.path.dirname(sys.argv[1]), "folder"))
                    for _ in range(100): vp.mmio_write(vp.info.smmu_base + 0x44, 4, 0)
                    os.chdir("/")
                    {last}""")
                self.assertEqual(ran.returncode, status, ran.stderr)
                self.folder_is_complete()
                shutil.rmtree(os.path.join(self.here, "folder"))

    def test_a_folder_is_free_again_when_a_process_forked_from_its_user_lives_on(self):
        ran = self.python("""
            import os, signal, sys, smmu_vp
            vp = smmu_vp.Platform()
            folder = os.path.join(os.path.dirname(sys.argv[1]), "folder")
            vp.record(folder, "none")
            child = os.fork()
            if child == 0:
                signal.pause()
            vp.record()
            vp.record(folder, "none")
            os.kill(child, signal.SIGKILL)""")
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_a_second_library_that_closes_when_it_goes(self):
        for order in ("before", "after"):
            with self.subTest(loaded=order):
                ran = self.python(f"""
                    import ctypes, sys, smmu_vp
                    ctypes.CDLL({LIBRARY!r}, ctypes.RTLD_GLOBAL)
                    other = ctypes.CDLL({CLOSES!r}) if {order!r} == "before" else None
                    vp = smmu_vp.Platform("smmu.tbu.tlb.impl=rtl")
                    vp.waves(sys.argv[1])
                    vp.advance(10**6)
                    other = other or ctypes.CDLL({CLOSES!r})
                    other.leaving_library_use(vp._vp)
                    sys.exit(7)""")
                self.assertEqual(ran.returncode, 7, ran.stderr)
                self.complete()

    def test_python_ends_with_its_status_and_an_exception_with_its_own(self):
        for last, status in (("", 0), ("sys.exit(7)", 7), ("1 / 0", 1), ("import os; os.kill(os.getpid(), 2)", -2)):
            with self.subTest(last=last):
                ran = self.python(f"""
                    import sys, smmu_vp
                    vp = smmu_vp.Platform("endpoint.0.atc.impl=rtl")
                    vp.waves(sys.argv[1])
                    vp.advance(10**6)
                    {last}""")
                self.assertEqual(ran.returncode, status, ran.stderr)
                self.complete()

    def test_interactive_python_and_an_interrupt_at_its_keyboard(self):
        environment = {**os.environ, "PYTHONPATH": BINDING, "SMMU_VP_LIB": LIBRARY}
        shell = subprocess.Popen([sys.executable, "-i", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env=environment)
        shell.stdin.write("import smmu_vp, time\nvp = smmu_vp.Platform('smmu.tbu.tlb.impl=lockstep')\n"
                          f"vp.waves({self.waves!r})\nprint('begun', flush=True)\n"
                          "while True: vp.advance(10**6); time.sleep(0.01)\n\n")
        shell.stdin.flush()
        self.assertEqual(shell.stdout.readline(), "begun\n")
        time.sleep(1)
        shell.send_signal(signal.SIGINT)
        out, err = shell.communicate("print(vp.now_ps() > 10**6)\n", timeout=LIMIT_S)
        self.assertEqual((shell.returncode, out), (0, "True\n"), err)
        self.assertIn("KeyboardInterrupt", err)
        self.complete()

    def test_processes_that_python_forks_leave_it_alone(self):
        ran = self.python("""
            import multiprocessing, sys, smmu_vp
            vp = smmu_vp.Platform("smmu.tbu.tlb.impl=rtl")
            vp.waves(sys.argv[1])
            vp.advance(10**6)
            def work(_):
                try:
                    vp.advance(1)
                except smmu_vp.Error as e:
                    return "fork" in str(e)
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(work, range(4)))
            vp.advance(10**6)""")
        self.assertEqual((ran.returncode, ran.stdout), (0, "[True, True, True, True]\n"), ran.stderr)
        self.complete()

    def test_a_thread_that_waits_for_an_interrupt_is_not_waited_for(self):
        ran = self.python("""
            import sys, threading, time, smmu_vp
            vp = smmu_vp.Platform("smmu.tbu.tlb.impl=rtl")
            vp.waves(sys.argv[1])
            vp.advance(10**6)
            threading.Thread(target=lambda: [vp.advance(10**6) for _ in range(10**9)], daemon=True).start()
            time.sleep(0.2)
            sys.exit(7)""")
        self.assertEqual(ran.returncode, 7, ran.stderr)
        self.complete()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:])
