"""A machine with an SMMU, driven through the C ABI: memory, queues, commands, events, DMA. Numbers are IHI 0070's."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "testbench/api/python"))
from smmu_vp import TRANSLATION_REQUEST, UNTRANSLATED, Dma, Platform  # noqa: E402

IDR0, IDR3, IDR5, CR0, CR2, GERROR = 0x0, 0xC, 0x14, 0x20, 0x2C, 0x60  # 6.3
STRTAB_BASE, STRTAB_BASE_CFG, CMDQ_BASE, CMDQ_PROD, CMDQ_CONS, EVENTQ_BASE = 0x80, 0x88, 0x90, 0x98, 0x9C, 0xA0
EVENTQ_PROD, EVENTQ_CONS = 0x100A8, 0x100AC
CMDQEN, RUNNING = 1 << 3, 1 << 3 | 1 << 2 | 1 << 0  # with EVENTQEN and SMMUEN
CFGI_ALL, TLBI_EL2_ALL, TLBI_NSNH_ALL, SYNC = (0x04, 31), (0x20, 0), (0x30, 0), (0x46, 0)
PASID, ATS = 0x1B, 0xF  # extended capabilities of PCIe
STREAMS_LOG2, COMMANDS_LOG2, EVENTS_LOG2 = 10, 4, 5
SETTLE_PS = 10**6


class Machine:
    """ENDPOINT 0 is a platform device, or with ATS a PCIe function with that and PASID enabled."""

    def __init__(self, settings, ats=False):
        kind = "pcie" if ats else "platform"
        self.vp = Platform("timing.mode=untimed", f'endpoint.0.kind="{kind}"', "smmu.features.s2=true",
                           "smmu.features.hyp=true", "smmu.features.httu=2", *settings)
        info = self.vp.info
        self.ram, self.ram_size, self.sid = info.ram_base, info.ram_size, self.vp.endpoint(0).stream_id
        self.words = self.vp.mem_view(self.ram, self.ram_size).cast("Q")
        self.strtab, self.cmdq, self.eventq = self.ram + 0x100000, self.ram + 0x110000, self.ram + 0x111000
        self.free = self.ram + 0x200000
        self.write(STRTAB_BASE, self.strtab, 8)
        self.write(STRTAB_BASE_CFG, STREAMS_LOG2)
        self.write(CMDQ_BASE, self.cmdq | COMMANDS_LOG2, 8)
        self.write(EVENTQ_BASE, self.eventq | EVENTS_LOG2, 8)
        self.enable(RUNNING)
        if ats:
            self.enable_ats()

    def enable_ats(self):
        function, at, offset = self.vp.info.ecam_base + (self.sid << 12), 0x100, {}
        while at:
            header = self.vp.mmio_read(function + at, 4)
            offset[header & 0xFFFF], at = at, header >> 20
        self.vp.mmio_write(function + 4, 2, 0b110)  # Bus Master and Memory Space Enable
        self.vp.mmio_write(function + offset[PASID] + 6, 2, 0b111)  # with Execute and Privileged
        self.vp.mmio_write(function + offset[ATS] + 6, 2, 1 << 15)  # STU is 4KB

    def read(self, register):
        return self.vp.mmio_read(self.vp.info.smmu_base + register, 4)

    def write(self, register, value, size=4):
        self.vp.mmio_write(self.vp.info.smmu_base + register, size, value)

    def until(self, done, what):
        for _ in range(1000):
            if done():
                return
            self.vp.advance(SETTLE_PS)
        raise SystemExit(f"{what} does not end: GERROR 0x{self.read(GERROR):x}, CMDQ_CONS 0x{self.read(CMDQ_CONS):x}")

    def enable(self, value):
        self.write(CR0, value)
        self.until(lambda: self.read(CR0 + 4) == value, "an update of CR0")  # CR0ACK

    def select_e2h(self, e2h):
        """CR2.E2H may change while the SMMU is disabled (6.3.12)."""
        if self.read(CR2) & 1 != int(e2h):
            self.enable(CMDQEN)
            self.write(CR2, int(e2h))
            self.enable(RUNNING)

    def is_ram(self, pa):
        return self.ram <= pa < self.ram + self.ram_size

    def is_device(self, pa):
        """Registers, and windows for them, are below RAM."""
        return pa < self.ram

    def load(self, pa):
        return self.words[(pa - self.ram) >> 3]

    def store(self, pa, *values):
        for i, value in enumerate(values):
            self.words[((pa - self.ram) >> 3) + i] = value

    def command(self, *words):
        prod, mask = self.read(CMDQ_PROD), (2 << COMMANDS_LOG2) - 1
        self.store(self.cmdq + 16 * (prod & (mask >> 1)), *words)
        self.write(CMDQ_PROD, (prod + 1) & mask)
        self.until(lambda: self.read(CMDQ_CONS) == (prod + 1) & mask, f"command {words[0]:x} {words[1]:x}")

    def sync(self):
        self.command(*SYNC)
        self.vp.advance(SETTLE_PS)

    def install(self, ste, e2h):
        """Makes STE the stream's, with nothing of the one before in any cache."""
        self.select_e2h(e2h)
        self.store(self.strtab + 64 * self.sid, *ste)
        for words in (CFGI_ALL, TLBI_NSNH_ALL, TLBI_EL2_ALL):
            self.command(*words)
        self.sync()

    def events(self):
        """The records in the Event queue, which is empty afterwards."""
        records = []
        while (self.read(EVENTQ_PROD) ^ self.read(EVENTQ_CONS)) & ((2 << EVENTS_LOG2) - 1):
            cons = self.read(EVENTQ_CONS)
            at = self.eventq + 32 * (cons & ((1 << EVENTS_LOG2) - 1))
            records.append([self.load(at + 8 * i) for i in range(4)])
            self.write(EVENTQ_CONS, (cons + 1) & ((2 << EVENTS_LOG2) - 1))
        return records

    def dma(self, va, data=None, **attributes):
        """An ordinary access of eight bytes: (its Result, bytes read, event records)."""
        what = {"length": 8} if data is None else {"data": data.to_bytes(8, "little")}
        result, read = self.vp.dma(Dma(UNTRANSLATED, va, **what, **attributes))
        self.vp.advance(SETTLE_PS)
        return result, int.from_bytes(read, "little"), self.events()

    def request(self, va, no_write, **attributes):
        """A Translation Request: (its Result, event records)."""
        result, _ = self.vp.dma(Dma(TRANSLATION_REQUEST, va, write=not no_write, no_write=no_write, **attributes))
        self.vp.advance(SETTLE_PS)
        return result, self.events()
