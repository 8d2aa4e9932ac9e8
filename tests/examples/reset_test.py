"""A machine after a reset behaves like a newly opened one: the same calls return the same values at the same simulated
times, whether or not the process has reset a machine in an arbitrary state before.

    python3 reset_test.py PYTHON_DIR LAB LIBRARY            the test
    python3 reset_test.py PYTHON_DIR LAB LIBRARY history SEED [key=value]...
"""
import os
import random
import subprocess
import sys
import unittest

BINDING, LAB, LIBRARY = (os.path.abspath(a) for a in sys.argv[1:4])
os.environ["SMMU_VP_LIB"] = LIBRARY
sys.path[:0] = [BINDING, os.path.dirname(LAB)]
import smmu_lab as lab  # noqa: E402
import smmu_vp  # noqa: E402

SETTINGS = ((), ("timing.mode=untimed",), ("timing.mode=loose",), ("smmu.tbu.tlb.impl=lockstep", "endpoint.0.atc.impl=rtl"),
            ("smmu.features.s2=true", "smmu.features.hyp=true", "smmu.features.httu=2", "smmu.features.btm=true"))


class Written:
    """A platform that records its calls with their results and times."""

    def __init__(self, vp):
        self.vp, self.lines = vp, []

    def __getattr__(self, name):
        what = getattr(self.vp, name)
        if not callable(what):
            return what

        def call(*arguments):
            if name == "reset":
                return None
            got = what(*arguments)
            plain = [[getattr(part, f) for f, _ in part._fields_] if hasattr(part, "_fields_") else part
                     for part in (got if isinstance(got, tuple) else (got,))]
            self.lines.append(f"{self.vp.now_ps()} {name} {plain}")
            return got
        return call


def disorder(vp, seed):
    """Random state that a client may leave: registers and tables, waiting DMA, interrupts, violations."""
    dice = random.Random(seed)
    bench = lab.Lab(vp)
    bench.bring_up()
    for i in range(8):
        bench.map(lab.VA + 4096 * i, bench.pages())
    for _ in range(60):
        kind = dice.choice((lab.UNTRANSLATED, lab.VIA_ATC, lab.TRANSLATION_REQUEST, smmu_vp.PAGE_REQUEST))
        try:
            vp.dma_start(lab.Dma(kind, lab.VA + 4096 * dice.randrange(12), b"\1" * 64, pasid=dice.randrange(3),
                                 endpoint=bench.index, prg_index=dice.randrange(512)))
            vp.dma_start(lab.Dma(lab.UNTRANSLATED, dice.randrange(1 << 48), length=8, pasid=1, endpoint=1))
            if dice.random() < 0.3:
                vp.advance(dice.randrange(10**6))
            if dice.random() < 0.2:
                vp.mmio_write(vp.info.smmu_base + 4 * dice.randrange(64), 4, dice.randrange(1 << 32))
            if dice.random() < 0.2:
                vp.mem_write(vp.info.ram_base + (1 << 20) + 8 * dice.randrange(4096), dice.randbytes(64))
            vp.mmio_write(vp.layout.msi_doorbell, 4, dice.randrange(256))
        except smmu_vp.Error:
            pass


def history(vp):
    written = Written(vp)
    lab.Platform = lambda *_: written
    lab.main([])
    for name in ("smmu.tlb.hits", "smmu.tlb.misses", "ep0.dma.bytes_read"):
        written.counter(name)
    for line in range(vp.layout.irq_lines):
        written.irq_level(line)
    return written.lines


class Reset(unittest.TestCase):
    def test_the_history_after_a_reset_is_that_of_a_fresh_process(self):
        for settings in SETTINGS:
            fresh, *others = (
                subprocess.run([sys.executable, *sys.argv[:4], "history", seed, *settings], capture_output=True, text=True,
                               timeout=120) for seed in ("none", "1", "2", "3"))
            self.assertEqual(fresh.returncode, 0, fresh.stderr)
            self.assertGreater(fresh.stdout.count("\n"), 300)
            for other in others:
                with self.subTest(settings=settings):
                    self.assertEqual(other.returncode, 0, other.stderr)
                    self.assertEqual(other.stdout, fresh.stdout)


if __name__ == "__main__":
    if sys.argv[4:5] == ["history"]:
        machine = smmu_vp.Platform(*sys.argv[6:])
        if sys.argv[5] != "none":
            for round in range(5):
                disorder(machine, f"{sys.argv[5]}.{round}")
                machine.reset()
        print(*history(machine), sep="\n")
    else:
        unittest.main(argv=sys.argv[:1])
