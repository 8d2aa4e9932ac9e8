#!/usr/bin/env python3
"""An interactive SMMU laboratory, written from the architecture manual (Arm IHI 0070).

    python3 smmu_lab.py [key=value]...       runs all steps once and checks them; exit status 0: all checks passed
    python3 smmu_lab.py --socket PATH        the same on a machine served by `smmu-vp serve --socket PATH`
    python3 -i smmu_lab.py                   continues at a prompt with the object `lab`
"""
import struct
import sys
from pathlib import Path

# The binding's folder, in an installation or in the source tree.
sys.path[:0] = [str(d / p) for d in Path(__file__).resolve().parents for p in ("python", "testbench/api/python")]
from smmu_vp import TRANSLATION_REQUEST, UNTRANSLATED, VIA_ATC, Dma, Platform  # noqa: E402
from smmu_vp_client import Client  # noqa: E402

IDR5, CR0, IRQ_CTRL, GERROR, GERRORN = 0x14, 0x20, 0x50, 0x60, 0x64  # registers: 6.3
STRTAB_BASE, STRTAB_CFG, CMDQ_BASE, CMDQ_PROD, EVENTQ_BASE, PRIQ_BASE = 0x80, 0x88, 0x90, 0x98, 0xA0, 0xC0
EVENTQ, PRIQ = 0x100A8, 0x100C8  # PROD; CONS is at + 4
VA, PASID, ASID, MS = 0x7612345000, 1, 7, 10**9


class Lab:
    def __init__(self, vp):
        self.vp, self.next, self.index = vp, vp.info.ram_base + (1 << 20), 0
        self.commands = vp.records.commands
        while not vp.endpoint(self.index).pcie:
            self.index += 1
        self.sid = vp.endpoint(self.index).stream_id

    def read(self, reg):
        return self.vp.mmio_read(self.vp.info.smmu_base + reg, 4)

    def write(self, reg, value, size=4):
        self.vp.mmio_write(self.vp.info.smmu_base + reg, size, value)

    def control(self, reg, value):  # and wait for the acknowledgement register at + 4
        self.write(reg, value)
        while self.read(reg + 4) != value:
            pass

    def load(self, pa, words=1):
        return struct.unpack(f"<{words}Q", self.vp.mem_read(pa, 8 * words))

    def store(self, pa, *words):
        self.vp.mem_write(pa, struct.pack(f"<{len(words)}Q", *words))

    def pages(self, size=4096):  # zeroed RAM, aligned to its size
        pa = (self.next + size - 1) // size * size
        self.next = pa + size
        return pa

    def command(self, record):
        prod = self.read(CMDQ_PROD)
        self.store(self.cmdq + 16 * (prod % 16), *record.words())
        self.write(CMDQ_PROD, (prod + 1) % 32)

    def sync(self):  # CMD_SYNC that interrupts (4.7.3)
        self.command(self.commands.CMD_SYNC(CS=1))
        self.vp.irq_wait(1 << self.vp.info.irq_cmd_sync, 100 * MS)

    def take(self, queue, prod, words, irq):  # waits for the interrupt, then takes one entry's words
        self.vp.irq_wait(1 << irq, 100 * MS)
        cons = self.read(prod + 4)
        assert self.read(prod) != cons, "the queue is empty"
        self.write(prod + 4, (cons + 1) % 32)
        return self.load(queue + 8 * words * (cons % 16), words)

    def event(self):
        return self.vp.records.events.decode(self.take(self.eventq, EVENTQ, 4, self.vp.info.irq_event))

    def page_request(self):
        return self.vp.records.page_requests.decode(self.take(self.priq, PRIQ, 2, self.vp.info.irq_pri))

    def explain(self, event):  # why the access of a fault would fail now
        ssid = event.SubstreamID if event.SSV else "-"
        return self.vp.explain(f"{event.StreamID:#x}:{ssid}:{event.InputAddr:#x}:{'r' if event.RnW else 'w'}")

    def bring_up(self):
        function, at, caps = self.vp.info.ecam_base + (self.sid << 12), 0x100, {}
        while at:  # extended capabilities: PASID 0x1B, PRI 0x13, ATS 0xF
            header = self.vp.mmio_read(function + at, 4)
            caps[header & 0xFFFF], at = at, header >> 20
        for offset, size, value in ((4, 2, 6), (caps[0x1B] + 6, 2, 1), (caps[0x13] + 12, 4, 8), (caps[0x13] + 4, 2, 1),
                                    (caps[0xF] + 6, 2, 0x8000)):
            self.vp.mmio_write(function + offset, size, value)
        bits = max(6, self.sid.bit_length())
        strtab, cds, self.cmdq, self.eventq, self.priq, self.root = self.pages(64 << bits), *(self.pages() for _ in "12345")
        self.store(strtab + 64 * self.sid, cds | 4 << 59 | 5 << 1 | 1, 1 << 28 | 0xD4)  # STE (5.2): stage 1, ATS
        self.store(cds + 64 * PASID, ASID << 48 | 0xE2 << 40 | (self.read(IDR5) & 7) << 32 | 0xC0003510, self.root, 0,
                   0xFF)  # CD (5.4): 48 bits, 4 KB, faults recorded and aborted
        for reg, value in ((STRTAB_BASE, strtab), (CMDQ_BASE, self.cmdq | 4), (EVENTQ_BASE, self.eventq | 4),
                           (PRIQ_BASE, self.priq | 4)):
            self.write(reg, value, 8)
        self.write(STRTAB_CFG, bits)
        self.control(IRQ_CTRL, 7)
        self.control(CR0, 8)
        # Range 31 makes it CMD_CFGI_ALL (4.3.6).
        self.command(self.commands.CMD_CFGI_STE_RANGE(Range=31)), self.command(self.commands.CMD_TLBI_NSNH_ALL()), self.sync()
        self.control(CR0, 0x1F)

    def map(self, va, pa):  # user page: nG, AF, inner shareable, read-write, never executable; pa 0 unmaps
        table = self.root
        for shift in (39, 30, 21):
            entry = table + 8 * (va >> shift & 511)
            if self.load(entry) == (0,):
                self.store(entry, self.pages() | 3)
            table = self.load(entry)[0] & 0xFFFFFFFFF000
        self.store(table + 8 * (va >> 12 & 511), pa and pa | 0x60000000000F43)

    def invalidate(self, va):  # TLB, then ATC (4.5.1)
        self.command(self.commands.CMD_TLBI_NH_VA(ASID=ASID, Address=va, Leaf=1)), self.sync()
        self.command(self.commands.CMD_ATC_INV(SSV=1, SubstreamID=PASID, StreamID=self.sid, Address=va)), self.sync()

    def dma(self, kind, va, **more):
        return self.vp.dma(Dma(kind, va, pasid=PASID, endpoint=self.index, **more))[0]


