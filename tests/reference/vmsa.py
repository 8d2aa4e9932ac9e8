"""The required results of a VMSAv8-64 walk: faults in their order, permissions, hardware update of flags.

Typed from the manuals and from nothing else of this project: D-sections are those of the A-profile manual
(Arm DDI 0487), the others those of Arm IHI 0070.
"""
from dataclasses import dataclass

from descriptors import (AF, AP_READ_ONLY, AP_TABLE_NO_USER, AP_TABLE_READ_ONLY, AP_USER, CONTIGUOUS, DBM, PXN,
                         PXN_TABLE, S2AP_READ, S2AP_WRITE, UXN, UXN_TABLE, Table)

F_WALK_EABT, F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION = 0x0B, 0x10, 0x11, 0x12, 0x13
CLASS_CD, CLASS_TT, CLASS_IN = 0, 1, 2  # what was being translated (7.3.13)


class Fault(Exception):
    """An event; ipa and fetch if its record has these fields, ttrnw if it describes a table access."""

    def __init__(self, event, stage, klass, ipa=None, fetch=None, ttrnw=None):
        self.event, self.stage, self.klass, self.ipa, self.fetch, self.ttrnw = event, stage, klass, ipa, fetch, ttrnw
        super().__init__(f"event 0x{event:02x} of stage {stage}, CLASS {klass}")


@dataclass
class Access:
    """Attributes after STE.INSTCFG and PRIVCFG."""
    write: bool = False
    privileged: bool = False
    instruction: bool = False


@dataclass
class Rights:
    """The rights that a leaf gives; `clean` means that the first write must change the descriptor (3.13.3)."""
    read: bool
    write: bool
    execute: bool
    clean: bool

    def allow(self, access):
        return self.write if access.write else self.execute if access.instruction else self.read


@dataclass
class Leaf:
    """Where a walk ended. `at` is the descriptor's address as this stage sees it, `pa` where it is in memory."""
    descriptor: int
    at: int
    pa: int
    output: int
    span: int  # log2 of the translated range: the entry, or its contiguous group
    tables: int  # hierarchical controls, ORed over the table descriptors


class Stage:
    """What both stages have in common."""

    def walk(self, memory, table, address, locate, fault):
        at, level, controls = table.base, table.start, 0
        while True:
            here = table.entry(at, level, address)
            pa = locate(here)
            descriptor = memory.load(pa, fault)
            if not table.is_valid(level, descriptor):
                raise fault(F_TRANSLATION)
            output = table.output(descriptor)
            leaf = table.is_leaf(level, descriptor)
            bits = table.entry_bits(level)
            if leaf:
                output = output >> bits << bits | address & ((1 << bits) - 1)
            # Every descriptor's output; for a leaf larger than the output size, the addresses beyond it (3.4, D8.7.1.2).
            if output >> self.output_bits:
                raise fault(F_ADDR_SIZE)
            if leaf:
                group = table.group_bits(level) if descriptor & CONTIGUOUS else 0
                return Leaf(descriptor, here, pa, output, bits + group, controls)
            at, level, controls = output, level + 1, controls | descriptor

    def accessed(self, descriptor, fault):
        """3.13.2. Before permissions: F_ACCESS comes ahead of F_PERMISSION (7.3.22)."""
        if not descriptor & AF and not self.ha and not self.affd:
            raise fault(F_ACCESS)
        return descriptor | AF if self.ha else descriptor


