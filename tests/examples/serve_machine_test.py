"""The socket server as part of a larger machine: interrupts and MSIs without a request, RAM that is shared, address maps.

    python3 serve_machine_test.py SMMU_VP PYTHON_DIR LAB
"""
import os
import struct
import subprocess
import sys
import unittest

from serve_case import LAB, PROGRAM, Client, ServeCase, frame, lab, smmu_vp


class LargerMachine(ServeCase):
    def test_a_client_that_subscribed_hears_edges_before_the_reply_and_others_wait_as_before(self):
        hears, drives = Client(self.path), Client(self.path)
        doorbell = hears.layout.msi_doorbell
        hears.irq_subscribe([60, 61])
        hears.mmio_write(doorbell, 4, 60)
        self.assertEqual(hears.irq_wait(1 << 60, 0), 1 << 60, "the pending bit is as without a subscription")
        first, = hears.notices()
        self.assertEqual(first[:2], (60, 1))
        for line in (61, 62, 61):
            drives.mmio_write(doorbell, 4, line)
        self.assertEqual(drives.irq_wait(3 << 61, 0), 3 << 61)
        self.assertEqual(drives.notices(), [])
        heard = hears.notices()
        self.assertEqual([(i.line, i.level) for i in heard], [(61, 1), (61, 1)])
        self.assertTrue(first.t_ps < heard[0].t_ps < heard[1].t_ps <= hears.now_ps())
        drives.reset()
        drives.mmio_write(doorbell, 4, 60)
        self.assertEqual([i.line for i in hears.notices()], [60], "a reset does not end the subscription")
        with self.assertRaises(smmu_vp.Error) as caught:
            hears.irq_subscribe([60, 256])
        self.assertEqual(caught.exception.status, smmu_vp.EINVAL)
        hears.irq_subscribe([])
        hears.mmio_write(doorbell, 4, 60)
        self.assertEqual(hears.notices(), [])
        hears.close()
        drives.close()

    def test_an_edge_inside_an_operation_comes_before_its_reply(self):
        s = self.greeted()
        self.assertEqual(s.recv(100)[:2], b"\1\0", "the version")
        s.sendall(frame(31, struct.pack("<II", 1, 60)) + frame(4, struct.pack("<QIQ", 0x2A000000, 4, 60)))
        got = b""
        while len(got) < 8 + 8 + 16 + 8:
            got += s.recv(100)
        self.assertEqual([got[:8], got[8:16], got[16:24], got[32:]],
                         [frame(31), struct.pack("<IHH", 16, 0x8000, 0), struct.pack("<II", 60, 1), frame(4)])
        s.close()

    def test_a_client_that_does_not_receive_its_interrupts_is_disconnected(self):
        deaf, drives = self.greeted(), self.greeted()
        deaf.sendall(frame(31, struct.pack("<II", 1, 60)))
        drives.recv(100)  # the version
        edges = frame(4, struct.pack("<QIQ", 0x2A000000, 4, 60)) * 1000
        for _ in range(300):  # 24 bytes each, 7 MB in all
            if "does not receive its interrupts" in self.log():
                break
            drives.sendall(edges)
            left = 8 * 1000
            while left:
                left -= len(drives.recv(left))
        self.wait_for("client 1: closed: it does not receive its interrupts")
        drives.close()
        self.ends(deaf, "client 1: verdict")

    def test_msis_at_the_foreign_doorbell_are_announced_with_their_device(self):
        its, frame_bytes = 0x8090040, 0x10000
        self.restart("--set", f"platform.foreign_doorbell_base={its - 0x40}",
                     "--set", f"platform.foreign_doorbell_size={frame_bytes}", "--set", "platform.smmu_device_id=0xff00")
        bench = lab.Lab(Client(self.path))
        vp = bench.vp
        vp.irq_subscribe([63])
        # The root port's, 00:00.0, at the end of a link training, while the SMMU lets everything pass.
        for offset, size, value in ((0x84, 4, its), (0x8C, 2, 11), (0x82, 2, 1), (0x50, 2, 1 << 5 | 1 << 10)):
            vp.mmio_write(vp.info.ecam_base + offset, size, value)
        vp.settle(10**9)
        self.assertEqual([m[:3] for m in vp.notices()], [(its, 11, 0)])
        bench.bring_up()
        # The SMMU's own, for the Event queue (3.18.2): address, data, attributes.
        bench.control(lab.IRQ_CTRL, 0)
        bench.write(0xB0, its, 8), bench.write(0xB8, 7), bench.control(lab.IRQ_CTRL, 7)
        bench.dma(smmu_vp.UNTRANSLATED, lab.VA, length=8)
        vp.settle(10**9)
        self.assertEqual([m[:3] for m in vp.notices()], [(its, 7, 0xFF00)])
        # The device's, at an address that the SMMU translates.
        bench.map(lab.VA + 0x2000, its & ~0xFFF)
        data = struct.pack("<I", 9)
        self.assertEqual(bench.dma(smmu_vp.UNTRANSLATED, lab.VA + 0x2040, data=data).status, smmu_vp.DMA_OK)
        self.assertEqual([m[:3] for m in vp.notices()], [(its, 9, bench.sid)])
        # It takes no reads and nothing wider.
        self.assertEqual(bench.dma(smmu_vp.UNTRANSLATED, lab.VA + 0x2040, length=4).status, smmu_vp.DMA_ABORTED)
        self.assertEqual(bench.dma(smmu_vp.UNTRANSLATED, lab.VA + 0x2040, data=data * 2).status, smmu_vp.DMA_ABORTED)
        self.assertEqual(vp.notices(), [])
        self.assertEqual(vp.violations(), (0, ""))
        vp.close()

    def test_ram_that_is_a_file_is_shared_and_outlives_a_reset(self):
        ram = os.path.join(self.directory.name, "ram")
        self.restart("--set", f"memory.file={ram}", "--set", "memory.size=1048576")
        self.assertEqual(os.path.getsize(ram), 1 << 20)
        vp = Client(self.path)
        vp.mem_write(vp.info.ram_base + 16, b"from the platform")
        with open(ram, "r+b") as f:
            f.seek(16)
            self.assertEqual(f.read(17), b"from the platform")
            f.seek(4096)
            f.write(b"from outside")
        vp.reset()
        self.assertEqual(vp.mem_read(vp.info.ram_base + 4096, 12), b"from outside")
        vp.close()
        for setting in ("memory.file=/dev/null", "memory.file=/nowhere/ram", f"memory.file_offset=4096 memory.file={ram}"):
            sets = [w for s in setting.split() for w in ("--set", s)]
            ran = subprocess.run([PROGRAM, "serve", "--socket", self.path + "2", *sets], capture_output=True, text=True)
            self.assertEqual((ran.returncode, ran.stderr.count("\n")), (2, 1), ran.stderr)
            self.assertIn("memory.file", ran.stderr)

    def test_the_shipped_address_maps_serve(self):
        for name in ("qemu_virt", "fvp_base"):
            self.restart("--config", os.path.join(os.path.dirname(LAB), "..", "config", name + ".toml"))
            ran = subprocess.run([sys.executable, LAB, "--socket", self.path], capture_output=True, text=True)
            self.assertEqual(ran.returncode, 0, ran.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
