"""One random stream with its tables, and the comparison of an access with what the manuals require."""
import random
from dataclasses import dataclass

import structures
from machine import IDR0, IDR3, IDR5
from stream import Memory, Stream, Unknown
from tables import Tables
from vmsa import CLASS_TT, F_PERMISSION, F_WALK_EABT, Fault

ALL_ONES = (1 << 64) - 1
REGIMES = ("stage1", "stage2", "nested", "nested", "el2", "e2h")
OK, ABORTED = 0, 1  # a DMA's status


@dataclass
class Features:
    """The features in the ID registers (6.3.1, 6.3.4, 6.3.6)."""
    oas: int
    fwb: bool
    xnx: bool
    e0pd: bool
    asid_bits: int
    vmid_bits: int

    @staticmethod
    def of(machine):
        idr0, idr3 = machine.read(IDR0), machine.read(IDR3)
        return Features(structures.SIZES[machine.read(IDR5) & 7], idr3 >> 8 & 1, idr3 >> 4 & 1, idr3 >> 13 & 1,
                        16 if idr0 >> 12 & 1 else 8, 16 if idr0 >> 18 & 1 else 8)


class Mismatch(Exception):
    pass


class Case:
    """Case NUMBER of SEED: independent of earlier cases."""

    def __init__(self, machine, seed, number, ats=False):
        self.rnd = rnd = random.Random(f"{seed}/{number}")
        self.machine = machine
        self.features = Features.of(machine)
        self.tables = Tables(rnd, machine, self.features)
        self.regime = rnd.choice(REGIMES)
        self.vmid, self.asid = rnd.getrandbits(self.features.vmid_bits), rnd.getrandbits(self.features.asid_bits)
        self.substreams = ats and self.regime != "stage2" and rnd.random() < .5
        self.history = []  # what has happened to the tables since
        while not self.configure():
            pass
        self.ste = structures.ste(self.stream, self.vmid, self.regime in ("el2", "e2h"), self.substreams, int(ats))
        machine.install(self.ste, self.regime == "e2h")
        self.addresses = []
        for _ in range(rnd.randint(1, 5)):
            self.addresses.append(self.new_address())
            self.map(self.addresses[-1])
            self.addresses += self.parts_of_leaf(self.addresses[-1])

    def close(self):
        self.tables.clear()

    def configure(self):
        """False if stage 2 leaves no place for the CD."""
        tables, rnd = self.tables, self.rnd
        stage2 = tables.stage2() if self.regime in ("stage2", "nested") else None
        stage1 = tables.stage1(stage2, self.regime == "el2") if self.regime != "stage2" else None
        overrides = rnd.choice((0, 0, 0, 2, 3)), rnd.choice((0, 0, 0, 2, 3))
        address, at = None, None
        if stage1:
            address = rnd.randrange(1 << min(stage2.input_bits, 44)) & ~127 if stage2 else tables.allocate(128)
            at = tables.find(stage2, address, tidy=.9)
        self.stream = Stream(stage1, stage2, self.features.oas, address, *overrides)
        if at:
            self.cd = structures.cd(stage1, self.asid, rnd.getrandbits(64))
            tables.store(at, *self.cd, *self.cd)  # for requests with and without a PASID
        return bool(at or not stage1)

    def stages(self):
        """The stage whose input is the access's address, and the one that translates its descriptors."""
        stream = self.stream
        return stream.stage1 or stream.stage2, stream.stage1 and stream.stage2

    def map(self, address):
        self.tables.map(*self.stages(), address)

    def new_address(self):
        """Anywhere in the input range, near an earlier address, and sometimes a little outside."""
        rnd, known, stage1 = self.rnd, self.addresses, self.stream.stage1
        if known and rnd.random() < .5:
            address = known[-1] ^ rnd.randrange(1 << rnd.choice((14, 17, 24, 31, 34)))
        else:
            high = bool(stage1) and rnd.random() < .5
            bits = stage1.ranges[high].input_bits if stage1 else self.stream.stage2.input_bits
            address = rnd.randrange(1 << bits) | (ALL_ONES >> bits << bits if high else 0)
        if rnd.random() < .08:
            address ^= 1 << rnd.randrange(30, 64)
        return address & ALL_ONES & ~7

    def near(self):
        """An address in the page of a mapped one, or anywhere else in its leaf."""
        address, rnd = self.rnd.choice(self.addresses), self.rnd
        return address ^ rnd.randrange(1 << (self.leaf_span(address) if rnd.random() < .4 else 12)) & ~7

    def parts_of_leaf(self, address):
        """For a leaf larger than RAM: an address whose output is RAM, or any address, also beyond IPS."""
        span, rnd, ram = self.leaf_span(address), self.rnd, self.machine.ram
        if span < 33:
            return []
        first = address >> span << span
        parts = ram + rnd.randrange(1 << 31), ram + rnd.randrange(self.machine.ram_size), rnd.randrange(1 << span)
        return [first | part & ~7 for part in parts]

    def leaf_span(self, address):
        """log2 of the leaf, or contiguous group, that contains ADDRESS; 12 if there is none."""
        stage, stage2 = self.stages()
        table, span = stage.table_of(address), 12
        for here, level in self.tables.steps(stage, stage2, address):
            descriptor = self.machine.load(here)
            if table.is_valid(level, descriptor) and table.is_leaf(level, descriptor):
                span = table.entry_bits(level) + len(table.members(here, level, descriptor)).bit_length() - 1
        return span

    def access(self, va, write, privileged, execute, pasid=None):
        """One ordinary access; raises Mismatch. False if its outcome does not depend on translation."""
        stream, memory = self.stream, Memory(self.machine)
        access = stream.attributes(write, privileged, execute)
        how = dict(privileged=privileged, execute=execute, pasid=pasid)
        self.what = f"{'write' if write else 'read'} of 0x{va:x}, {how}, with STE's overrides {access}"
        self.trace = memory.trace
        cached = stream.cd_is_cached
        fault = pa = None
        try:
            pa = stream.translate(memory, va, access)
        except Fault as raised:
            fault = raised
        except Unknown:
            pass
        if not fault and not self.may_touch(pa, write):
            stream.cd_is_cached = cached  # nothing was written
            return False
        if fault:
            self.compare_fault(va, pasid, access, fault, *self.machine.dma(va, 0 if write else None, **how))
        else:
            self.compare_data(va, pa, write, how)
            self.compare_updates(memory)
        return True

    def may_touch(self, pa, write):
        if pa is None or self.machine.is_device(pa):
            return False
        return not (write and self.machine.is_ram(pa) and self.tables.is_table(pa))

    def compare_data(self, va, pa, write, how):
        """Writes a marker to PA, or reads it. Outside of RAM the system aborts, without an event."""
        machine, marker = self.machine, self.rnd.getrandbits(64)
        free = machine.is_ram(pa) and not self.tables.is_table(pa)
        before = machine.load(pa) if free else 0
        if free and not write:
            machine.store(pa, marker)
        result, found, events = machine.dma(va, marker if write else None, **how)
        if free:
            found = machine.load(pa) if write else found
            machine.store(pa, before)
        self.expect("no event", not events, events_text(events))
        status = OK if machine.is_ram(pa) else ABORTED
        self.expect(f"status {status}", result.status == status, result.status)
        self.expect(f"PA 0x{pa:x}", found == marker or not free, "data of another place")

    def compare_updates(self, memory):
        for pa, word in memory.updates.items():
            found = self.machine.load(pa)
            self.expect(f"descriptor 0x{pa:x} updated to 0x{word:016x}", found == word, f"0x{found:016x}")

    def compare_fault(self, va, pasid, access, fault, result, _, events):
        """The record's fields by 7.3.12 to 7.3.16."""
        self.expect(f"one {fault}", len(events) == 1, events_text(events))
        self.expect("an abort", result.status == ABORTED, result.status)
        word0, word1, address, last = events[0]
        fields = {"event": (word0 & 0xFF, fault.event), "InputAddr": (address, va),
                  "StreamID": (word0 >> 32, self.machine.sid),
                  "SubstreamID and SSV": (word0 >> 11 & 0x1FFFFF, 0 if pasid is None else pasid << 1 | 1),
                  "PnU": (word1 >> 33 & 1, int(access.privileged)), "InD": (word1 >> 34 & 1, int(access.instruction)),
                  "RnW": (word1 >> 35 & 1, int(not access.write)), "S2": (word1 >> 39 & 1, fault.stage - 1),
                  "CLASS": (word1 >> 40 & 3, fault.klass)}
        if fault.event == F_WALK_EABT:
            fields["FetchAddr"] = last, fault.fetch
        elif fault.stage == 2:
            fields["IPA"] = last, fault.ipa >> 12 << 12
        if fault.event == F_PERMISSION and fault.klass == CLASS_TT:
            fields["TTRnW"] = word1 >> 44 & 1, fault.ttrnw
        for name, (found, wanted) in fields.items():
            self.expect(f"{fault} with {name} 0x{wanted:x}", found == wanted, events_text(events))

    def expect(self, what, holds, observed):
        if not holds:
            raise Mismatch(f"{self.what}\n  expected {what}\n  observed {observed}")

    def describe(self):
        words = [f"{name} {' '.join(f'{w:016x}' for w in words)}" for name, words in
                 (("STE", self.ste), ("CD ", self.cd if self.stream.stage1 else []))]
        stages = [repr(s) for s in (self.stream.stage1, self.stream.stage2) if s]
        steps = [f"descriptor 0x{pa:x}: {'not RAM' if word is None else f'{word:016x}'}" for pa, word in self.trace]
        lines = [f"regime {self.regime}", *words, *stages, *self.history[-6:], "the walk as expected", *steps]
        return "\n  ".join(lines)


def events_text(events):
    return "; ".join(" ".join(f"{w:016x}" for w in e) for e in events) or "no event"
