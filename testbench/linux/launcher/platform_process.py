"""The platform in a process of its own: `smmu-vp serve`."""
import os
import shutil
import socket
import sys
import tempfile
import time

from . import processes
from .places import ADDRESS_MAP, CLIENT, PROGRAM
from .refusal import Failure, Refusal

sys.path.insert(0, str(CLIENT))
import smmu_vp  # noqa: E402
import smmu_vp_client  # noqa: E402

START_S = 60
# A CPU that polls a register makes time pass on the platform; one that polls memory, where a CMD_SYNC's MSI arrives, waits
# for the next tick.
DEFAULTS = ["smmu.features.msi=false"]


class Platform:
    """`control` is our client; `take_connection()` gives the guest's. The socket has no name any more once both are
    connected, so nothing can be left behind."""

    def __init__(self, ram_fd, ram_bytes, settings, log):
        self._log = log
        folder = tempfile.mkdtemp(prefix="smmu-vp-")
        try:
            path = os.path.join(folder, "socket")
            keys = [f"memory.size={ram_bytes}", f"memory.file=/proc/self/fd/{ram_fd}", *DEFAULTS, *settings]
            command = [PROGRAM, "serve", "--socket", path, "--config", ADDRESS_MAP]
            for key in keys:
                command += ["--set", key]
            with open(log, "wb") as output:
                self.process = processes.start(command, pass_fds=[ram_fd], stderr=output, stdout=output)
            self._connection = self._connect(path)
            self.control = smmu_vp_client.Client(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _connect(self, path):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        for _ in range(START_S * 50):
            try:
                connection.connect(path)
                return connection
            except OSError:
                if self.process.poll() is not None:
                    raise Refusal(self._last_line()) if self.process.returncode == 2 else Failure(self._last_line())
                time.sleep(0.02)
        raise Failure(f"smmu-vp serve does not listen after {START_S} s")

    def _last_line(self):
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "smmu-vp serve ended without a word"

    def take_connection(self):
        connection, self._connection = self._connection, None
        return connection

    def alive(self):
        return self.process.poll() is None

    def end(self):
        processes.end(self.process)