@dataclass
class Stage2(Stage, Table):
    output_bits: int = 0
    ha: bool = False
    hd: bool = False
    affd: bool = False
    ptw: bool = False
    fwb: bool = False
    xnx: bool = False  # IDR3.XNX

    def table_of(self, _):
        return self

    def fault(self, ipa, klass, ttrnw=1):
        return lambda event, fetch=None: Fault(event, 2, klass, ipa, fetch, ttrnw)

    def leaf(self, memory, ipa, fault):
        if ipa >> self.input_bits:
            raise fault(F_TRANSLATION)
        return self.walk(memory, self, ipa, lambda at: at, fault)

    def rights(self, leaf, privileged):
        d = leaf.descriptor
        clean = self.hd and bool(d & DBM) and not d & S2AP_WRITE
        # XN[1:0], bits [54:53]: for all, unprivileged, none, privileged (D8.4.2); without XNX bit 54 alone.
        executable = {0: True, 1: not privileged, 2: False, 3: privileged}[d >> 53 & 3] if self.xnx else not d & 1 << 54
        return Rights(bool(d & S2AP_READ), bool(d & S2AP_WRITE) or clean, executable, clean)

    def translate(self, memory, ipa, klass, access):
        """The PA; updates descriptors as the access requires."""
        fault = self.fault(ipa, klass, int(not access.write))
        leaf = self.leaf(memory, ipa, fault)
        new = self.accessed(leaf.descriptor, fault)
        if klass != CLASS_IN and self.ptw and self.is_device(leaf.descriptor):  # 5.2 S2PTW
            raise fault(F_PERMISSION)
        rights = self.rights(leaf, access.privileged)
        if not rights.allow(access):
            raise fault(F_PERMISSION)
        self.update(memory, leaf, new, access.write and rights.clean)
        return leaf.output

    def is_device(self, descriptor):
        attributes = descriptor >> 2 & 0xF
        # Without FWB 0b00xx is Device (D8.6.5); with it what has bit 4 of the descriptor clear (D8.6.6).
        return not attributes & 0b0100 if self.fwb else not attributes & 0b1100

    def update(self, memory, leaf, new, dirty):
        memory.store(leaf.pa, new | S2AP_WRITE if dirty else new, leaf.descriptor)


@dataclass
class Range(Table):
    """One half of a stage 1 address space: TTB0's or TTB1's."""
    epd: bool = False
    tbi: bool = False
    had: bool = False
    e0pd: bool = False


@dataclass
class Stage1(Stage):
    ranges: list
    output_bits: int
    one_privilege: bool = False  # StreamWorld NS-EL2: one range and no user (3.3.3)
    ha: bool = False
    hd: bool = False
    affd: bool = False
    wxn: bool = False
    pan: bool = False

    def table_of(self, va):
        return self.ranges[va >> 55 & 1]

    def fault(self):
        return lambda event, fetch=None: Fault(event, 1, CLASS_TT if event == F_WALK_EABT else CLASS_IN, None, fetch)

    def leaf(self, memory, va, privileged, stage2):
        fault, high, table = self.fault(), va >> 55 & 1, self.table_of(va)
        if self.one_privilege and high or not self.one_privilege and (table.epd or table.e0pd and not privileged):
            raise fault(F_TRANSLATION)
        above = va >> table.input_bits
        if table.tbi:  # 3.4.1: bits [63:56] are ignored
            above &= (1 << (56 - table.input_bits)) - 1
        if above != (((1 << (56 if table.tbi else 64) - table.input_bits) - 1) if high else 0):
            raise fault(F_TRANSLATION)
        locate = (lambda at: stage2.translate(memory, at, CLASS_TT, Access())) if stage2 else lambda at: at
        return self.walk(memory, table, va, locate, fault)

    def rights(self, leaf, table, privileged):
        d, tables = leaf.descriptor, 0 if table.had else leaf.tables
        clean = self.hd and bool(d & DBM and d & AP_READ_ONLY) and not tables & AP_TABLE_READ_ONLY
        # From here on a writable-clean page counts as writable (3.13.8, note).
        writable = not (d & AP_READ_ONLY or tables & AP_TABLE_READ_ONLY) or clean
        uxn = bool(d & UXN or tables & UXN_TABLE)
        if self.one_privilege:
            return Rights(True, writable, not uxn and not (self.wxn and writable), clean)
        user = bool(d & AP_USER) and not tables & AP_TABLE_NO_USER
        if not privileged:
            return Rights(user, user and writable, not uxn and not (self.wxn and user and writable), clean)
        pxn = bool(d & PXN or tables & PXN_TABLE)
        # Privileged code may not execute what the user may write; PAN forbids data accesses only (D8.4.1).
        execute = not pxn and not (user and writable) and not (self.wxn and writable)
        data = not (self.pan and user)
        return Rights(data, data and writable, execute, clean)

    def update(self, memory, leaf, new, dirty, stage2):
        new = new & ~AP_READ_ONLY if dirty else new
        if new != leaf.descriptor and stage2:  # the update is a write, which stage 2 must permit (3.13.5)
            stage2.translate(memory, leaf.at, CLASS_TT, Access(write=True))
        memory.store(leaf.pa, new, leaf.descriptor)
