"""The library through ctypes and the socket report the same: answers, and results of the monitors.

usage: fronts_test.py PROGRAM PYTHON_DIRECTORY      SMMU_VP_LIB names the library
"""
import os
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, PYTHON = sys.argv[1:3]
sys.path.insert(0, PYTHON)
import smmu_vp
from smmu_vp_client import Client

RESPONSE_FAILURE = 0xF  # PRG response code (8.3)


def history(vp):
    """What a client sees of a machine after reset, whose SMMU is disabled and itself fails page requests (8.2)."""
    seen = []
    for last in (False, True):
        request = smmu_vp.Dma(smmu_vp.PAGE_REQUEST, 0x1000, pasid=1, prg_index=3, last=last)
        result, _ = vp.dma(request)
        seen.append((result.status, result.responded, result.prg_response_code))
        handle = vp.dma_start(request)
        vp.settle(10**9)
        done, result, _ = vp.dma_poll(handle)
        seen.append((done, result.status, result.responded, result.prg_response_code))
    vp.finish()
    table = [(kind, r.name, r.number, r.section) for kind in ("commands", "events", "page_requests")
             for r in getattr(vp.records, kind)]
    return seen, vp.violations(), vp.monitors(), vp.now_ps(), vp.counters(), vp.explain("0x100:1:0x1000:rw"), table


class Fronts(unittest.TestCase):
    def over_the_socket(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s")
            server = subprocess.Popen([PROGRAM, "serve", "--socket", path], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            try:
                while not os.path.exists(path):
                    self.assertIsNone(server.poll())
                    time.sleep(0.02)
                vp = Client(path)
                seen = history(vp)
                vp.close()
                return seen
            finally:
                server.terminate()
                server.wait()

    def test_both_fronts_tell_the_same(self):
        vp = smmu_vp.Platform()
        seen = history(vp)
        vp.close()
        self.assertEqual(seen, self.over_the_socket())
        answers, violations, monitors = seen[:3]
        failed = (smmu_vp.DMA_OK, 1, RESPONSE_FAILURE)
        self.assertEqual(answers, [failed, (True, *failed)] * 2)
        self.assertEqual(violations, (0, ""))
        self.assertEqual(monitors["prg_answered"][1], "clean")
        self.assertGreater(monitors["prg_answered"][0], 0)
        self.assertEqual(monitors["stale_translation"], (0, "not judged"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
