"""The socket server as its clients see it; a client that violates the protocol affects only itself.

    python3 serve_test.py SMMU_VP PYTHON_DIR LAB
"""
import os
import signal
import struct
import subprocess
import sys
import unittest

from serve_case import HELLO, LAB, PROGRAM, Client, ServeCase, frame, lab, smmu_vp


class Serve(ServeCase):
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

    def test_a_client_learns_when_the_platform_does_something_next(self):
        vp = Client(self.path)
        self.assertIsNone(vp.next_activity_ps(), "nothing has been asked of it")
        handle = vp.dma_start(smmu_vp.Dma(smmu_vp.UNTRANSLATED, vp.info.ram_base, length=4, endpoint=1))
        while (due := vp.next_activity_ps()) is not None:
            self.assertGreaterEqual(due, vp.now_ps())
            vp.advance_to(due)
        done, result, _ = vp.dma_poll(handle)
        self.assertEqual((done, result.status), (True, smmu_vp.DMA_OK))
        self.assertGreater(vp.now_ps(), 0)
        vp.close()

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
            for message in (frame(state % 32, body[:state % 80]), body):
                try:
                    s.sendall(message)
                except (BrokenPipeError, ConnectionResetError):
                    break
            s.close()
        Client(self.path).close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
