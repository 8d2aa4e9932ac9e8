"""VMSAv8-64 descriptors and their kinds in a tree of tables (A-profile manual, Arm DDI 0487)."""
from dataclasses import dataclass

VALID, TABLE_OR_PAGE, AF, NG, DBM, CONTIGUOUS = 1 << 0, 1 << 1, 1 << 10, 1 << 11, 1 << 51, 1 << 52  # D8.3
AP_USER, AP_READ_ONLY = 1 << 6, 1 << 7  # stage 1: AP[1], AP[2]
S2AP_READ, S2AP_WRITE = 1 << 6, 1 << 7
PXN, UXN = 1 << 53, 1 << 54  # stage 1; with one privilege level bit 54 is XN
PXN_TABLE, UXN_TABLE, AP_TABLE_NO_USER, AP_TABLE_READ_ONLY = 1 << 59, 1 << 60, 1 << 61, 1 << 62


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
        block = level != 3 and self.leaf_is_possible(level)
        return bool(descriptor & VALID and (descriptor & TABLE_OR_PAGE or block))

    def field(self, address):
        """ADDRESS as a descriptor holds it: OA[51:48] of 64KB descriptors are in bits [15:12] (D8.3.1)."""
        low = address & ((1 << 48) - (1 << self.page))
        return low | (address >> 48 & 0xF) << 12 if self.wide else low

    def output(self, descriptor):
        low = descriptor & ((1 << 48) - (1 << self.page))
        return low | (descriptor >> 12 & 0xF) << 48 if self.wide else low

    def group_bits(self, level):
        """log2 of the entries that the Contiguous bit joins (D8.7.1)."""
        groups = {(12, 1): 4, (12, 2): 4, (12, 3): 4, (14, 2): 5, (14, 3): 7, (16, 2): 5, (16, 3): 5}
        return groups.get((self.page, level), 0)

    def members(self, at, level, descriptor):
        """The addresses of descriptors that must be alike: AT alone, or its group if the Contiguous bit is set."""
        count = 1 << (self.group_bits(level) if descriptor & CONTIGUOUS else 0)
        return [(at & -(8 * count)) + 8 * i for i in range(count)]
