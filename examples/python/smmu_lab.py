#!/usr/bin/env python3
"""An interactive SMMU laboratory, written with the architecture manual (Arm IHI 0070) at hand.

    python3 smmu_lab.py [key=value]...       does everything once and checks it; exit status 0: everything held
    python3 smmu_lab.py --socket PATH        the same in a machine that `smmu-vp serve --socket PATH` offers
    python3 -i smmu_lab.py                   leaves you at a prompt with `lab` to play with
"""
import struct
import sys
from pathlib import Path

sys.path[:0] = [str(d / "python") for d in Path(__file__).resolve().parents]  # where the binding is shipped
from smmu_vp import TRANSLATION_REQUEST, UNTRANSLATED, VIA_ATC, Dma, Platform  # noqa: E402
from smmu_vp_client import Client  # noqa: E402

IDR5, CR0, IRQ_CTRL, GERROR, GERRORN = 0x14, 0x20, 0x50, 0x60, 0x64  # registers: 6.3
STRTAB_BASE, STRTAB_CFG, CMDQ_BASE, CMDQ_PROD, EVENTQ_BASE, PRIQ_BASE = 0x80, 0x88, 0x90, 0x98, 0xA0, 0xC0
EVENTQ, PRIQ = 0x100A8, 0x100C8  # PROD; CONS is 4 further
VA, PASID, ASID, MS = 0x7612345000, 1, 7, 10**9


class Lab:
    def __init__(self, vp):
        self.vp, self.next, self.index = vp, vp.info.ram_base + (1 << 20), 0
        while not vp.endpoint(self.index).pcie:
            self.index += 1
        self.sid = vp.endpoint(self.index).stream_id

    def read(self, reg):
        return self.vp.mmio_read(self.vp.info.smmu_base + reg, 4)

    def write(self, reg, value, size=4):
        self.vp.mmio_write(self.vp.info.smmu_base + reg, size, value)

    def control(self, reg, value):  # and wait for the acknowledgement, which is 4 further
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

    def command(self, *words):
        prod = self.read(CMDQ_PROD)
        self.store(self.cmdq + 16 * (prod % 16), *words)
        self.write(CMDQ_PROD, (prod + 1) % 32)

    def sync(self):  # CMD_SYNC that interrupts (4.7.3)
        self.command(0x46 | 1 << 12, 0)
        self.vp.irq_wait(1 << self.vp.info.irq_cmd_sync, 100 * MS)

    def take(self, queue, prod, words, irq):  # waits for the interrupt, then takes one entry
        self.vp.irq_wait(1 << irq, 100 * MS)
        cons = self.read(prod + 4)
        assert self.read(prod) != cons, "the queue is empty"
        self.write(prod + 4, (cons + 1) % 32)
        return self.load(queue + 8 * words * (cons % 16), words)

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
        self.command(4, 31), self.command(0x30, 0), self.sync()  # CMD_CFGI_ALL, CMD_TLBI_NSNH_ALL
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
        self.command(0x12 | ASID << 48, va | 1), self.sync()
        self.command(0x40 | 1 << 11 | PASID << 12 | self.sid << 32, va), self.sync()

    def dma(self, kind, va, **more):
        return self.vp.dma(Dma(kind, va, pasid=PASID, endpoint=self.index, **more))[0]


def main(arguments):
    lab = Lab(Client(arguments[1]) if arguments[:1] == ["--socket"] else Platform(*arguments))
    lab.bring_up()
    a, b, irq = lab.pages(), lab.pages(), lab.vp.info
    lab.map(VA, a)
    assert lab.dma(UNTRANSLATED, VA, data=b"\x2a" * 8).status == 0 and lab.load(a) == (0x2A2A2A2A2A2A2A2A,)
    assert lab.dma(UNTRANSLATED, VA + 0x5000, length=8).status != 0, "nothing is mapped there"
    event = lab.take(lab.eventq, EVENTQ, 4, irq.irq_event)
    assert (event[0] & 0xFF, event[0] >> 32, event[2]) == (0x10, lab.sid, VA + 0x5000), "F_TRANSLATION"
    got = lab.dma(TRANSLATION_REQUEST, VA, write=True)
    assert (got.translated_address, got.translated_size, got.r, got.w) == (a, 4096, 1, 1)
    assert lab.dma(VIA_ATC, VA + 8, data=b"\x2b" * 8).status == 0 and lab.load(a + 8) == (0x2B2B2B2B2B2B2B2B,)
    lab.map(VA, 0)
    lab.invalidate(VA)
    got = lab.dma(TRANSLATION_REQUEST, VA, write=True)
    assert (got.status, got.r, got.w) == (0, 0, 0), "no right is left"
    handle = lab.vp.dma_start(Dma(VIA_ATC, VA + 0x7000, b"\x2c" * 8, pasid=PASID, endpoint=lab.index))
    page = lab.take(lab.priq, PRIQ, 2, irq.irq_pri)
    assert (page[0] & 0xFFFFFFFF, page[1] >> 12) == (lab.sid, (VA + 0x7000) >> 12)
    lab.map(VA + 0x7000, b)
    lab.command(0x41 | 1 << 11 | PASID << 12 | lab.sid << 32, page[1] & 0x1FF | 2 << 12), lab.sync()  # CMD_PRI_RESP
    while not (poll := lab.vp.dma_poll(handle))[0]:
        lab.vp.advance(10**6)
    assert poll[1].status == 0 and lab.load(b) == (0x2C2C2C2C2C2C2C2C,)
    assert lab.vp.violations() == (0, "") and lab.read(GERROR) == lab.read(GERRORN)
    print(f"translated DMA, fault, ATS, PRI: all held after {lab.vp.now_ps() // 1000} ns simulated")
    return lab


if __name__ == "__main__":
    lab = main(sys.argv[1:])