def main(arguments):
    vp = Client(arguments[1]) if arguments[:1] == ["--socket"] else Platform(*arguments)
    vp.reset()  # discard the state that an earlier client left
    lab = Lab(vp)
    lab.bring_up()
    a, b = lab.pages(), lab.pages()
    lab.map(VA, a)
    assert lab.dma(UNTRANSLATED, VA, data=b"\x2a" * 8).status == 0 and lab.load(a) == (0x2A2A2A2A2A2A2A2A,)
    assert lab.dma(UNTRANSLATED, VA + 0x5000, length=8).status != 0, "nothing is mapped there"
    event = lab.event()
    print(event, lab.explain(event), sep="\n")
    assert (event.name, event.StreamID, event.InputAddr) == ("F_TRANSLATION", lab.sid, VA + 0x5000)
    got = lab.dma(TRANSLATION_REQUEST, VA, write=True)
    assert (got.translated_address, got.translated_size, got.r, got.w) == (a, 4096, 1, 1)
    assert lab.dma(VIA_ATC, VA + 8, data=b"\x2b" * 8).status == 0 and lab.load(a + 8) == (0x2B2B2B2B2B2B2B2B,)
    lab.map(VA, 0)
    lab.invalidate(VA)
    got = lab.dma(TRANSLATION_REQUEST, VA, write=True)
    assert (got.status, got.r, got.w) == (0, 0, 0), "no right is left"
    handle = lab.vp.dma_start(Dma(VIA_ATC, VA + 0x7000, b"\x2c" * 8, pasid=PASID, endpoint=lab.index))
    page = lab.page_request()
    assert (page.StreamID, page.Address) == (lab.sid, VA + 0x7000)
    lab.map(VA + 0x7000, b)
    lab.command(lab.commands.CMD_PRI_RESP(SSV=1, SubstreamID=PASID, StreamID=lab.sid, PRGIndex=page.PRGIndex, Resp=2))
    lab.sync()
    while not (poll := lab.vp.dma_poll(handle))[0]:
        lab.vp.advance(10**6)
    assert poll[1].status == 0 and lab.load(b) == (0x2C2C2C2C2C2C2C2C,)
    lab.vp.finish()
    assert lab.vp.findings() == [] and lab.read(GERROR) == lab.read(GERRORN)
    print(f"translated DMA, fault, ATS, PRI: all held after {lab.vp.now_ps() // 1000} ns simulated")
    return lab


if __name__ == "__main__":
    lab = main(sys.argv[1:])
