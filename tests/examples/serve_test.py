"""The socket server as its clients see it; a client that violates the protocol affects only itself.

    python3 serve_test.py SMMU_VP PYTHON_DIR LAB
"""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, BINDING, LAB = (os.path.abspath(a) for a in sys.argv[1:4])
sys.path.insert(0, BINDING)
import smmu_vp  # noqa: E402
from smmu_vp_client import Client  # noqa: E402

sys.path.insert(0, os.path.dirname(LAB))
import smmu_lab as lab  # noqa: E402

HELLO = b"SMMUVP" + struct.pack("<H", 1)


def frame(operation, body=b"", status=0):
    return struct.pack("<IHH", len(body), operation, status) + body


class Serve(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "socket")
        self.server = self.start()

    def start(self, *settings):
        log = open(os.path.join(self.directory.name, "log"), "w")
        out = open(os.path.join(self.directory.name, "out"), "w")
        server = subprocess.Popen([PROGRAM, "serve", "--socket", self.path, *settings], stderr=log, stdout=out,
                                  cwd=self.directory.name)
        log.close()
        out.close()
        self.wait_for("listening", server)
        return server

    def tearDown(self):
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(30), 143)
        self.assertFalse(os.path.exists(self.path), "the socket is removed")
        self.assertEqual(os.path.getsize(os.path.join(self.directory.name, "out")), 0, "nothing on stdout")
        self.directory.cleanup()

    def log(self):
        with open(os.path.join(self.directory.name, "log")) as f:
            return f.read()

    def wait_for(self, text, server=None):
        for _ in range(600):
            if text in self.log():
                return
            self.assertIsNone((server or self.server).poll(), "the server has ended: " + self.log())
            time.sleep(0.05)
        self.fail(f"no '{text}' in the log:\n{self.log()}")

    def raw(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(30)
        s.connect(self.path)
        return s

    def greeted(self):
        s = self.raw()
        s.sendall(frame(0, HELLO))
        self.assertEqual(s.recv(8)[4:], b"\0\0\0\0")
        return s

    def ends(self, s, reason):
        """The server closes this client with a reason, and serves others."""
        try:
            while s.recv(4096):
                pass
        except ConnectionResetError:
            pass
        s.close()
        self.wait_for(reason)
        with_others = Client(self.path)
        self.assertGreater(with_others.info.ram_size, 0)
        with_others.close()

    def test_the_laboratory_runs_over_the_socket(self):
        ran = subprocess.run([sys.executable, LAB, "--socket", self.path], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("all held", ran.stdout)

    def test_the_laboratory_runs_twice_in_a_row_with_the_same_output(self):
        first, second = (subprocess.run([sys.executable, LAB, "--socket", self.path], capture_output=True, text=True)
                         for _ in range(2))
        self.assertEqual((first.returncode, second.returncode), (0, 0), first.stderr + second.stderr)
        self.assertEqual(first.stdout, second.stdout)

    def test_a_reset_is_for_every_client_and_ends_what_they_started(self):
        a, b = Client(self.path), Client(self.path)
        a.mem_write(a.info.ram_base, b"left behind")
        handle = b.dma_start(smmu_vp.Dma(smmu_vp.UNTRANSLATED, a.info.ram_base, length=4, endpoint=1))
        a.reset()
        self.assertEqual((b.now_ps(), b.mem_read(b.info.ram_base, 11)), (0, b"\0" * 11))
        mine = a.dma_start(smmu_vp.Dma(smmu_vp.UNTRANSLATED, a.info.ram_base, length=4, endpoint=1))
        self.assertEqual(handle, mine, "numbers begin again")
        with self.assertRaises(smmu_vp.Error) as caught:
            b.dma_poll(handle)
        self.assertEqual(caught.exception.status, smmu_vp.EINVAL)
        a.settle(10**9)
        self.assertTrue(a.dma_poll(mine)[0])
        a.close()
        b.close()

    def test_each_call_answers(self):
        vp = Client(self.path)
        ram = vp.info.ram_base
        vp.mem_write(ram + 3, b"hello")
        self.assertEqual(vp.mem_read(ram, 9), b"\0\0\0hello\0")
        before = vp.now_ps()
        vp.advance(1000)
        self.assertEqual(vp.now_ps(), before + 1000)
        vp.settle(0)
        vp.mmio_write(vp.layout.msi_doorbell, 4, 60)
        self.assertEqual(vp.irq_level(60), 1)
        self.assertEqual(vp.irq_wait(1 << 60, 0), 1 << 60)
        self.assertEqual(vp.irq_level(60), 0)
        result, data = vp.dma(smmu_vp.Dma(smmu_vp.UNTRANSLATED, ram, length=9, endpoint=1))  # the platform device
        self.assertEqual((result.status, data), (smmu_vp.DMA_OK, b"\0\0\0hello\0"))
        handle = vp.dma_start(smmu_vp.Dma(smmu_vp.UNTRANSLATED, ram, length=4, endpoint=1))
        vp.settle(10**9)
        done, result, data = vp.dma_poll(handle)
        self.assertEqual((done, result.status, data), (True, smmu_vp.DMA_OK, b"\0\0\0h"))
        self.assertGreaterEqual(vp.counter("smmu.transactions"), 2)
        self.assertEqual(vp.violations(), (0, ""))
        waves = os.path.join(self.directory.name, "w.fst")
        vp.waves(waves)
        vp.advance(1000)
        vp.waves()
        self.assertTrue(os.path.exists(waves))
        vp.close()

    def test_what_the_platform_refuses_is_a_status_and_the_client_goes_on(self):
        vp = Client(self.path)
        for call, status in ((lambda: vp.mmio_read(0x10, 4), smmu_vp.EFAULT),
                             (lambda: vp.mmio_read(vp.info.smmu_base + 2, 4), smmu_vp.EINVAL),
                             (lambda: vp.mem_read(0, 8), smmu_vp.EFAULT),
                             (lambda: vp.mem_read(vp.info.ram_base, 2**32 - 1), smmu_vp.EINVAL),
                             (lambda: vp.endpoint(9), smmu_vp.EINVAL),
                             (lambda: vp.dma(smmu_vp.Dma(77, length=8)), smmu_vp.EINVAL),
                             (lambda: vp.dma_poll(99), smmu_vp.EINVAL),
                             (lambda: vp.counter("none"), smmu_vp.EINVAL),
                             (lambda: vp.tlbi_broadcast(smmu_vp.Tlbi(11)), smmu_vp.EINVAL),
                             (lambda: vp.tlbi_broadcast(smmu_vp.Tlbi(smmu_vp.TLBI_VAE1, 0x1001)), smmu_vp.EINVAL),
                             (lambda: vp.waves("/no/such/dir/w.fst"), smmu_vp.EINVAL),
                             (lambda: vp.violation(0), smmu_vp.EINVAL),
                             (lambda: vp.explain("1:2:3"), smmu_vp.EINVAL),
                             (lambda: vp.dump("/dev/null/x"), smmu_vp.EINVAL),
                             (lambda: vp.record("/dev/null/x"), smmu_vp.EINVAL),
                             (lambda: vp.record(self.directory.name, "all"), smmu_vp.EINVAL),
                             (lambda: vp.note("two\nlines"), smmu_vp.EINVAL),
                             (lambda: vp.record_table("registers"), smmu_vp.EINVAL),
                             (lambda: vp.irq_wait(1, 10), smmu_vp.ETIMEDOUT)):
            with self.assertRaises(smmu_vp.Error) as caught:
                call()
            self.assertEqual(caught.exception.status, status)
            self.assertTrue(str(caught.exception))
        self.assertGreater(vp.mmio_read(vp.info.smmu_base, 4), 0)
        vp.close()

    def test_a_broadcast_and_its_sync_reach_the_smmu_where_it_takes_part(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)
        self.server = self.start("--set", "smmu.features.btm=true")
        bench = lab.Lab(Client(self.path))
        bench.write(0x2C, 0)  # CR2.PTM (6.3.12)
        bench.bring_up()
        page = bench.pages()
        bench.map(lab.VA, page)

        def read():
            return bench.dma(smmu_vp.UNTRANSLATED, lab.VA, length=8).status

        self.assertEqual(read(), smmu_vp.DMA_OK)
        bench.map(lab.VA, 0)
        self.assertEqual(read(), smmu_vp.DMA_OK, "from the TLB")
        # In every ASID: the laboratory's CD has ASET = 1, so broadcasts by ASID need not match it (3.17).
        bench.vp.tlbi_broadcast(smmu_vp.Tlbi(smmu_vp.TLBI_VAAE1, lab.VA))
        bench.vp.tlbi_sync()
        self.assertEqual(read(), smmu_vp.DMA_ABORTED)
        bench.vp.close()

    def test_waves_that_are_open_are_completed_when_the_server_ends(self):
        vp = Client(self.path)
        waves = os.path.join(self.directory.name, "waves.fst")
        vp.waves(waves)
        vp.mmio_read(vp.info.smmu_base, 4)
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(30), 143)
        self.assertGreater(os.path.getsize(waves), 0)
        vp.close()
        self.server = self.start()

    def test_a_hang_up_ends_the_server_in_order(self):
        self.server.send_signal(signal.SIGHUP)
        self.assertEqual(self.server.wait(30), 129)
        self.assertFalse(os.path.exists(self.path))
        self.server = self.start()

    def test_another_version_is_refused_with_the_one_there_is(self):
        s = self.raw()
        s.sendall(frame(0, b"SMMUVP" + struct.pack("<H", 9)))
        length, _, status = struct.unpack("<IHH", s.recv(8))
        self.assertEqual(status, smmu_vp.EINVAL)
        self.assertIn(b"speaks 1", s.recv(length))
        s.close()

    def restart(self, *settings):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)
        self.server = self.start(*settings)

    def summary(self, *folder):
        with open(os.path.join(self.directory.name, *folder, "summary.json")) as f:
            return json.load(f)

    def test_each_client_has_a_folder_and_a_verdict(self):
        out = os.path.join(self.directory.name, "out_of_clients")
        self.restart("--out", out)
        ran = subprocess.run([sys.executable, LAB, "--socket", self.path], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.wait_for("client 1: verdict: OK; not judged: ")
        self.assertEqual(os.listdir(out), ["client-1"], "the reset at its beginning starts no second history")
        files = {"summary.json", "account.txt", "events.jsonl", "timeline.json", "waves.fst", "waves.gtkw", "explain.txt"}
        self.assertEqual({n for n in os.listdir(os.path.join(out, "client-1")) if n[0] != "."}, files)
        self.assertEqual(self.summary(out, "client-1")["status"], "ok")
        self.assertEqual(self.summary(out, "client-1")["not_judged"], [])
        only_looks = Client(self.path)
        only_looks.close()
        self.wait_for("client 2: verdict: no violation")
        self.assertEqual(os.listdir(out), ["client-1"], "nothing happened")

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

    def test_two_clients_see_one_machine(self):
        a, b = Client(self.path), Client(self.path)
        a.mem_write(a.info.ram_base, b"shared")
        self.assertEqual(b.mem_read(b.info.ram_base, 6), b"shared")
        handle = a.dma_start(smmu_vp.Dma(smmu_vp.UNTRANSLATED, a.info.ram_base, length=4, endpoint=1))
        with self.assertRaises(smmu_vp.Error):
            b.dma_poll(handle)
        a.close()
        self.wait_for("disconnected")
        b.settle(10**9)
        b.close()

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

    def test_a_first_frame_that_is_no_hello_ends_the_client(self):
        s = self.raw()
        s.sendall(frame(1))
        self.ends(s, "not HELLO")

    def test_a_wrong_magic_word_ends_the_client(self):
        s = self.raw()
        s.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.ends(s, "at most")

    def test_an_unknown_operation_ends_the_client(self):
        s = self.greeted()
        s.sendall(frame(999))
        self.ends(s, "operation 999 is unknown")

    def test_a_body_too_short_or_too_long_ends_the_client(self):
        s = self.greeted()
        s.sendall(frame(3, b"\0" * 5))
        self.ends(s, "too early")
        s = self.greeted()
        s.sendall(frame(7, b"\0" * 5))
        self.ends(s, "too long")

    def test_a_body_larger_than_allowed_ends_the_client(self):
        s = self.greeted()
        s.sendall(struct.pack("<IHH", 0xFFFFFFFF, 6, 0))
        self.ends(s, "a body of 4294967295 bytes")

    def test_half_a_message_ends_the_client(self):
        s = self.greeted()
        s.sendall(frame(6, b"\0" * 100)[:50])
        s.close()
        self.wait_for("in the middle of a frame")
        Client(self.path).close()

    def test_frames_byte_by_byte_are_understood(self):
        s = self.raw()
        for byte in frame(0, HELLO) + frame(7):
            s.sendall(bytes([byte]))
        data = b""
        while len(data) < 8 + 16 and (part := s.recv(100)):
            data += part
        self.assertIn(struct.pack("<IHH", 8, 7, 0), data)
        s.close()

    def test_a_client_that_takes_no_replies_is_not_waited_for(self):
        s = self.greeted()
        s.settimeout(0.5)
        ask = frame(5, struct.pack("<QI", 0x80000000, 1 << 20))
        try:
            while True:
                s.sendall(ask * 100)
        except TimeoutError:
            pass
        other = Client(self.path)
        other.advance(1)
        other.close()
        s.close()

    def test_a_second_server_at_the_same_place_is_refused(self):
        second = subprocess.run([PROGRAM, "serve", "--socket", self.path], capture_output=True, text=True)
        self.assertEqual(second.returncode, 2)
        self.assertIn("another server", second.stderr)

    def test_a_socket_left_behind_is_replaced_and_a_file_is_not(self):
        self.server.kill()
        self.server.wait()
        self.assertTrue(os.path.exists(self.path))
        self.server = self.start()
        Client(self.path).close()
        precious = os.path.join(self.directory.name, "precious")
        with open(precious, "w") as f:
            f.write("data")
        refused = subprocess.run([PROGRAM, "serve", "--socket", precious], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 2)
        with open(precious) as f:
            self.assertEqual(f.read(), "data")

    def test_random_bytes_end_clients_and_never_the_server(self):
        state = 12345
        for _ in range(100):
            s = self.greeted()
            junk = bytearray()
            for _ in range(200):
                state = state * 6364136223846793005 + 1442695040888963407 & 2**64 - 1
                junk.append(state >> 56)
            body = bytes(junk)
            for message in (frame(state % 32, body[:state % 80]), body):
                try:
                    s.sendall(message)
                except (BrokenPipeError, ConnectionResetError):
                    break
            s.close()
        Client(self.path).close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
