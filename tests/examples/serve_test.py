"""The socket front as clients meet it: what works, and that a client which breaks the rules ends itself only.

    python3 serve_test.py SMMU_VP PYTHON_DIR LAB
"""
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
        """The server closes this client, says why, and serves others."""
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
        # In every ASID: the laboratory's CD has ASET = 1, which opts out of those that name one (3.17).
        bench.vp.tlbi_broadcast(smmu_vp.Tlbi(smmu_vp.TLBI_VAAE1, lab.VA))
        bench.vp.tlbi_sync()
        self.assertEqual(read(), smmu_vp.DMA_ABORTED)
        bench.vp.close()

    def test_another_version_is_refused_with_the_one_there_is(self):
        s = self.raw()
        s.sendall(frame(0, b"SMMUVP" + struct.pack("<H", 9)))
        length, _, status = struct.unpack("<IHH", s.recv(8))
        self.assertEqual(status, smmu_vp.EINVAL)
        self.assertIn(b"speaks 1", s.recv(length))
        s.close()

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
            for message in (frame(state % 22, body[:state % 80]), body):
                try:
                    s.sendall(message)
                except (BrokenPipeError, ConnectionResetError):
                    break
            s.close()
        Client(self.path).close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
