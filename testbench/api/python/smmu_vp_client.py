"""The platform in another process: a client of `smmu-vp serve`, with the methods of smmu_vp.Platform.

    vp = smmu_vp_client.Client("/tmp/smmu.sock")

The framing is described in docs/serve.md.
"""
import os
import socket
import struct
from typing import NamedTuple

from smmu_vp import OK, Endpoint, Error, Finding, Info, Layout, Machine, Result, verdicts

VERSION = 1
(HELLO, INFO, ENDPOINT, MMIO_READ, MMIO_WRITE, MEM_READ, MEM_WRITE, NOW, ADVANCE, SETTLE, IRQ_LEVEL, IRQ_WAIT, DMA,
 DMA_START, DMA_POLL, COUNTER, VIOLATIONS, WAVES, TLBI_BROADCAST, TLBI_SYNC, RESET,
 MONITORS, COUNTERS, VIOLATION, FINISH, EXPLAIN, DUMP, RECORDS, RECORD, NOTE, PHASE, IRQ_SUBSCRIBE,
 KERNEL_LOG, ADVANCE_TO, EXPECT, FUNCTIONS, STORE, TELL_PAGES, WAVE_WINDOW,
 REPEAT, NEXT_ACTIVITY) = range(41)
INTERRUPT, MSI, PAGE_READ = 0x8000, 0x8001, 0x8002  # frames without a request
_RESULT = struct.Struct("<IQQQ8I")
_FINDING = struct.Struct("<Q7I2I5QH")
_INFO, _LAYOUT, _ENDPOINT = "<6Q5I", "<QIQQ", "<IIQI"


class Interrupt(NamedTuple):
    line: int
    level: int
    t_ps: int


class Msi(NamedTuple):
    address: int
    data: int
    device_id: int
    t_ps: int


class PageRead(NamedTuple):
    page: int


_NOTICES = {INTERRUPT: (Interrupt, "<IIQ"), MSI: (Msi, "<QIIQ"), PAGE_READ: (PageRead, "<Q")}


