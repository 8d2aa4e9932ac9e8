"""What a VMSAv8-64 walk must give: descriptors, levels, faults in their order, permissions, hardware update of flags.

Typed from the manuals and from nothing else of this project: D-sections are those of the A-profile manual (Arm DDI 0487),
the others those of Arm IHI 0070.
"""
from dataclasses import dataclass

F_WALK_EABT, F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION = 0x0B, 0x10, 0x11, 0x12, 0x13
CLASS_CD, CLASS_TT, CLASS_IN = 0, 1, 2  # what was being translated (7.3.13)

VALID, TABLE_OR_PAGE, AF, NG, DBM, CONTIGUOUS = 1 << 0, 1 << 1, 1 << 10, 1 << 11, 1 << 51, 1 << 52  # D8.3
AP_USER, AP_READ_ONLY = 1 << 6, 1 << 7  # stage 1: AP[1], AP[2]
S2AP_READ, S2AP_WRITE = 1 << 6, 1 << 7
PXN, UXN = 1 << 53, 1 << 54  # stage 1; with one privilege level bit 54 is XN
PXN_TABLE, UXN_TABLE, AP_TABLE_NO_USER, AP_TABLE_READ_ONLY = 1 << 59, 1 << 60, 1 << 61, 1 << 62


class Fault(Exception):
    """An event; ipa and fetch where its record has such a field, ttrnw where it says what a table access was."""

    def __init__(self, event, stage, klass, ipa=None, fetch=None, ttrnw=None):
        self.event, self.stage, self.klass, self.ipa, self.fetch, self.ttrnw = event, stage, klass, ipa, fetch, ttrnw
        super().__init__(f"event 0x{event:02x} of stage {stage}, CLASS {klass}")


@dataclass
class Access:
    """Attributes as they are after STE.INSTCFG and PRIVCFG."""
    write: bool = False
    privileged: bool = False
    instruction: bool = False


@dataclass
class Rights:
    """To whom a leaf gives what; `clean` tells that the first write has to change the descriptor (3.13.3)."""
    read: bool
    write: bool
    execute: bool
    clean: bool

    def allow(self, access):
        return self.write if access.write else self.execute if access.instruction else self.read


@dataclass
class Table:
    """A tree of tables. `page` is the granule's log2; `wide` says that its descriptors hold 52-bit addresses."""
    page: int
    input_bits: int
    start: int
    base: int
    wide: bool

    def entry_bits(self, level):
        return self.page + (3 - level) * (self.page - 3)

    def entry(self, at, level, address):
        index = (address & ((1 << self.input_bits) - 1)) >> self.entry_bits(level)
        # Concatenated tables make the first level's index longer than a table (D8.2.2).
        return at + 8 * (index if level == self.start else index % (1 << (self.page - 3)))

    def leaf_is_possible(self, level):
        """Pages at level 3; blocks at the levels of D8.3.1, with 64KB at level 1 only where addresses have 52 bits."""
        return level == 3 or level in {12: (1, 2), 14: (2,), 16: (1, 2) if self.wide else (2,)}[self.page]

    def is_leaf(self, level, descriptor):
        return level == 3 or not descriptor & TABLE_OR_PAGE

    def is_valid(self, level, descriptor):
        return bool(descriptor & VALID) and (bool(descriptor & TABLE_OR_PAGE) or level != 3 and self.leaf_is_possible(level))

    def field(self, address):
        """ADDRESS as a descriptor holds it: OA[51:48] of 64KB descriptors are in bits [15:12] (D8.3.1)."""
        low = address & ((1 << 48) - (1 << self.page))
        return low | (address >> 48 & 0xF) << 12 if self.wide else low

    def output(self, descriptor):
        low = descriptor & ((1 << 48) - (1 << self.page))
        return low | (descriptor >> 12 & 0xF) << 48 if self.wide else low

    def group_bits(self, level):
        """log2 of the entries that the Contiguous bit joins (D8.7.1)."""
        return {(12, 1): 4, (12, 2): 4, (12, 3): 4, (14, 2): 5, (14, 3): 7, (16, 2): 5, (16, 3): 5}.get((self.page, level), 0)

    def members(self, at, level, descriptor):
        """Where all descriptors are that have to be like the one at AT: itself, or the group that the Contiguous bit makes."""
        count = 1 << (self.group_bits(level) if descriptor & CONTIGUOUS else 0)
        return [(at & -(8 * count)) + 8 * i for i in range(count)]


