"""What the socket server makes of a driver that tells which of its functions stores what, and of looks at a later time.

    python3 serve_code_test.py SMMU_VP PYTHON_DIR LAB
"""
import json
import os
import sys
import unittest

from serve_case import Client, ServeCase, lab, smmu_vp

FUNCTIONS = [(0xFFFF800000010000, "zap"), (0xFFFF800000010100, "unmap"), (0xFFFF800000010200, "__arm64_sys_munmap"),
             (0xFFFF800000010300, "el0_svc"), (0xFFFF800000020000, "tlb_inv"), (0xFFFF800000020100, "issue")]
ZAP, UNMAP, SYSCALL, ENTRY, TLB_INV, ISSUE = (address + 0x20 for address, _ in FUNCTIONS)
CMDQ_PROD, FUNCTIONS_OPERATION = 0x98, 35


class Code(ServeCase):
    def setUp(self):
        super().setUp()
        self.vp = Client(self.path)
        self.mine = os.path.join(self.directory.name, "mine")

    def tearDown(self):
        self.vp.close()
        super().tearDown()

    def events(self, name):
        with open(os.path.join(self.mine, "events.jsonl")) as file:
            return [e for e in map(json.loads, file) if e["ev"] == name]

    def refused(self, call, *arguments):
        with self.assertRaises(smmu_vp.Error) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.status, smmu_vp.EINVAL)
        return str(caught.exception)

    def test_stores_have_the_names_of_functions_down_to_the_entry_into_the_kernel(self):
        self.vp.record(self.mine, "events")
        self.vp.name_functions(FUNCTIONS)
        self.vp.store(3, 0x80001008, [ZAP, ZAP, UNMAP, SYSCALL, ENTRY])  # a stale link register
        self.vp.store(0, 0x80001010, [ZAP, UNMAP, SYSCALL])  # a function without a frame: the link register counts
        self.vp.store(0, 0x80001018, [0x1234, 0, UNMAP])
        self.vp.record()
        stores = self.events("cpu.store")
        self.assertEqual([s["code"] for s in stores],
                         ["zap < unmap < __arm64_sys_munmap", "zap < unmap < __arm64_sys_munmap", "0x1234 < unmap"])
        self.assertEqual([(s["cpu"], s["pa"]) for s in stores[:2]], [(3, "0x80001008"), (0, "0x80001010")])

    def test_functions_are_addresses_with_names(self):
        for bad in ("zap", "10000", "10000 ", "1000g zap"):
            self.assertIn("ADDRESS NAME", self.refused(self.vp._call, FUNCTIONS_OPERATION, bad.encode()))

    def test_a_violation_names_who_stored_the_descriptor_and_what_that_cpu_told_the_smmu_since(self):
        bench = lab.Lab(self.vp)
        self.vp.name_functions(FUNCTIONS)
        self.vp.record(self.mine, "events")
        self.vp.repeated_by(["./my", "own driver"])
        bench.bring_up()
        page = bench.pages()
        bench.map(lab.VA, page)
        self.assertEqual(bench.dma(smmu_vp.UNTRANSLATED, lab.VA, length=8).status, 0)
        table = bench.root
        for shift in (39, 30, 21):
            table = bench.load(table + 8 * (lab.VA >> shift & 511))[0] & 0xFFFFFFFFF000
        descriptor = table + 8 * (lab.VA >> 12 & 511)
        self.vp.store(1, descriptor, [ZAP, ZAP, UNMAP, SYSCALL, ENTRY])
        bench.store(descriptor, 0)
        prod = bench.read(CMDQ_PROD)
        self.vp.store(1, bench.cmdq + 16 * (prod % 16), [ISSUE, ISSUE, TLB_INV, UNMAP])
        bench.command(bench.commands.CMD_TLBI_NH_VA(ASID=lab.ASID, Address=lab.VA + 0x100000, Leaf=1))  # another page
        bench.sync()
        self.vp.advance(100 * lab.MS)
        bench.dma(smmu_vp.UNTRANSLATED, lab.VA, length=8)
        self.vp.finish()
        self.assertRegex(self.vp.record(), "^VIOLATION")
        cause = self.summary(self.mine)["first_cause"]
        self.assertEqual(int(cause["descriptor"], 16), descriptor)
        by = cause["stored_by"]
        self.assertEqual((by["cpu"], by["code"]), (1, "zap < unmap < __arm64_sys_munmap"))
        self.assertEqual(by["commands_since"], [{"name": "CMD_TLBI_NH_VA", "code": "issue < tlb_inv < unmap"}])
        self.assertEqual([c[:3] for c in cause["commands"]], [["./my", "own driver", "--wave-window"], ["./my", "own driver", "--explain"]])
        with open(os.path.join(self.mine, "account.txt")) as file:
            account = " ".join(file.read().split())
        self.assertIn("by CPU 1: zap < unmap < __arm64_sys_munmap", account)
        self.assertIn("issued CMD_TLBI_NH_VA since: issue < tlb_inv < unmap", account)
        self.assertIn("1 CMD_TLBI_NH_VA: issue < tlb_inv < unmap", account)

    def test_pages_that_the_smmu_reads_are_told_once_to_who_asked(self):
        other = Client(self.path)
        self.vp.tell_pages()
        bench = lab.Lab(self.vp)
        bench.bring_up()
        bench.map(lab.VA, bench.pages())
        bench.dma(smmu_vp.UNTRANSLATED, lab.VA, length=8)
        told = [notice.page for notice in self.vp.notices()]
        self.assertEqual(len(told), len(set(told)))
        self.assertEqual(told[0], bench.cmdq)
        self.assertIn(bench.root, told)
        bench.dma(smmu_vp.UNTRANSLATED, lab.VA, length=8)
        self.assertEqual(self.vp.notices(), [])
        self.assertEqual(other.notices(), [])
        other.close()

    def test_an_explanation_of_a_later_time_is_in_the_folder_that_is_open_then(self):
        bench = lab.Lab(self.vp)
        self.vp.record(self.mine, "none")
        bench.bring_up()
        at_ns = self.vp.now_ps() // 1000 + 5000
        self.assertEqual(self.vp.explain(f"{bench.sid:#x}:1:{lab.VA:#x}:w@{at_ns}ns"), "")
        self.vp.explain(f"{bench.sid:#x}:1:{lab.VA:#x}:r@3s")
        self.vp.advance(2_000_000)
        bench.map(lab.VA, bench.pages())  # by then it is mapped
        self.vp.advance(9_000_000)
        self.vp.record()
        with open(os.path.join(self.mine, "explain.txt")) as file:
            text = file.read()
        self.assertNotIn("F_TRANSLATION", text)
        self.assertIn("@3s: the run ended before", text)
        self.assertIn("explain", self.refused(self.vp.explain, "1:2:3@4"))

    def test_a_window_of_the_waves_is_a_period(self):
        for bad in ("", ":", "2us:1us", "1:x"):
            self.assertIn("wave-window", self.refused(self.vp.wave_window, bad))
        self.vp.wave_window("1us:2us")
        self.vp.record(self.mine, "waves")
        self.vp.advance(5_000_000)
        with self.assertRaises(smmu_vp.Error) as caught:
            self.vp.wave_window("1us:3us")
        self.assertEqual(caught.exception.status, smmu_vp.EBUSY)
        self.vp.record()
        self.assertTrue(os.path.exists(os.path.join(self.mine, "waves.fst")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