class Client(Machine):
    def __init__(self, path):
        self._notices = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self.server_version = self._call(HELLO, b"SMMUVP" + struct.pack("<H", VERSION))[2:].decode()
        body = self._call(INFO)
        self.info = Info(*struct.unpack_from(_INFO, body))
        self.layout = Layout(*struct.unpack_from(_LAYOUT, body, struct.calcsize(_INFO)))

    def _receive(self, count):
        data = bytearray()
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return bytes(data)

    def _frame(self):
        length, operation, status = struct.unpack("<IHH", self._receive(8))
        return operation, status, self._receive(length)

    def _call(self, operation, body=b""):
        self._socket.sendall(struct.pack("<IHH", len(body), operation, 0) + body)
        answered, status, reply = self._frame()
        while answered in _NOTICES:
            kind, form = _NOTICES[answered]
            self._notices.append(kind(*struct.unpack(form, reply)))
            answered, status, reply = self._frame()
        if answered != operation:
            raise ConnectionError(f"an answer to operation {answered} instead of {operation}")
        if status != OK:
            raise Error(status, reply.decode())
        return reply

    def _number(self, operation, form="", *fields):
        return int.from_bytes(self._call(operation, struct.pack("<" + form, *fields)), "little")

    def close(self):
        self._socket.close()

    def reset(self):
        """Restores the state after opening, for every client."""
        self._call(RESET)

    def endpoint(self, index):
        return Endpoint(*struct.unpack(_ENDPOINT, self._call(ENDPOINT, struct.pack("<I", index))))

    def mmio_read(self, pa, size):
        return self._number(MMIO_READ, "QI", pa, size)

    def mmio_write(self, pa, size, value):
        self._call(MMIO_WRITE, struct.pack("<QIQ", pa, size, value))

    def mem_read(self, pa, length):
        return self._call(MEM_READ, struct.pack("<QI", pa, length))

    def mem_write(self, pa, data):
        self._call(MEM_WRITE, struct.pack("<Q", pa) + bytes(data))

    def now_ps(self):
        return self._number(NOW)

    def next_activity_ps(self):
        """When something happens next if nothing is asked of the platform; None: never."""
        t_ps = self._number(NEXT_ACTIVITY)
        return None if t_ps == (1 << 64) - 1 else t_ps

    def advance(self, ps):
        self._call(ADVANCE, struct.pack("<Q", ps))

    def advance_to(self, t_ps):
        self._call(ADVANCE_TO, struct.pack("<Q", t_ps))

    def settle(self, max_ps):
        self._call(SETTLE, struct.pack("<Q", max_ps))

    def irq_level(self, irq):
        return self._number(IRQ_LEVEL, "I", irq)

    def irq_wait(self, mask, timeout_ps):
        return self._number(IRQ_WAIT, "QQ", mask, timeout_ps)

    def irq_subscribe(self, lines):
        """From now on notices() has the edges of these lines, and MSIs for outside; without lines nothing."""
        lines = list(lines)
        self._call(IRQ_SUBSCRIBE, struct.pack(f"<I{len(lines)}I", len(lines), *lines))

    def notices(self):
        """Returns what happened since the last call, of the operations of all clients, as Interrupt, Msi and PageRead."""
        self.now_ps()  # its reply comes after them
        happened, self._notices = self._notices, []
        return happened

    def tlbi_broadcast(self, t):
        self._call(TLBI_BROADCAST, struct.pack("<IIIQQII", t.op, t.vmid, t.asid, t.address, t.bytes, t.last_level, t.e2h))

    def tlbi_sync(self):
        self._call(TLBI_SYNC)

    @staticmethod
    def _request(d):
        return struct.pack("<IIIIQI6I", d.endpoint, d.kind, d.pasid is not None, d.pasid or 0, d.address,
                           len(d.data) or d.length, d.writes(), d.privileged, d.execute, d.no_write, d.prg_index,
                           d.last) + d.data

    def dma(self, d):
        """Returns (Result, bytes read)."""
        reply = self._call(DMA, self._request(d))
        return Result(*_RESULT.unpack_from(reply)), reply[_RESULT.size:]

    def dma_start(self, d):
        return int.from_bytes(self._call(DMA_START, self._request(d)), "little")

    def dma_poll(self, handle):
        """Returns (done, Result, bytes read)."""
        reply = self._call(DMA_POLL, struct.pack("<Q", handle))
        return bool(reply[0]), Result(*_RESULT.unpack_from(reply, 4)), reply[4 + _RESULT.size:]

    def counter(self, name):
        return int.from_bytes(self._call(COUNTER, name.encode()), "little")

    def counters(self):
        """Returns {name: value}."""
        return {name: self.counter(name) for name in self._call(COUNTERS).decode().splitlines()}

    def violations(self):
        """Returns (count, text with one line for each, the earliest first)."""
        reply = self._call(VIOLATIONS)
        return int.from_bytes(reply[:8], "little"), reply[8:].decode()

    def monitors(self):
        """Returns {name: (number of checks, "clean", "violation" or "not judged")}."""
        return verdicts(self._call(MONITORS).decode())

    def violation(self, index):
        reply = self._call(VIOLATION, struct.pack("<Q", index))
        t_ps, *rest, length = _FINDING.unpack_from(reply)
        texts = reply[_FINDING.size:]
        return Finding.of(texts[:length].decode(), t_ps, texts[length:].decode(errors="replace"), rest[:7], rest[7:])

    def finish(self):
        """The drivers of all clients have ended: what only the end shows is judged now."""
        self._call(FINISH)

    def explain(self, access):
        """Explains an access "SID:SSID:VA:ACCESS" at this moment; returns the text. With "@TIME" at the end it returns nothing,
        and the text of that time goes to the run folders that are open then."""
        return self._call(EXPLAIN, access.encode()).decode()

    def dump(self, directory):
        """Writes to a directory of the server."""
        self._call(DUMP, os.fsencode(directory))

    def record_table(self, what):
        """Returns the JSON that `records` is made from."""
        return self._call(RECORDS, what.encode()).decode()

    def record(self, directory=None, what=None):
        """Records into a run folder of the server; without a directory closes the open one and returns its verdict."""
        place = os.fsencode(directory or "")
        return self._call(RECORD, struct.pack("<H", len(place)) + place + (what or "").encode()).decode()

    def note(self, text):
        self._call(NOTE, text.encode())

    def kernel_log(self, level, text):
        """A line that the driver's kernel prints, at a level of printk."""
        self._call(KERNEL_LOG, struct.pack("<I", level) + text.encode())

    def expect(self, holds, text):
        """What was expected of the run in this client's folder, and whether it came about."""
        self._call(EXPECT, struct.pack("<I", holds) + text.encode())

    def name_functions(self, functions):
        """The driver's functions, [(address, name)], for store()."""
        self._call(FUNCTIONS, "".join(f"{address:x} {name}\n" for address, name in functions).encode())

    def store(self, cpu, pa, code):
        """A CPU has stored to memory that an SMMU reads, or is about to write a device register. `code` is where it is: the
        instruction, the link register, and the return addresses of its frame records."""
        self._call(STORE, struct.pack(f"<IQ{len(code)}Q", cpu, pa, *code))

    def tell_pages(self):
        """From now on notices() has a PageRead for each page that an SMMU begins to read."""
        self._call(TELL_PAGES)

    def wave_window(self, window):
        """START:END, with units, of the waves that are opened from now on."""
        self._call(WAVE_WINDOW, window.encode())

    def repeated_by(self, command):
        """The command, program and arguments, that repeats the run in this client's folder."""
        self._call(REPEAT, b"".join(os.fsencode(word) + b"\0" for word in command))

    def phase(self, name=None):
        """Begins a phase of the driver's work on the timeline; without a name ends it."""
        self._call(PHASE, (name or "").encode())

    def waves(self, path=None):
        self._call(WAVES, (path or "").encode())
