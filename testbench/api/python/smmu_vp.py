"""The platform in this process, through libsmmu_vp.so and ctypes. smmu_vp.h describes the calls.

    vp = smmu_vp.Platform("timing.mode=untimed")
    idr0 = vp.mmio_read(vp.info.smmu_base, 4)

The loader finds the library, or $SMMU_VP_LIB gives its path. A failed call raises Error with .status and the reason.
smmu_vp_client.Client has the same methods over a socket.
"""
import atexit
import ctypes as c
import os
from dataclasses import dataclass
from functools import cached_property

from smmu_vp_records import Records

OK, EINVAL, ECONFIG, EBUSY, ETIMEDOUT, EFAULT, EINTERNAL = range(7)
UNTRANSLATED, TRANSLATION_REQUEST, TRANSLATED, PAGE_REQUEST, STOP_MARKER, VIA_ATC = range(6)
(TLBI_ALLE1, TLBI_VMALLE1, TLBI_VMALLS12E1, TLBI_ASIDE1, TLBI_VAE1, TLBI_VAAE1, TLBI_IPAS2E1, TLBI_ALLE2, TLBI_ASIDE2,
 TLBI_VAE2, TLBI_VAAE2) = range(11)
DMA_OK, DMA_ABORTED, DMA_UR, DMA_CA, DMA_STALLED, DMA_TIMEOUT = range(6)


