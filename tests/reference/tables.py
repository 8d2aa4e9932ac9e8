"""Random translation regimes and the contents of their tables: mostly valid, sometimes random."""
from descriptors import (AF, AP_READ_ONLY, AP_USER, CONTIGUOUS, DBM, NG, PXN, S2AP_READ, S2AP_WRITE, TABLE_OR_PAGE, UXN,
                         VALID)
from stream import Memory, Unknown
from structures import SIZES, SL0
from vmsa import CLASS_TT, Access, Fault, Range, Stage1, Stage2

LOW = 64 << 20  # RAM below is for queues and tables
NO_LEAF = VALID | AF  # a block where none is possible, a reserved encoding at level 3 (D8.3.1)
TIDY = 0xF << 2 | S2AP_READ | S2AP_WRITE | 3 << 8 | AF  # stage 2: Normal memory that may be read and written
# ... and variations of it: not writable, writable-clean, Device memory (with and without FWB), AF.
FLAWS = (0,) * 6 + (S2AP_WRITE, S2AP_WRITE | DBM, 0xC << 2, 0x4 << 2, AF)


class Tables:
    """The memory contents of one case; clear() removes them."""

    def __init__(self, rnd, machine, features):
        self.rnd, self.machine, self.features = rnd, machine, features
        self.free, self.stored, self.pages = machine.free, set(), set()

    def clear(self):
        for pa in self.stored:
            self.machine.store(pa, 0)

    def store(self, pa, *words):
        self.machine.store(pa, *words)
        self.stored.update(pa + 8 * i for i in range(len(words)))
        self.pages.add(pa >> 12)

    def is_table(self, pa):
        """Whether data written at PA might be taken for a descriptor, or lie in a queue."""
        return pa < self.machine.ram + LOW or pa >> 12 in self.pages

    def chance(self, probability):
        return self.rnd.random() < probability

    def allocate(self, size):
        pa = -(-self.free // size) * size
        self.free = pa + size
        if self.free > self.machine.ram + LOW:
            raise SystemExit("the tables of one case fill their part of RAM")
        return pa

    def flags(self):
        ha = self.chance(.6)
        return dict(ha=ha, hd=ha and self.chance(.7), affd=self.chance(.2))

    def output_size(self):
        return self.rnd.choice((0, 0, *range(len(SIZES))))

    def is_wide(self, page):
        return page == 16 and self.features.oas == 52

    def stage2(self):
        page, start, bits = self.rnd.choice(self.stage2_shapes())
        size, oas = self.output_size(), self.features.oas
        table = Stage2(page, bits, start, 0, self.is_wide(page), output_bits=min(SIZES[size], oas), ptw=self.chance(.3),
                       fwb=self.features.fwb and self.chance(.3), xnx=self.features.xnx, **self.flags())
        table.s2ps = size
        table.base = self.allocate(max(64, 8 << (bits - table.entry_bits(start))))
        return table

    def stage2_shapes(self):
        """Consistent input sizes and start levels (5.2 S2SL0, D8.2.2), tables of 1 MB at most."""
        oas, shapes = self.features.oas, []
        for page in SL0:
            for start in SL0[page]:
                if oas < {(12, 0): 44, (14, 1): 42, (16, 1): 44}.get((page, start), 0):
                    continue
                entry = page + (3 - start) * (page - 3)
                most = min(entry + page - 3 + 4, entry + 17, oas, 52 if self.is_wide(page) else 48)
                shapes += [(page, start, bits) for bits in range(max(25, entry + 1), most + 1)]
        return shapes

    def stage1(self, stage2, one_privilege):
        size = self.output_size()
        regime = Stage1([], min(SIZES[size], self.features.oas), one_privilege, wxn=self.chance(.3),
                        pan=self.chance(.3), **self.flags())
        regime.ips = size
        for half in range(2):
            page = self.rnd.choice((12, 14, 16))
            bits = max(17, self.rnd.choice((48, 39, 42, 36, 32, 30, 25, 21)))
            if self.chance(.5):
                bits = self.rnd.randint(17 if page == 16 else 16, 52 if self.is_wide(page) else 48)
            table = Range(page, bits, 3 - (bits - page - 1) // (page - 3), 0, self.is_wide(page),
                          epd=half == 0 and self.chance(.05), tbi=self.chance(.3), had=self.chance(.3),
                          e0pd=self.features.e0pd and self.chance(.2))
            table.base = self.place_table(stage2, regime, max(64, 8 << (bits - table.entry_bits(table.start))))
            regime.ranges.append(table)
        return regime

    def place_table(self, stage2, regime, size):
        """For tables of stage 1: RAM, or an IPA that stage 2 will map when the table is filled."""
        if not stage2:
            return self.allocate(size)
        limit = 1 << min(stage2.input_bits, regime.output_bits, 44)
        return self.rnd.randrange(limit) // size * size

    def find(self, stage2, address, tidy=.8):
        """The PA where a stage 1 structure at ADDRESS can be put, or None."""
        if stage2:
            self.map(stage2, None, address, tidy=self.chance(tidy))
            try:
                address = stage2.leaf(Memory(self.machine), address, stage2.fault(address, CLASS_TT)).output
            except (Fault, Unknown):
                return None
            if self.machine.is_ram(address) and address < self.machine.ram + LOW:
                return None  # stage 2 maps the tables themselves
        return address if self.machine.is_ram(address) else None

    def steps(self, stage, stage2, address):
        """(PA, level) of each descriptor on the way to ADDRESS; continues with the caller's changes."""
        table = stage.table_of(address)
        if stage is table and address >> table.input_bits:
            return
        at, level = table.base, table.start
        while True:
            here = self.find(stage2, table.entry(at, level, address))
            if here is None:
                return
            yield here, level
            descriptor = self.machine.load(here)
            if not table.is_valid(level, descriptor) or table.is_leaf(level, descriptor):
                return
            at, level = table.output(descriptor), level + 1

    def map(self, stage, stage2, address, tidy=False):
        """Fills empty descriptors on the way to ADDRESS. STAGE2, if any, translates the addresses of STAGE's descriptors."""
        table = stage.table_of(address)
        for here, level in self.steps(stage, stage2, address):
            if not self.machine.load(here):
                self.fill(stage, stage2, table, level, here, tidy)
            descriptor = self.machine.load(here)
            if stage2 and table.is_valid(level, descriptor) and table.is_leaf(level, descriptor):
                bits = table.entry_bits(level)
                self.map(stage2, None, table.output(descriptor) | address & ((1 << bits) - 1))

    def fill(self, stage, stage2, table, level, here, tidy):
        if not tidy and self.chance(.02):
            return
        bits = table.entry_bits(level) + table.group_bits(level)
        # More often where leaves may be larger than the output size.
        if level == 3 or table.leaf_is_possible(level) and self.chance(.35 if bits < 33 else .6):
            return self.fill_leaf(stage, stage2, table, level, here, tidy)
        if self.chance(.02):
            return self.store(here, NO_LEAF if not table.leaf_is_possible(level) else 0)
        output = self.place_table(stage2, stage, 1 << table.page) if stage2 else self.allocate(1 << table.page)
        if self.chance(.04):
            output |= self.too_high()
        controls = self.rnd.choice((0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 3, 12)) << 59
        self.store(here, table.field(output) | TABLE_OR_PAGE | VALID | controls)

    def too_high(self):
        """An address bit outside of RAM, and maybe of the output size."""
        return 1 << self.rnd.randrange(33, 52)

    def fill_leaf(self, stage, stage2, table, level, here, tidy):
        """One page or block, or a whole group of them with the Contiguous bit, aligned and alike as D8.7.1 asks."""
        bits, group = table.entry_bits(level), table.group_bits(level)
        if tidy:
            attributes = TIDY ^ self.rnd.choice(FLAWS)
        else:
            attributes = self.stage2_attributes() if stage is table else self.stage1_attributes()
        attributes |= VALID | (TABLE_OR_PAGE if level == 3 else 0)
        if group and bits + group <= table.input_bits and self.chance(.3 if bits + group < 33 else .6):
            members = table.members(here, level, CONTIGUOUS)
            if not any(self.machine.load(at) for at in members):
                # Hardware updates would make members differ (D8.7.1), so none may be pending.
                attributes = (attributes | AF if stage.ha else attributes) & ~(DBM if stage.hd else 0)
                output = self.leaf_output(stage, stage2, bits + group)
                for i, at in enumerate(members):
                    self.store(at, table.field(output + (i << bits)) | attributes | CONTIGUOUS)
                return
        self.store(here, table.field(self.leaf_output(stage, stage2, bits)) | attributes)

    def leaf_output(self, stage, stage2, bits):
        rnd, ram = self.rnd, self.machine.ram
        if stage2:  # an IPA
            output = rnd.randrange(1 << min(stage2.input_bits, stage.output_bits))
        elif bits > 31:  # low enough for a part of it to be RAM, which may be larger than the output size
            output = rnd.choice((0, 0, 1 << bits))
        else:
            output = ram + rnd.randrange(LOW if bits <= 24 else 0, self.machine.ram_size)
        if self.chance(.03):
            output |= self.too_high()
        return output >> bits << bits

    def stage1_attributes(self):
        rnd = self.rnd
        ap = rnd.choice((AP_USER, AP_USER, AP_USER, 0, AP_READ_ONLY, AP_USER | AP_READ_ONLY))
        execute = rnd.choice((0, 0, PXN, UXN, PXN | UXN))
        return ap | execute | self.common_attributes() | (NG if self.chance(.7) else 0) | rnd.randrange(8) << 2

    def stage2_attributes(self):
        rnd = self.rnd
        s2ap = 3 if self.chance(.7) else rnd.randrange(4)
        memory = 0xF if self.chance(.85) else rnd.randrange(16)
        return s2ap << 6 | memory << 2 | rnd.choice((0, 0, 0, 1, 2, 3)) << 53 | self.common_attributes()

    def common_attributes(self):
        return (AF if self.chance(.75) else 0) | (DBM if self.chance(.6) else 0) | self.rnd.randrange(4) << 8
