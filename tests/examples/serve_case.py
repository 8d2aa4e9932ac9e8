"""A server of one test, and what its clients need: BINDING and LAB are arguments of the test program."""
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


class ServeCase(unittest.TestCase):
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

    def restart(self, *settings):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)
        self.server = self.start(*settings)

    def summary(self, *folder):
        with open(os.path.join(self.directory.name, *folder, "summary.json")) as f:
            return json.load(f)