class Error(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def _structure(name, **fields):
    return type(name, (c.Structure,), {"_fields_": list(fields.items())})


Info = _structure("Info", smmu_base=c.c_uint64, smmu_size=c.c_uint64, ram_base=c.c_uint64, ram_size=c.c_uint64,
                  ecam_base=c.c_uint64, ecam_size=c.c_uint64, endpoint_count=c.c_uint32, irq_event=c.c_uint32,
                  irq_pri=c.c_uint32, irq_gerror=c.c_uint32, irq_cmd_sync=c.c_uint32)
Layout = _structure("Layout", msi_doorbell=c.c_uint64, irq_lines=c.c_uint32, pcie_window_base=c.c_uint64,
                    pcie_window_size=c.c_uint64)
Endpoint = _structure("Endpoint", pcie=c.c_int, stream_id=c.c_uint32, registers=c.c_uint64, irq=c.c_uint32)
_Request = _structure("_Request", endpoint=c.c_uint32, kind=c.c_int, has_pasid=c.c_int, pasid=c.c_uint32,
                      address=c.c_uint64, length=c.c_size_t, data=c.c_void_p, write=c.c_int, privileged=c.c_int,
                      execute=c.c_int, no_write=c.c_int, prg_index=c.c_uint32, last=c.c_int)
Result = _structure("Result", status=c.c_int, latency_ps=c.c_uint64, translated_address=c.c_uint64,
                    translated_size=c.c_uint64, r=c.c_int, w=c.c_int, u=c.c_int, exe=c.c_int, priv=c.c_int,
                    is_global=c.c_int, responded=c.c_int, prg_response_code=c.c_uint32)
Attributes = _structure("Attributes", memory_attributes=c.c_uint32, shareability=c.c_uint32, instruction=c.c_int,
                        privileged=c.c_int)

_Tlbi = _structure("_Tlbi", op=c.c_int, vmid=c.c_uint32, asid=c.c_uint32, address=c.c_uint64, bytes=c.c_uint64,
                   last_level=c.c_int, e2h=c.c_int)
# What a monitor may know of a violation, in the order of its flags and of its values.
_KNOWN = {"stream_id": c.c_uint32, "pasid": c.c_uint32, "address": c.c_uint64, "physical": c.c_uint64,
          "descriptor": c.c_uint64, "old_value": c.c_uint64, "new_value": c.c_uint64}
_Finding = _structure("_Finding", monitor=c.c_char * 48, t_ps=c.c_uint64, has=c.c_int * len(_KNOWN), **_KNOWN,
                      text=c.c_char * 512)


@dataclass
class Tlbi:
    """A processor's TLBI instruction; fields that the operation does not use are ignored."""
    op: int
    address: int = 0
    bytes: int = 4096
    asid: int = 0
    vmid: int = 0
    last_level: bool = False
    e2h: bool = False


@dataclass
class Dma:
    """One DMA. data: the bytes to write; length: the number of bytes to read; neither for kinds without data."""
    kind: int
    address: int = 0
    data: bytes = b""
    length: int = 0
    pasid: int | None = None
    endpoint: int = 0
    write: bool | None = None  # page requests: the permission requested; otherwise derived from data
    privileged: bool = False
    execute: bool = False
    no_write: bool = False
    prg_index: int = 0
    last: bool = True

    def writes(self):
        return bool(self.data) if self.write is None else self.write


@dataclass
class Finding:
    """A violation: None for what the monitor cannot tell. smmu_vp.h describes the values (smmu_vp_finding)."""
    monitor: str
    t_ps: int
    text: str
    stream_id: int | None = None
    pasid: int | None = None
    address: int | None = None
    physical: int | None = None
    descriptor: int | None = None
    old_value: int | None = None
    new_value: int | None = None

    @classmethod
    def of(cls, monitor, t_ps, text, has, values):
        return cls(monitor, t_ps, text, *(v if h else None for h, v in zip(has, values)))


def verdicts(text):
    """Parses the lines of monitors() to {monitor: (checks, verdict)}."""
    lines = (line.split(maxsplit=2) for line in text.splitlines())
    return {name: (int(checks), verdict) for name, checks, verdict in lines}


class Machine:
    """What the platform in this process and the one behind a socket have in common."""

    @cached_property
    def records(self):
        """Commands, event records and page requests as objects; see smmu_vp_records."""
        return Records(self.record_table)

    def findings(self):
        """The violations that have a line in violations(), as objects, the earliest first."""
        count, text = self.violations()
        return [self.violation(i) for i in range(text.count("\n"))]


class Platform(Machine):
    def __init__(self, *overrides, config=None):
        self._lib = c.CDLL(os.environ.get("SMMU_VP_LIB", "libsmmu_vp.so.0"))
        self._lib.smmu_vp_last_error.restype = c.c_char_p
        self._lib.smmu_vp_mem_ptr.restype = c.c_void_p
        self._lib.smmu_vp_now_ps.restype = c.c_uint64
        self._vp, self._buffers = c.c_void_p(), {}
        texts = (c.c_char_p * (len(overrides) + 1))(*[o.encode() for o in overrides])
        self._check(self._lib.smmu_vp_open(config.encode() if config else None, texts, c.byref(self._vp)))
        atexit.register(self.close)  # an uncaught KeyboardInterrupt ends Python by the signal, without exit()
        self.info, self.layout = self._out("get_info", Info()), self._out("get_layout", Layout())

    def _check(self, status):
        if status != OK:
            raise Error(status, self._lib.smmu_vp_last_error(None).decode())

    def _call(self, name, *arguments):
        self._check(getattr(self._lib, "smmu_vp_" + name)(self._vp, *arguments))

    def _out(self, name, out, *arguments):  # for calls whose last argument is an output
        self._call(name, *arguments, c.byref(out))
        return out

    def _text(self, name, *arguments):  # for calls that return a text
        text = c.create_string_buffer(1 << 20)
        self._call(name, *arguments, text, c.c_size_t(len(text)))
        return text.value.decode(errors="replace")

    def close(self):
        self._lib.smmu_vp_close(self._vp)

    def reset(self):
        """Restores the state after opening; background DMA is dropped."""
        self._call("reset")
        self._buffers.clear()

    def endpoint(self, index):
        return self._out("get_endpoint", Endpoint(), c.c_uint32(index))

    def mmio_read(self, pa, size):
        return self._out("mmio_read", c.c_uint64(), c.c_uint64(pa), c.c_uint(size)).value

    def mmio_write(self, pa, size, value):
        self._call("mmio_write", c.c_uint64(pa), c.c_uint(size), c.c_uint64(value))

    def mem_read(self, pa, length):
        buffer = c.create_string_buffer(length)
        self._call("mem_read", c.c_uint64(pa), buffer, c.c_size_t(length))
        return buffer.raw

    def mem_write(self, pa, data):
        self._call("mem_write", c.c_uint64(pa), bytes(data), c.c_size_t(len(data)))

    def mem_view(self, pa, length):
        """A memoryview of RAM itself, shared with the hardware; invalid after close()."""
        at = self._lib.smmu_vp_mem_ptr(self._vp, c.c_uint64(pa), c.c_size_t(length))
        if not at:
            raise Error(EFAULT, self._lib.smmu_vp_last_error(None).decode())
        return memoryview((c.c_char * length).from_address(at)).cast("B")

    def now_ps(self):
        return self._lib.smmu_vp_now_ps(self._vp)

    def advance(self, ps):
        self._call("advance", c.c_uint64(ps))

    def settle(self, max_ps):
        self._call("settle", c.c_uint64(max_ps))

    def irq_level(self, irq):
        return self._lib.smmu_vp_irq_level(self._vp, c.c_uint32(irq))

    def irq_wait(self, mask, timeout_ps):
        return self._out("irq_wait", c.c_uint64(), c.c_uint64(mask), c.c_uint64(timeout_ps)).value

    def tlbi_broadcast(self, t):
        self._call("tlbi_broadcast", c.byref(_Tlbi(t.op, t.vmid, t.asid, t.address, t.bytes, t.last_level, t.e2h)))

    def tlbi_sync(self):
        self._call("tlbi_sync")

    def _request(self, d):
        length = len(d.data) or d.length
        buffer = c.create_string_buffer(d.data or length, length) if length else None
        request = _Request(d.endpoint, d.kind, d.pasid is not None, d.pasid or 0, d.address, length,
                           c.cast(buffer, c.c_void_p), d.writes(), d.privileged, d.execute, d.no_write, d.prg_index,
                           d.last)
        return request, buffer

    def dma(self, d):
        """Returns (Result, bytes read)."""
        request, buffer = self._request(d)
        return self._out("dma", Result(), c.byref(request)), buffer.raw if buffer and not d.writes() else b""

    def dma_attributes(self):
        """With which attributes the access that dma() or dma_poll() reported last left the SMMU."""
        return self._out("dma_attributes", Attributes())

    def dma_start(self, d):
        request, buffer = self._request(d)
        handle = self._out("dma_start", c.c_uint64(), c.byref(request)).value
        self._buffers[handle] = buffer, d.writes()
        return handle

    def dma_poll(self, handle):
        """Returns (done, Result, bytes read)."""
        result, done = Result(), c.c_int()
        self._call("dma_poll", c.c_uint64(handle), c.byref(result), c.byref(done))
        if not done.value:
            return False, result, b""
        buffer, wrote = self._buffers.pop(handle)
        return True, result, buffer.raw if buffer and not wrote else b""

    def counter(self, name):
        return self._out("counter", c.c_uint64(), name.encode()).value

    def counters(self):
        """Returns {name: value}."""
        return {name: self.counter(name) for name in self._text("counters").splitlines()}

    def violations(self):
        """Returns (count, text with one line for each, the earliest first)."""
        count = c.c_uint64()
        text = self._text("violations", c.byref(count))
        return count.value, text

    def violation(self, index):
        f = self._out("violation", _Finding(), c.c_uint64(index))
        return Finding.of(f.monitor.decode(), f.t_ps, f.text.decode(errors="replace"), f.has,
                          (getattr(f, name) for name in _KNOWN))

    def monitors(self):
        """Returns {name: (number of checks, "clean", "violation" or "not judged")}."""
        return verdicts(self._text("monitors"))

    def finish(self):
        """The driver has ended: what only the end shows is judged now."""
        self._call("finish")

    def explain(self, access):
        """Explains an access "SID:SSID:VA:ACCESS" at this moment; returns the text."""
        return self._text("explain", access.encode())

    def dump(self, directory):
        self._call("dump", os.fsencode(directory))

    def record_table(self, what):
        """Returns the JSON that `records` is made from."""
        return self._text("records", what.encode())

    def record(self, directory=None, what=None):
        """Records into a run folder; without a directory the open one is closed."""
        self._call("record", os.fsencode(directory) if directory else None, what.encode() if what else None)

    def note(self, text):
        self._call("note", text.encode())

    def phase(self, name=None):
        """Begins a phase of the driver's work on the timeline; without a name ends it."""
        self._call("phase", name.encode() if name else None)

    def waves(self, path=None):
        self._call("waves", path.encode() if path else None)
