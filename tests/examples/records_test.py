"""Records and violations as objects, through ctypes: what is encoded is what the manual says, and what is decoded is what
was encoded.

    python3 records_test.py PYTHON_DIR LAB        SMMU_VP_LIB names the library
"""
import json
import os
import random
import sys
import tempfile
import unittest

sys.path[:0] = [sys.argv[1], os.path.dirname(os.path.abspath(sys.argv[2]))]
import smmu_lab as lab  # noqa: E402
import smmu_vp  # noqa: E402

vp = smmu_vp.Platform()
records = vp.records


class Encoding(unittest.TestCase):
    def test_commands_are_the_words_of_the_manual(self):
        c = records.commands
        self.assertEqual(c.CMD_SYNC(CS=1).words(), (0x46 | 1 << 12, 0))  # 4.7.3
        self.assertEqual(c.CMD_TLBI_NH_VA(ASID=7, Address=0x7612345000, Leaf=1).words(),  # 4.4.2
                         (0x12 | 7 << 48, 0x7612345000 | 1))
        self.assertEqual(c.CMD_PRI_RESP(SSV=1, SubstreamID=5, StreamID=0x100, PRGIndex=0x1FF, Resp=2).words(),  # 4.5.2
                         (0x41 | 1 << 11 | 5 << 12 | 0x100 << 32, 0x1FF | 2 << 12))

    def test_an_event_is_decoded_by_its_number(self):
        event = records.events.decode((0x10 | 1 << 11 | 3 << 12 | 0x8 << 32, 1 << 35, 0x7612345678, 0))  # 7.3.13
        self.assertEqual((event.name, event.StreamID, event.SSV, event.SubstreamID, event.RnW, event.InputAddr),
                         ("F_TRANSLATION", 8, 1, 3, 1, 0x7612345678))
        self.assertEqual(repr(event),
                         "F_TRANSLATION(StreamID=0x8, SSV=0x1, SubstreamID=0x3, RnW=0x1, InputAddr=0x7612345678)")

    def test_what_is_decoded_is_what_was_encoded(self):
        dice = random.Random(1)
        for kind in (records.commands, records.events, records.page_requests):
            for record in kind:
                for _ in range(20):
                    words = [dice.getrandbits(64) for _ in record().words()]
                    words[0] = words[0] & ~0xFF | record.number if record.number else words[0]
                    decoded = kind.decode(words)
                    self.assertEqual(type(decoded), record)
                    self.assertEqual(kind.decode(decoded.words()), decoded)

    def test_what_does_not_fit_or_is_reserved_is_refused(self):
        with self.assertRaises(ValueError):
            records.commands.CMD_TLBI_NH_VA(ASID=1 << 16).words()
        with self.assertRaises(ValueError):
            records.commands.CMD_TLBI_NH_VA(Address=0x7612345001).words()
        with self.assertRaises(ValueError):
            records.events.decode((0xFF, 0, 0, 0))
        with self.assertRaises(AttributeError):
            records.commands.CMD_TLBI_NH_VAA2
        with self.assertRaises(TypeError):
            records.commands.CMD_SYNC(ASID=1)


class Observing(unittest.TestCase):
    def setUp(self):
        vp.reset()
        self.lab = lab.Lab(vp)
        self.lab.bring_up()

    def test_a_fault_is_explained(self):
        self.lab.dma(lab.UNTRANSLATED, lab.VA, data=b"8 bytes.")
        event = self.lab.event()
        self.assertEqual((event.name, event.InputAddr, event.RnW), ("F_TRANSLATION", lab.VA, 0))
        self.assertRegex(self.lab.explain(event), r"result +F_TRANSLATION")

    def test_a_violation_is_an_object(self):
        for _ in range(2):  # the second uses a group that waits for its answer
            self.lab.dma(smmu_vp.PAGE_REQUEST, lab.VA, write=True, prg_index=3)
        finding, = vp.findings()
        self.assertEqual((finding.monitor, finding.stream_id, finding.pasid, finding.address, finding.old_value),
                         ("prg_answered", self.lab.sid, lab.PASID, lab.VA, None))
        self.assertIn(finding.text, vp.violations()[1])

    def test_a_history_is_recorded(self):
        with tempfile.TemporaryDirectory() as folder:
            vp.record(folder, "events,latency")
            vp.phase("invalidation")
            self.lab.invalidate(lab.VA)
            vp.phase()
            vp.note("gone")
            vp.finish()
            vp.record()
            with open(os.path.join(folder, "summary.json")) as f:
                summary = json.load(f)
            with open(os.path.join(folder, "events.jsonl")) as f:
                facts = [json.loads(line) for line in f]
        self.assertEqual(summary["status"], "ok")
        self.assertEqual([f["name"] for f in facts if f["ev"] == "driver.phase"], ["invalidation", ""])
        self.assertEqual(vp.counters(), summary["counters"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
