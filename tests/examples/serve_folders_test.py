"""What the socket server records of its clients: a run folder and a verdict each.

    python3 serve_folders_test.py SMMU_VP PYTHON_DIR LAB
"""
import os
import subprocess
import sys
import unittest

from serve_case import LAB, PROGRAM, Client, ServeCase, lab, smmu_vp


class Folders(ServeCase):
    def test_each_client_has_a_folder_and_a_verdict(self):
        out = os.path.join(self.directory.name, "out_of_clients")
        self.restart("--out", out)
        ran = subprocess.run([sys.executable, LAB, "--socket", self.path], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.wait_for("client 1: verdict: OK; not judged: ")
        self.assertEqual(os.listdir(out), ["client-1"], "the reset at its beginning starts no second history")
        files = {"summary.json", "account.txt", "events.jsonl", "report.html", "timeline.json", "waves.fst", "waves.gtkw", "explain.txt"}
        self.assertEqual({n for n in os.listdir(os.path.join(out, "client-1")) if n[0] != "."}, files)
        self.assertEqual(self.summary(out, "client-1")["status"], "ok")
        self.assertEqual(self.summary(out, "client-1")["not_judged"], [])
        only_looks = Client(self.path)
        only_looks.close()
        self.wait_for("client 2: verdict: no violation")
        self.assertEqual(os.listdir(out), ["client-1"], "nothing happened")

    def test_a_client_that_goes_without_finish_leaves_the_end_unjudged(self):
        Client(self.path).close()
        self.wait_for("client 1: verdict: no violation; not judged: what only the end shows, without FINISH")
        says_so = Client(self.path)
        says_so.finish()
        says_so.close()
        self.wait_for("client 2: verdict: no violation\n")

    def test_folders_of_clients_at_the_same_time_and_of_histories_one_after_the_other(self):
        out = os.path.join(self.directory.name, "folders")
        self.restart("--out", out, "--record", "events,waves")
        a, b = Client(self.path), Client(self.path)
        a.note("of both")
        b.note("of both, too")
        self.wait_for("client 2: client-2 gets no waves")
        a.reset()
        a.note("of a second history")
        a.close()
        self.wait_for("client 1: verdict")
        self.assertEqual(sorted(os.listdir(out)), ["client-1", "client-1-2", "client-2"])
        notes = {f: [n["text"] for n in self.summary(out, f)["notes"]] for f in os.listdir(out)}
        self.assertEqual(notes, {"client-1": ["of both", "of both, too"], "client-2": ["of both, too"],
                                 "client-1-2": ["of a second history"]})
        b.note("when the server ends")
        self.restart()
        self.assertEqual([self.summary(out, "client-2-2")[m] for m in ("status", "signal")], ["interrupted", "SIGTERM"])
        b.close()

    def test_a_violation_is_an_object_here_too(self):
        bench = lab.Lab(Client(self.path))
        bench.bring_up()
        for _ in range(2):  # the second uses a group that waits for its answer
            bench.dma(smmu_vp.PAGE_REQUEST, lab.VA, write=True, prg_index=3)
        finding, = bench.vp.findings()
        self.assertEqual((finding.monitor, finding.stream_id, finding.pasid, finding.address),
                         ("prg_answered", bench.sid, lab.PASID, lab.VA))
        self.assertIsNone(finding.old_value)
        bench.vp.close()

    def test_a_client_records_where_it_wants(self):
        vp = Client(self.path)
        mine = os.path.join(self.directory.name, "mine")
        self.assertEqual(vp.record(mine, "events"), "")
        with self.assertRaises(smmu_vp.Error) as caught:
            vp.record(mine)
        self.assertEqual(caught.exception.status, smmu_vp.EBUSY)
        other = Client(self.path)
        with self.assertRaises(smmu_vp.Error) as caught:
            other.record(mine)
        self.assertEqual(caught.exception.status, smmu_vp.EBUSY)
        vp.phase("a phase")
        vp.phase()
        vp.finish()
        self.assertRegex(vp.record(), "^OK; not judged: ")
        self.assertEqual(vp.record(), "")
        self.assertEqual(len(self.summary(mine)["notes"]), 2)
        other.close()
        vp.close()

    def test_a_kernel_log_and_expectations_from_outside_are_part_of_the_run(self):
        vp = Client(self.path)
        mine = os.path.join(self.directory.name, "mine")
        with self.assertRaises(smmu_vp.Error) as caught:
            vp.expect(True, "no folder is open")
        self.assertEqual(caught.exception.status, smmu_vp.EINVAL)
        vp.record(mine, "none")
        vp.advance_to(5_000_000)
        vp.advance_to(1_000_000)
        self.assertEqual(vp.now_ps(), 5_000_000)
        for level in (3, 4, 6):
            vp.kernel_log(level, f"level {level}")
        for level, text in ((8, "no such level"), (6, "two\nlines")):
            with self.assertRaises(smmu_vp.Error) as caught:
                vp.kernel_log(level, text)
            self.assertEqual(caught.exception.status, smmu_vp.EINVAL)
        vp.expect(True, "this came about")
        vp.expect(False, "this did not")
        vp.finish()
        self.assertRegex(vp.record(), "^VIOLATION: 1 expectation failed")
        summary = self.summary(mine)
        self.assertEqual([line["level"] for line in summary["kernel_log"]], ["err", "warn", "info"])
        self.assertEqual([e["ok"] for e in summary["expectations"]], [True, False])
        vp.close()

    def test_a_place_that_takes_no_folders_is_refused_at_once(self):
        ran = subprocess.run([PROGRAM, "serve", "--socket", self.path + "2", "--out", "/dev/null/x"], capture_output=True,
                             text=True)
        self.assertEqual((ran.returncode, ran.stderr.count("\n")), (2, 1), ran.stderr)
        ran = subprocess.run([PROGRAM, "serve", "--socket", self.path + "2", "--out", self.directory.name, "--record", "all"],
                             capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stderr.count("\n")), (2, 1), ran.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
