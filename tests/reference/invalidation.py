#!/usr/bin/env python3
"""As translation.py, while tables change: after each change exactly the TLB invalidation that it needs, then accesses.

    python3 invalidation.py --seed 7 --seconds 60 smmu.features.oas_bits=52
"""
import runner
from descriptors import AF, AP_READ_ONLY, AP_USER, DBM, NG, PXN, UXN
from stream import Memory, Unknown
from vmsa import Fault

ROUNDS, ACCESSES = 5, 8
NH_ALL, NH_ASID, NH_VA, NH_VAA = 0x10, 0x11, 0x12, 0x13  # CMD_TLBI_*: 4.4
EL2_ALL, EL2_ASID, EL2_VA, EL2_VAA, S12_VMALL, S2_IPA = 0x20, 0x21, 0x22, 0x23, 0x28, 0x2A
TG = {12: 1, 14: 2, 16: 3}


class Change:
    """One descriptor, or the whole contiguous group that it belongs to, becomes another."""

    def __init__(self, case):
        self.case, self.rnd = case, case.rnd
        self.address = self.rnd.choice(case.addresses)
        self.stage, self.stage2 = case.stages()
        # Only once the CD is cached: otherwise it would be read again from its new place.
        if self.stage2 and case.stream.cd_is_cached and self.rnd.random() < .4:
            self.address = self.ipa()
            self.stage, self.stage2 = self.stage2, None
        self.is_stage2 = self.stage is case.stream.stage2

    def ipa(self):
        """An IPA that a stage 1 leaf or table pointer leads to."""
        stage1, rnd = self.stage, self.rnd
        if rnd.random() < .8:
            try:
                return stage1.leaf(Memory(self.case.machine), self.address, True, self.stage2).output
            except (Fault, Unknown):
                pass
        return stage1.table_of(self.address).base

    def make(self):
        machine, rnd = self.case.machine, self.rnd
        steps = list(self.case.tables.steps(self.stage, self.stage2, self.address))
        if not steps:
            return
        here, level = rnd.choice(steps[-2:] if rnd.random() < .8 else steps)
        table, old = self.stage.table_of(self.address), machine.load(here)
        valid = table.is_valid(level, old)
        leaf = valid and table.is_leaf(level, old)
        members = table.members(here, level, old if leaf else 0)
        self.rewrite(table, level, here, old, leaf, members)
        self.case.history.append(f"stage {2 if self.is_stage2 else 1} for 0x{self.address:x}, level {level}: "
                                 f"{len(members)} at 0x{members[0]:x} from 0x{old:x} to 0x{machine.load(here):x}")
        if valid:  # invalid entries are in no TLB (D8.17)
            span = table.entry_bits(level) + len(members).bit_length() - 1
            (self.invalidate_stage2 if self.is_stage2 else self.invalidate_stage1)(table, level, span, leaf, old)
            machine.sync()

    def rewrite(self, table, level, here, old, leaf, members):
        """A new attribute, a new output, an invalid descriptor, or a random one."""
        tables, machine, rnd = self.case.tables, self.case.machine, self.rnd
        how = rnd.randrange(4)
        if leaf and how < 2:
            alone = [AF, DBM] if len(members) == 1 else []  # hardware updates would make a group's members differ
            attribute = rnd.choice([AP_USER, AP_READ_ONLY, PXN, UXN, *alone, *([] if self.is_stage2 else [NG])])
            size = table.entry_bits(level) + len(members).bit_length() - 1
            flip = attribute if how == 0 else table.field(1 << max(size, 25))
            for at in members:
                tables.store(at, machine.load(at) ^ flip)
            return
        for at in members:
            tables.store(at, 0)
        if how == 3:
            tables.map(self.stage, self.stage2, self.address)

    def command(self, *words):
        self.case.history.append(f"command {words[0]:016x} {words[1]:016x}")
        self.case.machine.command(*words)

    def by_address(self, opcode, address, table, level, span, leaf, asid=0):
        """Exactly SPAN bits of addresses, by range or of a single leaf by any address in it (4.4.1.1)."""
        rnd, scale = self.rnd, span - table.page
        word0 = opcode | self.vmid() << 32 | asid << 48
        leaf_only = int(leaf and rnd.random() < .5)  # a former table covers more than its last level
        if leaf and span == table.entry_bits(level) and rnd.random() < .4:
            return self.command(word0, (address ^ rnd.randrange(1 << span)) & ~0xFFF | leaf_only)
        # TTL is the leaf's level; there is no value for level 0. With NUM and SCALE zero it must be given.
        ttl = level if leaf and (scale == 0 or rnd.random() < .5) else 0
        num = rnd.randint(max(0, scale - 31), min(scale, 5))  # both fields have five bits
        word0 |= ((1 << num) - 1) << 12 | (scale - num) << 20
        self.command(word0, address >> span << span | leaf_only | ttl << 8 | TG[table.page] << 10)

    def vmid(self):
        return self.case.vmid if self.case.regime in ("stage1", "stage2", "nested") else 0

    def invalidate_stage2(self, table, level, span, leaf, _):
        if self.rnd.random() < .15:
            return self.command(S12_VMALL | self.vmid() << 32, 0)
        self.by_address(S2_IPA, self.address, table, level, span, leaf)
        if self.case.stream.stage1:  # entries of both stages are invalidated with stage 1's, later (4.4.3.1)
            self.case.machine.sync()
            self.command(NH_ALL | self.vmid() << 32, 0)

    def invalidate_stage1(self, table, level, span, leaf, old):
        case, draw = self.case, self.rnd.random()
        low, high = self.address & ((1 << table.input_bits) - 1), self.address >> 55 & 1
        address = low | ((1 << 64) - (1 << table.input_bits) if high else 0)  # without the byte that TBI ignores
        el2 = case.regime in ("el2", "e2h")
        tagged = case.regime != "el2"  # there are ASIDs (3.17)
        if draw < .5:
            self.by_address(EL2_VA if el2 else NH_VA, address, table, level, span, leaf, case.asid if tagged else 0)
        elif draw < .8:
            self.by_address(EL2_VAA if el2 else NH_VAA, address, table, level, span, leaf)
        elif draw < .9 and tagged and leaf and old & NG:  # by ASID global entries are kept (4.4.2)
            self.command((EL2_ASID if el2 else NH_ASID) | self.vmid() << 32 | case.asid << 48, 0)
        else:
            self.command((EL2_ALL if el2 else NH_ALL) | self.vmid() << 32, 0)


def play(case):
    rnd = case.rnd
    for number in range(ROUNDS):
        if number:
            Change(case).make()
        for _ in range(ACCESSES):
            write, privileged, execute = rnd.random() < .4, rnd.random() < .5, rnd.random() < .3
            if case.access(case.near(), write, privileged, execute):
                yield


if __name__ == "__main__":
    runner.run(__doc__, play)
