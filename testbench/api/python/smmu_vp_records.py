"""Commands, event records and page requests as objects with the manual's field names.

    records = vp.records                                                  # of a Platform or a Client
    words = records.commands.CMD_TLBI_NH_VA(ASID=7, Address=va).words()   # two 64-bit numbers for the Command queue
    event = records.events.decode(words)                                  # F_TRANSLATION(StreamID=..., InputAddr=...)

The classes are made from the tables that the platform itself decodes with (smmu_vp_records() in smmu_vp.h). Each is a
dataclass with one field for each field of the record, all 0 unless given. A field that holds an address in place has
the address itself as its value.
"""
import json
from dataclasses import field, make_dataclass
from functools import partial

WORDS = {"commands": 2, "events": 4, "page_requests": 2}  # 64-bit words: 4.1.1, 7.3, 8


class Record:
    """What every record class has: name, number (opcode or event number), section of the manual, and its words."""

    def words(self):
        """The record as 64-bit numbers. Raises ValueError if a value does not fit its field."""
        words = list(self._empty)
        for f in self._layout:
            shift = f["lsb"] % 64
            mask = (1 << f["msb"] - f["lsb"] + 1) - 1 << shift
            value = getattr(self, f["name"]) << (0 if "address" in f else shift)
            if value & ~mask:
                raise ValueError(f"{self.name}.{f['name']} does not hold {getattr(self, f['name']):#x}")
            words[f["lsb"] // 64] |= value
        return tuple(words)

    @classmethod
    def from_words(cls, words):
        values = {}
        for f in cls._layout:
            shift = f["lsb"] % 64
            in_place = words[f["lsb"] // 64] & (1 << f["msb"] - f["lsb"] + 1) - 1 << shift
            values[f["name"]] = in_place if "address" in f else in_place >> shift
        return cls(**values)

    def __repr__(self):
        shown = ((f["name"], getattr(self, f["name"])) for f in self._layout)
        return f"{self.name}({', '.join(f'{name}={value:#x}' for name, value in shown if value)})"


class Kind:
    """The records of one queue, as classes by name; iterates over them."""

    def __init__(self, table, words):
        self._classes = {}
        for entry in table:
            numbered = entry["fields"][0]["name"] in ("Opcode", "Type")  # bits 7:0 of the first word
            layout = entry["fields"][1:] if numbered else entry["fields"]
            self._classes[entry["name"]] = make_dataclass(
                entry["name"], [(f["name"], int, field(default=0)) for f in layout], bases=(Record,), repr=False,
                namespace={"name": entry["name"], "number": entry["number"], "section": entry["section"], "_layout": layout,
                           "_empty": (entry["number"], *(0,) * (words - 1))})
        self._by_number = {c.number: c for c in self}

    def __getattr__(self, name):
        try:
            return self.__dict__["_classes"][name]
        except KeyError:
            raise AttributeError(f"no record is called {name}") from None

    def __iter__(self):
        return iter(self._classes.values())

    def decode(self, words):
        """The object for a record's words. Raises ValueError if its number is reserved."""
        number = words[0] & 0xFF if len(self._by_number) > 1 else 0
        if number not in self._by_number:
            raise ValueError(f"no record has the number {number:#x}")
        return self._by_number[number].from_words(words)


class Records:
    """commands, events and page_requests: a Kind each."""

    def __init__(self, table_of):
        self.commands, self.events, self.page_requests = map(partial(self._kind, table_of), WORDS)

    @staticmethod
    def _kind(table_of, what):
        return Kind(json.loads(table_of(what)), WORDS[what])