@dataclass
class Leaf:
    """Where a walk ended. `at` is the descriptor's address as this stage sees it, `pa` where it is in memory."""
    descriptor: int
    at: int
    pa: int
    output: int
    span: int  # log2 of what translates alike: the entry, or its contiguous group, as far as outputs go
    tables: int  # hierarchical controls, ORed over the table descriptors


class Stage:
    """What both stages do alike. Subclasses say where descriptors are, what faults they raise and what rights there are."""

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
            # Every descriptor's output, and of a leaf larger than the output size what is beyond it (3.4, D8.7.1.2).
            if output >> self.output_bits:
                raise fault(F_ADDR_SIZE)
            if leaf:
                group = table.group_bits(level) if descriptor & CONTIGUOUS else 0
                return Leaf(descriptor, here, pa, output, min(bits + group, self.output_bits), controls)
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
        # XN[1:0] is bits [54:53]: nobody's, privileged only, unprivileged only (D8.4.2); without XNX it is bit 54 alone.
        executable = {0: True, 1: not privileged, 2: False, 3: privileged}[d >> 53 & 3] if self.xnx else not d & 1 << 54
        return Rights(bool(d & S2AP_READ), bool(d & S2AP_WRITE) or clean, executable, clean)

    def translate(self, memory, ipa, klass, access):
        """The PA, with descriptors updated as that access has them updated."""
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
        # With FWB bit 4 of the descriptor set means Normal or what stage 1 says; without, 0b00xx is Device (D8.6).
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
        if table.tbi:  # 3.4.1: bits [63:56] do not count
            above &= (1 << (56 - table.input_bits)) - 1
        if above != (((1 << (56 if table.tbi else 64) - table.input_bits) - 1) if high else 0):
            raise fault(F_TRANSLATION)
        locate = (lambda at: stage2.translate(memory, at, CLASS_TT, Access())) if stage2 else lambda at: at
        return self.walk(memory, table, va, locate, fault)

    def rights(self, leaf, table, privileged):
        d, tables = leaf.descriptor, 0 if table.had else leaf.tables
        clean = self.hd and bool(d & DBM and d & AP_READ_ONLY) and not tables & AP_TABLE_READ_ONLY
        # For all that follows a writable-clean page is writable (3.13.8, note).
        writable = not (d & AP_READ_ONLY or tables & AP_TABLE_READ_ONLY) or clean
        uxn = bool(d & UXN or tables & UXN_TABLE)
        if self.one_privilege:
            return Rights(True, writable, not uxn and not (self.wxn and writable), clean)
        user = bool(d & AP_USER) and not tables & AP_TABLE_NO_USER
        if not privileged:
            return Rights(user, user and writable, not uxn and not (self.wxn and user and writable), clean)
        pxn = bool(d & PXN or tables & PXN_TABLE)
        # What the user may write the privileged may not execute; PAN forbids data accesses only (D8.4.1).
        execute = not pxn and not (user and writable) and not (self.wxn and writable)
        data = not (self.pan and user)
        return Rights(data, data and writable, execute, clean)

    def update(self, memory, leaf, new, dirty, stage2):
        new = new & ~AP_READ_ONLY if dirty else new
        if new != leaf.descriptor and stage2:  # the update is a write, which stage 2 has to permit (3.13.5)
            stage2.translate(memory, leaf.at, CLASS_TT, Access(write=True))
        memory.store(leaf.pa, new, leaf.descriptor)
